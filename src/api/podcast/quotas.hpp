#pragma once
// What a network may take up of this server: shows, storage, uploads at once.

#include "accounts/people/networks.hpp"
#include "http/message.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// Any event loop. Checked before something begins: two at once may pass together, which a quota can bear.
class Quotas {
 public:
  Quotas(accounts::Networks& networks, db::Database& database) : networks_{networks}, database_{database} {}

  /// A refusal when `network` has all the shows it is allowed.
  asio::awaitable<std::optional<http::Response>> refuse_show(std::string network);
  /// A refusal when `length` more bytes, or one more unfinished upload, are more than `network` may have.
  asio::awaitable<std::optional<http::Response>> refuse_upload(std::string network, ByteCount length);

 private:
  accounts::Networks& networks_;
  db::Database& database_;
};

}  // namespace carillon::api
