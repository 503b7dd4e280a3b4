// Which names are managed: adding, changing and removing them, alone and in groups. See keeper.hpp.

#include "base/log.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/keeper_impl.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// The local CA's names get their certificates before the first connection: so many steps at most.
constexpr int kStepsAtStart = 8;

}  // namespace

Result<std::string> checked_name(std::string_view given) {
  auto name = dns::certificate_name(without_rsa_mark(given));
  if (name && has_rsa_mark(given)) name = with_rsa_mark(*name);
  return name;
}

std::string managed_name(std::string_view given) { return checked_name(given).value_or(std::string(given)); }

Result<> Keeper::keep(const NameOptions& name_options) {
  auto& impl = *impl_;
  auto members = impl.members_of(name_options);
  if (!members) return std::unexpected(members.error());
  const auto name = members->empty() ? checked_name(name_options.name) : name_options.name;
  if (!name) return std::unexpected(name.error());
  if (!name_options.issuer.empty() && name_options.issuer != kLocalIssuer && name_options.issuer != kManualIssuer &&
      !impl.issuers.find(name_options.issuer))
    return fail(ErrorKind::invalid, "There is no issuer named “" + name_options.issuer + "” in the configuration.", "issuer");

  KeptName row{.name = *name,
               .members = std::move(*members),
               .source = name_options.source,
               .name_options = name_options.issuer,
               .in_charge = name_options.in_charge,
               .port = name_options.port,
               .added = impl.world.clock.now()};
  const auto hosts = row.hosts();
  for (const auto& host : hosts) {
    if (name_options.issuer == kLocalIssuer && is_public_name(host))
      return fail(ErrorKind::refused, "“" + host + "” is a public name, which the local CA isn't allowed to sign.", "issuer");
  }
  auto entry = impl.names.claim(*name);
  if (entry) {
    const auto& have = entry->row;
    if (have.source == Source::person && row.source == Source::configuration) {
      // What people set with a command is not undone by a start or a reload; only where the name is reached comes from the configuration.
      row.source = have.source;
      row.name_options = have.name_options;
      row.in_charge = have.in_charge;
    }
    const bool same = have.source == row.source && have.name_options == row.name_options && have.port == row.port &&
                      have.in_charge.steward == row.in_charge.steward && have.in_charge.deputy == row.in_charge.deputy &&
                      have.in_charge.network == row.in_charge.network && have.hosts() == hosts;
    // A local name whose certificate could not be read gets another one below.
    if (same &&
        (entry->current || impl.issuers.candidates(entry->row).empty() || impl.issuers.candidates(entry->row).front() != kLocalIssuer)) {
      impl.names.release(std::move(entry));
      return {};
    }
  }
  auto written = impl.world.database.write_now([&](db::Session& session) -> Result<std::optional<KeptName>> {
    put_name(session, row);
    impl.inventory.note_change(*name);
    return find_name(session, *name);
  });
  if (!written || !*written) {
    if (entry) impl.names.release(std::move(entry));
    if (!written) return forward_error(written);
    return fail(ErrorKind::internal, "The name could not be added.");
  }
  if (!entry) {
    entry = impl.names.claim_new(**written);
  } else {
    if (row.is_group()) impl.note_members(*entry, **written);
    const auto held = entry->row.lease_number;
    entry->row = std::move(**written);
    entry->row.lease_number = held;
    impl.inventory.renew_if_unreadable(*entry);
  }
  impl.inventory.adopt(entry->row);
  const bool is_rsa_beside = entry->row.is_rsa_beside();
  // The local CA needs no network: its names are served from the first connection on.
  const auto possible = impl.issuers.candidates(entry->row);
  if (!possible.empty() && possible.front() == kLocalIssuer) {
    const auto complete = [&] { return entry->current && lacking(*entry).empty(); };
    for (int step = 0; step < kStepsAtStart && !complete() && entry->row.failures == 0; ++step) impl.act(*entry);
  }
  impl.take_over_names(*entry);
  impl.names.release(std::move(entry));
  if (is_rsa_beside) impl.replace_rsa_key(std::string(without_rsa_mark(*name)));
  return {};
}

void Keeper::Impl::replace_rsa_key(const std::string& host) {
  const auto other = names.find(kept_as(host));
  if (!other || !other->current || !other->current->has_rsa_key || issuers.candidates(other->row).empty()) return;
  auto entry = names.claim(other->row.name);
  if (!entry) return;
  if (inventory.take_lease(*entry)) {
    entry->asked = true;
    if (!entry->renewing()) entry->row.renew_at = std::min(entry->row.renew_at, world.clock.now());
    inventory.commit(*entry, {}, {}, false);
  }
  names.release(std::move(entry));
}

