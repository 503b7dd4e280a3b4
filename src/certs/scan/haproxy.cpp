// HAProxy: "bind … ssl crt FILE|FOLDER" and crt-lists.

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

namespace carillon::certs {
namespace {

class HaproxyReader {
 public:
  HaproxyReader(const Files& files, std::string folder) : files_{files}, folder_{std::move(folder)} {}

  void read(std::string_view text) {
    for (const auto line : split(text, '\n')) {
      const auto words = words_of(line);
      if (words.size() < 2) continue;
      if (words[0] == "crt-base") base_ = words[1];
      if (words[0] == "bind") bind(words);
    }
  }

  Configuration result;

 private:
  void bind(const std::vector<std::string>& words) {
    Site site;
    for (const auto address : split(words[1], ',')) {
      if (const auto port = port_of(address)) add_once(site.ports, *port);
    }
    for (std::size_t i = 2; i + 1 < words.size(); ++i) {
      if (words[i] == "crt")
        certificate(site, words[++i]);
      else if (words[i] == "crt-list")
        list(site, words[++i]);
    }
    const bool has_some = !site.certificates.empty() || !site.folders.empty();
    if (has_some && result.sites.size() < kMaxSites) result.sites.push_back(std::move(site));
  }

  void certificate(Site& site, std::string_view path) {
    if (path.starts_with('@')) {
      result.problems.push_back("HAProxy loads a certificate from the store “" + clean_for_xml(path) + "”; scan its folder as well.");
      return;
    }
    auto full = resolved(base_.empty() ? folder_ : base_, path);
    if (files_.kind_of(full) == Files::Kind::folder) {
      add_once(site.folders, std::move(full));
    } else {
      add_once(site.certificates, std::move(full));
    }
  }

  /// FILE [OPTIONS] [NAME…], one a line.
  void list(Site& site, std::string_view path) {
    const auto text = files_.read(resolved(folder_, path));
    if (!text) {
      result.problems.push_back(text.error().message);
      return;
    }
    std::size_t count = 0;
    for (const auto line : split(*text, '\n')) {
      const auto words = words_of(line);
      if (words.empty() || ++count > kMaxIncluded) continue;
      certificate(site, words[0]);
      bool in_options = false;
      for (std::size_t i = 1; i < words.size(); ++i) {
        in_options = in_options || words[i].starts_with('[');
        if (!in_options && is_plain_name(words[i])) add_once(site.names, lower_ascii(words[i]));
        if (words[i].ends_with(']')) in_options = false;
      }
    }
  }

  const Files& files_;
  std::string folder_, base_;
};

}  // namespace

Result<Configuration> read_haproxy(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  HaproxyReader reader{files, folder_of(path)};
  reader.read(*text);
  return std::move(reader.result);
}

}  // namespace carillon::certs
