// /api/v1/people, /invitations and /tokens.

#include "api/accounts/accounts_api.hpp"
#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

constexpr std::string_view kOperator = "operator";

std::unexpected<Error> no_role(const std::string& name) {
  return fail(ErrorKind::invalid, "“" + name + "” is no role: owner, manager, producer, ads or analyst.", "role");
}

}  // namespace

asio::awaitable<http::Response> AccountsApi::list_people(http::Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  const bool every = request.caller.sees_everything() && !request.query_parameter("network");
  auto people = co_await accounts_.people(every ? std::nullopt : std::optional{request.network}, page->after, page->limit + 1);
  if (!people) co_return http::problem(people.error());
  const bool more = people->size() > page->limit;
  if (more) people->pop_back();
  json::array items;
  for (const auto& person : *people) items.push_back(every ? document_of(person) : document_of(person, request.network));
  co_return api::answer(200, paged(std::move(items), people->empty() ? "" : people->back().email, more));
}

asio::awaitable<http::Response> AccountsApi::create_person(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto email = reader->text("email").value_or("");
  auto name = reader->text("name").value_or("");
  auto network = reader->text("network");
  const auto wanted = reader->text("role");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const bool is_operator = wanted == kOperator;
  std::optional<accounts::Role> role;
  if (wanted && !is_operator) {
    role = accounts::role_from(*wanted);
    if (!role) co_return http::problem(no_role(*wanted).error());
    if (!network) network = "default";
  }
  const auto made = co_await accounts_.create_person(request.caller, std::move(email), std::move(name), is_operator, network, role);
  if (!made) co_return http::problem(made.error());
  co_return api::answer(
      201, {{"person", document_of(made->person)}, {"link", address_of(made->link)}, {"link_ends", to_rfc3339(made->link.ends)}});
}

asio::awaitable<http::Response> AccountsApi::set_role(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto wanted = reader->text("role").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto role = accounts::role_from(wanted);
  if (!role) co_return http::problem(no_role(wanted).error());
  const auto person = co_await accounts_.set_role(request.caller, request.network, std::string(request.path_parameter("person")), role);
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person, request.network));
}

