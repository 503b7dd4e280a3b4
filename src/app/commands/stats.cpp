// carillon stats …

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/encoding.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <iostream>
#include <optional>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

std::string query_of(const FiguresWish& wish) {
  std::string query = !wish.network.empty()   ? "?network=" + percent_encoded(wish.network)
                      : !wish.episode.empty() ? "?episode=" + percent_encoded(wish.episode)
                                              : "?show=" + percent_encoded(wish.show);
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) query += std::string("&") + name + "=" + percent_encoded(*value);
  };
  add("from", wish.from);
  add("to", wish.to);
  add("by", wish.by);
  add("granularity", wish.granularity);
  add("tz", wish.zone);
  return query;
}

std::string heading_of(std::string_view by) {
  if (by == "country" || by == "region") return "PLACE";
  std::string heading{by};
  std::ranges::transform(heading, heading.begin(), [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
  return heading;
}

/// Requests by what became of them, the most frequent first.
void print_verdicts(const json::object& verdicts) {
  std::vector<std::vector<std::string>> rows{{"REQUESTS", "VERDICT"}};
  for (const auto& verdict : verdicts) {
    if (verdict.value().to_number<std::uint64_t>() == 0) continue;
    rows.push_back({std::to_string(verdict.value().to_number<std::uint64_t>()), std::string(verdict.key())});
  }
  if (rows.size() > 1) print_table(rows);
}

/// An answer with items. None if there is nothing left to print: it was printed as JSON, or `nothing` was, because there are none.
Result<std::optional<json::object>> answer_with_items(const Context& context, const std::string& path, std::string_view nothing) {
  auto answer = Control{context.data, context.remote}.call(Method::get, path);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return std::nullopt;
  }
  if (answer->at("items").as_array().empty()) {
    std::cout << nothing << '\n';
    return std::nullopt;
  }
  return std::move(*answer);
}

}  // namespace

