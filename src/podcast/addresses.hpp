#pragma once
// The addresses the world knows us by. Pure.

#include "podcast/show.hpp"

namespace carillon::podcast {

/// How the world reaches us: "https://pod.example.org", no slash at the end.
class Addresses {
 public:
  explicit Addresses(std::string origin) : origin_{std::move(origin)} {}
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
  [[nodiscard]] std::string feed(const Show& show) const;                          ///< ORIGIN/feeds/SLUG
  [[nodiscard]] std::string page(const Show& show) const;                          ///< ORIGIN/shows/SLUG
  [[nodiscard]] std::string page(const Show& show, const Episode& episode) const;  ///< ORIGIN/shows/SLUG/EPISODE-SLUG
  [[nodiscard]] std::string enclosure(const Episode& episode) const;               ///< ORIGIN/e/ID/FILE.mp3
  [[nodiscard]] std::string picture(const Picture& picture) const;                 ///< ORIGIN/pictures/DIGEST.jpg

 private:
  std::string origin_;
};

}  // namespace carillon::podcast
