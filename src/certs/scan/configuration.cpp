// What the readers of all configurations share.

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"
#include "certs/scan/targets.hpp"
#include "crypto/certificate.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {

std::optional<ServerKind> recognised(const std::string& path, std::string_view content) {
  const auto name = std::string_view(path).substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  if (name == "nginx.conf") return ServerKind::nginx;
  if (name == "apache2.conf" || name == "httpd.conf") return ServerKind::apache;
  if (name == "haproxy.cfg") return ServerKind::haproxy;
  if (name == "main.cf" || name == "master.cf") return ServerKind::postfix;
  const auto has = [content = lower_ascii(content)](std::string_view word) { return content.find(word) != std::string::npos; };
  if (has("sslcertificatefile") || has("<virtualhost")) return ServerKind::apache;
  if (has("smtpd_tls_cert_file") || has("smtpd_tls_chain_files")) return ServerKind::postfix;
  if (has("ssl_certificate") || (has("server_name") && has("listen"))) return ServerKind::nginx;
  if (has("bind ") && (has(" crt ") || has(" crt-list "))) return ServerKind::haproxy;
  return {};
}

Result<Configuration> read_configuration(ServerKind kind, const std::string& path, const Files& files) {
  switch (kind) {
    case ServerKind::nginx:
      return read_nginx(path, files);
    case ServerKind::apache:
      return read_apache(path, files);
    case ServerKind::haproxy:
      return read_haproxy(path, files);
    case ServerKind::postfix:
      return read_postfix(path, files);
  }
  return read_nginx(path, files);
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  if (crypto::is_ip_address(name)) return true;
  const auto lower = lower_ascii(name);
  return !name.empty() && name != "_" && name.size() <= 253 && lower.find_first_not_of(kAllowed) == std::string::npos &&
         lower.front() != '.' && lower.front() != '-';
}

void add_name(Site& site, std::string_view name) {
  if (name.empty() || name == "_") return;
  if (name.starts_with('.')) {
    add_name(site, name.substr(1));
    return add_once(site.patterns, "*" + std::string(name));
  }
  auto host = dns::host_name(name);
  if (host && is_plain_name(*host)) return add_once(site.names, std::move(*host));
  add_once(site.patterns, clean_for_xml(cut_to(name, 100)));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address ? carillon::is_loopback(*address) : equal_ignoring_case(host, "localhost");
}

void add_listener(Site& site, std::string_view host, std::uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!is_loopback(host)) return add_once(site.ports, port);
  LocalListener local{IpAddress::parse(host) ? lower_ascii(host) : std::string("127.0.0.1"), port};
  if (std::ranges::find(site.local, local) == site.local.end()) site.local.push_back(std::move(local));
}

std::vector<std::uint16_t> ports_in(std::string_view range) {
  const auto dash = range.find('-');
  const auto first = parse_number(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_number(range.substr(dash + 1));
  std::vector<std::uint16_t> ports;
  if (!first || !last || *first == 0 || *last > 65'535) return ports;
  for (auto port = *first; port <= *last && ports.size() < kMaxPorts; ++port) ports.push_back(static_cast<std::uint16_t>(port));
  return ports;
}

std::string root_of(const std::string& path, std::initializer_list<std::string_view> mains, const Files& files) {
  const auto own = folder_of(path);
  auto folder = own;
  for (int i = 0; i < kDeepestInclude && !folder.empty(); ++i) {
    for (const auto main : mains) {
      if (files.kind_of(resolved(folder, main)) == Files::Kind::file) return folder;
    }
    if (folder == "/" || folder == ".") break;
    folder = folder_of(folder);
  }
  return own;
}

Expanded expand_variables(std::string_view text, const std::function<std::optional<std::string>(const std::string&)>& value) {
  constexpr std::size_t kLongestExpansion = 4'096;
  Expanded expanded;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.substr(at, 2) == "${" ? text.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      expanded.text += text[at++];
      continue;
    }
    const auto inside = text.substr(at + 2, end - at - 2);
    const auto dash = inside.find('-');
    const std::string name{inside.substr(0, dash)};
    if (const auto found = value(name)) {
      expanded.text += *found;
    } else if (dash != std::string_view::npos) {
      expanded.text += inside.substr(dash + 1);
    } else {
      expanded.missing.push_back(clean_for_xml(name));
      expanded.text += text.substr(at, end - at + 1);
    }
    if (expanded.text.size() > kLongestExpansion) return {{}, {clean_for_xml(cut_to(name, 100))}};
    at = end + 1;
  }
  return expanded;
}

std::optional<std::string> Inclusions::read(const std::string& path, int depth, const std::string& place) {
  if (depth >= kDeepestInclude) return exceeded(path, place, std::to_string(kDeepestInclude) + " levels"), std::nullopt;
  if (count_ >= kMaxIncluded) return exceeded(path, place, std::to_string(kMaxIncluded) + " files"), std::nullopt;
  ++count_;
  auto text = files_.read(path);
  if (!text) {
    result_.problems.push_back(place + ": " + text.error().message);
    return {};
  }
  bytes_ += text->size();
  if (bytes_ > kMaxConfigurationBytes) return exceeded(path, place, std::to_string(kMaxConfigurationBytes >> 20U) + " MiB"), std::nullopt;
  return std::move(*text);
}

void Inclusions::exceeded(const std::string& path, const std::string& place, const std::string& limit) {
  if (std::exchange(is_reported_, true)) return;
  result_.problems.push_back(place + ": " +
                             not_read(path, "a configuration may include at most " + limit + "; check for files that include themselves"));
}

void too_many_sites(Configuration& result) {
  auto problem = "A configuration has more than " + std::to_string(kMaxSites) + " servers; the others were not read.";
  if (result.problems.empty() || result.problems.back() != problem) result.problems.push_back(std::move(problem));
}

void add_site(Configuration& result, Site site) {
  if (result.sites.size() == kMaxSites) return too_many_sites(result);
  result.sites.push_back(std::move(site));
}

std::optional<std::uint16_t> port_of(std::string_view address) {
  const auto colon = address.rfind(':');
  // The last colon of a bare IPv6 address stands before no port.
  if (colon != std::string_view::npos && address.find(':') != colon && !address.starts_with('[')) return {};
  const auto number = parse_number(colon == std::string_view::npos ? address : address.substr(colon + 1));
  if (!number || *number == 0 || *number > 65'535) return {};
  return static_cast<std::uint16_t>(*number);
}

void add_once(std::vector<std::string>& values, std::string value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
}

void add_once(std::vector<std::uint16_t>& values, std::uint16_t value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool is_open = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == '\\' && i + 1 < line.size() && (line[i + 1] == quote || line[i + 1] == '\\')) {
        word += line[++i];
      } else if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      is_open = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (is_open) words.push_back(std::exchange(word, {}));
      is_open = false;
    } else if (c == '#' && !is_open) {
      break;
    } else {
      word += c;
      is_open = true;
    }
  }
  if (is_open) words.push_back(word);
  return words;
}

}  // namespace carillon::certs
