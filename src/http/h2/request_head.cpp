// See request_head.hpp.

#include "http/h2/request_head.hpp"

#include "base/text.hpp"

namespace carillon::http::h2 {
namespace {

constexpr std::size_t kOverheadOfField = 32;  ///< RFC 9113 §6.5.2

std::unexpected<Refusal> refuse(int status, std::string sentence) { return std::unexpected(Refusal{status, std::move(sentence)}); }

}  // namespace

void HeadCollector::add(std::string_view name, std::string_view value) {
  const auto size = name.size() + value.size() + kOverheadOfField;
  ++count_;
  offered_ += size;
  if (refusal_) return;
  if (offered_ > kLargestFields) return refuse({431, "The request headers are larger than " + std::to_string(kLargestFields) + " bytes."});
  const bool is_cookie = name == "cookie";
  if (!is_cookie && !name.starts_with(':') && ++counted_ > kMaxFields)
    return refuse({431, "There are more than " + std::to_string(kMaxFields) + " headers."});
  held_ += size;
  if (name == ":method")
    method_ = value;
  else if (name == ":scheme")
    scheme_ = value;
  else if (name == ":authority")
    authority_ = value;
  else if (name == ":path")
    target_ = value;
  else if (is_cookie)
    cookies_.append(cookies_.empty() ? "" : "; ").append(value);
  else if (!name.starts_with(':'))
    fields_.add(std::string(name), std::string(without_blanks(value)));
}

void HeadCollector::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  method_ = scheme_ = authority_ = target_ = cookies_ = std::string{};
  fields_ = Fields{};
  held_ = 0;
}

std::optional<int> urgency_in(std::string_view priority) {
  for (const auto parameter : split(priority, ',')) {
    const auto member = without_blanks(parameter);
    if (member.size() >= 3 && member.starts_with("u=") && member[2] >= '0' && member[2] <= '7' &&
        (member.size() == 3 || member[3] == ';' || member[3] == ' '))
      return member[2] - '0';
  }
  return {};
}

std::expected<RequestHead, Refusal> HeadCollector::finish() && {
  if (refusal_) return std::unexpected(std::move(*refusal_));
  RequestHead head;
  if (!is_token(method_)) return http::h2::refuse(400, "The method isn't valid.");
  if (target_.size() > kLongestTarget) return http::h2::refuse(414, "The URL is longer than " + std::to_string(kLongestTarget) + " bytes.");
  const auto method = method_from(method_);
  if (!method) return http::h2::refuse(501, "The method " + method_.substr(0, 32) + " isn't supported.");
  head.method = *method;
  if (scheme_ != "https" && scheme_ != "http") return http::h2::refuse(400, "The scheme isn't “https”.");
  if (!is_target(target_)) return http::h2::refuse(400, "The URL contains characters that must be encoded.");
  if (target_ == "*" && head.method == Method::options) {
    head.path = "*";
  } else if (target_.starts_with('/')) {
    auto found = path_of(target_);
    if (!found) return std::unexpected(std::move(found.error()));
    head.path = std::move(found->path);
    head.query = std::move(found->query);
  } else {
    return http::h2::refuse(400, "The path must begin with a slash.");
  }
  head.target = std::move(target_);

  if (fields_.count("host") > 1) return http::h2::refuse(400, "The Host header occurs more than once.");
  const auto field = fields_.get("host");
  if (!authority_.empty() && field && !equal_ignoring_case(*field, authority_))
    return http::h2::refuse(400, "The Host header and the host in the URL differ.");
  if (authority_.empty() && !field) return http::h2::refuse(400, "The Host header is missing.");
  auto host = host_of(field ? *field : std::string_view{authority_});
  if (!host) return http::h2::refuse(400, "The Host header doesn't contain a valid host.");
  head.host = std::move(*host);

  for (const auto& line : fields_.lines()) {
    if (!is_token(line.name) || !is_field_value(line.value)) return http::h2::refuse(400, "A header contains control characters.");
  }
  if (!is_field_value(cookies_)) return http::h2::refuse(400, "A header contains control characters.");
  if (const auto length = fields_.get("content-length")) {
    head.content_length = parse_number(*length);
    if (!head.content_length || fields_.count("content-length") > 1) return http::h2::refuse(400, "Content-Length isn't a number.");
  }
  if (const auto expectation = fields_.joined("expect")) {
    if (!equal_ignoring_case(*expectation, "100-continue")) return http::h2::refuse(417, "The value of the Expect header isn't supported.");
    head.expects_continue = true;
  }
  if (const auto priority = fields_.joined("priority")) head.urgency = urgency_in(*priority).value_or(head.urgency);
  head.fields = std::move(fields_);
  if (!field) head.fields.add("host", std::move(authority_));
  if (!cookies_.empty()) head.fields.add("cookie", std::move(cookies_));
  return head;
}

}  // namespace carillon::http::h2
