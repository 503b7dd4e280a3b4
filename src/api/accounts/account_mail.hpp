#pragma once
// What people get by mail or by hand: links, and notices of changes to how they sign in.

#include "accounts/people/link_making.hpp"
#include "http/message.hpp"

namespace carillon::api {

/// Sends a message to a person, in the background, and tries again for `worth`. False when too many wait already. Any thread; must not
/// block.
using SendMail = std::function<bool(std::string to, std::string subject, std::string text, Duration worth)>;
/// How long invitations and notices are tried; a link for a new password only as long as it lives.
inline constexpr std::chrono::hours kMailsTried{24};

/// Any thread.
class AccountMail {
 public:
  /// `send` is empty where this server can't send any.
  AccountMail(SendMail send, std::string origin) : send_{std::move(send)}, origin_{std::move(origin)} {}

  [[nodiscard]] bool can_send() const noexcept { return send_ != nullptr; }
  /// Only where it can; false when too many wait already.
  bool send(std::string to, std::string subject, std::string text, Duration worth) const {
    return send_(std::move(to), std::move(subject), std::move(text), worth);
  }
  /// Says to a person by mail, where there is any, that how they sign in was changed (OWASP ASVS 4.0.3 §2.2.3).
  void tell_of_change(const std::string& email, std::string_view what) const;

  /// Where a one-time link leads.
  [[nodiscard]] std::string address_of(const accounts::OneTimeLink& link) const;
  /// 201 with the link, for whoever may hand it over.
  [[nodiscard]] http::Response answer_with(const accounts::OneTimeLink& link) const;
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

 private:
  SendMail send_;
  std::string origin_;
};

}  // namespace carillon::api
