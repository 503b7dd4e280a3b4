// carillon incident …, carillon channel …

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/encoding.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

/// "2 messages to ada@example.org are"
std::string held_text(const std::string& count, const std::string& whom) {
  return count + (count == "1" ? " message" : " messages") + whom + (count == "1" ? " is" : " are");
}

void print_incident(const Context& context, const json::object& incident) {
  if (context.json) return print_json(incident);
  print_pairs({{"Incident", text_of(incident, "id")},
               {"About", text_of(incident, "subject") + " (" + text_of(incident, "kind") + ")"},
               {"State", text_of(incident, "state") +
                             (text_of(incident, "acknowledged_until").empty() ? "" : " until " + text_of(incident, "acknowledged_until"))},
               {"Since", text_of(incident, "opened_at")},
               {"Solved", text_of(incident, "solved_at")},
               {"Steward", text_of(incident, "steward")},
               {"Deputy", text_of(incident, "deputy")},
               {"Owner", text_of(incident, "owner")}});
  std::cout << "\n"
            << text_of(incident, "what") << "\n"
            << text_of(incident, "consequence") << "\n→ " << text_of(incident, "remedy") << "\n";
  if (const auto* held = incident.if_contains("held"); held && held->is_array() && !held->as_array().empty()) {
    std::cout << "\n";
    for (const auto& item : held->as_array()) {
      const auto& message = item.as_object();
      std::cout << "Held until " << text_of(message, "until") << ", because " << text_of(message, "to")
                << " has quiet hours. What is open then is sent in one message.\n";
    }
  }
  const auto& messages = incident.at("messages").as_array();
  if (messages.empty()) return;
  std::vector<std::vector<std::string>> rows{{"SENT AT", "TO", "BY", "RESULT"}};
  for (const auto& item : messages) {
    const auto& message = item.as_object();
    rows.push_back({text_of(message, "at"), text_of(message, "to"), text_of(message, "channel"), text_of(message, "result")});
  }
  std::cout << "\n";
  print_table(rows);
}

}  // namespace

Result<> list_incidents(const Context& context, bool with_solved) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, with_solved ? "/incidents" : "/incidents?solved=false");
  if (!answer) return std::unexpected(answer.error());
  const auto& items = answer->at("items").as_array();
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty()) {
    std::cout << "No open incidents.\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"INCIDENT", "STATE", "SINCE", "ABOUT", "WHAT"}};
  for (const auto& item : items) {
    const auto& incident = item.as_object();
    rows.push_back({text_of(incident, "id"), text_of(incident, "state"), text_of(incident, "opened_at"), text_of(incident, "subject"),
                    text_of(incident, "what")});
  }
  print_table(rows);
  return {};
}

Result<> print_incident(const Context& context, const std::string& id) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/incidents/" + percent_encoded(id));
  if (!answer) return std::unexpected(answer.error());
  print_incident(context, *answer);
  return {};
}

Result<> acknowledge_incident(const Context& context, const std::string& id, const std::optional<std::string>& quiet) {
  json::object document{{"by", "operator"}};
  if (quiet) document["for"] = *quiet;
  const auto answer =
      Control{context.data, context.remote}.call(Method::post, "/incidents/" + percent_encoded(id) + "/acknowledge", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "Acknowledged: you're handling this incident. Reminders are paused until " << text_of(*answer, "acknowledged_until")
              << "; they resume if the incident isn't resolved by then.\n";
  return {};
}

Result<> list_channels(const Context& context) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/channels");
  if (!answer) return std::unexpected(answer.error());
  const auto& items = answer->at("items").as_array();
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty()) std::cout << "No channel is configured, so no one can be notified. Configure [notify.smtp] or [notify.webhook].\n";
  for (const auto& item : items) std::cout << text_of(item.as_object(), "id") << "\n";
  if (const auto* held = answer->if_contains("held"); held && held->is_array()) {
    for (const auto& item : held->as_array()) {
      const auto& one = item.as_object();
      std::cout << held_text(text_of(one, "messages"), " to " + text_of(one, "person")) << " held until " << text_of(one, "until")
                << " (quiet hours).\n";
    }
  }
  return {};
}

Result<> order_channels(const Context& context, const std::vector<std::string>& ids, const std::optional<std::string>& person) {
  json::object document{{"order", json::array(ids.begin(), ids.end())}};
  if (person) document["person"] = *person;
  const auto answer = Control{context.data, context.remote}.call(Method::put, "/channels", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::string names;
  for (const auto& name : answer->at("order").as_array()) names += (names.empty() ? "" : ", then ") + std::string(name.as_string());
  std::cout << text_of(*answer, "person")
            << (names.empty() ? " can't be notified: no channel is configured" : " is notified through " + names)
            << (names.empty() || answer->at("chosen").as_bool() ? ".\n" : ", as configured.\n");
  return {};
}

Result<> quiet_times(const Context& context, const QuietTimesOptions& options, const std::optional<std::string>& person) {
  Control control{context.data, context.remote};
  auto answer = control.call(Method::get, "/channels/quiet" + (person ? "?person=" + percent_encoded(*person) : std::string{}));
  if (!answer) return std::unexpected(answer.error());
  if (options.zone || !options.hours.empty() || !options.absences.empty() || options.clear) {
    const auto list_of = [&](const std::vector<std::string>& wanted, std::string_view before) {
      if (!wanted.empty()) return json::array(wanted.begin(), wanted.end());
      return options.clear ? json::array{} : answer->at(before).as_array();
    };
    json::object document{{"zone", options.zone.value_or(text_of(*answer, "zone"))},
                          {"hours", list_of(options.hours, "hours")},
                          {"absences", list_of(options.absences, "absences")},
                          {"person", text_of(*answer, "person")}};
    answer = control.call(Method::put, "/channels/quiet", &document);
    if (!answer) return std::unexpected(answer.error());
  }
  if (context.json) {
    print_json(*answer);
    return {};
  }
  const auto& hours = answer->at("hours").as_array();
  const auto& absences = answer->at("absences").as_array();
  const auto who = text_of(*answer, "person");
  if (hours.empty() && absences.empty()) {
    std::cout << who << " has no quiet hours.\n";
    return {};
  }
  std::cout << who << " isn't notified at these times (" << text_of(*answer, "zone")
            << "), unless users will notice a problem within 24 hours:\n";
  for (const auto* list : {&hours, &absences}) {
    for (const auto& one : *list) std::cout << "  " << std::string_view{one.as_string()} << "\n";
  }
  if (const auto until = text_of(*answer, "quiet_until"); !until.empty()) std::cout << "Quiet now, until " << until << ".\n";
  if (const auto count = text_of(*answer, "held"); !count.empty() && count != "0")
    std::cout << held_text(count, "") << " held until then.\n";
  return {};
}

Result<> test_channel(const Context& context, const std::string& id, const std::optional<std::string>& to) {
  json::object document;
  if (to) document["to"] = *to;
  const auto answer = Control{context.data, context.remote}.exchange(Method::post, "/channels/" + percent_encoded(id) + "/test", &document);
  if (!answer) return std::unexpected(answer.error());
  if (!answer->document.contains("delivered")) return std::unexpected(Control::error_of(*answer));
  if (context.json) print_json(answer->document);
  const auto detail = text_of(answer->document, "detail");
  if (answer->status != 200)
    return fail(ErrorKind::unavailable, "The channel " + id + " couldn't deliver to " + text_of(answer->document, "to") + ": " + detail);
  if (!context.json) std::cout << "Delivered to " << text_of(answer->document, "to") << (detail.empty() ? "" : ": " + detail) << "\n";
  return {};
}

}  // namespace carillon::app
