#pragma once
// Quotas of a network: shows, storage, unfinished uploads.

#include "accounts/people/networks.hpp"
#include "http/message.hpp"
#include "podcast/store/owners.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// From this part of its storage quota on, people are told that a network has little room left.
inline constexpr double kNearQuota = 0.9;

struct NetworkUsage {
  accounts::Network network;
  podcast::Usage usage;
  /// "ok", "near" or "full", by the storage quota.
  [[nodiscard]] std::string_view storage_state() const noexcept;
};

/// Any event loop. Checked before an action starts. Two parallel actions may both pass; that is acceptable for a quota.
class Quotas {
 public:
  Quotas(accounts::Networks& networks, db::Database& database) : networks_{networks}, database_{database} {}

  /// A refusal if `network` has reached its show quota.
  asio::awaitable<std::optional<http::Response>> refuse_show(std::string network);
  /// A refusal if `length` more bytes or one more unfinished upload exceed the quotas of `network`.
  asio::awaitable<std::optional<http::Response>> refuse_upload(std::string network, ByteCount length);
  /// What a network uses, and what it may use.
  asio::awaitable<Result<NetworkUsage>> usage(std::string network);

 private:
  accounts::Networks& networks_;
  db::Database& database_;
};

}  // namespace carillon::api