Result<> print_figures(const Context& context, const FiguresWish& wish) {
  // All pages, as one answer.
  json::array items;
  std::string cursor;
  do {
    auto page = Control{context.data, context.remote}.call(Method::get, "/stats/downloads" + query_of(wish) + cursor);
    if (!page) return std::unexpected(page.error());
    for (auto& item : page->at("items").as_array()) items.push_back(std::move(item));
    const auto& next = page->at("next");
    cursor = next.is_string() ? "&cursor=" + percent_encoded(std::string_view{next.as_string()}) : std::string{};
  } while (!cursor.empty());
  if (context.json) {
    print_json({{"items", std::move(items)}, {"next", nullptr}});
    return {};
  }
  if (items.empty()) {
    std::cout << "No downloads in this period. Downloads are counted about a minute after the request.\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"FROM", "DOWNLOADS", "LISTENERS", ""}};
  if (wish.by) rows.front().insert(rows.front().begin() + 1, heading_of(*wish.by));
  for (const auto& item : items) {
    const auto& figure = item.as_object();
    std::vector<std::string> row{text_of(figure, "from"), text_of(figure, "downloads"), text_of(figure, "listeners"),
                                 text_of(figure, "provisional") == "true" ? "provisional" : ""};
    if (wish.by)
      row.insert(row.begin() + 1, figure.contains("title")         ? text_of(figure, "title")
                                  : text_of(figure, "key").empty() ? "(unknown)"
                                                                   : text_of(figure, "key"));
    rows.push_back(std::move(row));
  }
  print_table(rows);
  return {};
}

Result<> print_since_release(const Context& context, const FiguresWish& wish) {
  const auto answer = answer_with_items(context, "/stats/since-release" + query_of(wish), "This show has no published episodes.");
  if (!answer) return std::unexpected(answer.error());
  if (!*answer) return {};
  const auto& items = (*answer)->at("items").as_array();
  std::vector<std::vector<std::string>> rows{
      {"EPISODE", "RELEASED", "SO FAR", "AT THAT AGE", "1 DAY", "3 DAYS", "7 DAYS", "30 DAYS", "90 DAYS"}};
  const auto number = [](const json::object& object, const char* name) {
    return object.at(name).is_null() ? std::string("–") : text_of(object, name);
  };
  const auto add = [&](std::string title, std::string released, std::string so_far, const json::object& figures) {
    std::vector<std::string> row{std::move(title), std::move(released), std::move(so_far), number(figures, "at_same_age")};
    for (const auto* age : {"1", "3", "7", "30", "90"}) row.push_back(number(figures.at("after").as_object(), age));
    rows.push_back(std::move(row));
  };
  for (const auto& item : items) {
    const auto& episode = item.as_object();
    add(text_of(episode, "title"), text_of(episode, "released").substr(0, 10), text_of(episode, "downloads"), episode);
  }
  add("(typical)", "", "", (*answer)->at("typical").as_object());
  print_table(rows);
  std::cout << "AT THAT AGE: when the episode was as old as the first one in the list is now.\n";
  return {};
}

Result<> weekly_mail(const Context& context, const FiguresWish& wish, const std::string& person) {
  const auto state = Control{context.data, context.remote}.call(
      wish.mail_on    ? Method::put
      : wish.mail_off ? Method::del
                      : Method::get,
      "/stats/weekly-mail?network=" + percent_encoded(wish.network) + (person.empty() ? "" : "&person=" + percent_encoded(person)));
  if (!state) return std::unexpected(state.error());
  if (context.json) {
    print_json(*state);
    return {};
  }
  std::cout << text_of(*state, "person") << (text_of(*state, "subscribed") == "true" ? " gets" : " doesn't get")
            << " the weekly figures of " << wish.network << ".\n";
  return {};
}

Result<> export_downloads(const Context& context, const FiguresWish& wish) {
  const auto text = Control{context.data, context.remote}.text("/stats/rows" + query_of(wish));
  if (!text) return std::unexpected(text.error());
  std::cout << *text;
  return {};
}

Result<> recount_day(const Context& context, const std::string& day, bool current_lists) {
  const auto state = Control{context.data, context.remote}.call(
      Method::post, "/stats/days/" + percent_encoded(day) + "/recount" + (current_lists ? "?lists=current" : ""));
  if (!state) return std::unexpected(state.error());
  if (context.json) {
    print_json(*state);
    return {};
  }
  std::cout << text_of(*state, "day") << " was counted again: "
            << (text_of(*state, "same") == "true" ? "the figures are the same as before." : "the figures have changed.")
            << (text_of(*state, "final") == "true" ? "" : " They are provisional until two days after the day.") << "\n";
  print_verdicts(state->at("requests").as_object());
  return {};
}

Result<> explain_requests(const Context& context, const std::string& episode, const std::string& day) {
  const auto text =
      Control{context.data, context.remote}.text("/stats/requests?episode=" + percent_encoded(episode) + "&day=" + percent_encoded(day));
  if (!text) return std::unexpected(text.error());
  if (context.json) {
    std::cout << *text;
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"TIME (UTC)", "LISTENER", "STATUS", "RANGE", "SENT", "OF", "AGENT", "VERDICT"}};
  for (std::size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\n', at), text->size());
    const auto value = json::parse(std::string_view(*text).substr(at, end - at)).as_object();
    rows.push_back({text_of(value, "time").substr(11, 8), text_of(value, "listener").substr(0, 8), text_of(value, "status"),
                    text_of(value, "range"), text_of(value, "sent"), text_of(value, "whole"), text_of(value, "agent").substr(0, 40),
                    text_of(value, "rule") + " " + text_of(value, "verdict")});
    at = end + 1;
  }
  if (rows.size() == 1) {
    std::cout << "No one requested this episode's audio on that day (UTC).\n";
    return {};
  }
  print_table(rows);
  return {};
}

}  // namespace carillon::app
