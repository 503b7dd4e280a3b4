#pragma once
// API requests: `Asked` once the caller is identified, `Request` once they are admitted. http knows neither.

#include "accounts/caller.hpp"
#include "http/message.hpp"

#include <expected>

namespace carillon::api {

namespace asio = boost::asio;

/// The caller; says nothing about permission.
struct Asked : http::Request {
  accounts::Caller caller;  ///< `nobody` if unknown
};

/// A request whose caller was admitted; handlers accept only these. Only admission creates them, so that no handler runs without it.
class Request : public Asked {
 public:
  std::string network;  ///< of the resource in the path; "" if it belongs to none

 private:
  friend class Gate;
  friend std::expected<Request, http::Response> admit_by_permission(accounts::Permission permission, const Asked& asked);
  Request(const Asked& asked, std::string whose) : Asked{asked}, network{std::move(whose)} {}
};

/// An admitted request, or the response.
using Admission = std::expected<Request, http::Response>;

/// For route tables whose resources belong to no network: checks the caller's permissions in any network.
[[nodiscard]] Admission admit_by_permission(accounts::Permission permission, const Asked& asked);
/// 403 for a token without the required scope, regardless of its owner and network; none otherwise.
[[nodiscard]] std::optional<http::Response> scope_refusal_of(accounts::Permission permission, const accounts::Caller& caller);
/// 403 for an operator's token that doesn't act as one, with the reason.
[[nodiscard]] http::Response operate_scope_missing();
/// 401 for unknown callers, 403 for known ones without the permission; none if `caller` has it in `network`.
[[nodiscard]] std::optional<http::Response> refusal_of(accounts::Permission permission, const accounts::Caller& caller,
                                                       std::string_view network = {});

}  // namespace carillon::api
