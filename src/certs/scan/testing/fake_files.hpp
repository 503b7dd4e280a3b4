#pragma once
// Files in memory, for tests of readers.

#include "certs/scan/files.hpp"

#include <fnmatch.h>

#include <map>

namespace carillon::certs::testing {

class FakeFiles final : public Files {
 public:
  std::map<std::string, std::string> content;
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> unreadable_folders;  ///< with the sentence about each
  [[nodiscard]] Kind kind_of(const std::string& path) const override {
    if (content.contains(path)) return Kind::file;
    const auto below_it = content.lower_bound(path + "/");
    return below_it != content.end() && below_it->first.starts_with(path + "/") ? Kind::folder : Kind::none;
  }
  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    const auto found = content.find(path);
    if (found == content.end()) return fail(ErrorKind::not_found, not_read(path, "it doesn't exist"));
    return found->second;
  }
  [[nodiscard]] Listing matching(const std::string& pattern) const override {
    Listing listing;
    for (const auto& [path, text] : content) {
      if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) listing.paths.push_back(path);
    }
    for (const auto& [folder, sentence] : unreadable_folders) {
      if (pattern.starts_with(folder + "/")) listing.problems.push_back(sentence);
    }
    return listing;
  }
  [[nodiscard]] Listing below(const std::string& folder) const override {
    Listing listing;
    for (const auto& [path, text] : content) {
      if (path.starts_with(folder + "/")) listing.paths.push_back(path);
    }
    for (const auto& [path, sentence] : unreadable_folders) {
      if (path == folder || path.starts_with(folder + "/")) listing.problems.push_back(sentence);
    }
    return listing;
  }
  [[nodiscard]] std::string real_path(const std::string& path) const override { return path; }
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  }
};

}  // namespace carillon::certs::testing
