// See watches.hpp.

#include "api/keeper/watches.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/in_charge.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "base/text.hpp"
#include "certs/probe/words.hpp"
#include "certs/scan/targets.hpp"
#include "incidents/plan.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

constexpr std::size_t kHistoryShown = 500;

/// "host:port", "[v6]:port", or the name of a watch. Without a word on STARTTLS it is what the port means: "none" turns that off.
Result<certs::WatchReference> watch_from(std::string_view text, std::string_view starttls, std::string_view name) {
  auto watch = certs::watch_reference(text);
  if (!watch) return watch;
  if (!name.empty()) watch->target.server_name = name;
  if (starttls.empty()) return watch;
  auto chosen = certs::starttls_chosen(starttls, watch->target.port);
  if (!chosen) return forward_error(chosen);
  watch->target.starttls = *chosen;
  watch->any_kind = false;
  return watch;
}

/// What the path and the query of a request name.
Result<certs::WatchReference> watch_asked_for(const http::Request& request) {
  return watch_from(request.path_parameter("target"), request.query_parameter("starttls").value_or(""),
                    request.query_parameter("name").value_or(""));
}

Result<std::vector<crypto::Finding>> findings_from(const std::vector<std::string>& words) {
  std::vector<crypto::Finding> findings;
  for (const auto& word : words) {
    const auto found = certs::findings_of(word);
    if (found.size() != 1)
      return fail(ErrorKind::invalid,
                  "“" + clean_for_xml(cut_to(word, 100)) + "” isn't a known finding; known findings include self_signed and wrong_name.",
                  "accept");
    findings.push_back(found.front());
  }
  return findings;
}

}  // namespace

std::span<const KeeperRoute<WatchesApi>> WatchesApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<WatchesApi>{{get, "/api/v1/watches", operate, &WatchesApi::list}, ""},
      KeeperRoute<WatchesApi>{{post, "/api/v1/watches", operate, &WatchesApi::add}, "watch.add"},
      KeeperRoute<WatchesApi>{{del, "/api/v1/watches/{target}", operate, &WatchesApi::remove}, "watch.remove"},
      KeeperRoute<WatchesApi>{{get, "/api/v1/watches/{target}", operate, &WatchesApi::get}, ""},
      KeeperRoute<WatchesApi>{{get, "/api/v1/watches/{target}/history", operate, &WatchesApi::history}, ""},
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
  const auto wanted =
      watch_from(reader->text("target").value_or(""), reader->text("starttls").value_or(""), reader->text("name").value_or(""));
  const auto accepted = findings_from(reader->texts("accept").value_or(std::vector<std::string>{}));
  incidents::Stewardship in_charge;
  const auto named = name_in_charge(*reader, in_charge);
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!wanted) co_return http::problem(wanted.error());
  if (!named) co_return http::problem(named.error());
  if (!accepted) co_return http::problem(accepted.error());
  const auto& target = wanted->target;
  const auto watches = co_await blocking(parts_.workers, [&]() -> Result<std::vector<certs::Watch>> {
    if (auto added = parts_.watcher.add(target, in_charge, *accepted); !added) return forward_error(added);
    return parts_.watcher.list();
  });
  if (!watches) co_return http::problem(watches.error());
  request.path_parameters.insert_or_assign("target", certs::watch_name(target));
  in_charge = incidents::or_machine(std::move(in_charge), co_await machine_in_charge(parts_));
  json::array others;
  for (const auto& watch : *watches) {
    const auto& one = watch.target;
    const bool is_same_server = one.host == target.host && one.port == target.port &&
                                certs::managed_name(one.asked_name()) == certs::managed_name(target.asked_name());
    if (is_same_server && one.starttls != target.starttls)
      others.push_back(json::object{{"name", watch.subject()}, {"starttls", starttls_word(one.starttls)}});
  }
  co_return api::answer(201, {{"target", target.text()},
                              {"starttls", starttls_word(target.starttls)},
                              {"steward", in_charge.steward},
                              {"deputy", in_charge.deputy},
                              {"others", std::move(others)}});
}

