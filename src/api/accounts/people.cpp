// See people.hpp.

#include "api/accounts/people.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/accounts/roles.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

constexpr std::string_view kOperator = "operator";

}  // namespace

std::span<const Route<PeopleApi>> PeopleApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<PeopleApi>{put, "/api/v1/networks/{network}/people/{person}", manage, Owner::network, &PeopleApi::set_role},
      Route<PeopleApi>{del, "/api/v1/networks/{network}/people/{person}", manage, Owner::network, &PeopleApi::remove_role},
      Route<PeopleApi>{get, "/api/v1/people", view, Owner::asked, &PeopleApi::list},
      Route<PeopleApi>{post, "/api/v1/people", operate, Owner::nobody, &PeopleApi::create},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> PeopleApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> PeopleApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  const bool every = request.caller.is_operator() && !request.query_parameter("network");
  auto people = co_await people_.list(every ? std::nullopt : std::optional{request.network}, page->after, page->limit + 1);
  if (!people) co_return http::problem(people.error());
  const bool more = people->size() > page->limit;
  if (more) people->pop_back();
  json::array items;
  for (const auto& person : *people) items.push_back(every ? document_of(person) : document_of(person, request.network));
  co_return api::answer(200, paged(std::move(items), people->empty() ? "" : people->back().email, more));
}

asio::awaitable<http::Response> PeopleApi::create(Request& request) {
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
    auto named = role_named(*wanted);
    if (!named) co_return http::problem(named.error());
    role = *named;
    if (!network) network = "default";
  }
  const auto made = co_await people_.create(request.caller, std::move(email), std::move(name), is_operator, network, role);
  if (!made) co_return http::problem(made.error());
  co_return api::answer(
      201, {{"person", document_of(made->person)}, {"link", mail_.address_of(made->link)}, {"link_ends", to_rfc3339(made->link.ends)}});
}

asio::awaitable<http::Response> PeopleApi::set_role(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto wanted = reader->text("role").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto role = role_named(wanted);
  if (!role) co_return http::problem(role.error());
  const auto person = co_await people_.set_role(request.caller, request.network, std::string(request.path_parameter("person")), *role);
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person, request.network));
}

asio::awaitable<http::Response> PeopleApi::remove_role(Request& request) {
  const auto person = co_await people_.set_role(request.caller, request.network, std::string(request.path_parameter("person")), {});
  if (!person) co_return http::problem(person.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
