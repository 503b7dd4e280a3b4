// A recording on its way to the server, in pieces (tus 1.0.0). See control.hpp.

#include "app/control.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "http/client/client.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <thread>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

/// Requests stay short, so that a server that wants to stop need not cut them.
constexpr ByteCount kPiece{64ULL << 20};
/// A server that restarts comes back: keep trying for this long after the last byte that counted.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kShortestPause{200};
constexpr std::chrono::milliseconds kLongestPause{5000};

http::Fields fields_of_version() {
  http::Fields fields;
  fields.add("Tus-Resumable", "1.0.0");
  return fields;
}

std::optional<ByteCount> offset_in(const http::ClientAnswer& answer) {
  const auto field = answer.fields.get("Upload-Offset");
  const auto number = field ? parse_number(*field) : std::nullopt;
  return number ? std::optional{ByteCount{*number}} : std::nullopt;
}

/// The server's own sentence.
Error refusal_in(const http::ClientAnswer& answer) {
  json::error_code wrong;
  auto document = json::parse(answer.body, wrong);
  if (wrong || !document.is_object()) return Control::error_of({answer.status, {}});
  return Control::error_of({answer.status, std::move(document.as_object())});
}

/// Trying again later may go well: another request had the upload, the server is busy or has a fault. A full disk is for people.
bool may_pass(int status) { return status == 409 || status == 423 || (status >= 500 && status != 507); }

}  // namespace

Result<std::string> Control::upload(const std::filesystem::path& file, const std::function<void(ByteCount, ByteCount)>& progress) {
  std::error_code wrong;
  if (!std::filesystem::exists(file, wrong)) return fail(ErrorKind::not_found, "The file " + file.string() + " doesn't exist.");
  if (!std::filesystem::is_regular_file(file, wrong)) return fail(ErrorKind::invalid, file.string() + " isn't a regular file.");
  const ByteCount whole{std::filesystem::file_size(file, wrong)};
  if (wrong) return fail(ErrorKind::unavailable, "stat " + file.string() + ": " + wrong.message());

  auto reached = this->client();
  if (!reached) return forward_error(reached);
  auto& client = *reached;
  auto creation = fields_of_version();
  creation.add("Upload-Length", std::to_string(whole.value));
  creation.add("Upload-Metadata", "filename " + to_base64(as_bytes(file.filename().string())));
  const auto created = client.send_part(Method::post, "/api/v1/uploads", creation);
  if (!created) return std::unexpected(unreachable(created.error()));
  const auto location = created->fields.get("Location");
  if (created->status != 201 || !location) return std::unexpected(refusal_in(*created));
  const std::string address(*location);

  ByteCount arrived;
  bool known = true;  // how much has arrived
  Error trouble;
  auto pause = kShortestPause;
  auto moved = std::chrono::steady_clock::now();
  while (arrived < whole || !known) {
    auto answer = Result<http::ClientAnswer>{};
    const auto asked = known;
    if (known) {
      auto fields = fields_of_version();
      fields.add("Content-Type", "application/offset+octet-stream");
      fields.add("Upload-Offset", std::to_string(arrived.value));
      const http::FilePart part{
          .file = file, .offset = arrived, .length = std::min(kPiece, whole - arrived), .progress = [&](ByteCount sent) {
            progress(arrived + sent, whole);
          }};
      answer = client.send_part(Method::patch, address, fields, &part);
    } else {
      answer = client.send_part(Method::head, address, fields_of_version());
    }
    const auto offset = answer && answer->status < 300 ? offset_in(*answer) : std::nullopt;
    if (offset) {
      if (*offset > arrived) {
        moved = std::chrono::steady_clock::now();
        pause = kShortestPause;
      }
      arrived = *offset;
      known = true;
      progress(arrived, whole);
      continue;
    }
    if (!answer && answer.error().kind != ErrorKind::unavailable) return forward_error(answer);
    if (answer && !asked && answer->status == 404)
      return fail(ErrorKind::not_found, "The server no longer has the uploaded part of " + file.string() + "; publish it again.");
    if (answer && !may_pass(answer->status)) return std::unexpected(refusal_in(*answer));
    trouble = answer ? refusal_in(*answer) : unreachable(answer.error());
    if (std::chrono::steady_clock::now() - moved > kPatience) return std::unexpected(trouble);
    known = false;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  return address.substr(address.rfind('/') + 1);
}

}  // namespace carillon::app
