// See machine.hpp.

#include "api/podcast/machine.hpp"

#include "api/core/answers.hpp"
#include "api/core/openapi.hpp"
#include "base/file.hpp"
#include "blob/store.hpp"
#include "jobs/jobs.hpp"
#include "podcast/store/owners.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// 0 for what is not there.
std::uint64_t length_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto length = std::filesystem::file_size(file, error);
  return error ? 0 : length;
}

json::object decoding_of(const Machine& machine) {
  json::array layers;
  if (machine.decoding) {
    for (const auto& [name, missing] : *machine.decoding)
      layers.push_back(json::object{{"name", name}, {"missing", missing.empty() ? json::value(nullptr) : json::value(missing)}});
  }
  return {{"error", machine.decoding ? json::value(nullptr) : json::value(machine.decoding.error().message)},
          {"layers", std::move(layers)}};
}

json::object document_of(const Machine& machine, const Space& space, const jobs::Counts& counts,
                         const std::map<std::string, podcast::Usage>& usage) {
  ByteCount media;
  json::array networks;
  for (const auto& [slug, used] : usage) {
    media += used.stored();
    if (slug.empty()) continue;  // uploads of the command line
    networks.push_back(json::object{
        {"slug", slug}, {"shows", used.shows}, {"unfinished_uploads", used.unfinished_uploads}, {"stored_bytes", used.stored().value}});
  }
  return {{"version", machine.version},
          {"started", to_rfc3339(std::chrono::floor<std::chrono::seconds>(machine.started))},
          {"listening", {{"http", machine.http}, {"https", machine.https}}},
          {"disk",
           {{"total_bytes", space.total.value}, {"free_bytes", space.free.value}, {"reserve_bytes", blob::reserve_of(space.total).value}}},
          {"media_bytes", media.value},
          {"database_bytes", length_of(machine.database) + length_of(machine.database.string() + "-wal")},
          {"jobs", {{"waiting", counts.waiting}, {"running", counts.running}, {"failed", counts.failed}}},
          {"streams", machine.streams()},
          {"decoding", decoding_of(machine)},
          {"networks", std::move(networks)}};
}

}  // namespace

std::span<const Route<MachineApi>> MachineApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<MachineApi>{get, "/api/v1/health", operate, Owner::nobody, &MachineApi::health},
      Route<MachineApi>{get, "/api/v1/networks/{network}/usage", view, Owner::network, &MachineApi::get_usage},
      Route<MachineApi>{get, "/api/v1/openapi.json", everyone, Owner::nobody, &MachineApi::get_document},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> MachineApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> MachineApi::health(Request&) {
  // The disk is asked on the reader's thread, too: it may be slow to answer.
  const auto document = co_await database_.read([this](db::Session& session) -> Result<json::object> {
    auto space = space_at(machine_.data);
    if (!space) return forward_error(space);
    auto counts = jobs::count(session);
    if (!counts) return forward_error(counts);
    auto usage = podcast::usage_of_all(session);
    if (!usage) return forward_error(usage);
    return document_of(machine_, *space, *counts, *usage);
  });
  if (!document) co_return http::problem(document.error());
  co_return api::answer(200, *document);
}

asio::awaitable<http::Response> MachineApi::get_usage(Request& request) {
  const auto found = co_await quotas_.usage(request.network);
  if (!found) co_return http::problem(found.error());
  const auto& [network, usage] = *found;
  const auto quota_of = [](auto quota) { return quota == 0 ? json::value(nullptr) : json::value(quota); };
  co_return api::answer(200, {{"storage",
                               {{"state", found->storage_state()},
                                {"bytes", usage.stored().value},
                                {"quota", quota_of(network.storage_quota.value)},
                                {"masters_bytes", usage.masters.value},
                                {"originals_bytes", usage.originals.value},
                                {"uploads_bytes", usage.uploads.value}}},
                              {"shows", {{"count", usage.shows}, {"quota", quota_of(network.show_quota)}}},
                              {"unfinished_uploads", {{"count", usage.unfinished_uploads}, {"quota", quota_of(network.upload_quota)}}}});
}

asio::awaitable<http::Response> MachineApi::get_document(Request& request) { co_return document_answer(request); }

}  // namespace carillon::api
