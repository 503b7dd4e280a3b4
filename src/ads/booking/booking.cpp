// See booking.hpp: orders, and the rules of shows.

#include "ads/booking/booking.hpp"

#include "accounts/audit.hpp"
#include "ads/booking/target_names.hpp"
#include "ads/store/advertisers.hpp"
#include "ads/store/order_rows.hpp"
#include "ads/store/show_rules.hpp"
#include "base/id.hpp"
#include "base/printable.hpp"
#include "base/spoken_time.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::ads {
namespace {

namespace json = boost::json;

std::unexpected<Error> no_such_order(const std::string& id) {
  return fail(ErrorKind::not_found, "There is no order with the ID “" + id + "”.");
}

/// What the audit trail says about an order.
json::object audited(const Order& order) {
  auto document = terms_of(order);
  document["state"] = name_of(order.state);
  return document;
}

/// Sets the state that a person asked for in an edit.
Result<> set_state(Order& order, OrderState wanted, Time now) {
  const auto current = state_at(order, now);
  if (wanted == current) return {};
  switch (wanted) {
    case OrderState::draft:
      order.state = OrderState::draft;
      return {};
    case OrderState::done:
      if (current == OrderState::draft)
        return fail(ErrorKind::conflict, "The order was never approved, so it can't be ended; delete it instead.", "state");
      order.state = OrderState::done;
      return {};
    case OrderState::approved:
    case OrderState::running:
      // What was approved starts and ends by its dates.
      if (order.state == OrderState::approved && current != OrderState::done) return {};
      return fail(ErrorKind::invalid, "Orders are approved with POST /orders/" + order.id + "/approve, not by setting “state”.", "state");
  }
  return {};
}

/// Why a creative keeps its order from being approved; none if it doesn't.
std::optional<std::string> objection_to(const BookedCreative& creative, Time now) {
  const auto name = "The creative “" + creative.creative.name + "”";
  if (creative.state == CreativeState::processing) return name + " is still being processed; approve the order once it's ready.";
  if (creative.state == CreativeState::failed) return name + " couldn't be processed; delete it or add it again. " + creative.error;
  if (creative.creative.expires && *creative.creative.expires <= now)
    return name + " expired on " + day_text(*creative.creative.expires) + "; change its date or delete it.";
  return {};
}

}  // namespace

Result<std::string> name_from(std::string_view text) {
  if (auto good = podcast::check_line("name", text, kLongestName); !good) return std::unexpected(good.error());
  auto line = one_line(text);
  if (line.empty()) return fail(ErrorKind::invalid, "“name” must not be empty.", "name");
  return line;
}

json::object document_of(const Order& order, OrderState state) {
  json::object document{{"id", order.id},
                        {"network", order.network},
                        {"campaign", order.campaign},
                        {"advertiser", order.advertiser},
                        {"state", name_of(state)}};
  for (auto& member : terms_of(order)) document[member.key()] = std::move(member.value());
  document["created"] = to_rfc3339(order.created);
  document["changed"] = to_rfc3339(order.changed);
  document["revision"] = order.revision;
  return document;
}

void Booking::record(db::Session& session, const accounts::Actor& by, const std::string& network, const std::string& what,
                     const std::string& subject, const json::object& was, const json::object& became) const {
  accounts::record(session, parts_.clock, parts_.random, by,
                   accounts::changed({.network = network, .what = what, .subject = subject, .was = {}, .became = {}}, was, became));
}

asio::awaitable<Result<FoundOrder>> Booking::create_order(accounts::Actor by, std::string campaign, OrderEdit terms) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<FoundOrder> {
    const auto owner = queries::campaign(session, campaign);
    if (!owner) return fail(ErrorKind::not_found, "There is no campaign with the ID “" + campaign + "”.");
    if (!terms.name) return fail(ErrorKind::invalid, "The order needs a name.", "name");
    if (!terms.starts) return fail(ErrorKind::invalid, "“starts” is missing: the date or time at which the order starts.", "starts");
    if (!terms.ends)
      return fail(ErrorKind::invalid, "“ends” is missing: the last date of the order, or the time at which it ends.", "ends");
    if (terms.state.value_or(OrderState::draft) != OrderState::draft)
      return fail(ErrorKind::invalid, "A new order is a draft; approve it once its creatives are ready.", "state");
    if (queries::count_orders(session, owner->network) >= kMaxOrders)
      return fail(ErrorKind::conflict,
                  "The network has " + std::to_string(kMaxOrders) + " orders, the maximum; delete those that you no longer need.");
    Order order{
        .id = new_id(parts_.clock, parts_.random), .network = owner->network, .campaign = campaign, .advertiser = owner->advertiser};
    order.created = order.changed = parts_.clock.now();
    apply(terms, order);
    if (auto good = check(order); !good) return std::unexpected(good.error());
    if (auto good = resolve(session, order.network, order.targets, {}); !good) return std::unexpected(good.error());
    queries::insert(session, order);
    record(session, by, order.network, "order.create", order.id, {}, audited(order));
    return FoundOrder{.order = std::move(order), .creatives = {}};
  });
}

asio::awaitable<Result<FoundOrder>> Booking::find_order(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<FoundOrder> {
    auto found = queries::order(session, id);
    if (!found) return forward_error(found);
    if (!*found) return no_such_order(id);
    return FoundOrder{.order = std::move(**found), .creatives = queries::creatives_of_order(session, id)};
  });
}

