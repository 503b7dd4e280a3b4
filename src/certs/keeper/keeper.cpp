// What people and the configuration ask of the keeper. See keeper.hpp.

#include "certs/keeper/keeper.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/keeper_impl.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "certs/revocation/revocations.hpp"
#include "crypto/certificate.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

constexpr int kHistoryShown = 500;

StoredCertificate shown(const std::string& name, const InForce& certificate) {
  return {.id = certificate.id,
          .name = name,
          .issuer = certificate.issuer,
          .rank = certificate.rank,
          .serial = certificate.serial,
          .validity = certificate.validity,
          .ari_id = certificate.ari_id,
          .names = certificate.names};
}

NameStatus status_of(const NameState& entry, const Facts& facts) {
  const auto at = facts.now;
  const Errands errands{entry, facts};
  NameStatus status{.kept = entry.row,
                    .current = {},
                    .spare = {},
                    .state = "ok",
                    .next_step = Step::due,
                    .next_step_at = {},
                    .last_seen = entry.looks.seen,
                    .findings = {},
                    .rsa_beside = entry.rsa_beside && !entry.row.is_group()};
  if (entry.current && entry.current->validity.not_before > at) status.findings.push_back(crypto::Finding::not_yet_valid);
  if (entry.current && entry.current->validity.not_after <= at) status.findings.push_back(crypto::Finding::expired);
  if (entry.current && entry.current->revoked) status.findings.push_back(crypto::Finding::revoked);
  if (entry.current) status.current = shown(entry.row.name, *entry.current);
  if (entry.spare) status.spare = shown(entry.row.name, *entry.spare);
  // One that a person brought in is not being renewed while it waits to be seen.
  const bool by_hand = entry.renewing() && entry.row.step == Step::loaded && entry.row.issuer == kManualIssuer;
  const bool renewed = entry.renewing() && !by_hand;
  if (renewed || by_hand) {
    status.next_step = step_after(entry.row.step);
    status.next_step_at = errands.due(ErrandKind::advance);
  } else if (const auto begins = errands.due(ErrandKind::begin_renewal)) {
    status.next_step_at = std::max(*begins, entry.row.added);
  }
  const bool failing = entry.row.failures >= facts.failures_before_next;
  const bool left_out = std::ranges::any_of(entry.row.members, &Member::left_out);
  const bool nobody_issues = !facts.automatic && !lacking(entry).empty();
  const bool late = failing || left_out || nobody_issues || !entry.reported.not_seen.empty() || (entry.current && entry.current->revoked) ||
                    (entry.current && facts.automatic && late_from(entry, facts.issuance) <= at) ||
                    (errands.due(ErrandKind::remind) && entry.row.reminded);
  if (!entry.current)
    status.state = failing ? "late" : renewed ? "renewing" : "none";
  else if (entry.current->validity.not_after <= at)
    status.state = "expired";
  else if (late || entry.current->validity.not_before > at)
    status.state = "late";
  else if (renewed || !lacking(entry).empty())
    status.state = "renewing";
  return status;
}

}  // namespace

Keeper::Impl::Impl(const World& world_, KeeperSettings settings_)
    : world{world_},
      settings{std::move(settings_)},
      random{world.random},
      issuers{settings.issuers, world.outgoing, world.database, world.master, world.clock, random, !settings.dns_providers.empty()},
      solvers{world.challenges, world.resolver, world.clock, settings.dns_providers},
      names{{.at_one_issuer = settings.most_at_one_issuer, .looks = settings.most_looks},
            issuers,
            world.clock,
            [this](const NameState& entry) { return plan_of(entry); }},
      inventory{world, settings.node, solvers, random},
      clocks{world},
      attempts{world, solvers, random},
      wrong_dates{world, issuers, inventory, attempts},
      spares{world, settings, issuers, inventory, attempts},
      members{world, settings, issuers, inventory, attempts, solvers},
      failures{world, settings, issuers, inventory, attempts, spares, members},
      at_ca{{.world = world,
             .issuers = issuers,
             .inventory = inventory,
             .solvers = solvers,
             .clocks = clocks,
             .attempts = attempts,
             .spares = spares,
             .failures = failures}},
      looks{world, settings, inventory},
      exports{world, settings.node, inventory},
      windows{world, issuers, issuance_times, inventory, clocks, random},
      permissions{world, settings, issuers, solvers, inventory},
      renewals{{.world = world,
                .settings = settings,
                .issuers = issuers,
                .inventory = inventory,
                .attempts = attempts,
                .spares = spares,
                .members = members,
                .failures = failures,
                .at_ca = at_ca,
                .looks = looks,
                .exports = exports,
                .issuance_times = issuance_times}},
      by_hand{{.world = world,
               .settings = settings,
               .issuers = issuers,
               .names = names,
               .inventory = inventory,
               .attempts = attempts,
               .random = random,
               .act = [this](NameState& entry) { act(entry); }}},
      revoked{world, settings, issuers, names, inventory} {}

