// See booking.hpp: advertisers and campaigns.

#include "ads/store/advertisers.hpp"
#include "ads/booking/booking.hpp"
#include "ads/store/order_rows.hpp"
#include "base/id.hpp"
#include "base/printable.hpp"

namespace carillon::ads {
namespace {

namespace json = boost::json;

std::unexpected<Error> gone(const std::string& what, const std::string& id) {
  return fail(ErrorKind::not_found, "There is no " + what + " with the ID “" + id + "”.");
}
std::unexpected<Error> too_many(const std::string& what, std::size_t most) {
  return fail(ErrorKind::conflict,
              "The network has " + std::to_string(most) + " " + what + ", the maximum; delete those that you no longer need.");
}

json::object document_of(const Advertiser& advertiser) { return {{"name", advertiser.name}}; }
json::object document_of(const Campaign& campaign) { return {{"name", campaign.name}, {"advertiser", campaign.advertiser}}; }

}  // namespace

asio::awaitable<Result<Advertiser>> Booking::create_advertiser(accounts::Actor by, std::string network, std::string name) {
  auto line = name_from(name);
  if (!line) co_return forward_error(line);
  const Advertiser made{.id = new_id(parts_.clock, parts_.random), .network = network, .name = *line, .created = parts_.clock.now()};
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Advertiser> {
    if (queries::count_advertisers(session, network) >= kMaxAdvertisers) return too_many("advertisers", kMaxAdvertisers);
    queries::insert(session, made);
    record(session, by, network, "advertiser.create", made.id, {}, document_of(made));
    return made;
  });
}

asio::awaitable<Result<Advertiser>> Booking::find_advertiser(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Advertiser> {
    auto found = queries::advertiser(session, id);
    if (!found) return gone("advertiser", id);
    return std::move(*found);
  });
}

asio::awaitable<Result<Advertiser>> Booking::rename_advertiser(accounts::Actor by, std::string id, std::string name) {
  auto line = name_from(name);
  if (!line) co_return forward_error(line);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Advertiser> {
    auto found = queries::advertiser(session, id);
    if (!found) return gone("advertiser", id);
    const auto was = document_of(*found);
    found->name = *line;
    queries::rename_advertiser(session, id, found->name);
    record(session, by, found->network, "advertiser.edit", id, was, document_of(*found));
    return std::move(*found);
  });
}

asio::awaitable<Result<>> Booking::remove_advertiser(accounts::Actor by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto found = queries::advertiser(session, id);
    if (!found) return gone("advertiser", id);
    if (const auto campaigns = queries::count_campaigns_of(session, id); campaigns > 0)
      return fail(ErrorKind::conflict, "The advertiser still has " + std::to_string(campaigns) +
                                           (campaigns == 1 ? " campaign" : " campaigns") + "; delete that first.");
    queries::mark_advertiser_deleted(session, id, parts_.clock.now());
    record(session, by, found->network, "advertiser.delete", id, document_of(*found), {});
    return {};
  });
}

asio::awaitable<Result<std::vector<Advertiser>>> Booking::list_advertisers(std::optional<std::string> network, std::string before,
                                                                           std::size_t limit) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<Advertiser>> { return queries::advertisers(session, network, before, limit); });
}

asio::awaitable<Result<Campaign>> Booking::create_campaign(accounts::Actor by, std::string network, std::string name,
                                                           std::string advertiser) {
  auto line = name_from(name);
  if (!line) co_return forward_error(line);
  const Campaign made{.id = new_id(parts_.clock, parts_.random),
                      .network = network,
                      .advertiser = advertiser,
                      .name = *line,
                      .created = parts_.clock.now()};
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Campaign> {
    const auto owner = queries::advertiser(session, advertiser);
    if (!owner || owner->network != network)
      return fail(ErrorKind::invalid,
                  advertiser.empty() ? "“advertiser” must be the ID of the campaign's advertiser."
                                     : "This network has no advertiser with the ID “" + printable(advertiser) + "”.",
                  "advertiser");
    if (queries::count_campaigns(session, network) >= kMaxCampaigns) return too_many("campaigns", kMaxCampaigns);
    queries::insert(session, made);
    record(session, by, network, "campaign.create", made.id, {}, document_of(made));
    return made;
  });
}

asio::awaitable<Result<Campaign>> Booking::find_campaign(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Campaign> {
    auto found = queries::campaign(session, id);
    if (!found) return gone("campaign", id);
    return std::move(*found);
  });
}

asio::awaitable<Result<Campaign>> Booking::rename_campaign(accounts::Actor by, std::string id, std::string name) {
  auto line = name_from(name);
  if (!line) co_return forward_error(line);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Campaign> {
    auto found = queries::campaign(session, id);
    if (!found) return gone("campaign", id);
    const auto was = document_of(*found);
    found->name = *line;
    queries::rename_campaign(session, id, found->name);
    record(session, by, found->network, "campaign.edit", id, was, document_of(*found));
    return std::move(*found);
  });
}

asio::awaitable<Result<>> Booking::remove_campaign(accounts::Actor by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto found = queries::campaign(session, id);
    if (!found) return gone("campaign", id);
    if (const auto orders = queries::count_orders_of_campaign(session, id); orders > 0)
      return fail(ErrorKind::conflict,
                  "The campaign still has " + std::to_string(orders) + (orders == 1 ? " order" : " orders") + "; delete that first.");
    queries::mark_campaign_deleted(session, id, parts_.clock.now());
    record(session, by, found->network, "campaign.delete", id, document_of(*found), {});
    return {};
  });
}

asio::awaitable<Result<std::vector<Campaign>>> Booking::list_campaigns(std::optional<std::string> network, std::string advertiser,
                                                                       std::string before, std::size_t limit) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Campaign>> {
    return queries::campaigns(session, network, advertiser, before, limit);
  });
}

}  // namespace carillon::ads
