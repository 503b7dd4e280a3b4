// See message_text.hpp. The pictures of a message are message_html.cpp's.

#include "incidents/message_text.hpp"

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "incidents/message_html.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace carillon::incidents {
namespace {

namespace json = boost::json;

constexpr std::size_t kLineLimit = 78;       // RFC 5322 §2.1.1
constexpr std::size_t kLongestSubject = 90;  // phones show less, lists of mails not much more
constexpr std::size_t kNamesInSubject = 2;

std::string without_stop(std::string_view sentence) {
  sentence = trimmed(sentence);
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return std::string(sentence);
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  return std::string(trimmed(cut_to(text, limit - 3))) + "…";
}

/// What a subject has room for: the sentence up to where it goes into details, so that the end of what is shown is the end of a thought.
std::string summary(std::string_view sentence) {
  if (sentence.size() <= kLongestSubject) return std::string(sentence);
  for (const std::string_view pause : {": ", "; ", ". ", ", "}) {
    const auto at = sentence.rfind(pause, kLongestSubject);
    if (at != std::string_view::npos && at > kLongestSubject / 3) return std::string(sentence.substr(0, at));
  }
  return shortened(sentence, kLongestSubject);
}

/// "a, b and 498 more"; each name once, however many incidents are about it.
std::string named(std::span<const Item> items) {
  std::vector<std::string_view> subjects;
  for (const auto& item : items) {
    if (std::ranges::find(subjects, item.incident.report.subject) == subjects.end()) subjects.push_back(item.incident.report.subject);
  }
  std::string names;
  const auto shown = std::min(subjects.size(), kNamesInSubject);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) names += subjects.size() == shown && i + 1 == shown ? " and " : ", ";
    names += shortened(subjects[i], kLongestSubject / 3);
  }
  if (subjects.size() > shown) names += fmt::format(" and {} more", subjects.size() - shown);
  return names;
}

/// A sentence that names what it is about, or has it put before.
std::string headline(const Report& report) {
  const auto what = without_stop(report.what);
  return what.contains(report.subject) ? what : report.subject + ": " + what;
}

/// Commands and links stand alone, unbroken: they are copied.
std::string indented(std::string_view text, std::string_view indent = "    ") {
  std::string result;
  for (const auto line : split(text, '\n')) result.append(indent).append(trimmed(line)).append("\n");
  return result;
}

std::string item_text(const Item& item, Time now) {
  const auto& report = item.incident.report;
  std::string text = wrapped(report.what, "") + "\n";
  text += "Since:         " + since_text(item, now) + "\n";
  if (report.noticed_at) text += "Public impact: " + noticed_text(item, now) + "\n";
  text += "\nIf nothing is done:\n" + wrapped(report.consequence, "");
  text += "\nWhat to do:\n" + indented(report.remedy);
  return text;
}

std::string short_item_text(const Item& item, std::size_t number, Time now) {
  const auto& report = item.incident.report;
  std::string text = wrapped(fmt::format("{}. {}.", number, headline(report)), "");
  if (report.noticed_at) text += "   Public impact: " + noticed_text(item, now) + "\n";
  text += wrapped("If nothing is done: " + report.consequence, "   ");
  text += "   What to do:\n" + indented(report.remedy, "      ");
  return text + "   Acknowledge it:\n      " + item.link + "\n\n";
}

std::string rest_text(std::size_t count) {
  return count > kMaxListed ? wrapped(fmt::format("And {} more: carillon incident list", count - kMaxListed), "") + "\n" : std::string{};
}

json::object facts_of(const Item& item) {
  const auto& incident = item.incident;
  const auto& report = incident.report;
  json::object facts{{"id", incident.id},
                     {"kind", report.kind},
                     {"subject", report.subject},
                     {"what", clean_for_xml(report.what)},
                     {"consequence", clean_for_xml(report.consequence)},
                     {"remedy", clean_for_xml(report.remedy)},
                     {"opened_at", to_rfc3339(incident.opened_at)},
                     {"steward", report.in_charge.steward},
                     {"deputy", report.in_charge.deputy}};
  facts["noticed_at"] = report.noticed_at ? json::value(to_rfc3339(*report.noticed_at)) : json::value(nullptr);
  if (incident.solved_at) {
    facts["solved_at"] = to_rfc3339(*incident.solved_at);
    facts["solution"] = clean_for_xml(item.solution);
  } else {
    facts["step"] = item.step;
    facts["next_step_at"] = to_rfc3339(item.next_at);
    facts["acknowledge"] = item.link;
  }
  return facts;
}

