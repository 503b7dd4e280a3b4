// See domains.hpp.

#include "podcast/domains/domains.hpp"

#include "accounts/store/shared_secret.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "podcast/domains/claims.hpp"
#include "podcast/domains/held_certificates.hpp"
#include "podcast/domains/inquiries.hpp"
#include "podcast/domains/ownership.hpp"
#include "podcast/domains/place.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace carillon::podcast {
namespace {

/// For requests, which wait for them.
constexpr std::size_t kWorkers = 2;
/// Domains looked at in one round.
constexpr std::size_t kMaxInRound = 40;
/// What has no answer by then is looked at in a later round.
constexpr std::chrono::seconds kRoundPatience{30};

/// The keeper may have many thousand names besides: what a crash left there, or a show that went for good, is found this often.
constexpr std::chrono::minutes kStockEvery{10};
/// A request does not wait longer for what the keeper is at; the next round sees to it.
constexpr std::chrono::seconds kSettlingPatience{2};
/// For texts, after the addresses took their time.
constexpr std::chrono::milliseconds kLeastPatience{500};
/// The setting that keeps the key of what proves that a name leads here: any node may be asked for it.
constexpr std::string_view kPlaceKey = "domain_place_key";
constexpr std::size_t kMaxShown = 80;  // bytes of a name that was asked for

}  // namespace

struct Domains::Impl {
  Impl(Parts parts_, Settings settings_) : parts{std::move(parts_)}, settings{std::move(settings_)} {}

  Parts parts;
  Settings settings;
  Notices notices{parts.telling};
  Ownership ownership{notices};
  Claims claims{parts.database, parts.clock, parts.random, notices};
  Place place{parts.fetch};
  HeldCertificates certificates{parts.certificates, settings.port};
  Mutex table;                         ///< of two readings the later one stays
  std::optional<Time> taken_stock;     ///< of the round's thread alone, as the next one
  std::map<std::string, Time> looked;  ///< by name and show

  // Last, so that nothing they use goes before they have ended.
  Inquiries inquiries;
  jobs::Workers workers{"domains", kWorkers};

  /// Looks at `domains`, and does what follows from it.
  std::vector<DomainStatus> looked_at(std::vector<Domain> domains, Duration patience) {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::string> names{settings.host}, proofs;
    for (const auto& domain : domains) {
      names.push_back(domain.name);
      proofs.push_back(proof_record(domain).name);
    }
    const auto found = inquiries.ask(parts.addresses, 'a', names, patience);
    const auto left = patience - std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
    const auto texts = inquiries.ask(parts.texts, 't', proofs, std::max<Duration>(left, kLeastPatience));
    std::vector<DomainStatus> all;
    for (std::size_t i = 0; i < domains.size(); ++i) {
      auto look = look_at(found[i + 1], found[0]);
      std::string doubt;
      if (auto settled = settle(domains[i], look, texts[i], doubt); !settled)
        log::error("a show's domain could not be processed", {{"name", domains[i].name}, {"reason", settled.error().message}});
      auto certificate = certificates.of(domains[i]);
      all.push_back(
          status_of(std::move(domains[i]), std::move(look), std::move(certificate), settings.host, parts.clock.now(), std::move(doubt)));
    }
    return all;
  }

