#pragma once
// Where one-time links lead: somebody new chooses a password, accepts an invitation, or gets a new password. Works without JavaScript.

#include "accounts/people/links.hpp"
#include "http/message.hpp"

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class Welcome {
 public:
  explicit Welcome(accounts::Links& links) : links_{links} {}

  /// An answer over HTTPS, where the path is one of ours (/welcome/SECRET); else none. Looking changes nothing: mail scanners follow every
  /// link; the form's button does.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request);

 private:
  accounts::Links& links_;
};

}  // namespace carillon::site
