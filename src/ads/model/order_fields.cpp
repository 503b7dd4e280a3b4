// See order_fields.hpp.

#include "ads/model/order_fields.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/json_fields.hpp"

#include <unicode/uloc.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <functional>

namespace carillon::ads {
namespace json = boost::json;
namespace {

using podcast::JsonFields;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t kHoursOfDay = 24;
constexpr int kCents = 100;
constexpr Time kEarliest{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}},
    kLatest{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};
constexpr std::size_t kRegionTail = 3;
/// Ads can't be longer than the audio that they're in.
constexpr int kSecondsPerHour = 3600;

std::unexpected<Error> wrong(const std::string& field, std::string sentence) {
  return fail(ErrorKind::invalid, std::move(sentence), field);
}

bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string upper(std::string_view text) {
  std::string result{text};
  for (auto& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

/// A region is its country's code and up to three letters or digits (ISO 3166-2).
bool is_region(std::string_view code) {
  if (code.size() < 4 || code.size() > 3 + kRegionTail || code[2] != '-' || country_from(code.substr(0, 2)).empty()) return false;
  return std::ranges::all_of(code.substr(3), [](char c) { return is_upper(c) || is_digit(c); });
}

Result<std::vector<std::string>> countries_from(const json::value& value, const std::string& field) {
  auto texts = texts_from(value, field, kMaxTargets);
  if (!texts) return texts;
  for (auto& text : *texts) {
    const auto known = country_from(text);
    if (known.empty())
      return wrong(field, "“" + field + "” has “" + printable(text) + "”, which isn't a country code; " +
                              (upper(text) == "UK" ? "the United Kingdom's is “GB”." : "use ISO 3166-1 codes like “AT” or “US”."));
    text = known;
  }
  return texts;
}

Result<std::vector<std::string>> regions_from(const json::value& value, const std::string& field) {
  auto texts = texts_from(value, field, kMaxTargets);
  if (!texts) return texts;
  for (auto& text : *texts) {
    text = upper(text);
    if (!is_region(text))
      return wrong(field,
                   "“" + field + "” has “" + printable(text) + "”, which isn't a region; use ISO 3166-2 codes like “AT-9” or “US-CA”.");
  }
  return texts;
}

Result<std::uint8_t> days_from(const json::value& value, const std::string& field) {
  const auto texts = texts_from(value, field, kDays.size());
  if (!texts) return std::unexpected(texts.error());
  std::uint8_t days = 0;
  for (const auto& text : *texts) {
    const auto found = std::ranges::find(kDays, text);
    if (found == kDays.end())
      return wrong(field, "“" + field + "” has “" + printable(text) + "”; days are “mon”, “tue”, “wed”, “thu”, “fri”, “sat” and “sun”.");
    days |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(found - kDays.begin()));
  }
  return days;
}

Result<std::uint32_t> hours_from(const json::value& value, const std::string& field) {
  const auto* array = value.if_array();
  const auto is_hour = [](const json::value& hour) { return hour.is_int64() && hour.as_int64() >= 0 && hour.as_int64() < kHoursOfDay; };
  if (!array || !std::ranges::all_of(*array, is_hour)) return wrong(field, "“" + field + "” must be a list of hours from 0 to 23, in UTC.");
  std::uint32_t hours = 0;
  for (const auto& hour : *array) hours |= 1U << static_cast<unsigned>(hour.as_int64());
  return hours;
}

/// The lists of conditions, with their names.
constexpr std::array<std::pair<const char*, std::vector<std::string> Conditions::*>, 5> kTexts{{{"shows", &Conditions::shows},
                                                                                                {"episodes", &Conditions::episodes},
                                                                                                {"tags", &Conditions::tags},
                                                                                                {"apps", &Conditions::apps},
                                                                                                {"devices", &Conditions::devices}}};

template <class Value>
bool read_into(Value& target, Result<Value> found, std::optional<Error>& error) {
  if (!found) {
    error = std::move(found.error());
    return false;
  }
  target = std::move(*found);
  return true;
}

Result<Conditions> conditions_from(JsonFields& fields) {
  Conditions conditions;
  std::optional<Error> error;
  for (const auto& [name, list] : kTexts) {
    const auto* value = fields.member(name);
    if (value && !read_into(conditions.*list, texts_from(*value, fields.name_of(name), kMaxTargets), error)) return std::unexpected(*error);
  }
  // Apple's categories have capitals, and people write them with and without.
  for (auto& tag : conditions.tags) tag = lower_ascii(tag);
  if (const auto* value = fields.member("countries");
      value && !read_into(conditions.countries, countries_from(*value, fields.name_of("countries")), error))
    return std::unexpected(*error);
  if (const auto* value = fields.member("regions");
      value && !read_into(conditions.regions, regions_from(*value, fields.name_of("regions")), error))
    return std::unexpected(*error);
  if (const auto* value = fields.member("days"); value && !read_into(conditions.days, days_from(*value, fields.name_of("days")), error))
    return std::unexpected(*error);
  if (const auto* value = fields.member("hours"); value && !read_into(conditions.hours, hours_from(*value, fields.name_of("hours")), error))
    return std::unexpected(*error);
  return conditions;
}

/// What is both wanted and excluded would make an order that is never heard.
Result<> check_overlap(const std::vector<std::string>& only, const std::vector<std::string>& except, const std::string& field) {
  const auto both = std::ranges::find_if(only, [&](const std::string& value) { return std::ranges::find(except, value) != except.end(); });
  if (both != only.end())
    return wrong("targets." + field, "“" + printable(*both) + "” is both in “targets." + field + "” and in “targets.except." + field +
                                         "”; remove it from one of them.");
  return {};
}

Result<Targets> targets_from(const json::value& value) {
  Targets targets;
  JsonFields fields{value, "targets"};
  if (fields.wrong()) return std::unexpected(*fields.wrong());
  auto only = conditions_from(fields);
  if (!only) return forward_error(only);
  targets.only = std::move(*only);
  if (const auto* excluded = fields.member("except")) {
    JsonFields exceptions{*excluded, "targets.except"};
    if (exceptions.wrong()) return std::unexpected(*exceptions.wrong());
    auto except = conditions_from(exceptions);
    if (!except) return forward_error(except);
    targets.except = std::move(*except);
    exceptions.nothing_else();
    if (exceptions.wrong()) return std::unexpected(*exceptions.wrong());
  }
  fields.nothing_else();
  if (fields.wrong()) return std::unexpected(*fields.wrong());
  for (const auto& [name, list] : kTexts) {
    if (auto good = check_overlap(targets.only.*list, targets.except.*list, name); !good) return std::unexpected(good.error());
  }
  if (auto good = check_overlap(targets.only.countries, targets.except.countries, "countries"); !good) return std::unexpected(good.error());
  if (auto good = check_overlap(targets.only.regions, targets.except.regions, "regions"); !good) return std::unexpected(good.error());
  return targets;
}

Result<std::vector<FrequencyCap>> frequency_from(const json::value& value) {
  auto caps = podcast::entries_of<FrequencyCap>(value, "frequency", kMaxFrequencyCaps, [](JsonFields& fields) {
    FrequencyCap cap{.times = fields.positive_number("times"), .hours = fields.positive_number("hours")};
    if (cap.times > kMaxFrequency) fields.complain("times", "at most " + std::to_string(kMaxFrequency));
    if (cap.hours > kMaxFrequencyHours) fields.complain("hours", "at most " + std::to_string(kMaxFrequencyHours) + " (a year)");
    fields.nothing_else();
    return cap;
  });
  return caps;
}

/// Money with at most two decimals, as hundredths.
std::optional<std::int64_t> money_in(JsonFields& fields, const char* field) {
  const auto* value = fields.member(field);
  if (!value) return {};
  if (value->is_number()) {
    const double amount = value->is_double() ? value->as_double() : value->to_number<double>();
    const double exact = amount * kCents;
    constexpr double kTolerance = 1e-4;
    if (amount >= 0 && exact <= static_cast<double>(kMaxPrice) && std::abs(exact - std::round(exact)) < kTolerance)
      return std::llround(exact);
  }
  fields.complain(field, "an amount of money with at most two decimals, e.g. 12.50");
  return {};
}

Result<Price> price_from(const json::value& value) {
  JsonFields fields{value, "price"};
  Price price;
  price.cpm = money_in(fields, "cpm");
  price.flat = money_in(fields, "flat");
  if (auto currency = upper(fields.text("currency", 3)); !currency.empty()) price.currency = std::move(currency);
  if (price.currency.size() != 3 || !std::ranges::all_of(price.currency, is_upper))
    fields.complain("currency", "an ISO 4217 code like “EUR”");
  fields.nothing_else();
  if (fields.wrong()) return std::unexpected(*fields.wrong());
  return price;
}

Result<std::vector<Position>> positions_from(const json::value& value) {
  const auto texts = texts_from(value, "positions", kPositions.size());
  if (!texts) return std::unexpected(texts.error());
  std::vector<Position> positions;
  for (const auto& text : *texts) {
    const auto position = position_from(text);
    if (!position)
      return wrong("positions", "“positions” has “" + printable(text) + "”; positions are “preroll”, “midroll” and “postroll”.");
    positions.push_back(*position);
  }
  return positions;
}

/// Reads an order field by field; keeps the first error.
class Reader {
 public:
  explicit Reader(const json::object& document) : document_{document}, fields_{document, ""} {}

  /// Calls `read` with the member if it's there; null is passed on as null.
  void read(const char* field, const std::function<Result<>(const json::value&)>& take) {
    (void)fields_.member(field);
    const auto* value = document_.if_contains(field);
    if (!value || error_) return;
    if (auto good = take(*value); !good) error_ = std::move(good.error());
  }

  template <class Value>
  void read_named(const char* field, std::optional<Value>& target, std::optional<Value> (*from)(std::string_view),
                  std::string_view wanted) {
    read(field, [&](const json::value& value) -> Result<> {
      if (value.is_string()) target = from(std::string_view(value.as_string()));
      if (!target) return wrong(field, "“" + std::string(field) + "” must be " + std::string(wanted) + ".");
      return {};
    });
  }

  void read_number(const char* field, std::optional<int>& target, int from, int to) {
    read(field, [&](const json::value& value) -> Result<> {
      if (!value.is_int64() || value.as_int64() < from || value.as_int64() > to)
        return wrong(
            field, "“" + std::string(field) + "” must be a whole number from " + std::to_string(from) + " to " + std::to_string(to) + ".");
      target = static_cast<int>(value.as_int64());
      return {};
    });
  }

  void read_impressions(const char* field, std::optional<std::optional<std::int64_t>>& target) {
    read(field, [&](const json::value& value) -> Result<> {
      if (value.is_null()) {
        target.emplace();
        return {};
      }
      if (!value.is_int64() || value.as_int64() < 1 || value.as_int64() > kMaxImpressions)
        return wrong(field, "“" + std::string(field) + "” must be a whole number of impressions from 1 to " +
                                std::to_string(kMaxImpressions) + ", or null for none.");
      target.emplace(value.as_int64());
      return {};
    });
  }

  void read_moment(const char* field, std::optional<Time>& target, DayPart part) {
    read(field, [&](const json::value& value) -> Result<> {
      const auto moment = moment_from(value.is_string() ? std::string_view(value.as_string()) : std::string_view{}, part, field);
      if (!moment) return std::unexpected(moment.error());
      target = *moment;
      return {};
    });
  }

  /// What a list or object is read as; null is the same as an empty one.
  template <class Value, class From>
  void read_value(const char* field, std::optional<Value>& target, From from) {
    read(field, [&](const json::value& value) -> Result<> {
      if (value.is_null()) {
        target.emplace();
        return {};
      }
      auto found = from(value);
      if (!found) return forward_error(found);
      target = std::move(*found);
      return {};
    });
  }

  Result<> finish() {
    fields_.nothing_else();
    if (error_) return std::unexpected(*error_);
    if (fields_.wrong()) return std::unexpected(*fields_.wrong());
    return {};
  }

 private:
  const json::object& document_;
  JsonFields fields_;
  std::optional<Error> error_;
};

json::array array_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

void add_conditions(json::object& document, const Conditions& conditions) {
  const auto add = [&](const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) document[name] = array_of(texts);
  };
  for (const auto& [name, list] : kTexts) add(name, conditions.*list);
  add("countries", conditions.countries);
  add("regions", conditions.regions);
  json::array days, hours;
  for (unsigned day = 0; day < kDays.size(); ++day) {
    if ((conditions.days & (1U << day)) != 0) days.emplace_back(kDays.at(day));
  }
  for (unsigned hour = 0; hour < kHoursOfDay; ++hour) {
    if ((conditions.hours & (1U << hour)) != 0) hours.emplace_back(static_cast<std::int64_t>(hour));
  }
  if (!days.empty()) document["days"] = std::move(days);
  if (!hours.empty()) document["hours"] = std::move(hours);
}

json::value amount_of(const std::optional<std::int64_t>& hundredths) {
  if (!hundredths) return nullptr;
  return static_cast<double>(*hundredths) / kCents;
}

json::value number_or_null(const std::optional<std::int64_t>& number) { return number ? json::value(*number) : json::value(nullptr); }

template <class Value>
void set(Value& target, std::optional<Value>& value) {
  if (value) target = std::move(*value);
}

}  // namespace

