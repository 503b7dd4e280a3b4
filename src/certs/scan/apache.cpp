// Apache: lines of directives in sections (mod_ssl).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

#include <map>

namespace carillon::certs {
namespace {

class ApacheReader {
 public:
  ApacheReader(const Files& files, std::string root) : files_{files}, root_{std::move(root)} {}

  void read(std::string_view text, int depth) {
    std::string joined;
    for (auto line : split(text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.ends_with('\\')) {
        joined += line.substr(0, line.size() - 1);
        continue;
      }
      directive(joined + std::string(line), depth);
      joined.clear();
    }
    if (!joined.empty()) directive(joined, depth);
  }

  void finish() {
    close(host_);
    host_ = {};
    close(main_);
  }

  Configuration result;

 private:
  void directive(const std::string& line, int depth) {
    auto words = words_of(line);
    if (words.empty()) return;
    for (auto& word : words) word = expanded(word);
    const auto name = lower_ascii(words[0]);
    if (name == "<virtualhost") {
      close(host_);
      host_ = {};
      is_in_host_ = true;
      for (std::size_t i = 1; i < words.size(); ++i) {
        auto address = words[i];
        while (address.ends_with('>')) address.pop_back();
        if (const auto port = port_of(address)) add_once(host_.ports, *port);
      }
      return;
    }
    if (name.starts_with("</virtualhost")) {
      close(host_);
      host_ = {};
      is_in_host_ = false;
      return;
    }
    if (words.size() < 2) return;
    auto& site = is_in_host_ ? host_ : main_;
    if (name == "define") {
      if (words.size() > 2) variables_[words[1]] = words[2];
    } else if (name == "serverroot") {
      root_ = words[1];
    } else if (name == "include" || name == "includeoptional") {
      include(words[1], depth);
    } else if (name == "sslcertificatefile" || name == "sslcertificatechainfile") {
      // The intermediates of the second are sent behind the certificate: they end some day, too.
      add_once(site.certificates, resolved(root_, words[1]));
    } else if (name == "servername" || name == "serveralias") {
      for (std::size_t i = 1; i < words.size(); ++i) {
        auto host = std::string_view(words[i]);
        if (const auto scheme = host.find("://"); scheme != std::string_view::npos) host.remove_prefix(scheme + 3);
        host = host.substr(0, host.find(':'));
        if (is_plain_name(host)) add_once(site.names, lower_ascii(host));
      }
    } else if (name == "listen" && words.size() > 2 && equal_ignoring_case(words[2], "https")) {
      if (const auto port = port_of(words[1])) add_once(main_.ports, *port);
    }
  }

  /// ${NAME} as Define said; what is not defined stays.
  [[nodiscard]] std::string expanded(const std::string& word) const {
    std::string text;
    for (std::size_t at = 0; at < word.size();) {
      const auto end = word.find('}', at);
      if (word.compare(at, 2, "${") == 0 && end != std::string::npos) {
        const auto found = variables_.find(word.substr(at + 2, end - at - 2));
        text += found == variables_.end() ? word.substr(at, end - at + 1) : found->second;
        at = end + 1;
      } else {
        text += word[at++];
      }
    }
    return text.size() > kLongestValue ? std::string{} : text;
  }

  void close(Site& site) {
    if (!site.certificates.empty() && result.sites.size() < kMaxSites) result.sites.push_back(std::move(site));
    site = {};
  }

  void include(const std::string& pattern, int depth) {
    if (depth >= kDeepestInclude) return;
    auto full = resolved(root_, pattern);
    // A folder means everything in it.
    const auto paths = files_.kind_of(full) == Files::Kind::folder ? files_.below(full) : files_.matching(full);
    for (const auto& path : paths) {
      if (++included_ > kMaxIncluded) return;
      if (const auto text = files_.read(path)) {
        read(*text, depth + 1);
      } else {
        result.problems.push_back(text.error().message);
      }
    }
  }

  static constexpr std::size_t kLongestValue = 4'096;
  const Files& files_;
  std::string root_;
  std::map<std::string, std::string> variables_;
  Site main_, host_;
  bool is_in_host_ = false;
  std::size_t included_ = 0;
};

}  // namespace

Result<Configuration> read_apache(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  ApacheReader reader{files, folder_of(path)};
  reader.read(*text, 0);
  reader.finish();
  return std::move(reader.result);
}

}  // namespace carillon::certs
