#pragma once
// Links and notices of sign-in changes that people get by email or from the operator.

#include "accounts/people/link_making.hpp"
#include "http/message.hpp"

namespace carillon::api {

/// Sends a message to a person in the background and retries for `worth`. False if too many are already waiting. Any thread; must not
/// block.
using SendMail = std::function<bool(std::string to, std::string subject, std::string text, Duration worth)>;
/// How long sending invitations and notices is retried; password links only as long as they are valid.
inline constexpr std::chrono::hours kMailsTried{24};

/// Any thread.
class AccountMail {
 public:
  /// `send` is empty if this server can't send email.
  AccountMail(SendMail send, std::string origin) : send_{std::move(send)}, origin_{std::move(origin)} {}

  [[nodiscard]] bool can_send() const noexcept { return send_ != nullptr; }
  /// Only if the server can send email; false if too many are already waiting.
  bool send(std::string to, std::string subject, std::string text, Duration worth) const {
    return send_(std::move(to), std::move(subject), std::move(text), worth);
  }
  /// Notifies a person by email, if possible, that their sign-in details were changed (OWASP ASVS 4.0.3 §2.2.3).
  void tell_of_change(const std::string& email, std::string_view what) const;

  /// The URL of a one-time link.
  [[nodiscard]] std::string address_of(const accounts::OneTimeLink& link) const;
  /// 201 with the link, for callers who may pass it on.
  [[nodiscard]] http::Response answer_with(const accounts::OneTimeLink& link) const;
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

 private:
  SendMail send_;
  std::string origin_;
};

}  // namespace carillon::api
