// What the readers of all configurations share.

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"
#include "crypto/certificate.hpp"

#include <algorithm>

namespace carillon::certs {

std::optional<ServerKind> recognised(const std::string& path, std::string_view content) {
  const auto name = std::string_view(path).substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  if (name == "nginx.conf") return ServerKind::nginx;
  if (name == "apache2.conf" || name == "httpd.conf") return ServerKind::apache;
  if (name == "haproxy.cfg") return ServerKind::haproxy;
  if (name == "main.cf") return ServerKind::postfix;
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
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  if (crypto::is_ip_address(name)) return true;
  const auto lower = lower_ascii(name);
  return !name.empty() && name.size() <= 253 && lower.find_first_not_of(kAllowed) == std::string::npos && lower.front() != '.' &&
         lower.front() != '-';
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
