// See keeper_documents.hpp.

#include "api/keeper/keeper_documents.hpp"

#include "crypto/inspection.hpp"
#include "incidents/plan.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

json::value time_or_null(const std::optional<Time>& time) {
  if (!time) return nullptr;
  return json::value(to_rfc3339(std::chrono::floor<std::chrono::seconds>(*time)));
}

json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::value(text);
}

json::value document_of(const std::optional<certs::Revocation>& known) {
  if (!known) return nullptr;
  return json::object{{"status", certs::name_of(known->status)},       {"checked", time_or_null(known->checked)},
                      {"known", time_or_null(known->known)},           {"unanswered_since", time_or_null(known->silent)},
                      {"revoked_at", time_or_null(known->revoked_at)}, {"reason", text_or_null(certs::revocation_reason(known->reason))},
                      {"source", text_or_null(known->source)},         {"problem", text_or_null(known->problem)}};
}

}  // namespace

json::object document_of(const incidents::Stewardship& in_charge) {
  return {{"steward", text_or_null(in_charge.steward)}, {"deputy", text_or_null(in_charge.deputy)}};
}

json::object document_of(const certs::NameStatus& status, const incidents::Stewardship& machine) {
  json::array seen;
  for (const auto& one : status.last_seen) {
    seen.push_back(json::object{{"address", one.address},
                                {"at", time_or_null(one.at)},
                                {"serial", text_or_null(one.serial)},
                                {"ours", one.ours},
                                {"problem", text_or_null(one.problem)},
                                {"name", one.name.empty() ? status.kept.name : one.name}});
  }
  json::array names, left_out;
  for (const auto& name : status.kept.hosts()) names.push_back(json::value(name));
  for (const auto& member : status.kept.members) {
    if (!member.left_out) continue;
    left_out.push_back(json::object{{"name", member.name},
                                    {"since", time_or_null(member.first_failure)},
                                    {"failures", member.failures},
                                    {"problem", text_or_null(member.last_error)}});
  }
  json::array findings;
  for (const auto finding : status.findings) findings.push_back(json::value(crypto::name_of(finding)));
  json::array exports;
  for (const auto& one : status.exports)
    exports.push_back(json::object{
        {"folder", one.folder.string()}, {"state", one.state}, {"at", time_or_null(one.at)}, {"problem", text_or_null(one.problem)}});
  json::value spare = nullptr;
  if (status.spare) spare = json::object{{"issuer", status.spare->issuer}, {"not_after", time_or_null(status.spare->validity.not_after)}};
  const auto& kept = status.kept;
  const auto in_charge = incidents::or_machine(kept.in_charge, machine);
  const auto issuer = status.current ? status.current->issuer : kept.issuer.empty() ? kept.name_options : kept.issuer;
  return {{"name", kept.name},
          {"group", kept.is_group() ? json::value(kept.name) : json::value(nullptr)},
          {"names", std::move(names)},
          {"rsa_name", status.rsa_beside ? json::value(certs::with_rsa_mark(kept.name)) : json::value(nullptr)},
          {"left_out", std::move(left_out)},
          {"issuer", text_or_null(issuer)},
          {"state", status.state},
          {"not_before", status.current ? time_or_null(status.current->validity.not_before) : json::value(nullptr)},
          {"not_after", status.current ? time_or_null(status.current->validity.not_after) : json::value(nullptr)},
          {"serial", status.current ? text_or_null(status.current->serial) : json::value(nullptr)},
          {"next_step", name_of(status.next_step)},
          {"next_step_at", time_or_null(status.next_step_at)},
          {"steward", text_or_null(in_charge.steward)},
          {"deputy", text_or_null(in_charge.deputy)},
          {"spare", std::move(spare)},
          {"last_seen", std::move(seen)},
          {"findings", std::move(findings)},
          {"exports", std::move(exports)},
          {"revocation", document_of(status.revocation)},
          {"failures", kept.failures},
          {"last_error", text_or_null(kept.last_error)},
          {"problem", text_or_null(status.problem)},
          {"source", name_of(kept.source)},
          {"port", kept.port}};
}

json::object document_of(const certs::HistoryLine& line) {
  return {{"at", to_rfc3339(line.at)}, {"step", line.step}, {"issuer", text_or_null(line.issuer)}, {"detail", line.detail}};
}

