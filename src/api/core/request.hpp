#pragma once
// A request of the API: `Asked` once it is known who asks, `Request` once they are admitted. http knows of neither.

#include "accounts/caller.hpp"
#include "http/message.hpp"

#include <expected>

namespace carillon::api {

namespace asio = boost::asio;

/// Who asks; not whether they may.
struct Asked : http::Request {
  accounts::Caller caller;  ///< nobody where nobody is known
};

/// One whose caller was admitted to what it asks for: what handlers take. Only admission makes one, so that none runs without.
class Request : public Asked {
 public:
  std::string network;  ///< of the thing that the path names; "" when it belongs to none

 private:
  friend class Gate;
  friend std::expected<Request, http::Response> admit_by_permission(accounts::Permission permission, const Asked& asked);
  Request(const Asked& asked, std::string whose) : Asked{asked}, network{std::move(whose)} {}
};

/// Admitted, or what to answer.
using Admission = std::expected<Request, http::Response>;

/// For tables whose things belong to no network: what the caller may do in any.
[[nodiscard]] Admission admit_by_permission(accounts::Permission permission, const Asked& asked);
/// 403 for a token that was not made for this, whoever made it and wherever it is used; none otherwise.
[[nodiscard]] std::optional<http::Response> scope_refusal_of(accounts::Permission permission, const accounts::Caller& caller);
/// For an operator's token that doesn't act as one: 403 that says why.
[[nodiscard]] http::Response operate_scope_missing();
/// 401 for somebody unknown, 403 for somebody known who may not; none when `caller` holds it in `network`.
[[nodiscard]] std::optional<http::Response> refusal_of(accounts::Permission permission, const accounts::Caller& caller,
                                                       std::string_view network = {});

}  // namespace carillon::api
