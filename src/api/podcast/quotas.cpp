// See quotas.hpp.

#include "api/podcast/quotas.hpp"

#include "podcast/store/owners.hpp"

namespace carillon::api {
namespace {

/// 413 where a smaller file would do: clients don't send those again by themselves, as they do after 507.
http::Response exceeded(std::string sentence, int status = 403) {
  return http::problem(status, "quota-exceeded",
                       std::move(sentence) + " Delete what you don't need, or ask the operator of this server for a higher quota.");
}

}  // namespace

asio::awaitable<std::optional<http::Response>> Quotas::refuse_show(std::string network) {
  const auto known = co_await networks_.find(network);
  if (!known) co_return http::problem(known.error());
  if (known->show_quota == 0) co_return std::nullopt;
  const auto usage = co_await database_.read([&](db::Session& session) { return podcast::usage_of(session, network); });
  if (!usage) co_return http::problem(usage.error());
  if (usage->shows < known->show_quota) co_return std::nullopt;
  co_return exceeded("The network has " + std::to_string(usage->shows) + " of at most " + std::to_string(known->show_quota) +
                     (known->show_quota == 1 ? " show." : " shows."));
}

asio::awaitable<std::optional<http::Response>> Quotas::refuse_upload(std::string network, ByteCount length) {
  const auto known = co_await networks_.find(network);
  if (!known) co_return http::problem(known.error());
  if (known->storage_quota.value == 0 && known->upload_quota == 0) co_return std::nullopt;
  const auto usage = co_await database_.read([&](db::Session& session) { return podcast::usage_of(session, network); });
  if (!usage) co_return http::problem(usage.error());
  if (known->upload_quota > 0 && usage->unfinished_uploads >= known->upload_quota)
    co_return exceeded("The network has " + std::to_string(usage->unfinished_uploads) + " unfinished uploads, the maximum.");
  if (known->storage_quota.value > 0 && usage->stored() + length > known->storage_quota)
    co_return exceeded("The network uses " + to_human(usage->stored()) + " of its " + to_human(known->storage_quota) + " storage quota; " +
                           to_human(length) + " more won't fit.",
                       413);
  co_return std::nullopt;
}

asio::awaitable<Result<NetworkUsage>> Quotas::usage(std::string network) {
  auto known = co_await networks_.find(network);
  if (!known) co_return forward_error(known);
  const auto usage = co_await database_.read([&](db::Session& session) { return podcast::usage_of(session, network); });
  if (!usage) co_return std::unexpected(usage.error());
  co_return NetworkUsage{std::move(*known), *usage};
}

std::string_view NetworkUsage::storage_state() const noexcept {
  const auto quota = static_cast<double>(network.storage_quota.value), stored = static_cast<double>(usage.stored().value);
  if (quota == 0 || stored < kNearQuota * quota) return "ok";
  return stored < quota ? "near" : "full";
}

}  // namespace carillon::api
