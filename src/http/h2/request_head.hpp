#pragma once
// The head of an HTTP/2 request (RFC 9113 §8.3), collected field by field. Pure: no I/O.

#include "http/h2/limits.hpp"
#include "http/server/request_parts.hpp"

namespace carillon::http::h2 {

struct RequestHead {
  Method method = Method::get;
  std::string target;
  std::string path;
  std::string query;
  std::string host;
  Fields fields;  ///< with Host, also if the client sent only :authority
  std::optional<std::uint64_t> content_length{};
  bool expects_continue = false;
  int urgency = 3;  ///< 0 is the highest, 7 the lowest (RFC 9218 §4.1)
};

/// Collects the fields that the library has decoded. It has already checked what RFC 9113 §8.2 and §8.3 require of each field and of pseudo
/// fields. After a limit is exceeded, fields are only counted.
class HeadCollector {
 public:
  void add(std::string_view name, std::string_view value);
  /// Whether so much was sent that the rest shouldn't even be decoded.
  [[nodiscard]] bool is_hopeless() const noexcept { return count_ > kHopelessFields || offered_ > kHopelessBytes; }
  /// The bytes that it holds.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// Drops everything; finish() returns this refusal.
  void refuse(Refusal refusal);
  /// The request, or why it's refused: with the same sentences as in HTTP/1.1.
  [[nodiscard]] std::expected<RequestHead, Refusal> finish() &&;

 private:
  std::string method_, scheme_, authority_, target_;
  Fields fields_;
  std::string cookies_;      ///< sent as one field each (RFC 9113 §8.2.3)
  std::size_t count_ = 0;    ///< all fields
  std::size_t counted_ = 0;  ///< without cookies
  std::size_t offered_ = 0;  ///< bytes of all fields
  std::size_t held_ = 0;
  std::optional<Refusal> refusal_;
};

/// The urgency in a Priority field (RFC 9218 §4.1); none if it isn't in it.
[[nodiscard]] std::optional<int> urgency_in(std::string_view priority);

}  // namespace carillon::http::h2
