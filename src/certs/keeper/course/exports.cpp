// See exports.hpp.

#include "certs/keeper/course/exports.hpp"

#include "base/log.hpp"
#include "base/process/command.hpp"
#include "certs/keeper/course/exports_queries.hpp"
#include "certs/keeper/reports.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace carillon::certs {
namespace {

/// So many commands run side by side: more only compete for the machine.
constexpr std::size_t kExportsAtOnce = 4;
/// A failed export is tried again after this, twice as long after each failure, but at least once a minute.
constexpr std::chrono::seconds kFirstPause{10}, kLongestPause{60};

Duration pause_after(int failures) {
  Duration pause = kFirstPause;
  for (int i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  return std::min<Duration>(pause, kLongestPause);
}

std::string subject_in_folder(const std::string& name, const std::filesystem::path& folder) { return name + " in " + folder.string(); }

/// load() is about to bring the new certificate, or does right now: what the row still says to be in force is the old one.
bool is_loading(const KeptName& row, Time now) { return row.step == Step::stored && !row.for_spare && row.next_try <= now; }

}  // namespace

Result<> Exports::configure(const std::vector<Export>& exports) {
  Targets fresh;
  std::map<Key, Known> known;
  std::vector<std::string> used;
  {
    const Lock lock{mutex_};
    for (const auto& wanted : exports) {
      const bool alone = std::ranges::count(exports, wanted.name, &Export::name) == 1;
      const Key key{wanted.name, wanted.folder};
      if (known.contains(key)) continue;
      const auto same = std::ranges::find_if(
          targets_, [&](const auto& one) { return one->wanted.name == wanted.name && one->wanted.folder == wanted.folder; });
      auto subject = alone ? wanted.name : subject_in_folder(wanted.name, wanted.folder);
      used.push_back(subject);
      fresh.push_back(std::make_shared<Target>(Target{.wanted = wanted,
                                                      .subject = std::move(subject),
                                                      .working = same == targets_.end() ? std::make_shared<Mutex>() : (*same)->working}));
      auto before = known_.find(key);
      auto& now = known[key];
      if (before != known_.end()) now = before->second;
      now.again = Time{};
      now.state.folder = wanted.folder;
    }
    targets_ = fresh;
    known_ = known;
  }
  return world_.database.write_now([&](db::Session& session) -> Result<> {
    for (const auto& record : exports_on(session, node_)) {
      const bool kept = known.contains({record.name, record.folder});
      for (const auto& subject : {record.name, subject_in_folder(record.name, record.folder)}) {
        if (std::ranges::find(used, subject) != used.end()) continue;
        if (auto solved = world_.incidents.solve(session, kExportFailed, subject,
                                                 kept ? "Problems with this export are now tracked in another incident."
                                                      : "It is no longer exported to " + record.folder + ".");
            !solved)
          return solved;
      }
      if (!kept) remove_export(session, record);
    }
    return {};
  });
}

Exports::Targets Exports::targets() const {
  const Lock lock{mutex_};
  return targets_;
}

Exports::Known Exports::known_of(const Export& wanted) const {
  const Lock lock{mutex_};
  const auto found = known_.find({wanted.name, wanted.folder});
  return found == known_.end() ? Known{} : found->second;
}

std::vector<ExportState> Exports::states_of(const std::string& name) const {
  std::vector<ExportState> states;
  const Lock lock{mutex_};
  for (const auto& [key, known] : known_) {
    if (key.first == name) states.push_back(known.state);
  }
  return states;
}

void Exports::each(const Targets& targets, const std::function<void(Target&)>& update) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(kExportsAtOnce, targets.size()); ++i) {
    workers.emplace_back([&] {
      for (auto mine = next++; mine < targets.size(); mine = next++) {
        auto& target = *targets[mine];
        try {
          update(target);
        } catch (const std::exception& error) {
          log::error("an export was interrupted", {{"name", target.wanted.name}, {"reason", error.what()}});
        }
      }
    });
  }
}

void Exports::work(Those those) {
  auto due = targets();
  std::erase_if(due, [&](const auto& target) { return (known_of(target->wanted).failures > 0) != (those == Those::failing); });
  each(due, [this](Target& target) {
    const Lock lock{*target.working};
    follow(target);
  });
}

void Exports::bring(const KeptName& name, const StoredCertificate& certificate) {
  auto all = targets();
  std::erase_if(all, [&](const auto& target) { return target->wanted.name != name.name; });
  each(all, [&](Target& target) {
    const Lock lock{*target.working};
    update(target, name, certificate);
  });
}

void Exports::follow(Target& target) {
  const auto row = inventory_.read_row(target.wanted.name);
  if (!row) return log::error("an export could not be checked", {{"name", target.wanted.name}, {"reason", row.error().message}});
  if (!*row || (*row)->current.empty() || is_loading(**row, world_.clock.now())) return;
  const auto certificate = inventory_.find((*row)->current);
  if (!certificate)
    return log::error("an export could not be checked", {{"name", target.wanted.name}, {"reason", certificate.error().message}});
  if (*certificate) update(target, **row, **certificate);
}

