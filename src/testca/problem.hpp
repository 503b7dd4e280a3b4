#pragma once
// How the authority says no: problem documents (RFC 7807) with ACME's URNs (RFC 8555 §6.7).

#include "base/time.hpp"
#include "http/client/outgoing.hpp"

#include <expected>
#include <optional>
#include <string>

namespace carillon::testca {

/// Why a request is not done.
struct Problem {
  int status = 400;
  std::string type;    ///< the last part of urn:ietf:params:acme:error:…
  std::string detail;  ///< one sentence
  std::optional<Duration> retry_after;
};

template <class T>
using Outcome = std::expected<T, Problem>;

[[nodiscard]] inline std::unexpected<Problem> problem(int status, std::string type, std::string detail,
                                                      std::optional<Duration> retry_after = {}) {
  return std::unexpected(Problem{status, std::move(type), std::move(detail), retry_after});
}

/// {"type","detail","status"}; the body of an answer, and the `error` of orders and challenges.
[[nodiscard]] std::string document_of(const Problem& problem);
[[nodiscard]] http::OutgoingAnswer answer_of(const Problem& problem);
/// Whole seconds, rounded up: a client that waits as told is never early (RFC 9110 §10.2.3).
[[nodiscard]] std::string retry_after_text(Duration duration);

}  // namespace carillon::testca