Result<std::vector<std::string>> texts_from(const json::value& value, const std::string& field, std::size_t most) {
  const auto* array = value.if_array();
  if (!array || !std::ranges::all_of(*array, [](const json::value& item) { return item.is_string(); }))
    return wrong(field, "“" + field + "” must be a list of strings.");
  if (array->size() > most)
    return wrong(field,
                 "“" + field + "” has " + std::to_string(array->size()) + " entries; at most " + std::to_string(most) + " are allowed.");
  std::vector<std::string> texts;
  for (const auto& item : *array) {
    const std::string_view text(item.as_string());
    if (auto good = podcast::check_line(field, text, kLongestTarget); !good) return std::unexpected(good.error());
    auto line = one_line(text);
    if (line.empty()) return wrong(field, "“" + field + "” has an empty entry; remove it.");
    if (std::ranges::find(texts, line) == texts.end()) texts.push_back(std::move(line));
  }
  return texts;
}

std::string country_from(std::string_view code) {
  auto wanted = upper(code);
  for (const char* const* known = uloc_getISOCountries(); *known != nullptr; ++known) {
    if (wanted == *known) return wanted;
  }
  return {};
}

Result<Time> moment_from(std::string_view text, DayPart part, const std::string& field) {
  constexpr std::size_t kDate = 10;
  const bool is_date = text.size() == kDate;
  const auto moment = parse_rfc3339(is_date ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!moment) return wrong(field, "“" + field + "” must be a date like “2026-12-24” or a time like “2026-12-24T18:00:00Z”.");
  const auto time = is_date && part == DayPart::end ? *moment + std::chrono::days{1} : *moment;
  // Years are written with four digits; the day after the last one couldn't be read again.
  if (time < kEarliest || time >= kLatest) return wrong(field, "“" + field + "” must be between the years 2000 and 9999.");
  return time;
}

