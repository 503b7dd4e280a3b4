// See acknowledging.hpp.

#include "incidents/acknowledging.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "incidents/incident_queries.hpp"
#include "incidents/message_html.hpp"

#include <fmt/format.h>

#include <set>

namespace carillon::incidents {
namespace {

constexpr std::size_t kLongestForm = 1024;
constexpr std::uint64_t kMaxUnits = 100'000;

struct Choice {
  std::string_view value;
  std::string_view words;
};
constexpr Choice kChoices[] = {{"1h", "1 hour"}, {"4h", "4 hours"}, {"8h", "8 hours"}, {"24h", "24 hours"}, {"3d", "3 days"}};

Page failed(int status, std::string_view heading, std::string_view sentence) {
  return {status, document(heading, fmt::format("<h1>{}</h1>\n<p>{}</p>\n", escaped_markup(heading), escaped_markup(sentence)))};
}

Page failed(const Error& error) {
  if (error.kind == ErrorKind::refused || error.kind == ErrorKind::not_found) return failed(404, "This link doesn't work", error.message);
  if (error.kind == ErrorKind::invalid) return failed(400, "That isn't a duration", error.message);
  return failed(503, "That didn't work", error.message + " Nothing was changed. Try again in a moment.");
}

Page solved() { return failed(410, "Already resolved", "This incident is resolved. You don't need to do anything."); }

std::string listed(const std::vector<Incident>& incidents) {
  std::string html = incidents.size() == 1 ? "" : "<ol>\n";
  for (const auto& incident : incidents) {
    const auto& what = incident.report.what;
    html += incidents.size() == 1 ? "<p>" : "<li>";
    html += escaped_markup(clean_for_xml(what));
    // The page may be opened long after the mail, by somebody who was not the first.
    if (incident.state == State::acknowledged)
      html += " <span class=\"quiet\">(" + escaped_markup(incident.owner) + " is handling it until " +
              moment_text(incident.acknowledged_until.value()) + ")</span>";
    html += incidents.size() == 1 ? "</p>\n" : "</li>\n";
  }
  return incidents.size() == 1 ? html : html + "</ol>\n";
}

}  // namespace

Result<Duration> parse_quiet(std::string_view text) {
  const auto refused = [] {
    return fail(ErrorKind::invalid, "Use a duration such as 30m, 8h or 3d, up to " + span_text(kLongestQuiet) + ".", "for");
  };
  if (text.empty()) return refused();
  const auto number = parse_number(text.substr(0, text.size() - 1));
  if (!number || *number == 0 || *number > kMaxUnits) return refused();
  Duration unit{};
  if (text.back() == 'm') unit = std::chrono::minutes{1};
  if (text.back() == 'h') unit = std::chrono::hours{1};
  if (text.back() == 'd') unit = std::chrono::days{1};
  const auto quiet = unit * static_cast<std::int64_t>(*number);
  if (quiet == Duration::zero() || quiet > kLongestQuiet) return refused();
  return quiet;
}

Result<Duration> quiet_from_form(std::string_view body) {
  if (body.size() > kLongestForm) return fail(ErrorKind::invalid, "The form is too large.", "for");
  for (const auto field : split(body, '&')) {
    if (field.starts_with("for=")) return parse_quiet(field.substr(4));
  }
  return Duration{kQuietUnlessSaid};
}

Result<Claim> Acknowledging::verify_link(std::string_view token) {
  const auto link = verified_link(token, link_key_);
  if (!link) return std::unexpected(link.error());
  Time sent;
  auto claim = database_.read_now([&](db::Session& session) -> Result<Claim> {
    const auto message = find_message(session, link->message);
    if (message) sent = message->planned_at;
    if (!message) return fail(ErrorKind::not_found, "This link is too old: the incident was resolved long ago.");
    Claim claim{.person = message->recipient, .incidents = {}};
    std::set<std::string> seen;
    for (const auto& line : message->lines) {
      if (link->line != 0 && link->line != line.number) continue;
      auto row = find_row(session, line.incident);
      if (row && row->incident.state != State::solved && seen.insert(line.incident).second)
        claim.incidents.push_back(std::move(row->incident));
    }
    return claim;
  });
  if (!claim || !holders_.has_left) return claim;
  // Outside of the transaction above: whoever answers may ask the same database.
  const auto left = holders_.has_left(claim->person, sent);
  if (!left) return std::unexpected(left.error());
  if (*left) return fail(ErrorKind::refused, "This link belongs to someone who no longer has access to this server. Nothing was changed.");
  return claim;
}

Page Acknowledging::acknowledge_page(std::string_view token) {
  const auto claim = verify_link(token);
  if (!claim) return failed(claim.error());
  if (claim->incidents.empty()) return solved();
  const auto count = claim->incidents.size();
  const auto heading = count == 1 ? std::string{"Will you handle this?"} : fmt::format("Will you handle these {} incidents?", count);
  auto html = "<h1>" + heading + "</h1>\n" + listed(claim->incidents);
  html += "<form method=\"post\">\n<p><label for=\"for\">Pause reminders for</label> <select id=\"for\" name=\"for\">\n";
  for (const auto& [value, words] : kChoices)
    html += fmt::format("<option value=\"{}\"{}>{}</option>\n", value, value == "8h" ? " selected" : "", words);
  html += "</select></p>\n<p><button>Yes, I'll handle it</button></p>\n</form>\n";
  html +=
      "<p class=\"quiet\">No reminders are sent during this time. They resume afterwards unless the problem has been resolved. You're "
      "responding as " +
      escaped_markup(claim->person) + ".</p>\n";
  return {200, document(heading, html)};
}

Page Acknowledging::acknowledge(std::string_view token, std::string_view form, const std::string& address_prefix) {
  const auto claim = verify_link(token);
  if (!claim) return failed(claim.error());
  if (claim->incidents.empty()) return solved();
  const auto quiet = quiet_from_form(form);
  if (!quiet) return failed(quiet.error());
  std::size_t done = 0;
  for (const auto& incident : claim->incidents) {
    const auto acknowledged = incidents_.acknowledge(incident.id, claim->person, *quiet);
    if (acknowledged) {
      ++done;
      if (holders_.acknowledged) holders_.acknowledged(incident.id, claim->person, address_prefix);
    }
    // What was solved between the two is no failure.
    else if (acknowledged.error().kind != ErrorKind::conflict && acknowledged.error().kind != ErrorKind::not_found)
      return failed(acknowledged.error());
  }
  if (done == 0) return solved();
  auto html = "<h1>Thank you</h1>\n<p>" + std::string(done == 1 ? "The incident is" : fmt::format("All {} incidents are", done)) +
              " assigned to you, and reminders are paused until " + escaped_markup(moment_text(clock_.now() + *quiet)) +
              ". Reminders resume then unless the problem has been resolved.</p>\n" + listed(claim->incidents);
  html += "<h2>What to do</h2>\n<pre>";
  std::set<std::string> remedies;
  for (const auto& incident : claim->incidents) {
    if (remedies.insert(incident.report.remedy).second) html += escaped_markup(clean_for_xml(incident.report.remedy)) + "\n";
  }
  return {200, document("Thank you", html + "</pre>\n")};
}

}  // namespace carillon::incidents
