// See resumable_uploads.hpp.

#include "api/podcast/resumable_uploads.hpp"

#include "accounts/audit.hpp"
#include "api/core/interruption.hpp"
#include "api/podcast/upload_fields.hpp"
#include "audio/kinds.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace carillon::api {
namespace {

constexpr std::string_view kVersion = "1.0.0";
constexpr std::string_view kPieceType = "application/offset+octet-stream";
constexpr std::size_t kBuffer = 256 * 1024;
/// What a server that is killed can lose of a piece under way: so many bytes, or so much time.
constexpr ByteCount kMaxUnsettled{16ULL << 20};
constexpr std::chrono::seconds kLongestUnsettled{10};

http::Response with_version(http::Response response) {
  response.fields.set("Tus-Resumable", std::string(kVersion));
  response.fields.set("Cache-Control", "no-store");
  return response;
}

http::Response refused(int status, std::string_view type, std::string_view detail, std::string_view field = {}) {
  return with_version(http::problem(status, type, detail, field));
}

http::Response refused(const Error& error) { return with_version(http::problem(error)); }

/// A field that is no field of the protocol is 400.
http::Response malformed(const Error& error) { return refused(400, "invalid", error.message, error.field); }

/// Somebody else has the upload, or too many are under way.
http::Response busy(const Error& error) {
  auto response = error.kind == ErrorKind::conflict ? refused(423, "locked", error.message) : refused(error);
  if (error.kind == ErrorKind::unavailable) response.fields.set("Retry-After", std::to_string(kUploadsBusyRetry.count()));
  response.close = true;  // its body is not read any more
  return response;
}

std::optional<http::Response> wrong_version(const http::Request& request) {
  const auto version = request.fields.joined("Tus-Resumable");
  if (version == kVersion) return {};
  auto response = refused(412, "wrong-version",
                          "Send Tus-Resumable: " + std::string(kVersion) + ", the version of resumable uploads that this server supports.",
                          "Tus-Resumable");
  response.fields.set("Tus-Version", std::string(kVersion));
  return response;
}

/// The type without its parameters.
bool is_piece(const http::Request& request) {
  const auto type = request.fields.joined("Content-Type").value_or("");
  return equal_ignoring_case(trimmed(std::string_view{type}.substr(0, type.find(';'))), kPieceType);
}

http::Response wrong_type() {
  return refused(415, "wrong-type", "Each chunk of an upload needs the Content-Type " + std::string(kPieceType) + ".", "Content-Type");
}

Result<std::optional<SentChecksum>> checksum_of(const http::Request& request) {
  const auto field = request.fields.joined("Upload-Checksum");
  if (!field) return std::nullopt;
  auto checksum = parse_checksum(*field);
  if (!checksum) return forward_error(checksum);
  return std::move(*checksum);
}

std::optional<ByteCount> count_in(const http::Request& request, std::string_view field) {
  const auto text = request.fields.joined(field);
  const auto number = text ? parse_number(*text) : std::nullopt;
  return number ? std::optional{ByteCount{*number}} : std::nullopt;
}

/// Refuses what cannot become part of an upload of which `room` bytes are still to come.
std::optional<http::Response> too_much(const http::Request& request, ByteCount room) {
  const auto length = request.body->length();
  if (!length || *length <= room) return {};
  return refused(413, "too-large",
                 "The chunk has " + std::to_string(length->value) + " bytes, but only " + std::to_string(room.value) +
                     " bytes of the upload are left.");
}

http::Response state_of(int status, const uploads::Upload& upload) {
  http::Response response{.status = status};
  response.fields.set("Upload-Offset", std::to_string(upload.arrived.value));
  response.fields.set("Upload-Expires", to_http_date(upload.expires()));
  return with_version(std::move(response));
}

/// Reads the request's body into the piece. None when all of it is on the disk; else the refusal, and then what came before it broke counts
/// — but for a piece with a checksum, which is taken whole or not at all.
asio::awaitable<std::optional<http::Response>> receive(Request& request, Interruption& interruption, uploads::Uploads::Piece& piece,
                                                       const std::optional<SentChecksum>& checksum) {
  const auto keep_what_counts = [&]() -> asio::awaitable<void> {
    // Failing here too leaves the offset as it was written down last; the client asks for it anyway.
    const auto kept = checksum ? co_await piece.take_back() : co_await piece.settle();
    (void)kept;
  };
  std::optional<crypto::Checksum> sum;
  if (checksum) sum.emplace(checksum->algorithm);
  Bytes buffer(kBuffer);
  auto settle_by = std::chrono::steady_clock::now() + kLongestUnsettled;
  bool more = true;
  while (more) {
    std::size_t filled = 0;
    const auto outcome = co_await interruption.fill(*request.body, buffer, filled, settle_by);
    const auto bytes = std::span<const std::byte>{buffer}.first(filled);
    // What nothing can be made of is named before the rest of it is sent.
    if (const bool first = piece.upload().arrived == ByteCount{} && piece.unsettled() == ByteCount{}; first && filled > 0) {
      if (const auto taken = audio::check_file_kind(bytes); !taken) co_return refused(415, kNotTaken, taken.error().message, "file");
    }
    if (filled > 0) {
      if (const auto written = co_await piece.write(bytes); !written) {
        if (written.error().kind == ErrorKind::too_large) (void)co_await piece.take_back();
        co_await keep_what_counts();
        co_return refused(written.error());
      }
      if (sum) sum->update(bytes);
    }
    if (!outcome) {
      co_await keep_what_counts();
      co_return outcome.error().kind == ErrorKind::conflict ? busy(outcome.error()) : refused(outcome.error());
    }
    more = *outcome;
    const auto now = std::chrono::steady_clock::now();
    const bool due = piece.unsettled() >= kMaxUnsettled || now >= settle_by;
    if (due) settle_by = now + kLongestUnsettled;
    if (!due || checksum || !more) continue;
    if (const auto settled = co_await piece.settle(); !settled) co_return refused(settled.error());
  }
  if (sum && sum->finish() != checksum->sum) {
    (void)co_await piece.take_back();
    co_return refused(460, "checksum-mismatch", "The bytes don't match the Upload-Checksum; send this chunk again.", "Upload-Checksum");
  }
  if (const auto settled = co_await piece.settle(); !settled) co_return refused(settled.error());
  co_return std::nullopt;
}

}  // namespace