Facts Keeper::Impl::facts_of(const NameState& entry) const {
  auto possible = issuers.candidates(entry.row);
  const bool automatic = !possible.empty();
  std::vector<std::string> others;
  if (!entry.current && possible.size() > 1) {
    std::ranges::copy_if(possible, std::back_inserter(others), [&](const std::string& issuer) {
      return issuers.find(issuer) && issuers.rank_of(issuer) >= issuers.rank_of(possible.front());
    });
  }
  return {.now = world.clock.now(),
          .automatic = automatic,
          .other_issuers = std::move(others),
          .has_standing_record = !issuers.standing_issuer(entry.row).empty(),
          .spare_possible = !spare_issuers(issuers, entry, std::move(possible)).empty(),
          .failures_before_next = settings.failures_before_next,
          .longest_notice = settings.longest_notice,
          .issuance = entry.current ? issuance_times.longest_of(entry.current->issuer) : Duration{}};
}

std::set<std::string> Keeper::Impl::open_not_seen() const {
  std::set<std::string> subjects;
  const auto open = world.incidents.list(false);
  if (!open) {
    log::error("open incidents could not be read", {{"reason", open.error().message}});
    return subjects;
  }
  for (const auto& incident : *open) {
    if (incident.report.kind == kNotSeen) subjects.insert(incident.report.subject);
  }
  return subjects;
}

std::string Keeper::Impl::kept_as(const std::string& name) const { return names.group_of(name).value_or(name); }

Plan Keeper::Impl::plan_of(const NameState& entry) const {
  return certs::plan_of(entry, facts_of(entry), issuers.find(entry.row.issuer) != nullptr);
}

void Keeper::Impl::act(NameState& entry, bool beside_order) {
  const auto facts = facts_of(entry);
  if (const auto errand = Errands{entry, facts}.first_due(facts.now, beside_order)) run(entry, *errand);
}

void Keeper::Impl::run(NameState& entry, ErrandKind errand) {
  switch (errand) {
    case ErrandKind::swap_in_spare:
      spares.swap_in(entry, entry.current && entry.current->revoked ? "the active certificate was revoked"
                            : entry.current
                                ? "the active certificate is expiring or must be replaced, and no other certificate is available"
                                : "the active certificate can no longer be used");
      return;
    case ErrandKind::look_back:
      return wrong_dates.look_back(entry);
    case ErrandKind::begin_renewal:
      return renewals.begin(entry);
    case ErrandKind::advance:
      return renewals.advance(entry);
    case ErrandKind::remind:
      return by_hand.remind(entry);
    case ErrandKind::report_expired:
    case ErrandKind::report_late:
      return renewals.report_late(entry);
    case ErrandKind::report_lacking:
      return members.report_lacking(entry, issuers.why_nobody_issues(entry.row));
    case ErrandKind::begin_spare:
      return spares.begin(entry);
    case ErrandKind::ask_window:
      return windows.ask(entry);
    case ErrandKind::check_permission:
      return permissions.check(entry);
    case ErrandKind::look:
      return looks.look(entry);
  }
}

Keeper::Keeper(World world, KeeperSettings settings) : impl_{std::make_unique<Impl>(world, std::move(settings))} {}
Keeper::~Keeper() = default;

