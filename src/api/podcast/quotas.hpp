#pragma once
// Quotas of a network: shows, storage, unfinished uploads.

#include "accounts/people/networks.hpp"
#include "http/message.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// Any event loop. Checked before an action starts. Two parallel actions may both pass; that is acceptable for a quota.
class Quotas {
 public:
  Quotas(accounts::Networks& networks, db::Database& database) : networks_{networks}, database_{database} {}

  /// A refusal if `network` has reached its show quota.
  asio::awaitable<std::optional<http::Response>> refuse_show(std::string network);
  /// A refusal if `length` more bytes or one more unfinished upload exceed the quotas of `network`.
  asio::awaitable<std::optional<http::Response>> refuse_upload(std::string network, ByteCount length);

 private:
  accounts::Networks& networks_;
  db::Database& database_;
};

}  // namespace carillon::api
