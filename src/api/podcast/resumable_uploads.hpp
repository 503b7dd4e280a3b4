#pragma once
// Resumable uploads: tus 1.0.0 with the extensions creation, creation-with-upload, checksum, expiration and termination
// (https://tus.io/protocols/resumable-upload). A client's newest request wins: it ends an older one.

#include "api/core/request.hpp"
#include "api/podcast/quotas.hpp"
#include "db/database.hpp"
#include "uploads/uploads.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// Any event loop. The constructor's arguments must outlive it. Requests come from routes that define the owner of the upload {id}.
class ResumableUploads {
 public:
  ResumableUploads(Quotas& quotas, uploads::Uploads& uploads, db::Database& database, const Clock& clock, Random& random)
      : quotas_{quotas}, uploads_{uploads}, database_{database}, clock_{clock}, random_{random} {}

  /// The owner of an upload that this request creates.
  [[nodiscard]] static uploads::Uploads::Owner owner_of(const Request& request);

  /// The supported parts of the protocol.
  [[nodiscard]] http::Response options() const;
  asio::awaitable<http::Response> create(Request& request);
  /// The number of bytes that have arrived.
  asio::awaitable<http::Response> offset(Request& request);
  asio::awaitable<http::Response> append(Request& request);
  asio::awaitable<http::Response> remove(Request& request);

 private:
  Quotas& quotas_;
  uploads::Uploads& uploads_;
  db::Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::api
