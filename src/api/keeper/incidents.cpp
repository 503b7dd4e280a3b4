// See incidents.hpp.

#include "api/keeper/incidents.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "incidents/acknowledging.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const KeeperRoute<IncidentsApi>> IncidentsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<IncidentsApi>{{get, "/api/v1/incidents", operate, &IncidentsApi::list}, ""},
      KeeperRoute<IncidentsApi>{{get, "/api/v1/incidents/{id}", operate, &IncidentsApi::get}, ""},
      KeeperRoute<IncidentsApi>{{post, "/api/v1/incidents/{id}/acknowledge", operate, &IncidentsApi::acknowledge}, "incident.acknowledge"},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> IncidentsApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> IncidentsApi::list(Request& request) {
  const bool with_solved = request.query_parameter("solved").value_or("true") != "false";
  const auto found = co_await blocking(parts_.workers, [&] { return parts_.incidents.list(with_solved); });
  if (!found) co_return http::problem(found.error());
  json::array items;
  for (const auto& incident : *found) items.push_back(document_of(incident));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> IncidentsApi::get(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto incident = co_await blocking(parts_.workers, [&] { return parts_.incidents.find(id); });
  if (!incident) co_return http::problem(incident.error());
  co_return api::answer(200, document_of(*incident));
}

asio::awaitable<http::Response> IncidentsApi::acknowledge(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  Duration quiet = incidents::kQuietUnlessSaid;
  std::string by = request.caller.email();
  if (!text->empty()) {
    auto reader = ObjectReader::parse(*text);
    if (!reader) co_return http::problem(reader.error());
    const auto wanted = reader->text("for");
    by = reader->text("by").value_or(by);
    if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
    if (wanted) {
      const auto parsed = incidents::parse_quiet(*wanted);
      if (!parsed) co_return http::problem(parsed.error());
      quiet = *parsed;
    }
  }
  const auto done = co_await blocking(parts_.workers, [&] { return parts_.incidents.acknowledge(id, by, quiet); });
  if (!done) co_return http::problem(done.error());
  const auto incident = co_await blocking(parts_.workers, [&] { return parts_.incidents.find(id); });
  if (!incident) co_return http::problem(incident.error());
  co_return api::answer(200, document_of(*incident));
}

}  // namespace carillon::api
