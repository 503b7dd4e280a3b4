#pragma once
// The URLs in one feed. Another feed of the same show may have different ones.

#include "podcast/model/addresses.hpp"

namespace carillon::podcast {

/// `addresses` must outlive it.
class FeedLinks {
 public:
  FeedLinks(const Addresses& addresses, const Feed& feed) : addresses_{addresses}, self_{addresses.feed(feed)} {}

  [[nodiscard]] const std::string& self() const noexcept { return self_; }
  [[nodiscard]] const Announcing& announcing() const noexcept { return addresses_.announcing(); }
  [[nodiscard]] std::string page(const Show& show) const { return addresses_.page(show); }
  [[nodiscard]] std::string page(const Show& show, const Episode& episode) const { return addresses_.page(show, episode); }
  [[nodiscard]] std::string enclosure(const Episode& episode) const { return addresses_.enclosure(episode); }
  [[nodiscard]] std::string picture(const Picture& picture) const { return addresses_.picture(picture); }
  [[nodiscard]] std::string chapters(const Episode& episode) const { return addresses_.chapters(episode); }
  [[nodiscard]] std::string transcript(const Episode& episode, const Transcript& transcript) const {
    return addresses_.transcript(episode, transcript);
  }

 private:
  const Addresses& addresses_;
  std::string self_;
};

}  // namespace carillon::podcast
