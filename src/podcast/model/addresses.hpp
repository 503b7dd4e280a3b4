#pragma once
// The addresses the world knows us by. Pure.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// Who is told when a feed changes; feeds say so to those who would otherwise ask again and again.
struct Announcing {
  std::vector<std::string> hubs;  ///< WebSub hubs (W3C WebSub §4)
  bool podping = false;           ///< podcast:podping
};

/// How the world reaches us: "https://pod.example.org", no slash at the end.
class Addresses {
 public:
  explicit Addresses(std::string origin, Announcing announcing = {}) : origin_{std::move(origin)}, announcing_{std::move(announcing)} {}
  [[nodiscard]] const Announcing& announcing() const noexcept { return announcing_; }
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
  [[nodiscard]] std::string feed(const Show& show) const;                                         ///< its public one: ORIGIN/feeds/SLUG
  [[nodiscard]] std::string feed(const Feed& feed) const;                                         ///< ORIGIN/feeds/SLUG
  [[nodiscard]] std::string page(const Show& show) const;                                         ///< ORIGIN/shows/SLUG
  [[nodiscard]] std::string page(const Show& show, const Episode& episode) const;                 ///< ORIGIN/shows/SLUG/EPISODE-SLUG
  [[nodiscard]] std::string enclosure(const Episode& episode) const;                              ///< ORIGIN/e/ID/FILE.mp3
  [[nodiscard]] std::string picture(const Picture& picture) const;                                ///< ORIGIN/pictures/DIGEST.jpg
  [[nodiscard]] std::string chapters(const Episode& episode) const;                               ///< ORIGIN/episodes/ID/chapters.json
  [[nodiscard]] std::string transcript(const Episode& episode, std::string_view language) const;  ///< ORIGIN/episodes/ID/transcript.de.vtt

 private:
  std::string origin_;
  Announcing announcing_;
};

}  // namespace carillon::podcast