uploads::Uploads::Owner ResumableUploads::owner_of(const Request& request) {
  return {.network = request.network, .person_id = request.caller.id()};
}

http::Response ResumableUploads::options() const {
  http::Response response{.status = 204};
  response.fields.set("Tus-Version", std::string(kVersion));
  response.fields.set("Tus-Extension", "creation,creation-with-upload,checksum,expiration,termination");
  response.fields.set("Tus-Max-Size", std::to_string(uploads_.limits().largest.value));
  response.fields.set("Tus-Checksum-Algorithm", "sha256,sha1");
  return with_version(std::move(response));
}

asio::awaitable<http::Response> ResumableUploads::create(Request& request) {
  if (auto wrong = wrong_version(request)) co_return std::move(*wrong);
  if (request.fields.get("Upload-Defer-Length"))
    co_return refused(
        400, "length-needed",
        "Send the file's size in Upload-Length now so that the server can make sure the file fits; the size can't be sent later.",
        "Upload-Defer-Length");
  if (request.fields.get("Upload-Concat"))
    co_return refused(400, "invalid", "Upload-Concat isn't supported: each upload is one file.", "Upload-Concat");
  const auto length = count_in(request, "Upload-Length");
  if (!length) co_return refused(400, "length-needed", "Upload-Length must be the size of the file in bytes.", "Upload-Length");
  auto metadata = request.fields.joined("Upload-Metadata").value_or("");
  if (const auto good = check_metadata(metadata); !good) co_return malformed(good.error());
  const auto checksum = checksum_of(request);
  if (!checksum) co_return malformed(checksum.error());
  const bool has_piece = request.body->length() != ByteCount{};
  if (has_piece && !is_piece(request)) co_return wrong_type();
  if (auto more = too_much(request, *length); more && *length <= uploads_.limits().largest) co_return std::move(*more);

  if (auto full = co_await quotas_.refuse_upload(request.network, *length)) co_return with_version(std::move(*full));
  auto upload = co_await uploads_.create(owner_of(request), *length, std::move(metadata));
  if (!upload) co_return refused(upload.error());
  const auto created = [&](http::Response response) {
    response.fields.set("Location", "/api/v1/uploads/" + upload->id);
    return response;
  };
  if (!has_piece) co_return created(state_of(201, *upload));

  Interruption interruption{co_await asio::this_coro::executor};
  const auto turn = co_await uploads_.take(upload->id, request.network, interruption.name_options());
  if (!turn) co_return created(busy(turn.error()));
  auto piece = co_await uploads_.open(*turn, *upload);
  if (!piece) co_return created(refused(piece.error()));
  auto refusal = co_await receive(request, interruption, *piece, *checksum);
  if (!refusal) co_return created(state_of(201, piece->upload()));
  // A beginning that was wrong begins nothing; one that was cut can be gone on with.
  const bool wrong = refusal->status == 460 || refusal->status == 413 || refusal->status == 415;
  if (!wrong) co_return created(std::move(*refusal));
  if (const auto removed = co_await uploads_.remove(*turn); !removed) co_return refused(removed.error());
  co_return std::move(*refusal);
}