  /// Who owns the name, and since when it leads here; its certificate follows.
  Result<> settle(Domain& domain, const Look& look, const Inquiries::Answer& texts, std::string& doubt) {
    Evidence evidence{.look = look, .texts = texts, .by_text = texts && proves(*texts, domain)};
    // Asked for before anything is locked: it may take its time.
    if (look.pointing == Pointing::here && !domain.proven && !evidence.by_text) {
      doubt = place.misplaced(domain.name, look.addresses.front());
      evidence.placed = doubt.empty();
    }
    const std::unique_lock lock{certificates.settling(), kSettlingPatience};
    if (!lock) return {};
    const auto at = parts.clock.now();
    auto ruling = parts.database.write_now([&](db::Session& session) {
      auto decided = ownership.decide(session, domain.name, domain.show_id, evidence, at);
      if (decided && decided->changed) claims.note_change();
      return decided;
    });
    if (!ruling) return forward_error(ruling);
    if (!ruling->doubt.empty()) doubt = std::move(ruling->doubt);
    if (ruling->domain) {
      domain = std::move(*ruling->domain);
      if (ruling->changed) {
        log::info("a show's domain was checked", {{"name", domain.name},
                                                  {"show", domain.show},
                                                  {"proof", name_of(domain.proof)},
                                                  {"leads_here", look.pointing == Pointing::here}});
      }
    } else {
      domain.proven.reset();
      if (!ruling->changed) return {};
    }
    if (ruling->changed) {
      if (auto read = read_table(); !read) return forward_error(read);
    }
    if (domain.proven) return domain.pointed ? certificates.keep(domain) : certificates.drop(domain.name);
    // What another claim of the name holds is that one's.
    const auto held = claims.leads_here(domain.name);
    if (!held) return std::unexpected(held.error());
    return *held ? Result<>{} : certificates.drop(domain.name);
  }

  [[nodiscard]] bool is_ours(const std::string& name) const {
    const auto is_at = [&](const std::string& own) { return name == own || name.ends_with("." + own); };
    return is_at(settings.host) || std::ranges::any_of(settings.reserved, is_at);
  }

  /// The table as the database has it.
  Result<std::vector<Domain>> read_table() {
    const Lock lock{table};
    auto domains = claims.all();
    if (!domains) return domains;
    DomainTable::Shows shows;
    for (const auto& domain : *domains) {
      // Claimed before the operator made it the origin: nobody is to be locked out of that.
      if (domain.proven && !is_ours(domain.name)) shows.emplace(domain.name, domain.show);
    }
    parts.table.replace(std::move(shows));
    return domains;
  }

  /// The table and the keeper as the database has it.
  Result<std::vector<Domain>> take_stock() {
    const std::lock_guard lock{certificates.settling()};
    auto domains = read_table();
    if (!domains) return domains;
    if (auto kept = certificates.keep_only(*domains); !kept) return forward_error(kept);
    return domains;
  }

  Result<> add(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
    if (is_ours(name) || certificates.is_kept_otherwise(name)) return taken(name);
    return claims.add(by, show_slug, name);
  }

  Result<> remove(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
    if (auto removed = claims.remove(by, show_slug, name); !removed) return removed;
    if (auto read = read_table(); !read) return forward_error(read);
    // The keeper may be in the middle of a step for it, which nobody has to wait for. Should this be cut short, the next round does it.
    workers.post([this, name] {
      const std::lock_guard lock{certificates.settling()};
      if (const auto held = claims.leads_here(name); held && *held) return;  // another show's by now
      if (const auto dropped = certificates.drop(name); !dropped)
        log::error("the certificate of a removed domain could not be removed", {{"name", name}, {"reason", dropped.error().message}});
    });
    return {};
  }

  Result<std::vector<DomainStatus>> list(const std::string& show_slug, const std::optional<std::string>& name) {
    auto domains = claims.of(show_slug, name);
    if (!domains) return forward_error(domains);
    return looked_at(std::move(*domains), kPatience);
  }
};

Domains::Domains(Parts parts, Settings settings) : impl_{std::make_unique<Impl>(std::move(parts), std::move(settings))} {}

Domains::~Domains() { stop(); }

void Domains::stop() { impl_->inquiries.stop(); }

std::optional<std::string> Domains::proof_of_place(std::string_view path) const { return impl_->place.answer_to(path); }

Result<> Domains::reload() {
  if (auto read = impl_->read_table(); !read) return forward_error(read);
  return {};
}

const std::string& Domains::origin() const noexcept { return impl_->settings.origin; }

