// Apache: lines of directives in sections (mod_ssl, mod_md, mod_macro; mod_gnutls by its own names). Conditional sections count as true,
// because what the server decides at startup isn't known here.

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace carillon::certs {
namespace {

constexpr std::uint16_t kHttps = 443;
constexpr int kDeepestMacro = 8;
/// All lines that macros were expanded to.
constexpr std::size_t kMaxMacroLines = 200'000;
constexpr std::size_t kMaxMacroBytes = 16U << 20;

struct Address {
  std::string host;        ///< "*" and "_default_" become ""
  std::uint16_t port = 0;  ///< 0: every port that the server listens on
};

/// The main server or a virtual host.
struct Host {
  Site site;
  std::vector<Address> addresses;
  std::optional<bool> is_engine_on;
  bool is_dynamic = false;  ///< its certificate is not in a file that the configuration lists
};

struct Macro {
  std::vector<std::string> parameters;
  std::vector<std::string> lines;
};

class ApacheReader {
 public:
  ApacheReader(const Files& files, std::string root) : files_{files}, root_{std::move(root)}, inclusions_{files, result} {}

  /// Debian's apachectl takes its variables from there.
  void read_environment(const std::string& path) {
    if (files_.kind_of(path) != Files::Kind::file) return;
    const auto text = files_.read(path);
    if (!text) return;
    for (auto line : split(*text, '\n')) {
      line = trimmed(line);
      if (line.starts_with("export ")) line = trimmed(line.substr(7));
      const auto equals = line.find('=');
      if (equals == std::string_view::npos || line.find_first_of(" #") < equals) continue;
      auto value = line.substr(equals + 1);
      // A suffix is only set for further instances.
      if (const auto dollar = value.find('$'); dollar != std::string_view::npos) value = value.substr(0, dollar);
      environment_[std::string(line.substr(0, equals))] = words_of(value).empty() ? std::string{} : words_of(value).front();
    }
  }

  void read(const std::string& path, std::string_view text, int depth) {
    std::string joined;
    std::size_t number = 0, first = 0;
    for (auto line : split(text, '\n')) {
      ++number;
      if (first == 0) first = number;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.ends_with('\\')) {
        joined += line.substr(0, line.size() - 1);
        continue;
      }
      place_ = clean_for_xml(path) + ":" + std::to_string(std::exchange(first, 0));
      one_line(std::exchange(joined, {}) + std::string(line), depth, 0);
    }
    if (!joined.empty()) one_line(joined, depth, 0);
  }

  void finish() {
    if (is_in_host_) hosts_.push_back(std::move(host_));
    std::set<std::uint16_t> covered;
    for (const auto& host : hosts_) {
      for (const auto& address : host.addresses) {
        if (address.host.empty() && address.port != 0) covered.insert(address.port);
      }
    }
    for (auto& host : hosts_) add(host);
    // The main server answers if no virtual host does.
    for (const auto& [port, hosts] : ports_) {
      if (!covered.contains(port)) main_.addresses.push_back({{}, port});
    }
    const auto places = std::exchange(main_.site.place, {});
    main_.site.place = places.empty() ? place_ : places;
    if (!main_.site.certificates.empty() || main_.is_engine_on.value_or(false)) add(main_);
    add_managed();
  }

  Configuration result;

 private:
  void one_line(const std::string& line, int depth, int macro_depth) {
    if (trimmed(line).starts_with('#')) return;
    auto words = words_of(line);
    if (words.empty()) return;
    const auto name = lower_ascii(words[0]);
    if (!macro_.empty()) {
      if (name.starts_with("</macro")) {
        macro_.clear();
      } else if (macro_bytes_ + line.size() < kMaxMacroBytes) {
        macro_bytes_ += line.size();
        macros_[macro_].lines.push_back(line);
      }
      return;
    }
    if (name == "<macro" && words.size() > 1) return begin_macro(words);
    if (name == "use" && words.size() > 1) return use(words, depth, macro_depth);
    directive(name, words, depth);
  }

  /// Reports it once per line, however often macros repeat it.
  void problem(const std::string& sentence) {
    auto whole = place_ + ": " + sentence;
    if (result.problems.empty() || result.problems.back() != whole) result.problems.push_back(std::move(whole));
  }

  void begin_macro(std::vector<std::string>& words) {
    if (words.back().ends_with('>')) words.back().pop_back();
    if (words.back().empty()) words.pop_back();
    macro_ = words.size() > 1 ? lower_ascii(words[1]) : "-";
    macros_[macro_] = {.parameters = {words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)), words.end()}, .lines = {}};
  }

  void use(const std::vector<std::string>& words, int depth, int macro_depth) {
    const auto found = macros_.find(lower_ascii(words[1]));
    const auto what = "the macro “" + clean_for_xml(words[1]) + "”";
    if (found == macros_.end()) { return problem(what + " was not read, because it isn't defined in the files that were read."); }
    if (macro_depth == kDeepestMacro) { return problem(what + " was not read, because macros are nested too deeply."); }
    auto parameters = found->second.parameters;
    std::vector<std::size_t> order(parameters.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    // The longest match counts: $host before $h.
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return parameters[a].size() != parameters[b].size() ? parameters[a].size() > parameters[b].size() : a < b;
    });
    const auto lines = found->second.lines;
    for (const auto& line : lines) {
      if (++macro_lines_ > kMaxMacroLines) {
        if (macro_lines_ == kMaxMacroLines + 1)
          result.problems.push_back(place_ + ": " + what + " was not read, because the macros have too many lines in total.");
        return;
      }
      std::string text;
      for (std::size_t at = 0; at < line.size() && text.size() < kLongestValue;) {
        const auto match = std::ranges::find_if(
            order, [&](std::size_t i) { return !parameters[i].empty() && line.compare(at, parameters[i].size(), parameters[i]) == 0; });
        if (match == order.end()) {
          text += line[at++];
          continue;
        }
        if (*match + 2 < words.size()) text += words[*match + 2];
        at += parameters[*match].size();
      }
      one_line(text, depth, macro_depth + 1);
    }
  }

  void directive(const std::string& name, std::vector<std::string>& words, int depth) {
    for (auto& word : words) {
      auto expansion = expand_variables(word, [this](const std::string& variable) { return value_of(variable); });
      if (!expansion.missing.empty() && matters(name)) {
        result.problems.push_back(place_ + ": “" + clean_for_xml(cut_to(word, 200)) + "” was not read, because the variable " +
                                  expansion.missing.front() +
                                  " isn't defined here. Set it to the value that Apache's service uses, then scan again.");
        return;
      }
      word = std::move(expansion.text);
    }
    if (name == "<virtualhost") return begin_host(words);
    if (name.starts_with("</virtualhost")) {
      if (std::exchange(is_in_host_, false)) keep_host();
      return;
    }
    if (words.size() < 2) return;
    auto& host = is_in_host_ ? host_ : main_;
    if (name == "define") {
      variables_[words[1]] = words.size() > 2 ? words[2] : std::string{};
    } else if (name == "serverroot") {
      root_ = resolved(root_, words[1]);
    } else if (name == "include" || name == "includeoptional") {
      include(words[1], name == "include", depth);
    } else if (name == "sslcertificatefile" || name == "sslcertificatechainfile" || name == "gnutlscertificatefile" ||
               name == "gnutlsx509certificatefile") {
      // The intermediates of the second are sent behind the certificate: they end some day, too.
      certificate(host, words[1]);
    } else if (name == "sslengine" || name == "gnutlsenable" || name == "nssengine") {
      host.is_engine_on = !equal_ignoring_case(words[1], "off");
      host.is_dynamic = host.is_dynamic || name == "nssengine";
    } else if (name == "servername" || name == "serveralias") {
      for (std::size_t i = 1; i < words.size(); ++i) add_name(host.site, host_in(words[i]));
    } else if (name == "listen") {
      listen(words);
    } else if (name == "mdomain" || name == "managedomain" || name == "<mdomainset" || name == "<managedomain" || name == "mdmember" ||
               name == "mdmembers") {
      for (std::size_t i = 1; i < words.size(); ++i) manage(words[i]);
    } else if (name == "mdcertificatefile") {
      certificate(main_md_, words[1]);
    } else if (name == "mdstoredir") {
      md_folder_ = resolved(root_, words[1]);
    }
  }

  /// Directives without which an endpoint or a certificate would be missing.
  [[nodiscard]] static bool matters(std::string_view name) {
    return name == "<virtualhost" || name == "include" || name == "includeoptional" || name == "sslcertificatefile" ||
           name == "sslcertificatechainfile" || name == "gnutlscertificatefile" || name == "servername" || name == "serveralias" ||
           name == "listen" || name == "mdomain" || name == "serverroot";
  }

  void begin_host(const std::vector<std::string>& words) {
    if (is_in_host_) keep_host();
    host_ = {};
    host_.site.place = place_;
    is_in_host_ = true;
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::string_view address = words[i];
      while (address.ends_with('>')) address.remove_suffix(1);
      if (address.empty()) continue;
      if (const auto parsed = address_of(address)) {
        host_.addresses.push_back(*parsed);
      } else {
        result.problems.push_back(place_ + ": the address “" + clean_for_xml(cut_to(address, 100)) +
                                  "” was not checked, because its port isn't a number. Scan its host and port as well.");
      }
    }
  }

  void keep_host() {
    if (hosts_.size() == kMaxSites) return too_many_sites(result);
    hosts_.push_back(std::move(host_));
    host_ = {};
  }

  /// "*:443", "_default_:443", "[::]:443", "192.0.2.7", "*", "name:443".
  static std::optional<Address> address_of(std::string_view text) {
    const auto colon = text.ends_with(']') ? std::string_view::npos : text.rfind(':');
    auto host = text.substr(0, colon);
    Address address;
    if (colon != std::string_view::npos && text.substr(colon + 1) != "*") {
      const auto port = port_of(text.substr(colon + 1));
      if (!port) return {};
      address.port = *port;
    }
    if (host != "*" && !equal_ignoring_case(host, "_default_")) address.host = host;
    return address;
  }

  static std::string_view host_in(std::string_view text) {
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
    return text.substr(0, text.find(':'));
  }

  void certificate(Host& host, const std::string& path) {
    if (path.starts_with("pkcs11:")) {
      host.is_dynamic = true;
      result.remarks.push_back(place_ + ": “" + clean_for_xml(cut_to(path, 100)) +
                               "” is on a hardware token, so the names of the server are checked on the network instead.");
      return;
    }
    add_once(host.site.certificates, resolved(root_, path));
  }

  void listen(const std::vector<std::string>& words) {
    const auto address = address_of(words[1].find_first_of(":.") == std::string::npos ? "*:" + words[1] : words[1]);
    const auto port = address && address->port != 0 ? std::optional{address->port} : std::nullopt;
    if (!port) {
      result.problems.push_back(place_ + ": “Listen " + clean_for_xml(cut_to(words[1], 100)) +
                                "” was not read, because its port isn't a number.");
      return;
    }
    auto& hosts = ports_[*port];
    if (std::ranges::find(hosts, address->host) == hosts.end()) hosts.push_back(address->host);
    // The protocol of port 443 is https unless the directive says otherwise (mpm_common, Listen).
    if (words.size() > 2 ? equal_ignoring_case(words[2], "https") : *port == kHttps) https_ports_.insert(*port);
  }

  void manage(std::string word) {
    while (word.ends_with('>')) word.pop_back();
    if (equal_ignoring_case(word, "auto") || equal_ignoring_case(word, "manual")) return;
    add_name(main_md_.site, word);
    main_md_.site.place = place_;
    if (md_name_.empty()) md_name_ = word;
  }

  /// A virtual host with what it inherits from the main server.
  void add(Host& host) {
    const bool is_main = &host == &main_;
    auto& site = host.site;
    if (!is_main) {
      if (site.certificates.empty() && !host.is_dynamic) site.certificates = main_.site.certificates;
      if (!host.is_engine_on) host.is_engine_on = main_.is_engine_on;
    }
    const bool is_managed = std::ranges::any_of(
        site.names, [&](const auto& name) { return std::ranges::find(main_md_.site.names, name) != main_md_.site.names.end(); });
    const bool has_own = !site.certificates.empty();
    for (const auto& address : host.addresses) {
      if (address.port != 0) {
        add_port(host, address, !is_main && (has_own || is_managed));
        continue;
      }
      for (const auto& [port, hosts] : ports_) add_port(host, {address.host, port}, false);
    }
    const bool listens = !site.ports.empty() || !site.local.empty();
    if (listens && site.names.empty() && site.patterns.empty()) site.names = main_.site.names;
    if (listens && is_managed) managed_.insert(site.names.begin(), site.names.end());
    const bool is_own = is_main || site.certificates != main_.site.certificates;
    if (listens || (has_own && is_own)) add_site(result, site);
  }

  void add_port(Host& host, const Address& address, bool is_meant) const {
    const bool is_https = https_ports_.contains(address.port) || address.port == kHttps;
    const bool is_tls = host.is_engine_on ? *host.is_engine_on : is_https || (is_meant && address.port != 80);
    if (!is_tls) return;
    const auto found = ports_.find(address.port);
    const bool is_local = address.host.empty() && found != ports_.end() && std::ranges::all_of(found->second, is_loopback);
    if (!is_local) return add_listener(host.site, address.host, address.port);
    for (const auto& one : found->second) add_listener(host.site, one, address.port);
  }

  /// MDomain names whose virtual hosts were not found.
  void add_managed() {
    auto& site = main_md_.site;
    std::erase_if(site.names, [this](const auto& name) { return managed_.contains(name); });
    const auto folder = resolved(md_folder_.empty() ? resolved(root_, "md") : md_folder_, "domains/" + md_name_);
    if (const auto file = resolved(folder, "pubcert.pem"); !md_name_.empty() && files_.kind_of(file) == Files::Kind::file)
      add_once(site.certificates, file);
    if (site.names.empty() && site.certificates.empty()) return;
    if (!site.names.empty()) site.ports.push_back(kHttps);
    add_site(result, site);
  }

  [[nodiscard]] std::optional<std::string> value_of(const std::string& name) const {
    if (const auto found = variables_.find(name); found != variables_.end()) return found->second;
    if (const auto found = environment_.find(name); found != environment_.end()) return found->second;
    return files_.variable(name);
  }

  void include(const std::string& pattern, bool must_exist, int depth) {
    auto full = resolved(root_, pattern);
    // A folder means everything in it.
    auto found = files_.kind_of(full) == Files::Kind::folder ? files_.below(full) : files_.matching(full);
    const auto place = place_;
    for (auto& problem : found.problems) result.problems.push_back(place + ": " + problem);
    if (found.paths.empty() && must_exist) {
      result.problems.push_back(place + ": " +
                                not_read(full, full.find_first_of("*?[") == std::string::npos ? "it doesn't exist" : "nothing matches it"));
      return;
    }
    for (const auto& path : found.paths) {
      if (const auto text = inclusions_.read(path, depth, place)) read(path, *text, depth + 1);
    }
    place_ = place;
  }

  static constexpr std::size_t kLongestValue = 65'536;
  const Files& files_;
  std::string root_, place_;
  Inclusions inclusions_;
  std::map<std::string, std::string> variables_, environment_;
  Host main_, host_, main_md_;
  std::vector<Host> hosts_;
  std::map<std::uint16_t, std::vector<std::string>> ports_;  ///< with the addresses that are listened on
  std::set<std::uint16_t> https_ports_;
  std::map<std::string, Macro> macros_;
  std::string macro_;  ///< the one that is being defined; "" for none
  std::size_t macro_lines_ = 0, macro_bytes_ = 0;
  std::string md_folder_, md_name_;
  std::set<std::string> managed_;  ///< names that a virtual host with TLS has
  bool is_in_host_ = false;
};

}  // namespace

Result<Configuration> read_apache(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  const auto name = name_of_file(path);
  const bool is_main = name == "apache2.conf" || name == "httpd.conf";
  auto root = is_main ? folder_of(path) : root_of(path, {"apache2.conf", "httpd.conf", "conf/httpd.conf"}, files);
  ApacheReader reader{files, root};
  reader.read_environment(resolved(root, "envvars"));
  reader.read(path, *text, 0);
  reader.finish();
  return std::move(reader.result);
}

}  // namespace carillon::certs
