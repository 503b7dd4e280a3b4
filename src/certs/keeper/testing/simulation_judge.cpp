// See simulation_judge.hpp. What is served and what people are told; the ledger is judged in simulation_ledger.cpp.

#include "certs/keeper/testing/simulation_judge.hpp"

#include "certs/keeper/schedule/renewal_time.hpp"

#include <algorithm>

namespace carillon::certs::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Every table is gone through this often; in between, what is known to end is looked at in the very moment.
constexpr hours kSweep{3};
/// A name that resolves again is served within this: the longest pause of a keeper, and a little.
constexpr hours kRecovery{8};
/// The same while one CA is silent: three attempts there come first.
constexpr hours kRecoveryElsewhere{26};
/// What a plan says happens at a moment may take this much longer.
constexpr hours kPatience{2};
/// An incident of a name that is well again is closed within this, or within two looks.
constexpr hours kClosing{12};
/// Who lost a spare, or could not get one, has another within this.
constexpr hours kNextSpare{24};
/// A revocation is known within six hours (CRLs are read that often), and the certificate replaced within two more.
constexpr hours kRevoked{8};

/// Who may go to another CA is not excused by the silence of one.
bool concerns(const Outage& outage, bool bound) { return !outage.ca || (bound && *outage.ca == 0); }

}  // namespace

SimulationJudge::SimulationJudge(Settings settings) : settings_{std::move(settings)}, least_left_(settings_.profiles.size()) {
  later(settings_.begin + kSweep, [this](Time now) { sweep(now); });
}

SimulationJudge::Name* SimulationJudge::find(const std::string& name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &names_[found->second];
}

void SimulationJudge::violated(Time at, std::string what) { violations_.push_back({at, std::move(what)}); }

void SimulationJudge::added(std::string name, std::size_t profile, bool bound) {
  by_name_[name] = names_.size();
  names_.push_back({.name = name, .profile = profile, .bound = bound});
  later(allowing_for_outages(names_.back(), settings_.begin, settings_.onboarding[profile]), [this, name](Time now) {
    if (auto* one = find(name); !one->broken && !one->healed) must_be_well(name, settings_.begin, now);
  });
}

void SimulationJudge::broke(const std::string& name, Time at) {
  auto& one = *find(name);
  one.broken = true;
  one.healed.reset();
  // A name that has a certificate is late half-way from when it is due to its end; one that has none as soon as it was its turn.
  auto due = settings_.begin + settings_.onboarding[one.profile];
  for (std::size_t node = 0; node < kNodes; ++node) look_at(node, by_name_.at(name), at);
  if (one.main) due = late_after(std::max(at, renewal_time({}, *one.main, {})), *one.main);
  later(allowing_for_outages(one, std::max(at, due), kPatience), [this, name, at](Time now) { must_be_reported(name, at, now); });
}

void SimulationJudge::healed(const std::string& name, Time at) {
  auto& one = *find(name);
  one.broken = false;
  one.healed = at;
  later(recovered(one), [this, name, at](Time now) { must_be_well(name, at, now); });
}

void SimulationJudge::revoked(const std::string& name, std::string serial, Time at) {
  auto& one = *find(name);
  ++one.revocations;
  ++counts_.revocations;
  later(allowing_for_outages(one, at, kRevoked),
        [this, name, serial = std::move(serial)](Time now) { must_be_replaced(name, serial, now); });
}

void SimulationJudge::killed(Time at) {
  kills_.push_back(at);
  ++counts_.kills;
}

void SimulationJudge::node_on(int node, const CertificateTable& table) {
  const auto number = static_cast<std::size_t>(node);
  tables_[number] = &table;
}

void SimulationJudge::node_off(int node) {
  const auto number = static_cast<std::size_t>(node);
  tables_[number] = nullptr;
  for (auto& name : names_) name.served[number].reset();
}

Time SimulationJudge::allowing_for_outages(const Name& name, Time from, Duration wanted) const {
  auto at = from + wanted;
  for (const auto& outage : settings_.outages) {
    if (!concerns(outage, name.bound)) continue;
    if (outage.from < at && outage.until > from) at = std::max(at, outage.until + wanted);
  }
  return at;
}

