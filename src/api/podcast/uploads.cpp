// See uploads.hpp.

#include "api/podcast/uploads.hpp"

#include "api/core/answers.hpp"
#include "api/core/paging.hpp"
#include "api/podcast/upload_fields.hpp"
#include "audio/kinds.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <utility>

namespace carillon::api {
namespace json = boost::json;
namespace {

constexpr std::size_t kPiece = 256 * 1024;
json::object document_of(const uploads::Upload& upload) {
  const auto name = metadata_value(upload.metadata, "filename");
  return {{"id", upload.id},
          {"bytes", upload.length.value},
          {"arrived", upload.arrived.value},
          {"finished", upload.finished()},
          {"file_name", name ? json::value(*name) : json::value(nullptr)},
          {"expires", to_rfc3339(upload.expires())}};
}

}  // namespace

std::span<const Route<UploadsApi>> UploadsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<UploadsApi>{get, "/api/v1/uploads", publish, Owner::asked, &UploadsApi::list},
      Route<UploadsApi>{post, "/api/v1/uploads", publish, Owner::asked, &UploadsApi::upload},
      Route<UploadsApi>{options, "/api/v1/uploads", everyone, Owner::nobody, &UploadsApi::upload_options},
      Route<UploadsApi>{get, "/api/v1/uploads/{id}", publish, Owner::upload, &UploadsApi::get},
      Route<UploadsApi>{patch, "/api/v1/uploads/{id}", publish, Owner::upload, &UploadsApi::append},
      Route<UploadsApi>{del, "/api/v1/uploads/{id}", publish, Owner::upload, &UploadsApi::remove},
      Route<UploadsApi>{options, "/api/v1/uploads/{id}", everyone, Owner::nobody, &UploadsApi::upload_options},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> UploadsApi::answer(Asked& request, http::Allowed& allowed) {
  // Recordings are uploaded for episodes and for advertisements: either permission is enough.
  const auto admit = [this](const Route<UploadsApi>& route, const Asked& asked) -> asio::awaitable<Admission> {
    auto admission = co_await gate_.admit(route.permission, route.owner, asked);
    if (admission || route.permission != accounts::Permission::publish || admission.error().status != 403) co_return admission;
    auto other = co_await gate_.admit(accounts::Permission::advertise, route.owner, asked);
    // An ad team of a suspended network hears of that, not that it can't publish.
    const auto why = other ? std::string{} : whole(other.error().body).value_or(std::string{});
    co_return other || why.contains("problem:suspended") ? std::move(other) : std::move(admission);
  };
  co_return co_await dispatch_if_routed(routes(), *this, request, admit, allowed);
}

asio::awaitable<http::Response> UploadsApi::upload(Request& request) {
  // The fields of a resumable one without its version: better refused than taken for something else.
  for (const auto* field : {"Tus-Resumable", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Concat"}) {
    if (request.fields.get(field)) co_return co_await pieces_.create(request);
  }
  const auto length = request.body->length();
  if (!length)
    co_return http::problem(411, "length-needed", "Send the file's size in Content-Length so that the server can make sure the file fits.");

  if (auto refused = co_await quotas_.refuse_upload(request.network, *length)) co_return std::move(*refused);
  auto whole = co_await uploads_.begin(ResumableUploads::owner_of(request), *length);
  if (!whole) {
    auto response = http::problem(whole.error());
    if (whole.error().kind == ErrorKind::unavailable) response.fields.set("Retry-After", std::to_string(kUploadsBusyRetry.count()));
    response.close = true;  // its body is not read any more
    co_return response;
  }
  Bytes piece(kPiece);
  bool first = true;
  while (true) {
    const auto got = co_await request.body->read_some(piece);
    if (!got) co_return http::problem(got.error());
    if (*got == 0) break;
    // What nothing can be made of is named before the rest of it is sent.
    if (const auto taken = std::exchange(first, false) ? audio::check_file_kind(std::span{piece}.first(*got)) : Result<>{}; !taken) {
      auto response = http::problem(415, kNotTaken, taken.error().message, "file");
      response.close = true;
      co_return response;
    }
    const auto kept = co_await uploads_.write(*whole, std::span{piece}.first(*got));
    if (!kept) co_return http::problem(kept.error());
  }
  const auto upload = co_await uploads_.finish(std::move(*whole));
  if (!upload) co_return http::problem(upload.error());
  auto response = api::answer(201, {{"id", upload->id}, {"bytes", upload->length.value}});
  response.fields.set("Location", "/api/v1/uploads/" + upload->id);
  co_return response;
}

asio::awaitable<http::Response> UploadsApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  auto uploads = co_await uploads_.list(request.network, page->after, page->limit + 1);
  if (!uploads) co_return http::problem(uploads.error());
  const bool more = uploads->size() > page->limit;
  if (more) uploads->pop_back();
  json::array items;
  for (const auto& upload : *uploads) items.push_back(document_of(upload));
  co_return api::answer(200, paged(std::move(items), uploads->empty() ? "" : uploads->back().id, more));
}

asio::awaitable<http::Response> UploadsApi::get(Request& request) {
  if (request.method == http::Method::head) co_return co_await pieces_.offset(request);
  const auto upload = co_await uploads_.find(std::string(request.path_parameter("id")));
  if (!upload) co_return http::problem(upload.error());
  co_return api::answer(200, document_of(*upload));
}

asio::awaitable<http::Response> UploadsApi::upload_options(Request&) { co_return pieces_.options(); }
asio::awaitable<http::Response> UploadsApi::append(Request& request) { return pieces_.append(request); }
asio::awaitable<http::Response> UploadsApi::remove(Request& request) { return pieces_.remove(request); }

}  // namespace carillon::api
