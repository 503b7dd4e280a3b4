// See tokens.hpp.

#include "api/accounts/tokens.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<TokensApi>> TokensApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<TokensApi>{get, "/api/v1/tokens", signed_in, Owner::nobody, &TokensApi::list},
      Route<TokensApi>{post, "/api/v1/tokens", signed_in, Owner::nobody, &TokensApi::create},
      Route<TokensApi>{del, "/api/v1/tokens/{id}", signed_in, Owner::nobody, &TokensApi::remove},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> TokensApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> TokensApi::list(Request& request) {
  const auto tokens = co_await tokens_.list(request.caller.id());
  if (!tokens) co_return http::problem(tokens.error());
  json::array items;
  for (const auto& token : *tokens) items.push_back(document_of(token));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> TokensApi::create(Request& request) {
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
      co_return http::problem(422, "invalid", "“ends” must be a date and time with an offset, e.g. 2026-12-24T18:00:00+01:00.", "ends");
    ends = *parsed;
  }
  auto person_id = request.caller.id();
  if (user) {
    // For somebody else: operators only, and the same answer whether there is such a person or not.
    if (!request.caller.is_operator())
      co_return http::problem(403, "not-allowed", "Only operators can create tokens for other people.", "user");
    const auto person = co_await people_.with_email(*user);
    if (!person) co_return http::problem(person.error());
    person_id = person->id;
  }
  if (person_id.empty()) co_return http::problem(422, "invalid", "Set “user” to the token's owner.", "user");
  const auto made = co_await tokens_.create(request.caller, person_id, std::move(name), std::move(scopes), ends);
  if (!made) co_return http::problem(made.error());
  auto document = document_of(made->token);
  document["token"] = made->secret;
  auto response = api::answer(201, document);
  response.fields.set("Location", "/api/v1/tokens/" + made->token.id);
  response.fields.set("Cache-Control", "no-store");
  co_return response;
}

asio::awaitable<http::Response> TokensApi::remove(Request& request) {
  const auto removed = co_await tokens_.remove(request.caller, std::string(request.path_parameter("id")));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