Result<OrderEdit> order_edit_from(const json::object& document) {
  OrderEdit edit;
  Reader reader{document};
  reader.read("name", [&](const json::value& value) -> Result<> {
    if (!value.is_string()) return wrong("name", "“name” must be text.");
    const std::string_view text(value.as_string());
    if (auto good = podcast::check_line("name", text, kLongestName); !good) return good;
    edit.name = one_line(text);
    if (edit.name->empty()) return wrong("name", "The order needs a name.");
    return {};
  });
  reader.read_named<OrderState>("state", edit.state, order_state_from, "“draft”, “approved”, “running” or “done”");
  reader.read_named<Tier>("tier", edit.tier, tier_from, "“exclusive”, “direct” or “promo”");
  reader.read_number("priority", edit.priority, kFirstPriority, kLastPriority);
  reader.read_moment("starts", edit.starts, DayPart::beginning);
  reader.read_moment("ends", edit.ends, DayPart::end);
  reader.read_impressions("goal", edit.goal);
  reader.read_impressions("cap", edit.cap);
  reader.read_named<Pacing>("pacing", edit.pacing, pacing_from, "“even”, “fast” or “front”");
  reader.read_named<Logic>("logic", edit.logic, logic_from, "“or” or “and”");
  reader.read_value("positions", edit.positions, positions_from);
  reader.read_number("most_per_download", edit.most_per_download, 1, kMostPerDownload);
  reader.read_value("categories", edit.categories,
                    [](const json::value& value) { return texts_from(value, "categories", kMaxCategories); });
  reader.read_value("frequency", edit.frequency, frequency_from);
  reader.read_value("targets", edit.targets, targets_from);
  reader.read_value("price", edit.price, price_from);
  if (auto good = reader.finish(); !good) return std::unexpected(good.error());
  return edit;
}