Result<> Keeper::start() {
  auto& impl = *impl_;
  if (auto loaded = impl.issuers.load(); !loaded) return loaded;
  auto rows = impl.world.database.write_now([&](db::Session& session) -> Result<std::vector<KeptName>> {
    free_leases_of_former_lives(session, impl.settings.node);
    return all_names(session);
  });
  if (!rows) return forward_error(rows);
  // A name that is in a group and still has its own certificate is served with the group's, if that includes it: so groups come last.
  std::ranges::partition(*rows, [](const KeptName& row) { return !row.is_group(); });
  std::vector<KeptName> groups, without;
  const auto not_seen = impl.open_not_seen();
  for (auto& row : *rows) {
    NameState name{.row = std::move(row)};
    for (const auto& host : name.row.hosts()) {
      if (not_seen.contains(name.row.subject_of(host))) name.reported.not_seen.insert(host);
    }
    impl.solvers.restore(name.row);
    // One certificate that can't be read must not keep the others from being served: it is issued anew.
    if (const auto read = impl.inventory.read_certificates(name); !read) {
      log::error("a certificate could not be loaded; a new one is being ordered",
                 {{"name", name.row.name}, {"reason", read.error().message}});
      name.current.reset();
      impl.inventory.renew_if_unreadable(name);
    }
    if (name.row.is_group()) groups.push_back(name.row);
    if (std::ranges::any_of(name.row.hosts(), [&](const std::string& host) { return !impl.world.table.has(host); }))
      without.push_back(name.row);
    impl.names.put(std::move(name));
  }
  if (!without.empty()) {
    const auto shared = impl.inventory.shared_certificates();
    if (!shared) return std::unexpected(shared.error());
    for (const auto& row : without) impl.inventory.adopt(row, &*shared);
  }
  for (const auto& group : groups) {
    auto entry = impl.names.claim(group.name);
    impl.take_over_names(*entry);
    impl.names.release(std::move(entry));
  }
  return set_exports(impl.settings.exports);
}

Result<> Keeper::set_exports(const std::vector<Export>& exports) {
  std::map<std::string, std::string> hosts;
  for (const auto& one : exports) {
    if (const auto dot = one.host.find('.'); dot != std::string::npos) hosts.try_emplace("*" + one.host.substr(dot), one.host);
  }
  impl_->looks.set_hosts(std::move(hosts));
  auto all = exports;
  for (const auto& one : exports) all.push_back(rsa_export_beside(one));
  return impl_->exports.configure(all);
}
void Keeper::check_exports() { impl_->exports.work(Exports::Those::healthy); }
void Keeper::retry_exports() { impl_->exports.work(Exports::Those::failing); }
void Keeper::stop_commands() {
  impl_->exports.stop();
  impl_->solvers.stop();
}

