// POST /api/v1/uploads: a recording as the body of one request, streamed to disk while its digest is computed.

#include "api/answers.hpp"
#include "api/api.hpp"
#include "net/asio.hpp"

#include <boost/asio/thread_pool.hpp>

namespace carillon::api {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kDiskThreads = 2;

/// Where blocking writes of uploads run, so that no event loop waits for a disk.
asio::thread_pool& disk() {
  static asio::thread_pool pool{kDiskThreads};
  return pool;
}

/// Spawn it on disk().
asio::awaitable<Result<>> written(blob::Writer& writer, std::span<const std::byte> bytes) { co_return writer.write(bytes); }

}  // namespace

asio::awaitable<http::Response> Api::upload(http::Request& request) {
  const auto length = request.body->length();
  if (!length)
    co_return http::problem(411, "length-needed", "Say with Content-Length how large the file is, so that it is certain to fit.");
  if (*length > podcast::kLargestUpload)
    co_return http::problem(413, "too-large", "The file is larger than " + to_human(podcast::kLargestUpload) + ", the most that is taken.");

  auto upload = co_await publishing_.begin_upload(*length);
  if (!upload) co_return http::problem(upload.error());
  Bytes piece(kPiece);
  while (true) {
    const auto got = co_await request.body->read_some(piece);
    if (!got) co_return http::problem(got.error());
    if (*got == 0) break;
    const auto kept = co_await asio::co_spawn(disk(), written(*upload->writer, std::span{piece}.first(*got)), asio::use_awaitable);
    if (!kept) co_return http::problem(kept.error());
  }
  const auto id = co_await publishing_.finish_upload(std::move(*upload));
  if (!id) co_return http::problem(id.error());
  auto response = api::answer(201, {{"id", *id}, {"bytes", length->value}});
  response.fields.set("Location", "/api/v1/uploads/" + *id);
  co_return response;
}

}  // namespace carillon::api
