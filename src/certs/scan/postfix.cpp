// Postfix: main.cf (postconf(5)).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

#include <map>

namespace carillon::certs {
namespace {

constexpr std::uint16_t kSmtp = 25;
constexpr int kDeepestVariable = 8;
/// Variables of variables multiply.
constexpr int kMaxExpansions = 10'000;
constexpr std::size_t kLongestValue = 65'536;

using Settings = std::map<std::string, std::string, std::less<>>;

/// Logical lines: what begins with a blank goes on with the line before.
Settings settings_of(std::string_view text) {
  Settings settings;
  std::string* last = nullptr;
  for (const auto line : split(text, '\n')) {
    const auto content = trimmed(line);
    if (content.empty() || content.starts_with('#')) continue;
    if (line.starts_with(' ') || line.starts_with('\t')) {
      if (last != nullptr && last->size() + content.size() < kLongestValue) last->append(" ").append(content);
      continue;
    }
    const auto equals = line.find('=');
    last = nullptr;
    if (equals == std::string_view::npos) continue;
    last = &settings[std::string(trimmed(line.substr(0, equals)))];
    *last = trimmed(line.substr(equals + 1));
  }
  return settings;
}

/// $name, ${name} and $(name) replaced; what is unknown becomes empty, as Postfix does.
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
    const auto found = settings.find(value.substr(at, end - at));
    if (found != settings.end() && depth < kDeepestVariable && budget-- > 0) text += expanded(settings, found->second, budget, depth + 1);
    at = std::min(value.size(), end + (is_bracketed ? 1 : 0));
  }
  return text;
}

}  // namespace

Result<Configuration> read_postfix(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  auto settings = settings_of(*text);
  settings.try_emplace("config_directory", folder_of(path));
  int budget = kMaxExpansions;
  Site site;
  site.starttls = StartTls::smtp;
  for (const auto* key : {"smtpd_tls_chain_files", "smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file"}) {
    const auto found = settings.find(key);
    if (found == settings.end()) continue;
    auto value = expanded(settings, found->second, budget);
    for (auto& c : value) {
      if (c == ',' || c == '\t') c = ' ';
    }
    for (const auto file : split(value, ' ')) {
      if (!file.empty() && file != "none") add_once(site.certificates, resolved(folder_of(path), file));
    }
  }
  Configuration result;
  if (site.certificates.empty()) return result;
  site.ports.push_back(kSmtp);
  const auto name = settings.find("myhostname");
  if (name != settings.end()) {
    const auto host = expanded(settings, name->second, budget);
    if (is_plain_name(host)) site.names.push_back(lower_ascii(host));
  }
  result.sites.push_back(std::move(site));
  return result;
}

}  // namespace carillon::certs
