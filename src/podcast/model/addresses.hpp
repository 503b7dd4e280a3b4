#pragma once
// Our public URLs. Pure.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// The services that are notified of feed changes; feeds list them, so that clients needn't poll.
struct Announcing {
  std::vector<std::string> hubs;  ///< WebSub hubs (W3C WebSub §4)
  bool podping = false;           ///< podcast:podping
};

/// The base URL: "https://pod.example.org", without a trailing slash.
class Addresses {
 public:
  explicit Addresses(std::string origin, Announcing announcing = {})
      : origin_{std::move(origin)}, audio_origin_{origin_}, announcing_{std::move(announcing)} {}
  /// The URLs of one show on its custom domain: "https://podcast.example.org" is its page, ORIGIN/feed.xml its feed, ORIGIN/EPISODE-SLUG an
  /// episode's page. Enclosures stay on the platform's domain, because they are permanent and a custom domain can be abandoned.
  [[nodiscard]] Addresses at_domain(std::string origin) const;
  [[nodiscard]] const Announcing& announcing() const noexcept { return announcing_; }
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
  [[nodiscard]] bool is_at_domain() const noexcept { return at_domain_; }
  [[nodiscard]] const std::string& audio_origin() const noexcept { return audio_origin_; }       ///< of enclosures
  [[nodiscard]] std::string feed(const Show& show) const;                                        ///< its public one: ORIGIN/feeds/SLUG
  [[nodiscard]] std::string feed(const Feed& feed) const;                                        ///< ORIGIN/feeds/SLUG
  [[nodiscard]] std::string page(const Show& show) const;                                        ///< ORIGIN/shows/SLUG
  [[nodiscard]] std::string page(const Show& show, const Episode& episode) const;                ///< ORIGIN/shows/SLUG/EPISODE-SLUG
  [[nodiscard]] std::string enclosure(const Episode& episode) const;                             ///< AUDIO-ORIGIN/e/ID/FILE.mp3
  [[nodiscard]] std::string arrangement(const std::string& name, const Episode& episode) const;  ///< AUDIO-ORIGIN/a/NAME/FILE.mp3
  [[nodiscard]] std::string picture(const Picture& picture) const;                               ///< ORIGIN/pictures/DIGEST.jpg
  [[nodiscard]] std::string picture(const Picture& picture, int side, PictureType type) const;   ///< ORIGIN/pictures/DIGEST/600.webp
  [[nodiscard]] std::string chapters(const Episode& episode) const;                              ///< ORIGIN/episodes/ID/chapters.json
  [[nodiscard]] std::string transcript(const Episode& episode,
                                       const Transcript& transcript) const;  ///< ORIGIN/episodes/ID/transcript.de.vtt

 private:
  std::string origin_;
  std::string audio_origin_;
  bool at_domain_ = false;
  Announcing announcing_;
};

}  // namespace carillon::podcast