Result<> Domains::start() {
  auto key = impl_->parts.database.write_now([this](db::Session& session) -> Result<std::string> {
    return accounts::shared_secret(session, kPlaceKey, impl_->claims.new_token());
  });
  if (!key) return forward_error(key);
  impl_->place.use_key(std::move(*key));
  if (auto given = impl_->claims.give_tokens(); !given) return given;
  if (auto taken_stock = impl_->take_stock(); !taken_stock) return forward_error(taken_stock);
  return {};
}

asio::awaitable<Result<DomainStatus>> Domains::add(accounts::Actor by, std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return forward_error(good);
  auto status = co_await impl_->workers.run([&]() -> Result<std::vector<DomainStatus>> {
    if (auto added = impl_->add(by, show_slug, *good); !added) return forward_error(added);
    if (auto read = impl_->read_table(); !read) return forward_error(read);
    return impl_->list(show_slug, *good);
  });
  if (!status) co_return forward_error(status);
  co_return std::move(status->front());
}

asio::awaitable<Result<>> Domains::remove(accounts::Actor by, std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return no_such_domain(std::string(cut_to(clean_for_xml(name), kMaxShown)));
  co_return co_await impl_->workers.run([&] { return impl_->remove(by, show_slug, *good); });
}

asio::awaitable<void> Domains::show_moved() {
  const auto read = co_await impl_->workers.run([&] { return impl_->read_table(); });
  if (!read) log::error("the table of shows' domains could not be read", {{"reason", read.error().message}});
}

asio::awaitable<Result<std::vector<DomainStatus>>> Domains::list(std::string show_slug) {
  co_return co_await impl_->workers.run([&] { return impl_->list(show_slug, {}); });
}

asio::awaitable<Result<DomainStatus>> Domains::find(std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return no_such_domain(std::string(cut_to(clean_for_xml(name), kMaxShown)));
  auto found = co_await impl_->workers.run([&] { return impl_->list(show_slug, *good); });
  if (!found) co_return forward_error(found);
  co_return std::move(found->front());
}

std::optional<Time> Domains::work() {
  auto& impl = *impl_;
  // A past that lies ahead was noted before the clock was set back: it counts as now.
  if (impl.taken_stock > impl.parts.clock.now()) impl.taken_stock.reset();
  const bool all = !impl.taken_stock || impl.parts.clock.now() - *impl.taken_stock >= kStockEvery;
  auto domains = all ? impl.take_stock() : impl.read_table();
  if (all) impl.taken_stock = impl.parts.clock.now();
  if (all) impl.parts.telling.close_old(impl.parts.clock.now() - kNoticeStays);
  if (!domains) {
    log::error("custom domains could not be processed", {{"reason", domains.error().message}});
    return {};
  }
  const auto now = impl.parts.clock.now();
  for (auto& [name, looked] : impl.looked) looked = std::min(looked, now);
  const auto due_at = [&](const Domain& domain) {
    const auto found = impl.looked.find(domain.name + " " + domain.show_id);
    return found == impl.looked.end() ? now : found->second + pause_of(domain, now);
  };
  std::ranges::sort(*domains, {}, due_at);
  std::vector<Domain> due;
  std::optional<Time> next;
  for (const auto& domain : *domains) {
    if (due_at(domain) > now || due.size() == kMaxInRound) {
      next = std::max(due_at(domain), now);
      break;
    }
    due.push_back(domain);
  }
  std::set<std::string> known;
  for (const auto& domain : *domains) known.insert(domain.name + " " + domain.show_id);
  std::erase_if(impl.looked, [&](const auto& entry) { return !known.contains(entry.first); });
  if (due.empty()) return next;
  for (const auto& status : impl.looked_at(due, kRoundPatience)) {
    const auto at = impl.parts.clock.now();
    impl.looked[status.domain.name + " " + status.domain.show_id] = at;
    const auto again = at + pause_of(status.domain, at);
    if (!next || again < *next) next = again;
  }
  return next;
}

}  // namespace carillon::podcast
