// See requests.hpp.

#include "announce/requests.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::announce {
namespace {

constexpr const char* kUserAgent = "Carillon";
/// Of a refusal's own words so much is kept for the operator.
constexpr std::size_t kLongestReason = 200;

bool is_temporary(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

}  // namespace

http::OutgoingRequest websub_publish(const std::string& hub, const std::string& feed) {
  http::OutgoingRequest request{.method = http::Method::post,
                                .url = hub,
                                .body = "hub.mode=publish&hub.url=" + percent_encoded(feed),
                                .deadline = kDeadline,
                                .most = kLargestAnswer};
  request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  request.fields.add("User-Agent", kUserAgent);
  return request;
}

http::OutgoingRequest podping_update(const Podping& podping, const std::string& feed, const std::string& medium) {
  const auto* const separator = podping.endpoint.contains('?') ? "&" : "?";
  http::OutgoingRequest request{
      .url = podping.endpoint + separator + "url=" + percent_encoded(feed) + "&reason=update&medium=" + percent_encoded(medium),
      .deadline = kDeadline,
      .most = kLargestAnswer};
  request.fields.add("Authorization", podping.token);
  request.fields.add("User-Agent", kUserAgent);
  return request;
}

Result<> outcome_of(const std::string& whom, const Result<http::OutgoingAnswer>& answer) {
  if (!answer) {
    const auto& error = answer.error();
    // More words than are read follow a status that nobody will know; it is tried again.
    const auto kind = error.kind == ErrorKind::too_large ? ErrorKind::unavailable : error.kind;
    return fail(kind, whom + " could not be notified of the feed change: " + error.message);
  }
  const auto status = answer->status;
  if (status >= 200 && status < 300) return {};
  const auto said = whom + " rejected the notification of the feed change with status " + std::to_string(status);
  if (is_temporary(status)) return fail(ErrorKind::unavailable, said + ".");
  if (status >= 300 && status < 400)
    return fail(ErrorKind::refused, said + "; it has moved, so the operator should update its URL under [announce] in the configuration.");
  if (status == 401 || status == 403)
    return fail(ErrorKind::refused, said + "; the operator should check the token under [announce] in the configuration.");
  return fail(ErrorKind::refused, said + ".");
}

std::string words_of(const Result<http::OutgoingAnswer>& answer) {
  if (!answer || (answer->status >= 200 && answer->status < 300)) return {};
  const auto body = trimmed(answer->body);
  return clean_for_xml(cut_to(trimmed(body.substr(0, body.find_first_of("\r\n"))), kLongestReason));
}

}  // namespace carillon::announce
