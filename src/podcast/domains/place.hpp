#pragma once
// Verifies that a name points to this installation: a request to it must return a response that no one else can create.

#include "podcast/domains/domains.hpp"

namespace carillon::podcast {

/// Any thread.
class Place {
 public:
  /// `fetch` must outlive it.
  explicit Place(const Domains::Fetch& fetch) : fetch_{fetch} {}

  /// `key` must be the same on every node, because any of them may get the request. Call it before anything else.
  void use_key(std::string key) { key_ = std::move(key); }

  /// The response to a request for `path`, if it is such a verification. It reveals nothing that could be used elsewhere.
  [[nodiscard]] std::optional<std::string> answer_to(std::string_view path) const;
  /// Why a name with our addresses doesn't respond as we do, the end of a sentence; "" if it does. May block for long.
  [[nodiscard]] std::string misplaced(const std::string& name, const std::string& address) const;

 private:
  [[nodiscard]] std::string answer_at(const std::string& place) const;

  std::string key_;
  const Domains::Fetch& fetch_;
};

}  // namespace carillon::podcast
