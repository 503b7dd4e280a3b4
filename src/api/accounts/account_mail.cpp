// See account_mail.hpp.

#include "api/accounts/account_mail.hpp"

#include "api/core/answers.hpp"

namespace carillon::api {

void AccountMail::tell_of_change(const std::string& email, std::string_view what) const {
  if (send_)
    send_(email, "Your sign-in details for " + origin_ + " have changed",
          std::string(what) +
              "\n\nIf this was you, you don't need to do anything. If not, contact the operator of this server and reset your "
              "password now:\n\n" +
              origin_ + "/studio/sign-in\n\nYour tokens keep working; revoke any that you don't recognize:\n\n" + origin_ +
              "/studio/account/tokens\n",
          kMailsTried);
}

std::string AccountMail::address_of(const accounts::OneTimeLink& link) const { return origin_ + "/welcome/" + link.secret; }

http::Response AccountMail::answer_with(const accounts::OneTimeLink& link) const {
  auto response = api::answer(201, {{"email", link.email}, {"link", address_of(link)}, {"link_ends", to_rfc3339(link.ends)}});
  response.fields.set("Cache-Control", "no-store");
  return response;
}

}  // namespace carillon::api