asio::awaitable<http::Response> AccountsApi::remove_role(http::Request& request) {
  const auto person = co_await accounts_.set_role(request.caller, request.network, std::string(request.path_parameter("person")), {});
  if (!person) co_return http::problem(person.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> AccountsApi::list_invitations(http::Request& request) {
  const auto invitations = co_await accounts_.invitations(request.network);
  if (!invitations) co_return http::problem(invitations.error());
  json::array items;
  for (const auto& invitation : *invitations) items.push_back(document_of(invitation));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> AccountsApi::invite(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto email = reader->text("email").value_or("");
  const auto wanted = reader->text("role").value_or("producer");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto role = accounts::role_from(wanted);
  if (!role) co_return http::problem(no_role(wanted).error());
  const auto waiting = co_await accounts_.count_invitation(request.caller);
  if (!waiting) co_return http::problem(waiting.error());
  if (*waiting > std::chrono::seconds{}) co_return too_many_attempts(*waiting);
  const auto full = co_await accounts_.count_invitation_to(email);
  if (!full) co_return http::problem(full.error());
  if (*full > std::chrono::seconds{}) {
    auto response = http::problem(429, "too-many-attempts",
                                  "This address was invited " + std::to_string(accounts::kMaxInvitationsPerHour) +
                                      " times within an hour, the most that one mailbox gets; try again in " + span_text(*full) + ".",
                                  "email");
    response.fields.set("Retry-After", std::to_string(full->count()));
    co_return response;
  }
  const auto link = co_await accounts_.invite(request.caller, std::move(email), request.network, *role);
  if (!link) co_return http::problem(link.error());
  // The link proves the address to whoever opens it: it goes to that address, and to nobody who could invite someone in their name.
  const bool hands_over = !mail_ && request.caller.holds(accounts::Permission::operate, "");
  std::string sentence;
  const bool mailed =
      mail_ && (link->secret.empty() || mail_(link->email, "You are invited to " + request.network + " at " + origin_,
                                              request.caller.email() + " invites you to the network “" + request.network + "” at " +
                                                  origin_ + " (" + wanted + ").\n\nAccept within a week:\n\n" + address_of(*link) + "\n",
                                              kMailsTried));
  if (mailed) {
    sentence = "An invitation is on its way to " + link->email + ".";
  } else if (mail_) {
    sentence = "Too many mails wait to be sent already: " + link->email + " hears nothing of this invitation. Invite again later.";
  } else if (hands_over) {
    sentence = "This server can't send mail: hand the link over to " + link->email + " yourself.";
  } else {
    sentence = "This server can't send mail, so " + link->email +
               " hears nothing of it yet. Ask whoever runs this server to hand over the link: on the machine, “carillon invitation link " +
               link->id + "” prints it.";
  }
  auto response = api::answer(201, {{"id", link->id},
                                    {"email", link->email},
                                    {"network", request.network},
                                    {"role", wanted},
                                    {"mailed", mailed},
                                    {"link", hands_over ? json::value(address_of(*link)) : json::value(nullptr)},
                                    {"sentence", sentence},
                                    {"ends", to_rfc3339(link->ends)}});
  response.fields.set("Location", "/api/v1/invitations/" + link->id);
  co_return response;
}

asio::awaitable<http::Response> AccountsApi::make_invitation_link(http::Request& request) {
  const auto link = co_await accounts_.make_invitation_link(request.caller, std::string(request.path_parameter("id")));
  if (!link) co_return http::problem(link.error());
  co_return answer_with(*link);
}

asio::awaitable<http::Response> AccountsApi::withdraw_invitation(http::Request& request) {
  const auto withdrawn = co_await accounts_.withdraw_invitation(request.caller, std::string(request.path_parameter("id")));
  if (!withdrawn) co_return http::problem(withdrawn.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> AccountsApi::list_tokens(http::Request& request) {
  const auto tokens = co_await accounts_.tokens(request.caller.id());
  if (!tokens) co_return http::problem(tokens.error());
  json::array items;
  for (const auto& token : *tokens) items.push_back(document_of(token));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> AccountsApi::create_token(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name").value_or("");
  auto scopes = reader->texts("scopes").value_or(std::vector<std::string>{});
  const auto user = reader->text("user");
  const auto until = reader->text("ends");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  std::optional<Time> ends;
  if (until) {
    const auto parsed = parse_rfc3339(*until);
    if (!parsed)
      co_return http::problem(422, "invalid", "“ends” must be a date and time with its offset, as in 2026-12-24T18:00:00+01:00.", "ends");
    ends = *parsed;
  }
  auto person_id = request.caller.id();
  if (user) {
    // For somebody else: operators only, and the same answer whether there is such a person or not.
    if (!request.caller.is_operator()) co_return http::problem(403, "not-allowed", "Only an operator makes tokens for others.", "user");
    const auto person = co_await accounts_.person_with_email(*user);
    if (!person) co_return http::problem(person.error());
    person_id = person->id;
  }
  if (person_id.empty()) co_return http::problem(422, "invalid", "Say with “user” whose token it is to be.", "user");
  const auto made = co_await accounts_.create_token(request.caller, person_id, std::move(name), std::move(scopes), ends);
  if (!made) co_return http::problem(made.error());
  auto document = document_of(made->token);
  document["token"] = made->secret;
  auto response = api::answer(201, document);
  response.fields.set("Location", "/api/v1/tokens/" + made->token.id);
  response.fields.set("Cache-Control", "no-store");
  co_return response;
}

asio::awaitable<http::Response> AccountsApi::remove_token(http::Request& request) {
  const auto removed = co_await accounts_.remove_token(request.caller, std::string(request.path_parameter("id")));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
