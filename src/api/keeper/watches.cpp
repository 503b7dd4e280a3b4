// See watches.hpp.

#include "api/keeper/watches.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/in_charge.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "base/text.hpp"
#include "incidents/plan.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// "host:port", "[v6]:port" → a target.
Result<certs::Target> target_from(std::string_view text, std::string_view starttls) {
  auto target = certs::endpoint_from(text);
  if (!target) return target;
  if (starttls == "smtp")
    target->starttls = certs::StartTls::smtp;
  else if (starttls == "imap")
    target->starttls = certs::StartTls::imap;
  else if (!starttls.empty())
    return fail(ErrorKind::invalid, "“" + std::string(starttls) + "” isn't supported; use smtp or imap.", "starttls");
  return target;
}

}  // namespace

std::span<const KeeperRoute<WatchesApi>> WatchesApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<WatchesApi>{{get, "/api/v1/watches", operate, &WatchesApi::list}, ""},
      KeeperRoute<WatchesApi>{{post, "/api/v1/watches", operate, &WatchesApi::add}, "watch.add"},
      KeeperRoute<WatchesApi>{{del, "/api/v1/watches/{target}", operate, &WatchesApi::remove}, "watch.remove"},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> WatchesApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> WatchesApi::list(Request&) {
  const auto watches = co_await blocking(parts_.workers, [this] { return parts_.watcher.list(); });
  if (!watches) co_return http::problem(watches.error());
  const auto machine = co_await machine_in_charge(parts_);
  json::array items;
  for (const auto& watch : *watches) items.push_back(document_of(watch, machine, parts_.clock.now()));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> WatchesApi::add(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto target = target_from(reader->text("target").value_or(""), reader->text("starttls").value_or(""));
  incidents::Stewardship in_charge;
  const auto named = name_in_charge(*reader, in_charge);
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!target) co_return http::problem(target.error());
  if (!named) co_return http::problem(named.error());
  const auto added = co_await blocking(parts_.workers, [&] { return parts_.watcher.add(*target, in_charge); });
  if (!added) co_return http::problem(added.error());
  request.path_parameters.insert_or_assign("target", target->text());
  in_charge = incidents::or_machine(std::move(in_charge), co_await machine_in_charge(parts_));
  co_return api::answer(201, {{"target", target->text()}, {"steward", in_charge.steward}, {"deputy", in_charge.deputy}});
}

asio::awaitable<http::Response> WatchesApi::remove(Request& request) {
  const auto starttls = request.query_parameter("starttls").value_or("");
  auto target = target_from(request.path_parameter("target"), starttls);
  if (!target) co_return http::problem(target.error());
  const auto removed = co_await blocking(parts_.workers, [&]() -> Result<> {
    if (!starttls.empty()) return parts_.watcher.remove(*target);
    // Without a word on STARTTLS whatever is watched there is meant.
    auto watches = parts_.watcher.list();
    if (!watches) return forward_error(watches);
    for (const auto& watch : *watches) {
      if (watch.target.host == target->host && watch.target.port == target->port) return parts_.watcher.remove(watch.target);
    }
    return parts_.watcher.remove(*target);
  });
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