json::object document_of(const certs::Keeper::Import& result) {
  json::array checks;
  for (const auto& check : result.checks)
    checks.push_back(json::object{{"passed", check.passed}, {"what", check.what}, {"advice", text_or_null(check.advice)}});
  json::object document{{"checks", std::move(checks)}, {"imported", result.certificate.has_value()}};
  if (result.certificate) {
    document["serial"] = result.certificate->serial;
    document["not_after"] = time_or_null(result.certificate->validity.not_after);
  }
  return document;
}

std::string_view starttls_word(certs::StartTls starttls) noexcept { return starttls == certs::StartTls::none ? "none" : name_of(starttls); }

json::object document_of(const certs::Watch& watch, const incidents::Stewardship& machine, Time now) {
  json::array seen;
  std::string issuer;
  for (const auto& one : watch.seen) {
    json::array findings;
    for (const auto finding : one.findings) findings.push_back(json::value(crypto::name_of(finding)));
    seen.push_back(json::object{{"address", one.address},
                                {"at", time_or_null(one.at)},
                                {"serial", text_or_null(one.serial)},
                                {"findings", std::move(findings)},
                                {"problem", text_or_null(one.failure)},
                                {"remark", text_or_null(one.remark)}});
    if (issuer.empty()) issuer = one.issuer;
  }
  json::array accepted;
  for (const auto finding : watch.accepted) accepted.push_back(json::value(crypto::name_of(finding)));
  const auto in_charge = incidents::or_machine(watch.in_charge, machine);
  return {{"name", watch.subject()},
          {"starttls", starttls_word(watch.target.starttls)},
          {"issuer", text_or_null(issuer)},
          {"state", watch.state(now)},
          {"problem", text_or_null(watch.problem(now))},
          {"not_after", time_or_null(watch.ends())},
          {"next_step", "seen"},
          {"next_step_at", time_or_null(watch.next_look)},
          {"steward", text_or_null(in_charge.steward)},
          {"deputy", text_or_null(in_charge.deputy)},
          {"spare", nullptr},
          {"last_seen", std::move(seen)},
          {"accepted", std::move(accepted)},
          {"watched", true}};
}

json::object document_of(const incidents::Incident& incident) {
  json::array messages;
  for (const auto& message : incident.messages) {
    messages.push_back(
        json::object{{"at", time_or_null(message.at)}, {"to", message.to}, {"channel", message.channel}, {"result", message.result}});
  }
  json::array held;
  for (const auto& message : incident.held) held.push_back(json::object{{"to", message.to}, {"until", time_or_null(message.until)}});
  const auto* state = incident.state == incidents::State::open           ? "open"
                      : incident.state == incidents::State::acknowledged ? "acknowledged"
                                                                         : "solved";
  return {{"id", incident.id},
          {"kind", incident.report.kind},
          {"subject", incident.report.subject},
          {"opened_at", time_or_null(incident.opened_at)},
          {"state", state},
          {"owner", text_or_null(incident.owner)},
          {"steward", text_or_null(incident.report.in_charge.steward)},
          {"deputy", text_or_null(incident.report.in_charge.deputy)},
          {"what", incident.report.what},
          {"consequence", incident.report.consequence},
          {"remedy", incident.report.remedy},
          {"acknowledged_until", time_or_null(incident.acknowledged_until)},
          {"solved_at", time_or_null(incident.solved_at)},
          {"messages", std::move(messages)},
          {"held", std::move(held)}};
}

json::object document_of(const certs::DrillReport& report) {
  const auto seconds = [](Duration span) { return std::chrono::duration<double>(span).count(); };
  json::array events;
  for (const auto& event : report.events)
    events.push_back(json::object{{"after_seconds", seconds(event.after)}, {"what", event.what}, {"detail", event.detail}});
  return {{"id", report.id},
          {"scenario", report.scenario},
          {"name", report.name},
          {"passed", report.passed},
          {"verdict", report.verdict},
          {"rehearsed_seconds", seconds(report.took_in_world)},
          {"took_seconds", seconds(report.took)},
          {"events", std::move(events)}};
}

}  // namespace carillon::api
