#pragma once
// Proves that a name leads to this installation: a request to it answers what nobody else can.

#include "podcast/domains/domains.hpp"

namespace carillon::podcast {

/// Any thread.
class Place {
 public:
  /// `fetch` must live longer.
  explicit Place(const Domains::Fetch& fetch) : fetch_{fetch} {}

  /// `key`: the same on every node, since any of them may be asked. Before anything else is called.
  void use_key(std::string key) { key_ = std::move(key); }

  /// What a request for `path` gets, if it is one that proves it. Whoever asks for it learns nothing that proves anything elsewhere.
  [[nodiscard]] std::optional<std::string> answer_to(std::string_view path) const;
  /// Why a name that leads here by its addresses does not answer as we do, the end of a sentence; "" when it does. May block for long.
  [[nodiscard]] std::string misplaced(const std::string& name, const std::string& address) const;

 private:
  [[nodiscard]] std::string answer_at(const std::string& place) const;

  std::string key_;
  const Domains::Fetch& fetch_;
};

}  // namespace carillon::podcast