void apply(OrderEdit edit, Order& order) {
  set(order.name, edit.name);
  set(order.tier, edit.tier);
  set(order.priority, edit.priority);
  set(order.starts, edit.starts);
  set(order.ends, edit.ends);
  set(order.goal, edit.goal);
  set(order.cap, edit.cap);
  set(order.pacing, edit.pacing);
  set(order.logic, edit.logic);
  set(order.positions, edit.positions);
  set(order.most_per_download, edit.most_per_download);
  set(order.categories, edit.categories);
  set(order.frequency, edit.frequency);
  set(order.targets, edit.targets);
  set(order.price, edit.price);
}

Result<> check(const Order& order) {
  if (order.ends <= order.starts) return wrong("ends", "The order must end after it starts.");
  if (order.goal && order.cap && *order.cap < *order.goal)
    return wrong("cap", "The cap is lower than the goal, so the goal could never be reached.");
  return {};
}

json::object document_of(const Targets& targets) {
  json::object document, except;
  add_conditions(document, targets.only);
  add_conditions(except, targets.except);
  if (!except.empty()) document["except"] = std::move(except);
  return document;
}

json::object terms_of(const Order& order) {
  json::array positions, frequency;
  for (const auto position : order.positions) positions.emplace_back(name_of(position));
  for (const auto& cap : order.frequency) frequency.push_back(json::object{{"times", cap.times}, {"hours", cap.hours}});
  return {{"name", order.name},
          {"starts", to_rfc3339(order.starts)},
          {"ends", to_rfc3339(order.ends)},
          {"goal", number_or_null(order.goal)},
          {"cap", number_or_null(order.cap)},
          {"tier", name_of(order.tier)},
          {"priority", order.priority},
          {"pacing", name_of(order.pacing)},
          {"logic", name_of(order.logic)},
          {"positions", std::move(positions)},
          {"most_per_download", order.most_per_download},
          {"categories", array_of(order.categories)},
          {"frequency", std::move(frequency)},
          {"targets", document_of(order.targets)},
          {"price", {{"cpm", amount_of(order.price.cpm)}, {"flat", amount_of(order.price.flat)}, {"currency", order.price.currency}}}};
}

