// See keeper_metrics.hpp. The only file that knows prometheus-cpp.

#include "app/keeping/keeper_metrics.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace carillon::app {
namespace {

double seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

std::string metrics_of(const certs::Keeper& keeper, const certs::Watcher& watcher, Time now) {
  prometheus::Registry registry;
  auto& left = prometheus::BuildGauge()
                   .Name("carillon_certificate_seconds_left")
                   .Help("Time until the active certificate expires; negative once it has expired.")
                   .Register(registry);
  auto& spare = prometheus::BuildGauge()
                    .Name("carillon_certificate_spare_seconds_left")
                    .Help("Time until the spare certificate expires; no sample if there is none.")
                    .Register(registry);
  auto& state = prometheus::BuildGauge()
                    .Name("carillon_certificate_state")
                    .Help("1 for the current state of a name: ok, renewing, late, expired, none.")
                    .Register(registry);
  auto& failures = prometheus::BuildGauge()
                       .Name("carillon_certificate_failures")
                       .Help("Consecutive failures of the current renewal.")
                       .Register(registry);
  auto& success = prometheus::BuildGauge()
                      .Name("carillon_certificate_last_seen_seconds")
                      .Help("Time since a check last found the right certificate at every address.")
                      .Register(registry);
  auto& round = prometheus::BuildGauge()
                    .Name("carillon_keeper_seconds_since_last_round")
                    .Help("Time since the keeper last finished all pending work.")
                    .Register(registry);
  auto& watched_left = prometheus::BuildGauge()
                           .Name("carillon_watched_certificate_seconds_left")
                           .Help("Time until the first certificate of a watched endpoint expires; no sample if no certificate was found.")
                           .Register(registry);
  auto& watched_state = prometheus::BuildGauge()
                            .Name("carillon_watched_certificate_state")
                            .Help("1 for the current state of a watched endpoint: ok, late, expired, none.")
                            .Register(registry);
  auto& revoked = prometheus::BuildGauge()
                      .Name("carillon_certificate_revoked")
                      .Help("1 if the CA has revoked the active certificate, otherwise 0.")
                      .Register(registry);
  auto& answered = prometheus::BuildGauge()
                       .Name("carillon_certificate_revocation_answer_age_seconds")
                       .Help("Time since the CA last said whether it has revoked the active certificate.")
                       .Register(registry);
  auto& watched_revoked = prometheus::BuildGauge()
                              .Name("carillon_watched_certificate_revoked")
                              .Help("1 if a watched endpoint serves a certificate that its CA has revoked, otherwise 0.")
                              .Register(registry);
  for (const auto& watch : watcher.latest()) {
    const auto name = watch.target.text();  // the label `starttls` has the rest
    watched_state.Add({{"name", name}, {"starttls", std::string(name_of(watch.target.starttls))}, {"state", std::string(watch.state(now))}})
        .Set(1);
    watched_revoked.Add({{"name", name}, {"starttls", std::string(name_of(watch.target.starttls))}})
        .Set(watch.trouble.contains(certs::kWatchedRevoked) ? 1 : 0);
    if (const auto ends = watch.ends())
      watched_left.Add({{"name", name}, {"starttls", std::string(name_of(watch.target.starttls))}}).Set(seconds(*ends - now));
  }
  auto& exported = prometheus::BuildGauge()
                       .Name("carillon_certificate_export_state")
                       .Help("1 for the current state of an export: ok, failed, pending.")
                       .Register(registry);
  for (const auto& status : keeper.list()) {
    for (const auto& one : status.exports)
      exported.Add({{"name", status.kept.name}, {"folder", one.folder.string()}, {"state", one.state}}).Set(1);
    const auto& name = status.kept.name;
    state.Add({{"name", name}, {"state", status.state}}).Set(1);
    failures.Add({{"name", name}}).Set(status.kept.failures);
    if (status.current)
      left.Add({{"name", name}, {"issuer", status.current->issuer}}).Set(seconds(status.current->validity.not_after - now));
    const auto& known = status.revocation;
    if (status.current) revoked.Add({{"name", name}}).Set(known && known->status == certs::RevocationStatus::revoked ? 1 : 0);
    if (known && known->known && known->status != certs::RevocationStatus::unchecked)
      answered.Add({{"name", name}}).Set(seconds(now - *known->known));
    if (status.spare) spare.Add({{"name", name}, {"issuer", status.spare->issuer}}).Set(seconds(status.spare->validity.not_after - now));
    if (!status.last_seen.empty() && status.last_seen.front().ours)
      success.Add({{"name", name}}).Set(seconds(now - status.last_seen.front().at));
  }
  if (const auto last = keeper.last_round()) round.Add({}).Set(seconds(now - *last));
  return prometheus::TextSerializer{}.Serialize(registry.Collect());
}

http::Response metrics_answer(std::string metrics) {
  auto response = http::plain(200, std::move(metrics));
  response.fields.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

}  // namespace carillon::app
