#pragma once
// How somebody's browser learns that they are signed in, or known.

#include "accounts/access/session_maker.hpp"
#include "http/message.hpp"

namespace carillon::api {

void set_session(http::Response& response, std::string_view value, std::chrono::seconds lasts);
/// Nothing for "".
void set_device(http::Response& response, std::string_view device);
/// The answer to somebody who is signed in from now on.
[[nodiscard]] http::Response welcome(const accounts::SignedIn& made);
[[nodiscard]] std::string agent_of(const http::Request& request);

}  // namespace carillon::api
