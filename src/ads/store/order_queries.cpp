// See order_rows.hpp.

#include "ads/store/order_rows.hpp"

#include "ads/model/order_fields.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

#include <soci/soci.h>
#include <boost/json/parse.hpp>

namespace carillon::ads::queries {
namespace {

constexpr const char* kSelect =
    "SELECT ad_orders.id, ad_orders.network, ad_orders.campaign, campaigns.advertiser, ad_orders.state, ad_orders.terms, "
    "ad_orders.created, ad_orders.changed, ad_orders.revision FROM ad_orders JOIN campaigns ON campaigns.id = ad_orders.campaign ";

struct Row {
  Order order;
  std::string state, terms;
  long long created = 0, changed = 0, revision = 0;

  template <class Statement>
  void bind_into(Statement& statement) {
    using soci::into;
    statement, into(order.id), into(order.network), into(order.campaign), into(order.advertiser), into(state), into(terms), into(created),
        into(changed), into(revision);
  }

  [[nodiscard]] Result<Order> value() const {
    boost::json::error_code bad;
    const auto document = boost::json::parse(terms, bad);
    if (bad || !document.is_object()) return fail(ErrorKind::corrupt, "the terms of the order " + order.id + " aren't JSON");
    auto edit = order_edit_from(document.as_object());
    if (!edit) return fail(ErrorKind::corrupt, "the terms of the order " + order.id + " can't be read: " + edit.error().message);
    Order result = order;
    apply(std::move(*edit), result);
    result.state = order_state_from(state).value_or(OrderState::draft);
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    return result;
  }
};

/// Calls `take` with each row.
template <class Prepared, class Take>
void each(Prepared prepared, Take take) {
  Row row;
  row.bind_into(prepared);
  soci::statement statement{prepared};
  statement.execute();
  while (statement.fetch()) take(row.value());
}

}  // namespace

void insert(db::Session& session, const Order& order) {
  using soci::use;
  const std::string state{name_of(order.state)};
  const auto terms = json_text(terms_of(order));
  const auto starts = to_microseconds(order.starts), ends = to_microseconds(order.ends), created = to_microseconds(order.created),
             changed = to_microseconds(order.changed);
  const long long revision = order.revision;
  session << "INSERT INTO ad_orders (id, campaign, network, name, state, starts, ends, terms, created, changed, revision, deleted) VALUES "
             "(:id, :campaign, :network, :name, :state, :starts, :ends, :terms, :created, :changed, :revision, 0)",
      use(order.id), use(order.campaign), use(order.network), use(order.name), use(state), use(starts), use(ends), use(terms), use(created),
      use(changed), use(revision);
}

void update(db::Session& session, const Order& order) {
  using soci::use;
  const std::string state{name_of(order.state)};
  const auto terms = json_text(terms_of(order));
  const auto starts = to_microseconds(order.starts), ends = to_microseconds(order.ends), changed = to_microseconds(order.changed);
  const long long revision = order.revision;
  session << "UPDATE ad_orders SET name = :name, state = :state, starts = :starts, ends = :ends, terms = :terms, changed = :changed, "
             "revision = :revision WHERE id = :id",
      use(order.name), use(state), use(starts), use(ends), use(terms), use(changed), use(revision), use(order.id);
}

void mark_order_deleted(db::Session& session, const std::string& id, Time now) {
  const auto moment = to_microseconds(now);
  session << "UPDATE ad_orders SET deleted = :now WHERE id = :id AND deleted = 0", soci::use(moment), soci::use(id);
  session << "UPDATE creatives SET deleted = :now WHERE order_id = :id AND deleted = 0", soci::use(moment), soci::use(id);
}

Result<std::optional<Order>> order(db::Session& session, const std::string& id) {
  Row row;
  auto prepared = (session.prepare << kSelect << "WHERE ad_orders.id = :id AND ad_orders.deleted = 0", soci::use(id));
  row.bind_into(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return std::nullopt;
  auto value = row.value();
  if (!value) return forward_error(value);
  return std::move(*value);
}

Result<std::vector<Order>> orders_of_campaign(db::Session& session, const std::string& campaign, const std::string& before,
                                              std::size_t limit) {
  // Ids sort by birth, and "~" behind all of them.
  const auto end = before.empty() ? std::string{"~"} : before;
  const auto most = static_cast<long long>(limit);
  std::vector<Order> orders;
  std::optional<Error> error;
  each((session.prepare << kSelect
                        << "WHERE ad_orders.campaign = :campaign AND ad_orders.id < :before AND ad_orders.deleted = 0 ORDER BY "
                           "ad_orders.id DESC LIMIT :most",
        soci::use(campaign), soci::use(end), soci::use(most)),
       [&](Result<Order> value) {
         if (value)
           orders.push_back(std::move(*value));
         else
           error = std::move(value.error());
       });
  if (error) return std::unexpected(std::move(*error));
  return orders;
}

std::size_t count_orders_of_campaign(db::Session& session, const std::string& campaign) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM ad_orders WHERE campaign = :campaign AND deleted = 0", soci::use(campaign), soci::into(count);
  return static_cast<std::size_t>(count);
}

std::size_t count_orders(db::Session& session, const std::string& network) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM ad_orders WHERE network = :network AND deleted = 0", soci::use(network), soci::into(count);
  return static_cast<std::size_t>(count);
}

std::vector<Order> live_orders(db::Session& session, const std::string& network, Time now) {
  const auto moment = to_microseconds(now);
  std::vector<Order> orders;
  each((session.prepare << kSelect
                        << "WHERE ad_orders.network = :network AND ad_orders.ends > :now AND ad_orders.state = 'approved' AND "
                           "ad_orders.deleted = 0 ORDER BY ad_orders.id",
        soci::use(network), soci::use(moment)),
       [&](Result<Order> value) {
         if (value)
           orders.push_back(std::move(*value));
         else
           log::error("an order can't be delivered", {{"reason", value.error().message}});
       });
  return orders;
}

std::vector<std::string> networks_with_live_orders(db::Session& session, Time now) {
  const auto moment = to_microseconds(now);
  std::string network;
  soci::statement statement{(session.prepare << "SELECT DISTINCT network FROM ad_orders WHERE ends > :now AND state = 'approved' AND "
                                                "deleted = 0 ORDER BY network",
                             soci::use(moment), soci::into(network))};
  std::vector<std::string> networks;
  statement.execute();
  while (statement.fetch()) networks.push_back(network);
  return networks;
}

}  // namespace carillon::ads::queries
