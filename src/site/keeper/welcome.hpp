#pragma once
// Where one-time links lead: somebody new chooses a password, accepts an invitation, or gets a new password. Works without JavaScript.

#include "accounts/accounts.hpp"
#include "http/message.hpp"

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class Welcome {
 public:
  explicit Welcome(accounts::Accounts& accounts) : accounts_{accounts} {}

  /// An answer over HTTPS, where the path is one of ours (/welcome/SECRET); else none. Looking changes nothing: mail scanners follow every
  /// link; the form's button does.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request);

 private:
  accounts::Accounts& accounts_;
};

}  // namespace carillon::site