Result<ShowRules> show_rules_from(const json::object& document) {
  ShowRules rules;
  JsonFields fields{document, ""};
  if (const auto* value = fields.member("blocked_categories")) {
    auto found = texts_from(*value, "blocked_categories", kMaxTargets);
    if (!found) return forward_error(found);
    rules.blocked_categories = std::move(*found);
  }
  if (fields.member("most_per_advertiser") != nullptr) {
    rules.most_per_advertiser = fields.positive_number("most_per_advertiser");
    if (rules.most_per_advertiser > kMostPerDownload)
      fields.complain("most_per_advertiser", "a number from 1 to " + std::to_string(kMostPerDownload));
  }
  if (fields.member("most_seconds_per_hour") != nullptr) {
    const int seconds = fields.positive_number("most_seconds_per_hour");
    if (seconds > kSecondsPerHour) fields.complain("most_seconds_per_hour", "at most " + std::to_string(kSecondsPerHour));
    rules.most_per_hour = std::chrono::seconds{seconds};
  }
  fields.nothing_else();
  if (fields.wrong()) return std::unexpected(*fields.wrong());
  return rules;
}

json::object document_of(const ShowRules& rules) {
  return {{"blocked_categories", array_of(rules.blocked_categories)},
          {"most_per_advertiser", rules.most_per_advertiser},
          {"most_seconds_per_hour", rules.most_per_hour ? json::value(rules.most_per_hour->count()) : json::value(nullptr)}};
}

}  // namespace carillon::ads