asio::awaitable<Result<std::vector<FoundOrder>>> Booking::list_orders(std::string campaign, std::string before, std::size_t limit) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<FoundOrder>> {
    auto orders = queries::orders_of_campaign(session, campaign, before, limit);
    if (!orders) return forward_error(orders);
    std::vector<FoundOrder> found;
    for (auto& order : *orders) {
      auto creatives = queries::creatives_of_order(session, order.id);
      found.push_back({.order = std::move(order), .creatives = std::move(creatives)});
    }
    return found;
  });
}

asio::awaitable<Result<FoundOrder>> Booking::on_order(accounts::Actor by, std::string what, std::string id,
                                                      std::optional<std::int64_t> revision,
                                                      std::function<Result<>(db::Session&, FoundOrder&)> change) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<FoundOrder> {
    auto stored = queries::order(session, id);
    if (!stored) return forward_error(stored);
    if (!*stored) return no_such_order(id);
    FoundOrder found{.order = std::move(**stored), .creatives = queries::creatives_of_order(session, id)};
    auto& order = found.order;
    if (revision && *revision != order.revision)
      return fail(ErrorKind::conflict, "Someone else changed the order in the meantime; load it again.");
    const auto was = audited(order);
    if (auto changed = change(session, found); !changed) return std::unexpected(changed.error());
    const auto became = audited(order);
    if (was != became || what != "order.edit") {
      order.changed = parts_.clock.now();
      ++order.revision;
      queries::update(session, order);
      parts_.orders.note_change(order.network);
    }
    record(session, by, order.network, what, id, was, became);
    return found;
  });
}

asio::awaitable<Result<FoundOrder>> Booking::edit_order(accounts::Actor by, std::string id, OrderEdit edit,
                                                        std::optional<std::int64_t> revision) {
  co_return co_await on_order(std::move(by), "order.edit", std::move(id), revision,
                              [&](db::Session& session, FoundOrder& found) -> Result<> {
                                auto& order = found.order;
                                const auto before = order.targets;
                                apply(edit, order);
                                if (auto good = check(order); !good) return good;
                                if (edit.targets) {
                                  if (auto good = resolve(session, order.network, order.targets, before); !good) return good;
                                }
                                if (edit.state) return set_state(order, *edit.state, parts_.clock.now());
                                return {};
                              });
}

asio::awaitable<Result<>> Booking::remove_order(accounts::Actor by, std::string id) {
  const auto removed = co_await on_order(std::move(by), "order.delete", id, {}, [&](db::Session& session, FoundOrder&) -> Result<> {
    queries::mark_order_deleted(session, id, parts_.clock.now());
    return {};
  });
  if (!removed) co_return std::unexpected(removed.error());
  co_return Result<>{};
}

asio::awaitable<Result<FoundOrder>> Booking::approve_order(accounts::Actor by, std::string id, std::optional<std::int64_t> revision) {
  co_return co_await on_order(
      std::move(by), "order.approve", std::move(id), revision, [this](db::Session& session, FoundOrder& found) -> Result<> {
        const auto now = parts_.clock.now();
        auto& order = found.order;
        if (order.ends <= now)
          return fail(ErrorKind::conflict, "The order ended on " + moment_text(order.ends) + "; change its dates before approving it.",
                      "ends");
        if (found.creatives.empty())
          return fail(ErrorKind::conflict, "The order has no creative yet; add one before approving it.", "creatives");
        for (const auto& creative : found.creatives) {
          if (auto why = objection_to(creative, now)) return fail(ErrorKind::conflict, std::move(*why), "creatives");
        }
        order.state = OrderState::approved;
        for (auto& creative : found.creatives) {
          creative.approved = now;
          queries::update(session, creative);
        }
        return {};
      });
}

asio::awaitable<Result<ShowRules>> Booking::show_rules(std::string slug) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<ShowRules> {
    const auto show = podcast::queries::show_with_slug(session, slug);
    if (!show) return fail(ErrorKind::not_found, "There is no show named “" + slug + "”.");
    return queries::rules_of(session, show->id);
  });
}

asio::awaitable<Result<ShowRules>> Booking::set_show_rules(accounts::Actor by, std::string slug, ShowRules rules) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<ShowRules> {
    const auto show = podcast::queries::show_with_slug(session, slug);
    if (!show) return fail(ErrorKind::not_found, "There is no show named “" + slug + "”.");
    const auto was = queries::rules_of(session, show->id);
    queries::set_rules(session, show->id, rules);
    record(session, by, show->network, "show.ad_rules", slug, document_of(was), document_of(rules));
    parts_.orders.note_change(show->network);
    return rules;
  });
}

asio::awaitable<Result<std::map<std::string, std::string>>> Booking::slugs(std::vector<std::string> show_ids) {
  std::map<std::string, std::string> slugs;
  if (show_ids.empty()) co_return slugs;
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::map<std::string, std::string>> {
    slugs.clear();
    for (const auto& id : show_ids) {
      if (slugs.contains(id)) continue;
      if (auto show = podcast::queries::show_with_id_even_deleted(session, id)) slugs.emplace(id, std::move(show->slug));
    }
    return slugs;
  });
}

}  // namespace carillon::ads