Result<certs::Watch> WatchesApi::watch_in(const certs::WatchReference& wanted) {
  const auto& target = wanted.target;
  auto watches = parts_.watcher.list();
  if (!watches) return forward_error(watches);
  // HOST:PORT alone means the watch that is listed as that, then the one with the port's usual protocol.
  const auto rank = [&](const certs::Target& one) {
    return std::pair{one.server_name.empty() ? 0 : 1, one.starttls == certs::StartTls::none ? 0 : one.starttls == target.starttls ? 1 : 2};
  };
  certs::Watch* found = nullptr;
  for (auto& watch : *watches) {
    const auto& one = watch.target;
    if (one.host != target.host || one.port != target.port) continue;
    if (!target.server_name.empty() && one.server_name != certs::managed_name(target.server_name)) continue;
    if (one.starttls != target.starttls && !wanted.any_kind) continue;
    if (!found || rank(one) < rank(found->target)) found = &watch;
  }
  if (!found)
    return fail(ErrorKind::not_found,
                (wanted.any_kind ? target.text() : certs::watch_name(target)) + " isn't watched; see carillon cert list.");
  return std::move(*found);
}

Result<certs::Watch> WatchesApi::only_watch_in(const certs::WatchReference& wanted) {
  const auto& target = wanted.target;
  const bool any = wanted.any_kind;
  auto found = watch_in(wanted);
  const auto watches = found ? parts_.watcher.list() : Result<std::vector<certs::Watch>>{};
  if (!found || !watches) return found;
  std::string others;
  for (const auto& watch : *watches) {
    const auto& one = watch.target;
    if (one.host != target.host || one.port != target.port || (one.starttls != target.starttls && !any)) continue;
    // A name that was asked for, or none, is what the found one has. Without an unnamed one, any of the named could be meant.
    if (found->target.server_name.empty() ? !one.server_name.empty()
                                          : !target.server_name.empty() && one.server_name != found->target.server_name)
      continue;
    others += (others.empty() ? "" : ", ") + certs::watch_arguments(one);
  }
  if (others.contains(", "))
    return fail(ErrorKind::conflict, "Several watches fit. Say which one to remove, with --name or --starttls: " + others + ".", "target");
  return found;
}

asio::awaitable<http::Response> WatchesApi::get(Request& request) {
  const auto wanted = watch_asked_for(request);
  if (!wanted) co_return http::problem(wanted.error());
  const auto watch = co_await blocking(parts_.workers, [&] { return watch_in(*wanted); });
  if (!watch) co_return http::problem(watch.error());
  co_return api::answer(200, document_of(*watch, co_await machine_in_charge(parts_), parts_.clock.now()));
}

asio::awaitable<http::Response> WatchesApi::history(Request& request) {
  const auto wanted = watch_asked_for(request);
  if (!wanted) co_return http::problem(wanted.error());
  using Found = std::pair<certs::Watch, std::vector<incidents::Incident>>;
  const auto found = co_await blocking(parts_.workers, [&]() -> Result<Found> {
    auto watch = watch_in(*wanted);
    if (!watch) return forward_error(watch);
    auto all = parts_.incidents.list(true);
    if (!all) return forward_error(all);
    std::erase_if(*all, [&](const incidents::Incident& one) {
      return one.report.subject != watch->subject() || !one.report.kind.starts_with("watched-");
    });
    return Found{std::move(*watch), std::move(*all)};
  });
  if (!found) co_return http::problem(found.error());
  const auto& [watch, incidents] = *found;
  std::vector<certs::HistoryLine> lines{{watch.added, "watched", "", "monitoring started"}};
  for (const auto& one : incidents) {
    auto kind = one.report.kind.substr(std::string_view("watched-").size());
    lines.push_back({one.opened_at, kind, "", one.report.what});
    if (one.solved_at) lines.push_back({*one.solved_at, "solved", "", "no longer " + kind});
  }
  std::ranges::sort(lines, {}, &certs::HistoryLine::at);
  if (lines.size() > kHistoryShown) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kHistoryShown));
  const auto now = parts_.clock.now();
  if (watch.last_look) {
    const auto problem = watch.problem(now);
    lines.push_back({*watch.last_look, std::string(watch.state(now)), "", problem.empty() ? "every address was checked" : problem});
  }
  json::array items;
  for (const auto& line : lines) items.push_back(document_of(line));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> WatchesApi::remove(Request& request) {
  const auto wanted = watch_asked_for(request);
  if (!wanted) co_return http::problem(wanted.error());
  const auto removed = co_await blocking(parts_.workers, [&]() -> Result<> {
    const auto watch = only_watch_in(*wanted);
    if (!watch) return std::unexpected(watch.error());
    return parts_.watcher.remove(watch->target);
  });
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
