#pragma once
// Sets a browser's cookies for its session and device.

#include "accounts/access/session_maker.hpp"
#include "http/message.hpp"

namespace carillon::api {

void set_session(http::Response& response, std::string_view value, std::chrono::seconds lasts);
/// Nothing for "".
void set_device(http::Response& response, std::string_view device);
/// The response to a successful sign-in.
[[nodiscard]] http::Response welcome(const accounts::SignedIn& made);
[[nodiscard]] std::string agent_of(const http::Request& request);

}  // namespace carillon::api