notify::Facts facts_of(notify::MessageKind kind, std::span<const Item> items, const std::string& all_link) {
  notify::Facts facts{.kind = kind};
  for (const auto& item : items.first(std::min(items.size(), kMaxListed))) {
    const auto& report = item.incident.report;
    facts.incidents.push_back({.id = item.incident.id,
                               .kind = report.kind,
                               .subject = report.subject,
                               .what = clean_for_xml(report.what),
                               .consequence = clean_for_xml(report.consequence),
                               .remedy = clean_for_xml(report.remedy),
                               .link = item.link,
                               .opened_at = item.incident.opened_at,
                               .noticed_at = report.noticed_at});
  }
  facts.link = items.size() == 1 && !items.front().link.empty() ? items.front().link : all_link;
  return facts;
}

std::string json_of(std::string_view type, std::span<const Item> items, const std::string& all_link) {
  json::array listed;
  for (const auto& item : items.first(std::min(items.size(), kMaxListed))) listed.push_back(facts_of(item));
  json::object document{{"type", type}, {"count", items.size()}, {"incidents", std::move(listed)}};
  if (!all_link.empty()) document["acknowledge_all"] = all_link;
  return json_text(document);
}

}  // namespace

std::string wrapped(std::string_view text, std::string_view indent) {
  std::string result, line;
  const auto finish = [&] {
    if (!line.empty()) result += line + "\n";
    line.clear();
  };
  for (const auto paragraph : split(trimmed(text), '\n')) {
    for (const auto word : split(paragraph, ' ')) {
      if (word.empty()) continue;
      if (!line.empty() && line.size() + 1 + word.size() > kLineLimit) finish();
      line += line.empty() ? std::string(indent) : " ";
      line += word;
    }
    finish();
  }
  return result;
}

std::string since_text(const Item& item, Time now) {
  return moment_text(item.incident.opened_at) + (now - item.incident.opened_at < std::chrono::minutes{1}
                                                     ? " (just now)"
                                                     : " (" + span_text(now - item.incident.opened_at) + " ago)");
}

std::string noticed_text(const Item& item, Time now) {
  const auto at = item.incident.report.noticed_at.value();
  return at > now ? moment_text(at) + " (in " + span_text(at - now) + ")"
                  : "since " + moment_text(at) + " (" + span_text(now - at) + " ago)";
}

std::string reason_text(const Item& item) {
  switch (item.role) {
    case Role::steward:
      return "You're receiving this because you're the steward of " + item.incident.report.subject + ".";
    case Role::deputy:
      return "You're receiving this because you're the deputy for " + item.incident.report.subject + ".";
    case Role::operators:
      return "You're receiving this because you operate this server.";
    case Role::owners:
      return "You're receiving this because you own the network that " + item.incident.report.subject + " belongs to.";
  }
  return {};
}

std::string next_text(const Item& item) {
  const auto& in_charge = item.incident.report.in_charge;
  std::vector<std::string> recipients;
  const int next = item.step + 1;
  if (!in_charge.steward.empty()) recipients.push_back(in_charge.steward);
  if (next >= 1 && !in_charge.deputy.empty() && !equal_ignoring_case(in_charge.deputy, in_charge.steward))
    recipients.push_back(in_charge.deputy);
  if (next >= 2 || recipients.empty()) recipients.emplace_back("the operators");
  if (next >= 3 && !in_charge.network.empty()) recipients.emplace_back("every owner of the network");
  std::string names;
  for (std::size_t i = 0; i < recipients.size(); ++i) names += (i == 0 ? "" : i + 1 == recipients.size() ? " and " : ", ") + recipients[i];
  return "If no one acknowledges this, the next message goes to " + names + " on " + moment_text(item.next_at) + ".";
}

std::string owner_text(const Item& item) {
  // Somebody said "mine", the quiet is over, and here we are again.
  if (item.incident.owner.empty()) return {};
  return item.incident.owner + " acknowledged this before, but it isn't resolved yet.";
}

