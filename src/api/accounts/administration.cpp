// See administration.hpp.

#include "api/accounts/administration.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

std::string person_in(const http::Request& request) { return std::string(request.path_parameter("person")); }

}  // namespace

std::span<const Route<AdministrationApi>> AdministrationApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<AdministrationApi>{patch, "/api/v1/people/{person}", own, Owner::person, &AdministrationApi::edit},
      Route<AdministrationApi>{del, "/api/v1/people/{person}", own, Owner::person, &AdministrationApi::remove},
      Route<AdministrationApi>{del, "/api/v1/people/{person}/second-factor", own, Owner::person, &AdministrationApi::reset_second_factor},
      Route<AdministrationApi>{get, "/api/v1/people/{person}/sessions", own, Owner::person, &AdministrationApi::list_sessions},
      Route<AdministrationApi>{del, "/api/v1/people/{person}/sessions", own, Owner::person, &AdministrationApi::end_sessions},
      Route<AdministrationApi>{get, "/api/v1/people/{person}/tokens", own, Owner::person, &AdministrationApi::list_tokens},
      Route<AdministrationApi>{del, "/api/v1/people/{person}/tokens/{id}", own, Owner::person, &AdministrationApi::remove_token},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> AdministrationApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> AdministrationApi::edit(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const accounts::Administration::AccountEdit edit{.disabled = reader->flag("disabled"), .is_operator = reader->flag("operator")};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto person = co_await administration_.edit(request.caller, person_in(request), edit);
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, request.network.empty() ? document_of(*person) : document_of(*person, request.network));
}

asio::awaitable<http::Response> AdministrationApi::remove(Request& request) {
  const auto deleted = co_await administration_.remove(request.caller, person_in(request));
  if (!deleted) co_return http::problem(deleted.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> AdministrationApi::reset_second_factor(Request& request) {
  const auto reset = co_await administration_.reset_second_factor(request.caller, person_in(request));
  if (!reset) co_return http::problem(reset.error());
  mail_.tell_of_change(*reset, "Two-factor authentication was turned off for your account by " + request.caller.email() +
                                   ", and you were signed out everywhere.");
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> AdministrationApi::list_sessions(Request& request) {
  const auto sessions = co_await administration_.sessions_of(request.caller, person_in(request));
  if (!sessions) co_return http::problem(sessions.error());
  json::array items;
  for (const auto& session : *sessions) items.push_back(document_of(session, session.id == request.caller.session));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> AdministrationApi::end_sessions(Request& request) {
  const auto ended = co_await administration_.end_sessions(request.caller, person_in(request));
  if (!ended) co_return http::problem(ended.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> AdministrationApi::list_tokens(Request& request) {
  const auto tokens = co_await administration_.tokens_of(request.caller, person_in(request));
  if (!tokens) co_return http::problem(tokens.error());
  json::array items;
  for (const auto& token : *tokens) items.push_back(document_of(token));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> AdministrationApi::remove_token(Request& request) {
  const auto removed = co_await administration_.remove_token(request.caller, person_in(request), std::string(request.path_parameter("id")));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
