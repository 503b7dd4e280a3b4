// Postfix: main.cf and master.cf (postconf(5), master(5)), tables of certificates by name (postconf(5), tls_server_sni_maps).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace carillon::certs {
namespace {

constexpr std::uint16_t kSmtp = 25;
constexpr int kDeepestVariable = 8;
/// Variables of variables multiply.
constexpr int kMaxExpansions = 10'000;
constexpr std::size_t kLongestValue = 65'536;
constexpr int kMaxInstances = 100;

using Settings = std::map<std::string, std::string, std::less<>>;

struct Line {
  std::string text;
  std::size_t number = 0;
};

/// Logical lines: what begins with a blank goes on with the line before.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto content = trimmed(line);
    if (content.empty() || content.starts_with('#')) continue;
    if (line.starts_with(' ') || line.starts_with('\t')) {
      if (!lines.empty() && lines.back().text.size() + content.size() < kLongestValue) lines.back().text.append(" ").append(content);
    } else {
      lines.push_back({std::string(content), number});
    }
  }
  return lines;
}

void set(Settings& settings, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) return;
  settings[std::string(trimmed(assignment.substr(0, equals)))] = trimmed(assignment.substr(equals + 1));
}

Settings settings_of(std::string_view text) {
  Settings settings;
  for (const auto& line : lines_of(text)) set(settings, line.text);
  return settings;
}

/// Replaces $name, ${name} and $(name), and evaluates ${name?text} and ${name:text}. Unknown names become empty, as in Postfix.
std::string expanded(const Settings& settings, std::string_view value, int& budget, int depth = 0) {
  std::string text;
  for (std::size_t at = 0; at < value.size() && text.size() < kLongestValue;) {
    if (value[at] != '$' || at + 1 == value.size()) {
      text += value[at++];
      continue;
    }
    ++at;
    const char open = value[at];
    const char close = open == '{' ? '}' : ')';
    const bool is_bracketed = open == '{' || open == '(';
    if (is_bracketed) ++at;
    constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const auto end = std::min(is_bracketed ? value.find(close, at) : value.find_first_not_of(kName, at), value.size());
    const auto inside = value.substr(at, end - at);
    const auto condition = std::min(inside.find_first_of("?:"), inside.size());
    const auto found = settings.find(inside.substr(0, condition));
    const bool is_set = found != settings.end() && !found->second.empty();
    const bool may_go_on = depth < kDeepestVariable && budget-- > 0;
    if (condition < inside.size()) {
      const bool applies = (inside[condition] == '?') == is_set;
      if (applies && may_go_on) text += expanded(settings, inside.substr(condition + 1), budget, depth + 1);
    } else if (is_set && may_go_on) {
      text += expanded(settings, found->second, budget, depth + 1);
    }
    at = std::min(value.size(), end + (is_bracketed ? 1 : 0));
  }
  return text;
}

/// A service of master.cf that receives mail.
struct Service {
  std::string name, place;
  Settings overrides;
};

/// "smtp", "submission", "submissions" and "smtps" as /etc/services has them.
std::optional<std::uint16_t> port_named(std::string_view name) {
  if (const auto number = port_of(name)) return number;
  if (name == "smtp") return kSmtp;
  if (name == "submission") return std::uint16_t{587};
  if (name == "submissions" || name == "smtps" || name == "ssmtp") return std::uint16_t{465};
  return {};
}

class PostfixReader {
 public:
  PostfixReader(const Files& files, Configuration& result) : files_{files}, inclusions_{files, result}, result_{result} {}

  void read(const std::string& path, std::string_view text) {
    path_ = path;
    folder_ = folder_of(path);
    settings_ = settings_of(text);
    settings_.try_emplace("config_directory", folder_);
    settings_.try_emplace("data_directory", "/var/lib/postfix");
    settings_.try_emplace("queue_directory", "/var/spool/postfix");
    settings_.try_emplace("mail_owner", "postfix");
    budget_ = kMaxExpansions;
    for (auto& service : services()) add(service);
    if (!is_offered_ && has_certificates(settings_)) {
      result_.remarks.push_back(clean_for_xml(path) + ": no service uses these certificates, because smtpd_tls_security_level isn't set.");
      Site site{.names = {}, .ports = {}, .certificates = certificates(settings_), .folders = {}, .place = clean_for_xml(path)};
      if (!site.certificates.empty()) add_site(result_, std::move(site));
    }
  }