Words alarm_words(std::span<const Item> items, const std::string& all_link, Time now) {
  Words words;
  const bool urgent = std::ranges::any_of(items, [&](const Item& item) { return is_urgent(item.incident.report.noticed_at, now); });
  const bool again = std::ranges::all_of(items, [](const Item& item) { return item.step > 0; });
  const std::string prefix = urgent ? "Urgent: " : again ? "Reminder: " : "";
  words.json = json_of("alarm", items, all_link);
  words.facts = facts_of(notify::MessageKind::alarm, items, all_link);
  if (items.size() == 1) {
    const auto& item = items.front();
    words.subject = prefix + summary(headline(item.incident.report));
    words.text = item_text(item, now);
    words.text += "\nAcknowledge it (this pauses reminders for 8 hours):\n    " + item.link + "\n";
    words.text += wrapped("The page asks you to confirm first. On the server:", "");
    words.text += "    carillon incident ack " + item.incident.id + " --for 8h\n\n";
    if (const auto owner = owner_text(item); !owner.empty()) words.text += wrapped(owner, "");
    words.text += wrapped(reason_text(item) + " " + next_text(item), "");
    words.html = alarm_html(items, all_link, now);
    return words;
  }
  words.subject = prefix + fmt::format("{} incidents: {}", items.size(), named(items));
  words.text =
      wrapped(fmt::format("{} incidents are open, and no one has acknowledged them yet. The most urgent is first.", items.size()), "");
  words.text += "\nAcknowledge all of them (this pauses reminders for 8 hours):\n    " + all_link + "\n";
  words.text += wrapped("Each one has its own link below. The pages ask you to confirm first.", "") + "\n";
  for (std::size_t i = 0; i < std::min(items.size(), kMaxListed); ++i) words.text += short_item_text(items[i], i + 1, now);
  words.text += rest_text(items.size()) + wrapped(reason_text(items.front()), "");
  words.html = alarm_html(items, all_link, now);
  return words;
}

Words closing_words(std::span<const Item> items, Time now) {
  Words words;
  words.json = json_of("closing", items, {});
  words.facts = facts_of(notify::MessageKind::closing, items, {});
  const auto lasted = [&](const Item& item) { return span_text(item.incident.solved_at.value_or(now) - item.incident.opened_at); };
  if (items.size() == 1) {
    const auto& item = items.front();
    words.subject = "Resolved: " + summary(headline(item.incident.report));
    words.text = wrapped(item.solution.empty() ? "This is resolved." : item.solution, "") + "\n";
    words.text += "Problem:  " + wrapped(item.incident.report.what, "          ").substr(10);
    words.text += "Since:    " + moment_text(item.incident.opened_at) +
                  "\nResolved: " + moment_text(item.incident.solved_at.value_or(now)) + ", after " + lasted(item) + "\n";
    words.text += "\nYou don't need to do anything.\n";
  } else {
    words.subject = fmt::format("Resolved: {} incidents: {}", items.size(), named(items));
    words.text =
        wrapped(fmt::format("{} incidents that you were notified about are resolved. You don't need to do anything.", items.size()), "") +
        "\n";
    for (std::size_t i = 0; i < std::min(items.size(), kMaxListed); ++i) {
      words.text += wrapped(fmt::format("{}. {}", i + 1, headline(items[i].incident.report)), "");
      words.text += wrapped("Resolved after " + lasted(items[i]) + ": " + items[i].solution, "   ");
    }
    words.text += rest_text(items.size());
  }
  words.html = closing_html(items, now);
  return words;
}

notify::Message acknowledged_message(const std::string& incident, const std::string& to, const std::string& owner, const Clock& clock,
                                     Random& random) {
  notify::Message message;
  message.id = new_id(clock, random);
  message.to = to;
  message.at = clock.now();
  message.subject = "Acknowledged by " + owner;
  message.text = wrapped(message.subject + ".", "");
  message.json = json_text(
      json::object{{"type", "acknowledged"}, {"count", 1}, {"incidents", json::array{json::object{{"id", incident}, {"owner", owner}}}}});
  message.facts.kind = notify::MessageKind::acknowledged;
  message.facts.incidents.push_back({.id = incident});
  return message;
}

notify::Message test_message(const std::string& to, std::string_view channel, const Clock& clock, Random& random) {
  notify::Message message;
  message.id = new_id(clock, random);
  message.to = to;
  message.at = clock.now();
  message.subject = "Carillon can reach you";
  message.text =
      wrapped("This is a test of the channel “" + std::string(channel) + "”: messages from Carillon to " + to + " will arrive here.", "") +
      "\nYou don't need to do anything.\n";
  message.json = json_text(json::object{{"type", "test"}, {"channel", channel}});
  message.facts.kind = notify::MessageKind::test;
  return message;
}

}  // namespace carillon::incidents