Time SimulationJudge::recovered(const Name& name) const {
  const auto at = *name.healed;
  const bool one_is_silent = !name.bound && any_outage(at, at + kRecovery);
  return allowing_for_outages(name, at, one_is_silent ? kRecoveryElsewhere : kRecovery);
}

bool SimulationJudge::in_outage(const Name& name, Time from, Time until) const {
  return std::ranges::any_of(settings_.outages, [&](const Outage& outage) {
    return concerns(outage, name.bound) && outage.from <= until && outage.until >= from;
  });
}

bool SimulationJudge::killed_between(Time from, Time until) const {
  return std::ranges::any_of(kills_, [&](Time kill) { return kill >= from && kill <= until; });
}

Time SimulationJudge::next() const {
  auto at = checks_.empty() ? Time::max() : checks_.begin()->first;
  if (!ends_.empty()) at = std::min(at, ends_.top().ends);
  return at;
}

void SimulationJudge::look(Time now) {
  while (!ends_.empty() && ends_.top().ends <= now) {
    const auto top = ends_.top();
    ends_.pop();
    auto& name = names_[top.name];
    look_at(top.node, top.name, now);
    // Still the same one: it ends in the hands of a listener.
    if (name.served[top.node] && name.served_until[top.node] == top.ends) expired(top.node, name, top.ends, now);
  }
  while (!checks_.empty() && checks_.begin()->first <= now) {
    const auto check = std::move(checks_.begin()->second);
    checks_.erase(checks_.begin());
    check(now);
  }
}

void SimulationJudge::look_at(std::size_t node, std::size_t index, Time now) {
  auto& name = names_[index];
  if (!tables_[node]) return;
  auto served = tables_[node]->certificate_for(name.name);
  if (served == name.served[node]) return;
  name.served[node] = std::move(served);
  if (!name.served[node]) return;
  const auto leaf = crypto::Certificate::from_der(name.served[node]->chain_der.front());
  if (!leaf) return violated(now, name.name + " serves something that isn't a certificate");
  const auto names = leaf->names();
  if (names.size() != 1 || names.front() != name.name) violated(now, name.name + " serves another name's certificate");
  name.main = Validity{leaf->not_before(), leaf->not_after()};
  name.served_until[node] = leaf->not_after();
  ends_.push({leaf->not_after(), node, index});  // if it has ended already, it is the first to be looked at
}

void SimulationJudge::expired(std::size_t node, Name& name, Time ends, Time now) {
  if (name.broken) return;
  if (name.healed && now < recovered(name)) return;
  violated(now, "node " + std::string(node == 0 ? "a" : "b") + " serves an expired certificate for " + name.name + " (" +
                    settings_.profiles[name.profile].name + "): it expired " + to_rfc3339(ends));
}

void SimulationJudge::sweep(Time now) {
  for (std::size_t node = 0; node < kNodes; ++node) {
    if (!tables_[node]) continue;
    for (std::size_t name = 0; name < names_.size(); ++name) look_at(node, name, now);
  }
  no_false_alarms(now);
  everybody_has_a_spare(now);
  later(now + kSweep, [this](Time at) { sweep(at); });
}

void SimulationJudge::reported(const incidents::Report& report, Time at) {
  auto* name = find(report.subject);
  // The other subjects are issuers, which have no dots here.
  if (!name && report.subject.contains('.'))
    violated(at, "an incident (" + report.kind + ") about “" + report.subject + "”, which no one has added");
  if (!name) return;
  if (name->open.emplace(report.kind, at).second) ++counts_.incidents;
}

bool SimulationJudge::solved(const std::string& kind, const std::string& subject) {
  auto* name = find(subject);
  return name && name->open.erase(kind) > 0;
}

void SimulationJudge::must_be_reported(const std::string& wanted, Time broken_at, Time now) {
  auto& name = *find(wanted);
  if (!name.broken) return;
  if (!name.open.contains("renewal-failed"))
    violated(now, "no one was notified that " + name.name + " can't get a certificate, broken since " + to_rfc3339(broken_at));
}

