// What people and the configuration ask of the keeper. See keeper.hpp.

#include "certs/keeper/keeper.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "certs/keeper/keeper_impl.hpp"
#include "crypto/certificate.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

constexpr int kHistoryShown = 500;
constexpr std::size_t kLongestName = 253;  // RFC 1035 §2.3.4, without the final dot
constexpr std::size_t kLongestLabel = 63;
/// The local CA's names get their certificates before the first connection: so many steps at most.
constexpr int kStepsAtStart = 8;

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  for (const auto label : split(name, '.')) {
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }))
      return false;
  }
  return true;
}

Result<std::string> checked_name(std::string_view given) {
  auto name = lower_ascii(trimmed(given));
  if (name.ends_with('.')) name.pop_back();
  if (crypto::is_ip_address(name) || is_host_name(name)) return name;
  if (name.starts_with("*."))
    return fail(
        ErrorKind::invalid,
        "“" + name + "” is a wildcard, which only a DNS challenge could prove; name the hosts one by one: one name per certificate.",
        "name");
  return fail(
      ErrorKind::invalid,
      "“" + std::string(given) + "” is no host name: letters, digits and hyphens between dots, international names in their xn-- form.",
      "name");
}

StoredCertificate shown(const std::string& name, const InForce& certificate) {
  return {.id = certificate.id,
          .name = name,
          .issuer = certificate.issuer,
          .rank = certificate.rank,
          .serial = certificate.serial,
          .validity = certificate.validity,
          .ari_id = certificate.ari_id};
}

}  // namespace

Keeper::Impl::Impl(World world_, KeeperSettings settings_)
    : world{world_},
      settings{std::move(settings_)},
      issuers{settings.issuers, world.outgoing, world.database, world.master, world.clock, world.random},
      queue{{.at_one_issuer = settings.most_at_one_issuer, .looks = settings.most_looks}} {}

Keeper::Keeper(World world, KeeperSettings settings) : impl_{std::make_unique<Impl>(world, std::move(settings))} {}
Keeper::~Keeper() = default;

Result<> Keeper::Impl::load_into_table(const StoredCertificate& certificate) {
  const auto chain = crypto::Certificate::chain_from_pem(certificate.chain);
  if (!chain) return std::unexpected(chain.error());
  auto key = open_key(certificate);
  if (!key)
    return fail(key.error().kind, "The key of the certificate of " + certificate.name + " cannot be opened: " + key.error().message);
  auto handed_out = std::make_shared<net::CertificateForTls>();
  for (const auto& link : *chain) {
    auto der = link.to_der();
    if (!der) return passed_on(der);
    handed_out->chain_der.push_back(std::move(*der));
  }
  handed_out->key_der = std::move(*key);
  world.table.put(certificate.name, std::move(handed_out));
  return {};
}

Result<> Keeper::Impl::read_current(NameState& entry, bool into_table) {
  entry.current.reset();
  entry.spare.reset();
  if (!entry.row.spare.empty()) {
    auto spare = world.database.read_now(
        [&](db::Session& session) -> Result<std::optional<StoredCertificate>> { return find_certificate(session, entry.row.spare); });
    if (!spare) return passed_on(spare);
    if (*spare) entry.spare = in_force_of(**spare);
  }
  if (entry.row.current.empty()) return {};
  const auto stored = world.database.read_now(
      [&](db::Session& session) -> Result<std::optional<StoredCertificate>> { return find_certificate(session, entry.row.current); });
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return fail(ErrorKind::corrupt, "The certificate of " + entry.row.name + " is not in the database any more.");
  entry.current = in_force_of(**stored);
  const auto at = now();
  entry.looks.next = at;
  entry.window_poll.next = at;
  if (into_table) return load_into_table(**stored);
  return {};
}

void Keeper::Impl::renew_if_unreadable(NameState& entry) const {
  if (entry.current || entry.row.current.empty()) return;
  entry.row.renew_at = std::min(entry.row.renew_at, now());
}

Result<> Keeper::start() {
  auto& impl = *impl_;
  if (auto loaded = impl.issuers.load(); !loaded) return loaded;
  auto rows = impl.world.database.read_now([](db::Session& session) -> Result<std::vector<KeptName>> { return all_names(session); });
  if (!rows) return passed_on(rows);
  for (auto& row : *rows) {
    auto slot = std::make_unique<Entry>();
    auto* entry = &slot->state;
    entry->row = std::move(row);
    impl.lay_out_proof(entry->row);
    // One certificate that cannot be read must not keep the others from being served: it is issued anew.
    if (const auto read = impl.read_current(*entry, true); !read) {
      log::error("a certificate could not be loaded; a new one is ordered", {{"name", entry->row.name}, {"reason", read.error().message}});
      entry->current.reset();
      impl.renew_if_unreadable(*entry);
    }
    const auto name = entry->row.name;
    const std::lock_guard lock{impl.mutex};
    auto& placed = *impl.entries.insert_or_assign(name, std::move(slot)).first->second;
    impl.queue.put(name, impl.plan_of(placed.state));
  }
  return {};
}

