// See domains.hpp.

#include "api/podcast/domains.hpp"

#include "api/core/answers.hpp"
#include "api/podcast/document.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

json::array document_of(const std::vector<podcast::DnsRecord>& records) {
  json::array items;
  for (const auto& record : records) items.push_back(json::object{{"type", record.type}, {"name", record.name}, {"value", record.value}});
  return items;
}

json::value certificate_of(const podcast::DomainStatus& status) {
  if (!status.certificate) return nullptr;
  const auto& certificate = *status.certificate;
  const auto& problem = certificate.kept.last_error;
  return json::object{
      {"state", certificate.state},
      {"not_after", certificate.current
                        ? json::value(to_rfc3339(std::chrono::floor<std::chrono::seconds>(certificate.current->validity.not_after)))
                        : json::value(nullptr)},
      {"problem", certificate.kept.failures == 0 || problem.empty() ? json::value(nullptr) : json::value(problem)}};
}

json::object document_of(const podcast::DomainStatus& status, const std::string& origin) {
  // "https://NAME", with the origin's port.
  const auto port = origin.rfind(':');
  const auto base = "https://" + status.domain.name + (port > origin.find("//") ? origin.substr(port) : std::string{});
  json::array addresses;
  for (const auto& address : status.look.addresses) addresses.emplace_back(address);
  return {
      {"name", status.domain.name},
      {"show", status.domain.show},
      {"page", base + "/"},
      {"feed", base + "/feed.xml"},
      {"state", podcast::name_of(status.state)},
      {"proof", status.domain.proof == podcast::Proof::none ? json::value(nullptr) : json::value(podcast::name_of(status.domain.proof))},
      {"proof_record", document_of(std::vector{podcast::proof_record(status.domain)}).at(0)},
      {"dropped_at", status.domain.proven
                         ? json::value(nullptr)
                         : json::value(to_rfc3339(std::chrono::floor<std::chrono::seconds>(status.domain.created + podcast::kClaimLives)))},
      {"points_here", status.look.pointing == podcast::Pointing::unknown ? json::value(nullptr)
                                                                         : json::value(status.look.pointing == podcast::Pointing::here)},
      {"addresses", std::move(addresses)},
      {"records", document_of(status.records.set)},
      {"instead", document_of(status.records.instead)},
      {"certificate", certificate_of(status)},
      {"next", status.next},
      {"created", to_rfc3339(status.domain.created)}};
}

}  // namespace

std::span<const Route<DomainsApi>> DomainsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<DomainsApi>{get, "/api/v1/shows/{show}/domains", view, Owner::show, &DomainsApi::list},
      Route<DomainsApi>{post, "/api/v1/shows/{show}/domains", manage, Owner::show, &DomainsApi::add},
      Route<DomainsApi>{get, "/api/v1/shows/{show}/domains/{name}", view, Owner::show, &DomainsApi::get},
      Route<DomainsApi>{del, "/api/v1/shows/{show}/domains/{name}", manage, Owner::show, &DomainsApi::remove},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> DomainsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> DomainsApi::list(Request& request) {
  const auto domains = co_await domains_.list(std::string(request.path_parameter("show")));
  if (!domains) co_return http::problem(domains.error());
  json::array items;
  for (const auto& status : *domains) items.push_back(document_of(status, domains_.origin()));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> DomainsApi::add(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto name = reader->text("name").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const std::string show(request.path_parameter("show"));
  const auto added = co_await domains_.add(request.caller.actor(), show, name);
  if (!added) co_return http::problem(added.error());
  auto response = api::answer(201, document_of(*added, domains_.origin()));
  response.fields.set("Location", "/api/v1/shows/" + show + "/domains/" + added->domain.name);
  co_return response;
}

asio::awaitable<http::Response> DomainsApi::get(Request& request) {
  const auto status = co_await domains_.find(std::string(request.path_parameter("show")), std::string(request.path_parameter("name")));
  if (!status) co_return http::problem(status.error());
  co_return api::answer(200, document_of(*status, domains_.origin()));
}

asio::awaitable<http::Response> DomainsApi::remove(Request& request) {
  const auto removed = co_await domains_.remove(request.caller.actor(), std::string(request.path_parameter("show")),
                                                std::string(request.path_parameter("name")));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
