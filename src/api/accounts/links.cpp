// See links.hpp.

#include "api/accounts/links.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/accounts/signed_in.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/ip/address.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<LinksApi>> LinksApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<LinksApi>{post, "/api/v1/installation", everyone, Owner::nobody, &LinksApi::begin},
      Route<LinksApi>{post, "/api/v1/installation/link", operate, Owner::nobody, &LinksApi::first_run_link},
      Route<LinksApi>{get, "/api/v1/links/{link}", everyone, Owner::nobody, &LinksApi::get_link},
      Route<LinksApi>{post, "/api/v1/links/{link}", everyone, Owner::nobody, &LinksApi::use_link},
      Route<LinksApi>{post, "/api/v1/password-resets", everyone, Owner::nobody, &LinksApi::reset_password},
      Route<LinksApi>{post, "/api/v1/people/{person}/link", operate, Owner::nobody, &LinksApi::make_password_link},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> LinksApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> LinksApi::reset_password(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto email = reader->text("email").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  // The same for everybody, again.
  if (!mail_.can_send())
    co_return http::problem(409, "no-mail",
                            "This server can't send email. Ask its operator for a password link: on the server, "
                            "“carillon user link EMAIL” prints one.");
  const auto reset = co_await links_.reset_password(email, region_of(request.peer.address));
  if (!reset) co_return http::problem(reset.error());
  if (reset->again_in > std::chrono::seconds{}) co_return too_many_attempts(reset->again_in);
  if (const auto& link = reset->link)
    mail_.send(link->email, "Reset your password for " + mail_.origin(),
               "Someone, probably you, asked to reset your password for " + mail_.origin() +
                   ".\n\nChoose a new password within an hour:\n\n" + mail_.address_of(*link) +
                   "\n\nIf it wasn't you, ignore this message; your password stays the same.\n",
               accounts::kResetLasts);
  // The same for everybody: whether there is an account is nobody's business.
  co_return api::answer(202, {{"sentence", "If there's an account with this address, we've emailed a link to it."}});
}

asio::awaitable<http::Response> LinksApi::get_link(Request& request) {
  const auto note = co_await links_.find(std::string(request.path_parameter("link")));
  if (!note) co_return http::problem(note.error());
  co_return api::answer(200, {{"kind", note->kind},
                              {"email", note->email},
                              {"network", note->network.empty() ? json::value(nullptr) : json::value(note->network)},
                              {"network_name", note->network.empty() ? json::value(nullptr) : json::value(note->network_name)},
                              {"needs_password", note->needs_password},
                              {"needs_sign_in", note->needs_sign_in}});
}

asio::awaitable<http::Response> LinksApi::use_link(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto password = reader->text("password");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto used = co_await links_.use(request.caller, std::string(request.path_parameter("link")), std::move(name), std::move(password),
                                        agent_of(request));
  if (!used) co_return http::problem(used.error());
  if (used->replaced_password) mail_.tell_of_change(used->person.email, "Your password was reset with a one-time link.");
  auto response = api::answer(200, document_of(used->person));
  set_device(response, used->device);
  if (used->signed_in) set_session(response, used->signed_in->secret, accounts::kSessionLastsAtMost);
  co_return response;
}

asio::awaitable<http::Response> LinksApi::make_password_link(Request& request) {
  const auto link = co_await links_.make_password_link(request.caller, std::string(request.path_parameter("person")));
  if (!link) co_return http::problem(link.error());
  co_return mail_.answer_with(*link);
}

asio::awaitable<http::Response> LinksApi::first_run_link(Request& /*request*/) {
  const auto link = co_await first_run_.make_link();
  if (!link) co_return http::problem(link.error());
  co_return api::answer(200, {{"link", *link ? json::value(mail_.origin() + "/studio/welcome/" + **link) : json::value(nullptr)},
                              {"studio", mail_.origin() + "/studio/"}});
}

asio::awaitable<http::Response> LinksApi::begin(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::FirstRun::Beginning beginning{.link = reader->text("link").value_or(""),
                                          .name = reader->text("name").value_or(""),
                                          .email = reader->text("email").value_or(""),
                                          .password = reader->text("password").value_or(""),
                                          .network_name = reader->text("network_name").value_or(""),
                                          .steward = reader->text("steward").value_or("")};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto made = co_await first_run_.begin(std::move(beginning), agent_of(request), region_of(request.peer.address));
  if (!made) co_return http::problem(made.error());
  co_return welcome(*made);
}

}  // namespace carillon::api