Result<> Keeper::keep(const Wish& wish) {
  auto& impl = *impl_;
  const auto name = checked_name(wish.name);
  if (!name) return std::unexpected(name.error());
  if (!wish.issuer.empty() && wish.issuer != kLocalIssuer && wish.issuer != kManualIssuer && !impl.issuers.find(wish.issuer))
    return fail(ErrorKind::invalid, "There is no issuer “" + wish.issuer + "” in the configuration.", "issuer");
  if (wish.issuer == kLocalIssuer && is_public_name(*name))
    return fail(ErrorKind::refused, "“" + *name + "” is a public name, which the local CA may not sign.", "issuer");

  KeptName row{
      .name = *name, .source = wish.source, .wish = wish.issuer, .in_charge = wish.in_charge, .port = wish.port, .added = impl.now()};
  auto entry = impl.hold(*name);
  if (entry) {
    const auto& have = entry->row;
    const bool same = have.source == row.source && have.wish == row.wish && have.port == row.port &&
                      have.in_charge.steward == row.in_charge.steward && have.in_charge.deputy == row.in_charge.deputy &&
                      have.in_charge.network == row.in_charge.network;
    // A local name whose certificate could not be read gets another one below.
    if (same && (entry->current || impl.candidates(*entry).empty() || impl.candidates(*entry).front() != kLocalIssuer)) {
      impl.release(std::move(entry));
      return {};
    }
  }
  auto written = impl.world.database.write_now([&](db::Session& session) -> Result<std::optional<KeptName>> {
    put_name(session, row);
    return find_name(session, *name);
  });
  if (!written || !*written) {
    if (entry) impl.release(std::move(entry));
    if (!written) return passed_on(written);
    return fail(ErrorKind::internal, "The name was not kept.");
  }
  if (!entry) {
    entry = impl.hold_new(std::move(**written));
  } else {
    const auto held = entry->row.lease_number;
    entry->row = std::move(**written);
    entry->row.lease_number = held;
    impl.renew_if_unreadable(*entry);
  }
  // The local CA needs no network: its names are served from the first connection on.
  const auto possible = impl.candidates(*entry);
  if (!entry->current && !possible.empty() && possible.front() == kLocalIssuer) {
    for (int step = 0; step < kStepsAtStart && !entry->current && entry->row.failures == 0; ++step) impl.act(*entry);
  }
  impl.release(std::move(entry));
  return {};
}

Result<> Keeper::keep_only(Source source, const std::vector<Wish>& wishes) {
  std::vector<std::string> stale;
  {
    const std::lock_guard lock{impl_->mutex};
    for (const auto& [name, entry] : impl_->entries) {
      const bool wanted = std::ranges::any_of(wishes, [&](const Wish& wish) { return lower_ascii(wish.name) == name; });
      if (entry->state.row.source == source && !wanted) stale.push_back(name);
    }
  }
  for (const auto& name : stale) {
    if (auto gone = forget(name); !gone) return gone;
  }
  for (const auto& wish : wishes) {
    if (auto kept = keep(wish); !kept) return kept;
  }
  return {};
}