void Exports::update(Target& target, const KeptName& row, const StoredCertificate& certificate) {
  const auto& wanted = target.wanted;
  if (stopping_.stop_requested()) return;
  const auto known = known_of(wanted);
  const auto now = world_.clock.now();
  // A clock that was set back makes nobody wait.
  if (known.failed_with == certificate.id && known.again > now && known.again <= now + kLongestPause) return;
  const auto record = world_.database.read_now([&](db::Session& session) -> Result<std::optional<ExportRecord>> {
    return find_export(session, node_, wanted.name, wanted.folder.string());
  });
  if (!record) return log::error("an export could not be checked", {{"name", wanted.name}, {"reason", record.error().message}});
  const auto der = inventory_.open_key(row.name, certificate.sealed_key);
  const auto key = der ? crypto::PrivateKey::from_der(*der) : Result<crypto::PrivateKey>{std::unexpected(der.error())};
  const auto pem = key ? key->to_pem() : Result<std::string>{std::unexpected(key.error())};
  if (!pem) return settle(target, row, certificate, std::unexpected(pem.error()));
  const auto stale = stale_files(wanted, exported_files(wanted, certificate.chain, *pem));
  const bool done = *record && (*record)->done && (*record)->certificate == certificate.id;
  if (stale.empty() && done && known.failures == 0) {
    const Lock lock{mutex_};
    if (const auto here = known_.find({wanted.name, wanted.folder}); here != known_.end())
      here->second.state = {.folder = wanted.folder, .state = "ok", .at = (*record)->at, .problem = {}};
    return;
  }
  if (done) {
    // Whoever dies between here and the end has to run the command.
    const auto begun = world_.database.write_now([&](db::Session& session) -> Result<> {
      put_export(session, {node_, wanted.name, wanted.folder.string(), certificate.id, false, {}, now});
      return {};
    });
    if (!begun) return log::error("an export could not be started", {{"name", wanted.name}, {"reason", begun.error().message}});
  }
  const auto outcome = write(target, stale);
  if (!outcome && stopping_.stop_requested()) return;
  settle(target, row, certificate, outcome);
}

Result<> Exports::write(const Target& target, const std::vector<ExportedFile>& stale) const {
  for (const auto& file : stale) {
    if (auto put = put_exported(target.wanted, file); !put) return put;
  }
  if (target.wanted.layout == ExportLayout::haproxy) {
    // From before the layout was chosen: HAProxy would go on serving it beside the new one.
    auto old = target.wanted.folder / exported_files(target.wanted, {}, {}).front().path.stem();
    old += ".combined.pem";
    std::error_code none;
    std::filesystem::remove(old, none);
  }
  if (target.wanted.command.empty()) return {};
  auto ran = run_command({.command = target.wanted.command, .within = kExportDeadline, .stop = stopping_.get_token()});
  if (!ran) return forward_error(ran);
  return {};
}

void Exports::settle(Target& target, const KeptName& row, const StoredCertificate& certificate, const Result<>& outcome) {
  const auto now = world_.clock.now();
  const auto& wanted = target.wanted;
  const auto problem = outcome ? std::string{} : outcome.error().message;
  {
    const Lock lock{mutex_};
    const auto here = known_.find({wanted.name, wanted.folder});
    if (here == known_.end()) return;  // it was taken out of the configuration meanwhile
    auto& known = here->second;
    known.failures = outcome ? 0 : known.failures + 1;
    known.failed_with = outcome ? std::string{} : certificate.id;
    known.again = outcome ? Time{} : now + pause_after(known.failures);
    known.state = {.folder = wanted.folder, .state = outcome ? "ok" : "failed", .at = now, .problem = problem};
  }
  if (outcome)
    log::info("certificate exported", {{"name", wanted.name}, {"folder", wanted.folder.string()}, {"serial", certificate.serial}});
  else
    log::warning("an export failed", {{"name", wanted.name}, {"folder", wanted.folder.string()}, {"reason", problem}});
  const auto written = world_.database.write_now([&](db::Session& session) -> Result<> {
    put_export(session, {node_, wanted.name, wanted.folder.string(), certificate.id, outcome.has_value(), problem, now});
    if (outcome)
      return world_.incidents.solve(session, kExportFailed, target.subject,
                                    "The certificate was exported to " + wanted.folder.string() + ".");
    auto reported = world_.incidents.report(session, export_report(row, wanted, target.subject, problem, certificate.validity, now));
    if (!reported) return forward_error(reported);
    return {};
  });
  if (!written) log::error("an export could not be recorded", {{"name", wanted.name}, {"reason", written.error().message}});
}

Result<> Exports::forget(db::Session& session, const std::string& name) const {
  for (const auto& record : exports_on(session, node_)) {
    if (record.name != name) continue;
    if (auto solved =
            world_.incidents.solve(session, kExportFailed, subject_in_folder(name, record.folder), name + " is no longer managed here.");
        !solved)
      return solved;
    remove_export(session, record);
  }
  return {};
}

}  // namespace carillon::certs