  /// The main files of other Postfix instances on this machine (postmulti(1)).
  [[nodiscard]] std::vector<std::string> instances() {
    std::vector<std::string> paths;
    for (const auto& folder : words(value(settings_, "multi_instance_directories"))) {
      if (paths.size() < kMaxInstances) paths.push_back(resolved(folder, "main.cf"));
    }
    return paths;
  }

 private:
  std::string value(const Settings& settings, std::string_view key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string{} : expanded(settings, found->second, budget_);
  }

  static std::vector<std::string> words(std::string text) {
    for (auto& c : text) {
      if (c == ',' || c == '\t') c = ' ';
    }
    std::vector<std::string> words;
    for (const auto word : split(text, ' ')) {
      if (!word.empty()) words.emplace_back(word);
    }
    return words;
  }

  std::vector<Service> services() {
    const auto path = resolved(folder_, "master.cf");
    std::vector<Service> services;
    if (files_.kind_of(path) == Files::Kind::none) {
      const auto text = files_.read(path);
      if (!text && text.error().kind != ErrorKind::not_found)
        result_.problems.push_back(text.error().message);
      else
        result_.remarks.push_back(not_read(path, "it doesn't exist") + " Only port 25 is checked.");
      services.push_back({"smtp", clean_for_xml(path_), {}});
      return services;
    }
    const auto text = inclusions_.read(path, 0, clean_for_xml(path_));
    if (!text) return services;
    for (const auto& line : lines_of(*text)) {
      auto fields = words_of_master(line.text);
      constexpr std::size_t kCommand = 7;
      if (fields.size() <= kCommand || fields[1] != "inet") continue;
      const auto command = name_of_file(fields[kCommand]);
      if (command != "smtpd" && command != "postscreen") continue;
      if (services.size() == kMaxSites) break;
      Service service{fields[0], clean_for_xml(path) + ":" + std::to_string(line.number), {}};
      for (std::size_t i = kCommand + 1; i < fields.size(); ++i) {
        if (fields[i] == "-o" && i + 1 < fields.size()) {
          set(service.overrides, fields[++i]);
        } else if (fields[i].starts_with("-o")) {
          set(service.overrides, std::string_view(fields[i]).substr(2));
        }
      }
      services.push_back(std::move(service));
    }
    return services;
  }