Result<> Keeper::keep_only(Source source, const std::vector<NameOptions>& all_options) {
  auto& impl = *impl_;
  /// What is managed from now on, by name: the name itself or its group.
  std::map<std::string, std::string> wanted;
  for (const auto& one : all_options) {
    if (one.members.empty()) wanted.insert_or_assign(managed_name(one.name), managed_name(one.name));
    for (const auto& member : one.members) wanted.insert_or_assign(managed_name(member), one.name);
  }
  std::vector<KeptName> stale;
  impl.names.read_all([&](const Names::Slot& slot) {
    const auto& row = slot.state.row;
    if (row.source != source) return;
    const auto stays = [&](const NameOptions& one) {
      if (!row.is_group()) return one.members.empty() && managed_name(one.name) == row.name;
      // A group that has lost all its names at once begins anew: its certificate is for none of those that it has now.
      return one.name == row.name &&
             std::ranges::any_of(one.members, [&](const std::string& member) { return row.member(managed_name(member)) != nullptr; });
    };
    const bool is_member = !row.is_group() && wanted.contains(row.name);  // its group takes it over when that has a certificate
    if (!is_member && std::ranges::none_of(all_options, stays)) stale.push_back(row);
  });
  for (const auto& row : stale) {
    // What goes on being served by others is served until they have their own certificates, also after a restart.
    bool goes_on = false;
    for (const auto& host : row.hosts()) {
      const auto next = wanted.find(host);
      if (next == wanted.end()) continue;
      goes_on = true;
      if (impl.world.table.owner_of(host) == row.name) impl.world.table.hand_over(host, next->second);
    }
    if (auto gone = impl.forget(row.name, {.keep_certificates = row.is_group() && goes_on}); !gone) return gone;
  }
  Result<> outcome;
  std::map<std::string, incidents::Report> not_managed;
  // A name can move from one group to another only after it has left the first.
  for (const bool leaving : {true, false}) {
    for (auto options : all_options) {
      if (leaving) {
        const auto before = impl.names.find(options.name);
        if (!before || !before->row.is_group()) continue;
        std::erase_if(options.members, [&](const std::string& member) { return !before->row.member(managed_name(member)); });
        if (options.members.size() == before->row.members.size() || options.members.empty()) continue;
      }
      auto kept = keep(options);
      if (kept) continue;
      auto report = not_managed_report(options.name, !options.members.empty(), options.in_charge, kept.error().message);
      not_managed.insert_or_assign(report.subject, std::move(report));
      if (outcome) outcome = std::move(kept);
    }
  }
  impl.tell_of_not_managed(not_managed);
  const auto pruned = impl.world.database.write_now([&](db::Session& session) -> Result<> {
    prune_shared_certificates(session, impl.world.clock.now() - kExpiredKept);
    return {};
  });
  if (!pruned) log::error("certificates of former groups could not be deleted", {{"reason", pruned.error().message}});
  return outcome;
}

Result<> Keeper::forget(const std::string& name) { return impl_->forget(name, {}); }

Result<> Keeper::Impl::forget(const std::string& name, const Leaving& leaving) {
  auto entry = names.claim(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is managed for “" + name + "”.");
  const auto& successor = leaving.successor;
  const auto removed = world.database.write_now([&](db::Session& session) -> Result<> {
    remove_name(session, name, !leaving.keep_certificates);
    inventory.note_change(name);
    const auto how = successor.empty() ? name + " is no longer managed here." : name + " is now in the group “" + successor + "”.";
    for (const auto* kind : {"renewal-failed", "manual-renewal", kNotSeen, kExportFailed, kRevoked, kStandingRecord, kStandingRecordEnds}) {
      if (auto solved = world.incidents.solve(session, kind, name, how); !solved) return solved;
    }
    for (const auto& member : entry->row.members) {
      for (const auto* kind : {kLeftOut, kNotSeen, kStandingRecord, kStandingRecordEnds}) {
        if (auto solved = world.incidents.solve(session, kind, member.name, how); !solved) return solved;
      }
    }
    return exports.forget(session, name);
  });
  if (removed) {
    if (!successor.empty()) world.table.hand_over(name, successor);
    world.table.remove(name);
    // No one will try again, so the log says which record was left.
    static_cast<void>(solvers.withdraw(entry->row));
    entry.gone = true;
  }
  names.release(std::move(entry));
  return removed;
}

void Keeper::Impl::tell_of_not_managed(const std::map<std::string, incidents::Report>& reports) {
  const auto open = world.incidents.list(false);
  if (!open) return log::error("open incidents could not be read", {{"reason", open.error().message}});
  const auto told = world.database.write_now([&](db::Session& session) -> Result<> {
    for (const auto& [subject, report] : reports) {
      if (auto reported = world.incidents.report(session, report); !reported) return forward_error(reported);
    }
    for (const auto& incident : *open) {
      const auto& [kind, subject] = std::tie(incident.report.kind, incident.report.subject);
      if (kind != kNotManaged || reports.contains(subject)) continue;
      if (auto solved = world.incidents.solve(session, kind, subject, "The configuration no longer has this problem."); !solved)
        return solved;
    }
    return {};
  });
  if (!told) log::error("an incident could not be stored", {{"kind", kNotManaged}, {"reason", told.error().message}});
}

}  // namespace carillon::certs