asio::awaitable<http::Response> ResumableUploads::offset(Request& request) {
  if (auto wrong = wrong_version(request)) co_return std::move(*wrong);
  Interruption interruption{co_await asio::this_coro::executor};
  const auto turn = co_await uploads_.take(std::string(request.path_parameter("id")), request.network, interruption.name_options());
  if (!turn) co_return busy(turn.error());
  const auto upload = co_await uploads_.settled(*turn);
  if (!upload) co_return refused(upload.error());
  auto response = state_of(200, *upload);
  response.fields.set("Upload-Length", std::to_string(upload->length.value));
  if (!upload->metadata.empty()) response.fields.set("Upload-Metadata", upload->metadata);
  co_return response;
}

asio::awaitable<http::Response> ResumableUploads::append(Request& request) {
  if (auto wrong = wrong_version(request)) co_return std::move(*wrong);
  if (!is_piece(request)) co_return wrong_type();
  const auto offset = count_in(request, "Upload-Offset");
  if (!offset)
    co_return refused(400, "invalid", "Upload-Offset must be the position in the file at which the chunk starts.", "Upload-Offset");
  const auto checksum = checksum_of(request);
  if (!checksum) co_return malformed(checksum.error());

  Interruption interruption{co_await asio::this_coro::executor};
  const auto turn = co_await uploads_.take(std::string(request.path_parameter("id")), request.network, interruption.name_options());
  if (!turn) co_return busy(turn.error());
  auto upload = co_await uploads_.settled(*turn);
  if (!upload) co_return refused(upload.error());
  if (*offset != upload->arrived) {
    auto response = refused(409, "wrong-offset",
                            "The chunk starts at byte " + std::to_string(offset->value) + ", but " + std::to_string(upload->arrived.value) +
                                " bytes have arrived; continue from there.",
                            "Upload-Offset");
    response.fields.set("Upload-Offset", std::to_string(upload->arrived.value));
    co_return response;
  }
  if (auto more = too_much(request, upload->length - upload->arrived)) co_return std::move(*more);
  // Of one that is whole already, only nothing may still come.
  if (upload->finished() && request.body->length() == ByteCount{}) co_return state_of(204, *upload);
  if (upload->finished()) co_return refused(413, "too-large", "This upload is already complete.");
  auto piece = co_await uploads_.open(*turn, std::move(*upload));
  if (!piece) co_return refused(piece.error());
  if (auto refusal = co_await receive(request, interruption, *piece, *checksum)) {
    // Nobody goes on with what is never taken.
    if (refusal->status == 415) {
      if (const auto removed = co_await uploads_.remove(*turn); !removed) co_return refused(removed.error());
    }
    co_return std::move(*refusal);
  }
  co_return state_of(204, piece->upload());
}

asio::awaitable<http::Response> ResumableUploads::remove(Request& request) {
  if (auto wrong = wrong_version(request)) co_return std::move(*wrong);
  Interruption interruption{co_await asio::this_coro::executor};
  const auto turn = co_await uploads_.take(std::string(request.path_parameter("id")), request.network, interruption.name_options());
  if (!turn) co_return busy(turn.error());
  if (const auto removed = co_await uploads_.remove(*turn); !removed) co_return refused(removed.error());
  const auto recorded = co_await database_.write([&](db::Session& session) -> Result<> {
    accounts::record(session, clock_, random_, request.caller.actor(),
                     {.network = request.network, .what = "upload.remove", .subject = turn->id(), .was = {}, .became = {}});
    return {};
  });
  // What was removed is gone; the trail's gap is for the operator's log.
  if (!recorded)
    log::error("an audit entry could not be written",
               {{"act", "upload.remove"}, {"subject", turn->id()}, {"reason", recorded.error().message}});
  log::info("upload deleted", {{"event", "upload.remove"}, {"upload", turn->id()}, {"by", request.caller.actor().name}});
  co_return with_version(http::Response{.status = 204});
}

}  // namespace carillon::api
