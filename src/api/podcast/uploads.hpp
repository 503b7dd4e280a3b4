#pragma once
// /api/v1/uploads: a recording as the body of one request, and the state of uploads. For resumable uploads, see resumable_uploads.hpp.

#include "api/core/gate.hpp"
#include "api/podcast/resumable_uploads.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class UploadsApi {
 public:
  UploadsApi(Gate& gate, Quotas& quotas, uploads::Uploads& uploads, db::Database& database, const Clock& clock, Random& random)
      : gate_{gate}, quotas_{quotas}, uploads_{uploads}, pieces_{quotas, uploads, database, clock, random} {}

  [[nodiscard]] static std::span<const Route<UploadsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> upload(Request& request);
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> upload_options(Request& request);
  asio::awaitable<http::Response> append(Request& request);
  asio::awaitable<http::Response> remove(Request& request);

  Gate& gate_;
  Quotas& quotas_;
  uploads::Uploads& uploads_;
  ResumableUploads pieces_;
};

}  // namespace carillon::api