  /// Separated by spaces or tabs; braces group words (master(5), "{").
  static std::vector<std::string> words_of_master(std::string_view line) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < line.size()) {
      if (line[at] == ' ' || line[at] == '\t') {
        ++at;
      } else if (line[at] == '{') {
        const auto end = std::min(line.find('}', at), line.size());
        words.emplace_back(trimmed(line.substr(at + 1, end - at - 1)));
        at = std::min(end + 1, line.size());
      } else {
        const auto end = std::min(line.find_first_of(" \t", at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = end;
      }
    }
    return words;
  }

  /// Whether services without their own address listen only on loopback.
  bool is_local_only(const Settings& settings) {
    const auto interfaces = words(value(settings, "inet_interfaces"));
    return !interfaces.empty() &&
           std::ranges::all_of(interfaces, [](const auto& one) { return one == "loopback-only" || is_loopback(one); });
  }

  static bool is_yes(std::string_view text) { return equal_ignoring_case(text, "yes"); }

  bool has_certificates(const Settings& settings) {
    return !value(settings, "smtpd_tls_chain_files").empty() || !value(settings, "smtpd_tls_cert_file").empty() ||
           !value(settings, "smtpd_tls_eccert_file").empty() || !value(settings, "tls_server_sni_maps").empty();
  }

  std::vector<std::string> certificates(const Settings& settings) {
    std::vector<std::string> paths;
    for (const auto* key : {"smtpd_tls_chain_files", "smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file"}) {
      for (const auto& file : words(value(settings, key))) {
        if (file != "none") add_once(paths, resolved(folder_, file));
      }
      // The others don't count then.
      if (!paths.empty() && std::string_view{key} == "smtpd_tls_chain_files") break;
    }
    return paths;
  }

  void add(Service& service) {
    auto settings = settings_;
    for (auto& [key, text] : service.overrides) settings[key] = text;
    const bool is_wrapped = is_yes(value(settings, "smtpd_tls_wrappermode"));
    const auto level = lower_ascii(value(settings, "smtpd_tls_security_level"));
    const bool is_offered = is_wrapped || level == "may" || level == "encrypt" ||
                            (level.empty() && (is_yes(value(settings, "smtpd_use_tls")) || is_yes(value(settings, "smtpd_enforce_tls"))));
    if (!is_offered) return;
    is_offered_ = true;
    const auto colon = service.name.ends_with(']') ? std::string::npos : service.name.rfind(':');
    const auto host = colon == std::string::npos ? std::string{} : expanded(settings, service.name.substr(0, colon), budget_);
    const auto port = port_named(colon == std::string::npos ? service.name : service.name.substr(colon + 1));
    if (!port) {
      result_.problems.push_back(service.place + ": the service “" + clean_for_xml(cut_to(service.name, 100)) +
                                 "” was not checked, because its port isn't known here. Scan its host and port as well.");
      return;
    }
    Site site{.names = {}, .ports = {}, .certificates = {}, .folders = {}, .place = service.place};
    site.starttls = is_wrapped ? StartTls::none : StartTls::smtp;
    add_listener(site, host.empty() && is_local_only(settings) ? "127.0.0.1" : std::string_view{host}, *port);
    auto own = site;
    own.certificates = certificates(settings);
    if (const auto name = value(settings, "myhostname"); !name.empty()) add_name(own, name);
    add_maps(settings, site);
    if (own.certificates.empty() && has_maps_) return;
    add_site(result_, std::move(own));
  }

  void add_maps(const Settings& settings, const Site& service) {
    has_maps_ = false;
    for (auto map : words(value(settings, "tls_server_sni_maps"))) {
      has_maps_ = true;
      if (map.starts_with("proxy:")) map.erase(0, std::string_view{"proxy:"}.size());
      const auto colon = map.find(':');
      const auto type = map.substr(0, colon);
      constexpr std::array<std::string_view, 9> kWithSource{"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "regexp", "pcre"};
      if (type == "inline" || colon == std::string::npos || std::ranges::find(kWithSource, type) == kWithSource.end()) {
        result_.problems.push_back(service.place + ": the table “" + clean_for_xml(cut_to(map, 100)) +
                                   "” was not read, because a scan can't read tables of this type. Scan its names as well.");
        continue;
      }
      add_map(resolved(folder_, map.substr(colon + 1)), type == "regexp" || type == "pcre", service);
    }
  }

  /// NAME FILE[,FILE…], one per line: the source of the table, which postmap -F reads.
  void add_map(const std::string& path, bool has_patterns, const Site& service) {
    const auto text = inclusions_.read(path, 0, service.place);
    if (!text) return;
    for (const auto& line : lines_of(*text)) {
      if (result_.sites.size() == kMaxSites) return too_many_sites(result_);
      auto fields = words(line.text);
      if (fields.size() < 2) continue;
      auto site = service;
      site.place = clean_for_xml(path) + ":" + std::to_string(line.number);
      if (has_patterns) {
        site.patterns.push_back(clean_for_xml(cut_to(fields[0], 100)));
      } else {
        add_name(site, fields[0]);
      }
      for (std::size_t i = 1; i < fields.size(); ++i) add_once(site.certificates, resolved(folder_, fields[i]));
      add_site(result_, std::move(site));
    }
  }

  const Files& files_;
  Inclusions inclusions_;
  Configuration& result_;
  Settings settings_;
  std::string path_, folder_;
  int budget_ = kMaxExpansions;
  bool is_offered_ = false, has_maps_ = false;
};

}  // namespace

Result<Configuration> read_postfix(const std::string& given, const Files& files) {
  const auto path = name_of_file(given) == "master.cf" ? resolved(folder_of(given), "main.cf") : given;
  auto text = files.read(path);
  if (!text) return forward_error(text);
  Configuration result;
  PostfixReader reader{files, result};
  reader.read(path, *text);
  for (const auto& other : reader.instances()) {
    const auto more = files.read(other);
    if (!more) {
      result.problems.push_back(more.error().message);
      continue;
    }
    PostfixReader instance{files, result};
    instance.read(other, *more);
  }
  return result;
}

}  // namespace carillon::certs
