#pragma once
// The terms of an order as JSON, for the API and the database: reading, writing and checking them. Pure.

#include "ads/model/orders.hpp"
#include "base/result.hpp"

#include <boost/json/object.hpp>

namespace carillon::ads {

/// The values to set; none leaves a value unchanged.
struct OrderEdit {
  std::optional<std::string> name;
  std::optional<OrderState> state;
  std::optional<Tier> tier;
  std::optional<int> priority;
  std::optional<Time> starts, ends;
  std::optional<std::optional<std::int64_t>> goal, cap;
  std::optional<Pacing> pacing;
  std::optional<Logic> logic;
  std::optional<std::vector<Position>> positions;
  std::optional<int> most_per_download;
  std::optional<std::vector<std::string>> categories;
  std::optional<std::vector<FrequencyCap>> frequency;
  std::optional<Targets> targets;
  std::optional<Price> price;
};

/// Reads what is present; null resets a field. Dates without a time are whole days in UTC: an order ends at the end of its last day.
/// Targets are read as they are written: whether a show exists isn't checked. `invalid` names the field.
[[nodiscard]] Result<OrderEdit> order_edit_from(const boost::json::object& document);
/// Sets everything but the state.
void apply(OrderEdit edit, Order& order);
/// What single fields can't show: `invalid` if the dates, goal and cap don't fit together.
[[nodiscard]] Result<> check(const Order& order);

/// Everything that order_edit_from() reads but the state.
[[nodiscard]] boost::json::object terms_of(const Order& order);
[[nodiscard]] boost::json::object document_of(const Targets& targets);

[[nodiscard]] Result<ShowRules> show_rules_from(const boost::json::object& document);
[[nodiscard]] boost::json::object document_of(const ShowRules& rules);

/// A list of categories, or of other short texts, without duplicates.
[[nodiscard]] Result<std::vector<std::string>> texts_from(const boost::json::value& value, const std::string& field, std::size_t most);

/// "" unless it's an ISO 3166-1 code; in capitals.
[[nodiscard]] std::string country_from(std::string_view code);

/// RFC 3339, or a date: the beginning of that day in UTC, or its end.
enum class DayPart { beginning, end };
[[nodiscard]] Result<Time> moment_from(std::string_view text, DayPart part, const std::string& field);

}  // namespace carillon::ads