void SimulationJudge::must_be_well(const std::string& wanted, Time since, Time now) {
  auto& name = *find(wanted);
  if (name.broken) return;
  for (std::size_t node = 0; node < kNodes; ++node) {
    if (!tables_[node]) continue;
    const auto served = tables_[node]->certificate_for(name.name);
    const auto leaf =
        served ? crypto::Certificate::from_der(served->chain_der.front()) : Result<crypto::Certificate>{fail(ErrorKind::not_found, "none")};
    if (!leaf || leaf->not_after() <= now)
      violated(now, "node " + std::string(node == 0 ? "a" : "b") + " has no valid certificate for " + name.name +
                        ", which has been healthy since " + to_rfc3339(since));
  }
  if (name.open.contains("renewal-failed"))
    violated(now, "the incident about " + name.name + " is still open, though the name has been healthy since " + to_rfc3339(since));
}

void SimulationJudge::no_false_alarms(Time now) {
  const auto closing = std::max<Duration>(kClosing, 2 * settings_.look_every);
  for (auto& name : names_) {
    if (name.open.empty() || name.broken || !name.main || in_outage(name, now - closing, now)) continue;
    if (name.healed && now < *name.healed + closing) continue;
    const bool is_late = late_after(renewal_time({}, *name.main, {}), *name.main) <= now;
    if (is_late || now < *name.issued + closing) continue;
    for (auto open = name.open.begin(); open != name.open.end();) {
      if (now < open->second + closing) {
        ++open;
        continue;
      }
      violated(now, "an incident (" + open->first + ") about " + name.name + " has been open since " + to_rfc3339(open->second) +
                        ", though nothing is wrong with the name");
      open = name.open.erase(open);  // told once
    }
  }
}

void SimulationJudge::everybody_has_a_spare(Time now) {
  if (any_outage(now - kNextSpare, now)) return;
  for (auto& name : names_) {
    if (name.bound || name.broken || name.spare_missed || (name.healed && now < *name.healed + kNextSpare)) continue;
    if (now < settings_.begin + 2 * settings_.onboarding[name.profile] + kNextSpare || !name.main) continue;
    if (std::ranges::all_of(name.at, [&](const Name::AtCa& at) { return at.ends && *at.ends + kNextSpare > now; })) continue;
    name.spare_missed = true;
    violated(now, name.name + " has no valid certificate from its second CA, which was reachable all the time");
  }
}

void SimulationJudge::must_be_replaced(const std::string& wanted, const std::string& serial, Time now) {
  auto& name = *find(wanted);
  if (name.broken) return;
  for (std::size_t node = 0; node < kNodes; ++node) {
    if (!tables_[node]) continue;
    const auto served = tables_[node]->certificate_for(name.name);
    const auto leaf =
        served ? crypto::Certificate::from_der(served->chain_der.front()) : Result<crypto::Certificate>{fail(ErrorKind::not_found, "none")};
    if (leaf && leaf->serial_hex() == serial)
      violated(now, "node " + std::string(node == 0 ? "a" : "b") + " still serves a revoked certificate for " + name.name);
  }
}

void SimulationJudge::finish(Time now, const std::array<testca::Authority*, kCas>& cas, const std::vector<incidents::Incident>& open) {
  sweep(now);
  read(cas);
  judge_surge();
  new_day(now);
  for (auto& name : names_) {
    if (in_outage(name, now - kRecovery, now) || name.broken || (name.healed && recovered(name) > now) ||
        settings_.begin + settings_.onboarding[name.profile] > now)
      continue;
    must_be_well(name.name, settings_.begin, now);
  }
  // What was witnessed is what stands in the database.
  for (const auto& incident : open) {
    if (const auto* name = find(incident.report.subject); name && !name->open.contains(incident.report.kind) && !name->broken)
      violated(now, "the incident (" + incident.report.kind + ") about " + name->name + " is open in the database, though it was resolved");
  }
}

}  // namespace carillon::certs::testing
