// See drills.hpp.

#include "api/keeper/drills.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/keeper_documents.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

constexpr std::size_t kDrillsRemembered = 50;

}  // namespace

std::span<const KeeperRoute<DrillsApi>> DrillsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<DrillsApi>{{post, "/api/v1/drills", operate, &DrillsApi::run}, "drill.run"},
      KeeperRoute<DrillsApi>{{get, "/api/v1/drills/{id}", operate, &DrillsApi::get}, ""},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> DrillsApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> DrillsApi::run(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto scenario = reader->text("scenario").value_or("");
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  request.path_parameters.insert_or_assign("name", scenario);
  const auto report = co_await blocking(parts_.workers, [&] { return parts_.drill(scenario); });
  if (!report) co_return http::problem(report.error());
  {
    const Lock lock{mutex_};
    drills_.push_back(*report);
    if (drills_.size() > kDrillsRemembered) drills_.pop_front();
  }
  co_return api::answer(201, document_of(*report));
}

asio::awaitable<http::Response> DrillsApi::get(Request& request) {
  const auto id = request.path_parameter("id");
  std::optional<certs::DrillReport> report;
  {
    const Lock lock{mutex_};
    const auto found = std::ranges::find(drills_, id, &certs::DrillReport::id);
    if (found != drills_.end()) report = *found;
  }
  if (!report)
    co_return http::problem(
        404, "not-found",
        "There is no drill with the ID “" + std::string(id) + "”; the server keeps only the most recent drills, and none after a restart.");
  co_return api::answer(200, document_of(*report));
}

}  // namespace carillon::api
