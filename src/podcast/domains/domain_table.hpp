#pragma once
// Maps host names to shows, in memory: read for every request, changed a few times a day.

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon::podcast {

/// Any thread. A look-up copies a shared pointer; a change replaces the whole table.
class DomainTable {
 public:
  using Shows = std::unordered_map<std::string, std::string>;  ///< name of the domain → slug of the show

  /// `host` in lower case, without port.
  [[nodiscard]] std::optional<std::string> show_of(const std::string& host) const {
    const auto shows = shows_.load();
    const auto found = shows->find(host);
    if (found == shows->end()) return {};
    return found->second;
  }
  /// The active domains of a show, by name.
  [[nodiscard]] std::vector<std::string> names_of(std::string_view show) const {
    const auto shows = shows_.load();
    std::vector<std::string> names;
    for (const auto& [name, slug] : *shows) {
      if (slug == show) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }
  void replace(Shows shows) { shows_.store(std::make_shared<const Shows>(std::move(shows))); }

 private:
  std::atomic<std::shared_ptr<const Shows>> shows_{std::make_shared<const Shows>()};
};

}  // namespace carillon::podcast
