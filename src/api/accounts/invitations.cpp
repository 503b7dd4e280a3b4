// See invitations.hpp.

#include "api/accounts/invitations.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/accounts/roles.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/spoken_time.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<InvitationsApi>> InvitationsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<InvitationsApi>{get, "/api/v1/invitations", manage, Owner::asked, &InvitationsApi::list},
      Route<InvitationsApi>{post, "/api/v1/invitations", manage, Owner::asked, &InvitationsApi::invite},
      Route<InvitationsApi>{del, "/api/v1/invitations/{id}", manage, Owner::invitation, &InvitationsApi::withdraw},
      Route<InvitationsApi>{post, "/api/v1/invitations/{id}/link", operate, Owner::invitation, &InvitationsApi::make_link},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> InvitationsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> InvitationsApi::list(Request& request) {
  const auto invitations = co_await invitations_.list(request.network);
  if (!invitations) co_return http::problem(invitations.error());
  json::array items;
  for (const auto& invitation : *invitations) items.push_back(document_of(invitation));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> InvitationsApi::invite(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto email = reader->text("email").value_or("");
  const auto wanted = reader->text("role").value_or("producer");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto role = role_named(wanted);
  if (!role) co_return http::problem(role.error());
  const auto waiting = co_await invitations_.count_by(request.caller);
  if (!waiting) co_return http::problem(waiting.error());
  if (*waiting > std::chrono::seconds{}) co_return too_many_attempts(*waiting);
  const auto full = co_await invitations_.count_to(email);
  if (!full) co_return http::problem(full.error());
  if (*full > std::chrono::seconds{}) {
    auto response = http::problem(429, "too-many-attempts",
                                  "This address was invited " + std::to_string(accounts::kMaxInvitationsPerHour) +
                                      " times within an hour, the limit for one address; try again in " + span_text(*full) + ".",
                                  "email");
    response.fields.set("Retry-After", std::to_string(full->count()));
    co_return response;
  }
  const auto link = co_await invitations_.invite(request.caller, std::move(email), request.network, *role);
  if (!link) co_return http::problem(link.error());
  // The link proves the address to whoever opens it: it goes to that address, and to nobody who could invite someone in their name.
  const bool hands_over = !mail_.can_send() && request.caller.holds(accounts::Permission::operate, "");
  std::string sentence;
  const bool mailed = mail_.can_send() &&
                      (link->secret.empty() || mail_.send(link->email, "You're invited to " + link->network_name + " at " + mail_.origin(),
                                                          request.caller.email() + " has invited you to the network “" +
                                                              link->network_name + "” at " + mail_.origin() + " (role: " + wanted +
                                                              ").\n\nAccept within a week:\n\n" + mail_.address_of(*link) + "\n",
                                                          kMailsTried));
  if (mailed) {
    sentence = "An invitation is on its way to " + link->email + ".";
  } else if (mail_.can_send()) {
    sentence = "Too many emails are waiting to be sent: " + link->email + " won't get this invitation. Invite them again later.";
  } else if (hands_over) {
    sentence = "This server can't send email; send the link to " + link->email + " yourself.";
  } else {
    sentence = "This server can't send email, so " + link->email +
               " hasn't been notified. Ask the operator of this server for the link: on the server, “carillon invitation link " + link->id +
               "” prints it.";
  }
  auto response = api::answer(201, {{"id", link->id},
                                    {"email", link->email},
                                    {"network", request.network},
                                    {"role", wanted},
                                    {"mailed", mailed},
                                    {"link", hands_over ? json::value(mail_.address_of(*link)) : json::value(nullptr)},
                                    {"sentence", sentence},
                                    {"ends", to_rfc3339(link->ends)}});
  response.fields.set("Location", "/api/v1/invitations/" + link->id);
  co_return response;
}

asio::awaitable<http::Response> InvitationsApi::withdraw(Request& request) {
  const auto withdrawn = co_await invitations_.withdraw(request.caller, std::string(request.path_parameter("id")));
  if (!withdrawn) co_return http::problem(withdrawn.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> InvitationsApi::make_link(Request& request) {
  const auto link = co_await invitations_.make_link(request.caller, std::string(request.path_parameter("id")));
  if (!link) co_return http::problem(link.error());
  co_return mail_.answer_with(*link);
}

}  // namespace carillon::api