Result<> Keeper::renew(const std::string& given, const std::string& by) {
  auto& impl = *impl_;
  const auto name = impl.kept_as(given);
  auto entry = impl.names.claim(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is managed for “" + name + "”.");
  Result<> outcome;
  if (impl.issuers.candidates(entry->row).empty()) {
    outcome = fail(ErrorKind::conflict,
                   name + " is renewed manually: no configured issuer can issue for it. Start with `carillon cert csr " + name + "`.");
  } else if (impl.inventory.take_lease(*entry)) {
    const auto at = impl.world.clock.now();
    entry->asked = true;
    if (entry->renewing() && entry->row.step != Step::loaded)
      entry->row.next_try = at;  // under way: without its pause
    else
      entry->row.renew_at = at;
    impl.inventory.commit(*entry, {{at, "asked", "", by + " requested a renewal"}}, {}, false);
  } else {
    outcome = fail(ErrorKind::unavailable, "Another node is working on " + name + "; its history shows the progress.");
  }
  impl.names.release(std::move(entry));
  return outcome;
}

Result<std::string> Keeper::roll_over_account(const std::string& issuer) {
  auto changed = impl_->issuers.roll_over(issuer);
  if (!changed) return std::unexpected(std::move(changed.error().error));
  return std::move(*changed);
}

void Keeper::account_changed(const std::string& issuer) {
  if (issuer.empty())
    impl_->issuers.accounts_changed();
  else
    impl_->issuers.account_changed(issuer);
}

Result<> Keeper::use_spare(const std::string& given, const std::string& by) {
  auto& impl = *impl_;
  const auto name = impl.kept_as(given);
  auto entry = impl.names.claim(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is managed for “" + name + "”.");
  Result<> outcome;
  const auto at = impl.world.clock.now();
  if (entry->row.step == Step::stored || entry->row.step == Step::loaded)
    outcome = fail(ErrorKind::conflict, "A new certificate for " + name + " is being installed; try again in a minute.");
  else if (!entry->spare)
    outcome = fail(ErrorKind::conflict, name + " has no spare. To get one, add a second issuer to the configuration.");
  else if (entry->spare->validity.not_after <= at || entry->spare->validity.not_before > at)
    outcome = fail(ErrorKind::conflict, "The spare for " + name + " isn't valid now: it is valid from " +
                                            moment_text(entry->spare->validity.not_before) + " to " +
                                            moment_text(entry->spare->validity.not_after) + ".");
  else if (!impl.spares.swap_in(*entry, by + " requested it"))
    outcome = fail(ErrorKind::unavailable, "The spare for " + name +
                                               " could not be installed: another node is working on the name, or the database " +
                                               "could not be written. Try again in a minute.");
  impl.names.release(std::move(entry));
  return outcome;
}

Result<std::string> Keeper::signing_request(const std::string& name) { return impl_->by_hand.signing_request(impl_->kept_as(name)); }

Result<Keeper::Import> Keeper::import_certificate(const std::string& name, std::string_view certificate, std::string_view key,
                                                  const std::optional<std::string>& passphrase) {
  return impl_->by_hand.import_certificate(impl_->kept_as(name), certificate, key, passphrase);
}

bool Keeper::work() {
  auto& impl = *impl_;
  auto claim = impl.names.claim_next();
  if (!claim) return false;
  try {
    impl.act(*claim, claim.turn->beside_order);
  } catch (const std::exception& error) {
    log::error("processing of a certificate was interrupted by an error", {{"name", claim->row.name}, {"reason", error.what()}});
    const auto later = impl.world.clock.now() + std::chrono::minutes{1};
    claim->row.next_try = std::max(claim->row.next_try, later);
    claim->row.renew_at = std::max(claim->row.renew_at, later);
    claim->looks.next = claim->window_poll.next = claim->reported.again_from = later;
  }
  impl.take_over_names(*claim);
  impl.names.release(std::move(claim));
  return true;
}

std::optional<Time> Keeper::next() const { return impl_->names.next(); }

void Keeper::follow_revocations() { impl_->revoked.follow(); }

std::optional<Time> Keeper::last_round() const { return impl_->names.last_round(); }

void Keeper::on_step(std::function<void(const KeptName& name, const HistoryLine& line)> reported) {
  impl_->inventory.on_step(std::move(reported));
}

void Keeper::on_change(std::function<void()> notify) { impl_->names.on_change(std::move(notify)); }

void Keeper::clock_set_back(const SetBack& jump) {
  auto& impl = *impl_;
  const auto written = impl.world.database.write_now([&](db::Session& session) -> Result<> {
    certs::clock_set_back(session, jump, {.holder = impl.settings.node, .until = jump.now + kLease});
    return {};
  });
  if (!written)
    log::error("the keeper's schedule could not be corrected after the clock was set back", {{"reason", written.error().message}});
  if (auto loaded = impl.issuers.load(); !loaded) log::error("certificate orders could not be read", {{"reason", loaded.error().message}});
  impl.clocks.forget();
  for (const auto& name : impl.names.all()) {
    auto entry = impl.names.claim(name);
    if (!entry) continue;
    impl.wrong_dates.after_set_back(*entry);
    impl.names.release(std::move(entry));
  }
}

std::vector<NameStatus> Keeper::list() const {
  std::vector<NameStatus> all;
  impl_->names.read_all([&](const Names::Slot& slot) {
    all.push_back(status_of(slot.state, impl_->facts_of(slot.state)));
    if (!slot.state.current) all.back().problem = impl_->issuers.why_nobody_issues(slot.state.row);
  });
  for (auto& status : all) {
    status.exports = impl_->exports.states_of(status.kept.name);
    if (impl_->world.revocations && status.current) status.revocation = impl_->world.revocations->state_of(status.current->id);
  }
  return all;
}

Result<NameStatus> Keeper::find(const std::string& name) const {
  const auto found = impl_->names.find(impl_->kept_as(name));
  if (!found) return fail(ErrorKind::not_found, "No certificate is managed for “" + name + "”.");
  auto status = status_of(*found, impl_->facts_of(*found));
  if (!found->current) status.problem = impl_->issuers.why_nobody_issues(found->row);
  status.exports = impl_->exports.states_of(status.kept.name);
  if (impl_->world.revocations && status.current) status.revocation = impl_->world.revocations->state_of(status.current->id);
  return status;
}

Result<std::vector<HistoryLine>> Keeper::history(const std::string& given) const {
  const auto name = impl_->kept_as(given);
  return impl_->world.database.read_now([&](db::Session& session) -> Result<std::vector<HistoryLine>> {
    auto lines = history_of(session, name, kHistoryShown);
    if (lines.empty() && !find_name(session, name))
      return fail(ErrorKind::not_found, "There is no certificate history for “" + name + "”.");
    return lines;
  });
}

Result<bool> Keeper::synchronise() {
  auto& impl = *impl_;
  const auto known = impl.world.database.read_now(
      [](db::Session& session) -> Result<std::vector<std::pair<std::string, std::int64_t>>> { return revisions(session); });
  if (!known) return std::unexpected(known.error());
  std::vector<std::string> changed, gone;
  bool complete = true;
  {
    // Both are in the order of the names' bytes: one walk over both.
    auto there = known->begin();
    impl.names.read_all([&](const Names::Slot& slot) {
      const auto& name = slot.state.row.name;
      for (; there != known->end() && there->first < name; ++there) changed.push_back(there->first);
      const bool found = there != known->end() && there->first == name;
      const auto revision = found ? (there++)->second : 0;
      if (slot.busy) {
        complete = complete && found && revision == slot.state.row.revision;
        return;
      }
      if (!found)
        gone.push_back(name);
      else if (revision != slot.state.row.revision)
        changed.push_back(name);
    });
    for (; there != known->end(); ++there) changed.push_back(there->first);
  }
  for (const auto& name : changed) {
    auto row =
        impl.world.database.read_now([&](db::Session& session) -> Result<std::optional<KeptName>> { return find_name(session, name); });
    if (!row) return forward_error(row);
    if (!*row) continue;
    auto entry = impl.names.claim(name);
    if (!entry) {
      entry = impl.names.claim_new(**row);
      entry->row.current.clear();
    }
    const bool other = entry->row.current != (*row)->current || entry->row.spare != (*row)->spare;
    entry->row = std::move(**row);
    entry->leased_until = Time{};
    impl.solvers.restore(entry->row);
    if (other) {
      if (const auto read = impl.inventory.read_certificates(*entry); !read)
        log::error("a certificate could not be loaded", {{"name", name}, {"reason", read.error().message}});
      impl.inventory.renew_if_unreadable(*entry);
      entry->reported.late = entry->reported.expired = false;
    } else {
      impl.inventory.read_revocations(*entry);
    }
    impl.inventory.adopt(entry->row);
    impl.names.release(std::move(entry));
  }
  for (const auto& name : gone) {
    if (auto entry = impl.names.claim(name)) {
      // What a group has taken over, or has given up to its names, is served until there are new certificates.
      const auto hosts = entry->row.is_rsa_beside() ? std::vector<std::string>{} : entry->row.hosts();
      for (const auto& host : hosts) {
        if (const auto group = impl.names.group_of(host); group && *group != name)
          impl.world.table.hand_over(host, *group);
        else if (host != name && impl.names.find(host))
          impl.world.table.hand_over(host, host);
      }
      impl.world.table.remove(name);
      entry.gone = true;
      impl.names.release(std::move(entry));
    }
  }
  return complete;
}

}  // namespace carillon::certs