Result<> Keeper::forget(const std::string& name) {
  auto& impl = *impl_;
  auto entry = impl.hold(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is kept for “" + name + "”.");
  const auto removed = impl.world.database.write_now([&](db::Session& session) -> Result<> {
    remove_name(session, name);
    for (const auto* kind : {"renewal-failed", "manual-renewal", "not-seen", "export-failed"}) {
      if (auto solved = impl.world.incidents.solve(session, kind, name, name + " is no longer kept here."); !solved) return solved;
    }
    return {};
  });
  if (removed) {
    impl.world.table.remove(name);
    impl.world.challenges.withdraw(name);
    entry.gone = true;
  }
  impl.release(std::move(entry));
  return removed;
}

Result<> Keeper::renew(const std::string& name, const std::string& by) {
  auto& impl = *impl_;
  auto entry = impl.hold(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is kept for “" + name + "”.");
  Result<> outcome;
  if (impl.candidates(*entry).empty()) {
    outcome = fail(ErrorKind::conflict,
                   name + " is renewed by hand: no configured issuer may issue for it. `carillon cert csr " + name + "` leads through it.");
  } else if (impl.take_lease(*entry)) {
    const auto at = impl.now();
    entry->asked = true;
    if (entry->renewing() && entry->row.step != Step::loaded)
      entry->row.next_try = at;  // under way: without its pause
    else
      entry->row.renew_at = at;
    impl.commit(*entry, {{at, "asked", "", by + " asked for a renewal"}}, {}, false);
  } else {
    outcome = fail(ErrorKind::unavailable, "Another node is at work on " + name + " just now; its history tells how far it is.");
  }
  impl.release(std::move(entry));
  return outcome;
}

NameStatus Keeper::Impl::status_of(const NameState& entry) const {
  const auto at = now();
  const auto facts = facts_of(entry);
  const Errands errands{entry, facts};
  NameStatus status{.kept = entry.row,
                    .current = {},
                    .spare = {},
                    .state = "ok",
                    .next_step = Step::due,
                    .next_step_at = {},
                    .last_seen = entry.looks.seen,
                    .findings = {}};
  if (entry.current && entry.current->validity.not_before > at) status.findings.push_back(crypto::Finding::not_yet_valid);
  if (entry.current && entry.current->validity.not_after <= at) status.findings.push_back(crypto::Finding::expired);
  if (entry.current) status.current = shown(entry.row.name, *entry.current);
  if (entry.spare) status.spare = shown(entry.row.name, *entry.spare);
  const bool renewed = entry.renewing();
  if (renewed) {
    status.next_step = step_after(entry.row.step);
    status.next_step_at = errands.due(ErrandKind::advance);
  } else if (const auto begins = errands.due(ErrandKind::begin_renewal)) {
    status.next_step_at = std::max(*begins, entry.row.added);
  }
  const bool failing = entry.row.failures >= settings.failures_before_next;
  const bool late = failing || entry.reported.not_seen || (entry.current && facts.automatic && late_from(entry) <= at) ||
                    (errands.due(ErrandKind::remind) && entry.row.reminded);
  if (!entry.current)
    status.state = failing ? "late" : renewed ? "renewing" : "none";
  else if (entry.current->validity.not_after <= at)
    status.state = "expired";
  else if (late || entry.current->validity.not_before > at)
    status.state = "late";
  else if (renewed)
    status.state = "renewing";
  return status;
}

std::vector<NameStatus> Keeper::list() const {
  const std::lock_guard lock{impl_->mutex};
  std::vector<NameStatus> all;
  all.reserve(impl_->entries.size());
  for (const auto& [name, entry] : impl_->entries) all.push_back(impl_->status_of(entry->state));
  return all;
}

Result<NameStatus> Keeper::find(const std::string& name) const {
  const std::lock_guard lock{impl_->mutex};
  const auto found = impl_->entries.find(name);
  if (found == impl_->entries.end()) return fail(ErrorKind::not_found, "No certificate is kept for “" + name + "”.");
  return impl_->status_of(found->second->state);
}

Result<std::vector<HistoryLine>> Keeper::history(const std::string& name) const {
  return impl_->world.database.read_now([&](db::Session& session) -> Result<std::vector<HistoryLine>> {
    auto lines = history_of(session, name, kHistoryShown);
    if (lines.empty() && !find_name(session, name))
      return fail(ErrorKind::not_found, "No certificate is kept for “" + name + "”, and none was.");
    return lines;
  });
}

Result<> Keeper::synchronise() {
  auto& impl = *impl_;
  const auto known = impl.world.database.read_now(
      [](db::Session& session) -> Result<std::vector<std::pair<std::string, std::int64_t>>> { return revisions(session); });
  if (!known) return std::unexpected(known.error());
  std::vector<std::string> changed, gone;
  {
    // Both are in the order of the names' bytes: one walk over both.
    const std::lock_guard lock{impl.mutex};
    auto there = known->begin();
    for (const auto& [name, entry] : impl.entries) {
      for (; there != known->end() && there->first < name; ++there) changed.push_back(there->first);
      const bool found = there != known->end() && there->first == name;
      const auto revision = found ? (there++)->second : 0;
      if (entry->busy) continue;
      if (!found)
        gone.push_back(name);
      else if (revision != entry->state.row.revision)
        changed.push_back(name);
    }
    for (; there != known->end(); ++there) changed.push_back(there->first);
  }
  for (const auto& name : gone) {
    if (auto entry = impl.hold(name)) {
      impl.world.table.remove(name);
      entry.gone = true;
      impl.release(std::move(entry));
    }
  }
  for (const auto& name : changed) {
    auto row =
        impl.world.database.read_now([&](db::Session& session) -> Result<std::optional<KeptName>> { return find_name(session, name); });
    if (!row) return passed_on(row);
    if (!*row) continue;
    auto entry = impl.hold(name);
    if (!entry) {
      entry = impl.hold_new(**row);
      entry->row.current.clear();
    }
    const bool other = entry->row.current != (*row)->current || entry->row.spare != (*row)->spare;
    entry->row = std::move(**row);
    entry->leased_until = Time{};
    impl.lay_out_proof(entry->row);
    if (other) {
      if (const auto read = impl.read_current(*entry, true); !read)
        log::error("a certificate could not be loaded", {{"name", name}, {"reason", read.error().message}});
      impl.renew_if_unreadable(*entry);
      entry->reported.late = entry->reported.expired = false;
    }
    impl.release(std::move(entry));
  }
  return {};
}

}  // namespace carillon::certs
