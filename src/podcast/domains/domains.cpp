// See domains.hpp.

#include "podcast/domains/domains.hpp"

#include "accounts/audit.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "jobs/workers.hpp"
#include "podcast/domains/domain_queries.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>

namespace carillon::podcast {
namespace {

/// Name servers that stay silent hold up their own names only as long as there are threads left.
constexpr std::size_t kLookupThreads = 4;
/// For requests, which wait for them.
constexpr std::size_t kWorkers = 2;
/// Domains looked at in one round.
constexpr std::size_t kMostInRound = 40;
/// What has no answer by then is looked at in a later round.
constexpr std::chrono::seconds kRoundPatience{30};

/// The keeper may have many thousand names besides: what a crash left there, or a show that went for good, is found this often.
constexpr std::chrono::minutes kStockEvery{10};
/// A request does not wait longer for what the keeper is at; the next round sees to it.
constexpr std::chrono::seconds kSettlingPatience{2};
/// For texts, after the addresses took their time.
constexpr std::chrono::milliseconds kLeastPatience{500};
constexpr std::size_t kTokenBytes = 16;
constexpr std::size_t kPlaceLength = 32;  // hexadecimal digits
constexpr std::size_t kMostShown = 80;    // bytes of a name that was asked for

std::unexpected<Error> no_such_show(const std::string& slug) {
  return fail(ErrorKind::not_found, "There is no show “" + slug + "”.", "show");
}

std::unexpected<Error> no_such_domain(const std::string& name) {
  return fail(ErrorKind::not_found, "The show has no domain “" + name + "”.", "name");
}

/// Says nothing of who has it.
std::unexpected<Error> taken(const std::string& name) {
  return fail(ErrorKind::conflict,
              "“" + name + "” is in use on this server already and cannot be added; if it is yours, ask the server's operator.", "name");
}

bool same(const incidents::Stewardship& one, const incidents::Stewardship& other) {
  return one.steward == other.steward && one.deputy == other.deputy && one.network == other.network;
}

}  // namespace

struct Domains::Impl {
  Impl(Parts parts_, Settings settings_) : parts{std::move(parts_)}, settings{std::move(settings_)} {}

  Parts parts;
  Settings settings;
  std::string key;                     ///< of what proves that a name leads here; another one in each life
  std::timed_mutex settling;           ///< one decision about the keeper at a time
  Mutex table;                         ///< of two readings the later one stays
  std::optional<Time> taken_stock;     ///< of the round's thread alone, as the next one
  std::map<std::string, Time> looked;  ///< by name; of the round's thread alone

  using Addresses = Result<std::vector<std::string>>;

  /// One question to name servers; whoever asks the same meanwhile waits for the same answer.
  struct Inquiry {
    std::optional<Addresses> answer;  ///< under `asking`
  };
  Mutex asking;
  Condition answered;
  std::map<std::string, std::shared_ptr<Inquiry>> under_way GUARDED_BY(asking);
  bool stopping GUARDED_BY(asking) = false;

  // Last, so that nothing they use goes before they have ended.
  jobs::Workers lookups{"lookups", kLookupThreads};
  jobs::Workers workers{"domains", kWorkers};

  /// What DNS says, asked through `lookup`, of each name, within `patience`; `kind` tells lookups of one name apart.
  std::vector<Addresses> answers_of(const Lookup& lookup, char kind, const std::vector<std::string>& names, Duration patience) {
    std::vector<std::shared_ptr<Inquiry>> inquiries;
    Lock lock{asking};
    for (const auto& name : names) {
      const auto inquired = kind + name;
      auto& inquiry = under_way[inquired];
      if (!inquiry) {
        inquiry = std::make_shared<Inquiry>();
        lookups.post([this, &lookup, name, inquired, inquiry] {
          auto found = lookup(name);
          const Lock again{asking};
          inquiry->answer = std::move(found);
          under_way.erase(inquired);
          answered.notify_all();
        });
      }
      inquiries.push_back(inquiry);
    }
    answered.wait_for(lock, patience, [&] {
      asking.is_held();
      return stopping || std::ranges::all_of(inquiries, [](const auto& inquiry) { return inquiry->answer.has_value(); });
    });
    std::vector<Addresses> found;
    for (const auto& inquiry : inquiries)
      found.push_back(inquiry->answer.value_or(fail(ErrorKind::unavailable, "no name server has answered yet")));
    return found;
  }

  /// Looks at `domains`, and does what follows from it.
  std::vector<DomainStatus> looked_at(std::vector<Domain> domains, Duration patience) {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::string> names{settings.host}, proofs;
    for (const auto& domain : domains) {
      names.push_back(domain.name);
      proofs.push_back(proof_record(domain).name);
    }
    const auto found = answers_of(parts.addresses, 'a', names, patience);
    const auto left = patience - std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
    const auto texts = answers_of(parts.texts, 't', proofs, std::max<Duration>(left, kLeastPatience));
    std::vector<DomainStatus> all;
    for (std::size_t i = 0; i < domains.size(); ++i) {
      auto look = look_at(found[i + 1], found[0]);
      std::string doubt;
      if (auto settled = settle(domains[i], look, texts[i], doubt); !settled)
        log::error("a show's domain could not be looked after", {{"name", domains[i].name}, {"reason", settled.error().message}});
      auto certificate =
          domains[i].proven && domains[i].pointed ? parts.certificates.find(domains[i].name) : std::optional<certs::NameStatus>{};
      all.push_back(
          status_of(std::move(domains[i]), std::move(look), std::move(certificate), settings.host, parts.clock.now(), std::move(doubt)));
    }
    return all;
  }

  /// A path below kPlacePath, and what we alone answer there. Whoever asks for it learns nothing that proves anything elsewhere.
  [[nodiscard]] std::string answer_at(const std::string& place) const {
    return crypto::hmac_sha256(as_bytes(key), as_bytes("domain " + place)).hex();
  }

  /// Why a name that leads here by its addresses does not answer as we do; "" when it does.
  std::string misplaced(const Domain& domain, const Look& look) {
    const auto place = crypto::hmac_sha256(as_bytes(key), as_bytes("place " + domain.name)).hex().substr(0, kPlaceLength);
    const auto answer = parts.fetch(domain.name, look.addresses.front(), std::string(kPlacePath) + place);
    if (!answer) return "this server could not reach itself by it (" + without_stop(answer.error().message) + ")";
    return trimmed(*answer) == answer_at(place) ? std::string{} : "another server answers there";
  }

  static std::string without_stop(std::string text) {
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  [[nodiscard]] static incidents::Report told_of(const Domain& domain, std::string_view kind, std::string what, std::string consequence,
                                                 std::string remedy) {
    return {.kind = std::string(kind),
            .subject = subject_of(domain),
            .in_charge = {.steward = {}, .deputy = {}, .network = domain.network},
            .what = std::move(what),
            .consequence = std::move(consequence),
            .remedy = std::move(remedy),
            .noticed_at = {},
            .reminder = true};
  }
  [[nodiscard]] static std::string subject_of(const Domain& domain) { return domain.name + " of " + domain.show; }

  Result<> close(db::Session& session, const Domain& domain, const std::string& how) {
    for (const auto kind : {kDomainUnproven, kDomainLeft, kDomainLost}) {
      if (auto solved = parts.telling.solve(session, std::string(kind), subject_of(domain), how); !solved) return solved;
    }
    return {};
  }

  /// A proof is gone: the claim has as long to prove itself again as a new one.
  static void unprove(Domain& domain, Time at) {
    domain.proven.reset();
    domain.proof = Proof::none;
    domain.pointed.reset();
    domain.strayed.reset();
    domain.created = at;
  }

  /// Who owns the name, and since when it leads here. Only what is proven and leads here gets a certificate ordered: every other order
  /// would fail, and CAs count those.
  Result<> settle(Domain& domain, const Look& look, const Addresses& texts, std::string& doubt) {
    const bool by_text = texts && proves(*texts, domain);
    const bool here = look.pointing == Pointing::here;
    // Asked for before anything is locked: it may take its time.
    const bool asks = here && !domain.proven && !by_text;
    if (asks) doubt = misplaced(domain, look);
    const bool placed = asks && doubt.empty();
    const std::unique_lock lock{settling, kSettlingPatience};
    if (!lock) return {};
    const auto at = parts.clock.now();
    const auto name = domain.name, show_id = domain.show_id;
    bool changed = false;
    auto now = parts.database.write_now([&](db::Session& session) -> Result<std::optional<Domain>> {
      auto claims = queries::claims_of(session, name);
      const auto mine = std::ranges::find(claims, show_id, &Domain::show_id);
      if (mine == claims.end()) return std::nullopt;  // taken away meanwhile
      const auto was = *mine;
      const auto holder = std::ranges::find_if(claims, [](const Domain& claim) { return claim.proven.has_value(); });
      if (mine->proven) {
        if (by_text) mine->proof = Proof::txt;
        if (auto kept = follow(session, *mine, look, texts, by_text, at); !kept) return std::unexpected(kept.error());
      } else if (by_text) {
        const bool beaten = holder != claims.end() && (holder->proof != Proof::txt || !texts || !proves(*texts, *holder));
        if (holder == claims.end() || beaten) {
          if (beaten) {
            unprove(*holder, at);
            queries::update(session, *holder);
            auto told = parts.telling.report(
                session, told_of(*holder, kDomainLost, "Another show has proven that " + name + " is its own.",
                                 "The show “" + holder->show + "” is not at https://" + name + "/ any more.",
                                 "If the domain is yours, set its TXT record again: `carillon show domain list " + holder->show + "`."));
            if (!told) return std::unexpected(told.error());
          }
          mine->proven = at;
          mine->proof = Proof::txt;
          if (auto followed = follow(session, *mine, look, texts, by_text, at); !followed) return std::unexpected(followed.error());
        } else {
          doubt = "another show has proven that it is its own";
        }
      } else if (here) {
        // Anybody can claim what somebody else has pointed here: where several networks do, only a text decides.
        const bool contested = std::ranges::any_of(claims, [&](const Domain& claim) { return claim.network != mine->network; });
        if (contested || holder != claims.end() || claims.front().show_id != mine->show_id)
          doubt = holder != claims.end() && holder->proof == Proof::txt ? "another show has proven that it is its own"
                                                                        : "another show claims it, too";
        else if (placed) {
          mine->proven = mine->pointed = at;
          mine->proof = Proof::pointing;
        }
      }
      if (!mine->proven && at - mine->created > kClaimLives) {
        queries::remove_domain(session, *mine);
        auto told = parts.telling.report(
            session,
            told_of(*mine, kDomainUnproven,
                    "The claim of the show “" + mine->show + "” to " + name + " was dropped: it was not proven within a week.",
                    "The domain is not the show's.",
                    "Add it again, and set the record that is shown: `carillon show domain add " + mine->show + " " + name + "`."));
        if (!told) return std::unexpected(told.error());
        changed = true;
        return std::nullopt;
      }
      if (was.proven == mine->proven && was.proof == mine->proof && was.pointed == mine->pointed && was.strayed == mine->strayed)
        return *mine;
      changed = true;
      if (!was.proven && mine->proven) {
        if (auto closed = close(session, *mine, name + " is proven."); !closed) return std::unexpected(closed.error());
      }
      queries::update(session, *mine);
      log::info("a show's domain was looked at",
                {{"name", name}, {"show", mine->show}, {"proof", name_of(mine->proof)}, {"leads_here", here}});
      return *mine;
    });
    if (!now) return passed_on(now);
    if (!*now) {
      domain.proven.reset();
      if (!changed) return {};
    } else {
      domain = **now;
    }
    if (changed) {
      if (auto read = read_table(); !read) return passed_on(read);
    }
    // What another claim of the name holds is that one's.
    if (!domain.proven) {
      const auto held = parts.database.read_now([&](db::Session& session) -> Result<bool> {
        return std::ranges::any_of(queries::claims_of(session, name), [](const Domain& claim) { return claim.proven && claim.pointed; });
      });
      if (!held) return std::unexpected(held.error());
      return *held ? Result<>{} : drop(name);
    }
    return domain.pointed ? keep(domain) : drop(domain.name);
  }

  /// Where a proven domain leads, and whether its proof still stands.
  Result<> follow(db::Session& session, Domain& domain, const Look& look, const Addresses& texts, bool by_text, Time at) {
    if (look.pointing == Pointing::here) {
      if (!domain.pointed) domain.pointed = at;
      if (domain.strayed && !parts.telling.solve(session, std::string(kDomainLeft), subject_of(domain), domain.name + " leads here again."))
        return fail(ErrorKind::internal, "an incident could not be closed");
      domain.strayed.reset();
      return {};
    }
    if (look.pointing == Pointing::unknown || look.pointing == Pointing::partly) return {};
    if (!domain.pointed) {
      // Proven by its text alone: that has to stay until it leads here. No answer is not the answer that there is none.
      const bool gone = !by_text && (texts || texts.error().kind == ErrorKind::not_found);
      if (gone) unprove(domain, at);
      return {};
    }
    if (!domain.strayed) domain.strayed = at;
    if (at - *domain.strayed <= kGivenUpAfter) return {};
    domain.pointed.reset();
    domain.strayed.reset();
    if (!by_text) unprove(domain, at);
    return parts.telling.report(
        session,
        told_of(domain, kDomainLeft, domain.name + " has not led here for three days: its certificate is not renewed any more.",
                "The show “" + domain.show + "” is not at https://" + domain.name + "/, and another show may take the domain over.",
                "Set its records again, or remove it: `carillon show domain list " + domain.show + "` tells what is missing."));
  }

  /// settling is held, as in drop. What the keeper has for another reason stays as it is.
  Result<> keep(const Domain& domain) {
    // The network's own matter: its owners are told, and nobody else is paged for what a tenant's DNS does.
    incidents::Stewardship in_charge{.steward = {}, .deputy = {}, .network = domain.network};
    if (const auto kept = parts.certificates.find(domain.name)) {
      if (kept->kept.source != certs::Source::domain) return {};
      if (same(kept->kept.in_charge, in_charge) && kept->kept.port == settings.port) return {};
    }
    return parts.certificates.keep(
        {.name = domain.name, .source = certs::Source::domain, .issuer = {}, .in_charge = std::move(in_charge), .port = settings.port});
  }

  Result<> drop(const std::string& name) {
    const auto kept = parts.certificates.find(name);
    if (!kept || kept->kept.source != certs::Source::domain) return {};
    return parts.certificates.forget(name);
  }

  [[nodiscard]] bool is_ours(const std::string& name) const {
    const auto is_at = [&](const std::string& own) { return name == own || name.ends_with("." + own); };
    return is_at(settings.host) || std::ranges::any_of(settings.reserved, is_at);
  }

  /// The table as the database has it.
  Result<std::vector<Domain>> read_table() {
    const Lock lock{table};
    auto domains =
        parts.database.read_now([](db::Session& session) -> Result<std::vector<Domain>> { return queries::all_domains(session); });
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
    const std::lock_guard lock{settling};
    auto domains = read_table();
    if (!domains) return domains;
    std::set<std::string> pointed;
    for (const auto& domain : *domains) {
      if (domain.proven && domain.pointed) pointed.insert(domain.name);
    }
    for (const auto& status : parts.certificates.list()) {
      if (status.kept.source != certs::Source::domain || pointed.contains(status.kept.name)) continue;
      if (auto gone = parts.certificates.forget(status.kept.name); !gone && gone.error().kind != ErrorKind::not_found)
        return std::unexpected(gone.error());
    }
    for (const auto& domain : *domains) {
      if (!domain.proven || !domain.pointed) continue;
      if (auto kept = keep(domain); !kept) return std::unexpected(kept.error());
    }
    return domains;
  }

  std::string new_token() {
    std::array<std::byte, kTokenBytes> bytes{};
    parts.random.fill(bytes);
    return to_hex(bytes);
  }

  /// Claims from before there were tokens.
  Result<> give_tokens() {
    return parts.database.write_now([&](db::Session& session) -> Result<> {
      for (auto& domain : queries::all_domains(session)) {
        if (!domain.token.empty()) continue;
        domain.token = new_token();
        // It was never asked for a proof: its week begins now.
        if (!domain.proven) domain.created = parts.clock.now();
        queries::update(session, domain);
      }
      return {};
    });
  }

  Result<> add(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
    if (is_ours(name)) return taken(name);
    if (const auto kept = parts.certificates.find(name); kept && kept->kept.source != certs::Source::domain) return taken(name);
    return parts.database.write_now([&](db::Session& session) -> Result<> {
      const auto show = queries::show_with_slug(session, show_slug);
      if (!show) return no_such_show(show_slug);
      const auto claims = queries::claims_of(session, name);
      if (std::ranges::find(claims, show->id, &Domain::show_id) != claims.end())
        return fail(ErrorKind::conflict, "“" + name + "” is this show's already.", "name");
      if (queries::domains_of(session, show->id).size() >= kMostDomains)
        return fail(ErrorKind::conflict,
                    "The show has " + std::to_string(kMostDomains) + " domains, the most there may be; remove one first.", "name");
      // What is proven by a text and in use is no one else's. Where it only leads here, a text takes it over; where it left, any proof
      // does.
      const bool is_held = std::ranges::any_of(claims, [](const Domain& claim) { return claim.proof == Proof::txt && !claim.strayed; });
      if (is_held) return taken(name);
      if (!queries::insert(session, {.name = name,
                                     .show_id = show->id,
                                     .show = show->slug,
                                     .network = show->network,
                                     .created = parts.clock.now(),
                                     .token = new_token()}))
        return taken(name);
      if (auto closed = close(session, {.name = name, .show_id = show->id, .show = show->slug, .network = show->network, .created = {}},
                              "The domain was added again.");
          !closed)
        return closed;
      accounts::record(
          session, parts.clock, parts.random, by,
          {.network = show->network, .what = "show.domain.add", .subject = show->slug, .was = {}, .became = {{"domain", name}}});
      return {};
    });
  }

  Result<> remove(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
    const auto removed = parts.database.write_now([&](db::Session& session) -> Result<> {
      const auto show = queries::show_with_slug(session, show_slug);
      if (!show) return no_such_show(show_slug);
      const auto there = queries::domain(session, name, show->id);
      if (!there) return no_such_domain(name);
      queries::remove_domain(session, *there);
      if (auto closed = close(session, *there, "The domain was removed."); !closed) return closed;
      accounts::record(
          session, parts.clock, parts.random, by,
          {.network = show->network, .what = "show.domain.remove", .subject = show->slug, .was = {{"domain", name}}, .became = {}});
      return {};
    });
    if (!removed) return removed;
    if (auto read = read_table(); !read) return passed_on(read);
    // The keeper may be in the middle of a step for it, which nobody has to wait for. Should this be cut short, the next round does it.
    workers.post([this, name] {
      const std::lock_guard lock{settling};
      const auto again =
          parts.database.read_now([&](db::Session& session) -> Result<std::vector<Domain>> { return queries::claims_of(session, name); });
      if (again && std::ranges::any_of(*again, [](const Domain& claim) { return claim.proven && claim.pointed; }))
        return;  // another show's by now
      if (const auto dropped = drop(name); !dropped)
        log::error("the certificate of a removed domain was not dropped", {{"name", name}, {"reason", dropped.error().message}});
    });
    return {};
  }

  Result<std::vector<DomainStatus>> list(const std::string& show_slug, const std::optional<std::string>& name) {
    auto domains = parts.database.read_now([&](db::Session& session) -> Result<std::vector<Domain>> {
      const auto show = queries::show_with_slug(session, show_slug);
      if (!show) return no_such_show(show_slug);
      auto found = queries::domains_of(session, show->id);
      if (name) {
        std::erase_if(found, [&](const Domain& domain) { return domain.name != *name; });
        if (found.empty()) return no_such_domain(*name);
      }
      return found;
    });
    if (!domains) return passed_on(domains);
    return looked_at(std::move(*domains), kPatience);
  }
};

Domains::Domains(Parts parts, Settings settings) : impl_{std::make_unique<Impl>(std::move(parts), std::move(settings))} {}

Domains::~Domains() { stop(); }

void Domains::stop() {
  {
    const Lock lock{impl_->asking};
    impl_->stopping = true;
  }
  impl_->answered.notify_all();
  impl_->lookups.stop();
}

std::optional<std::string> Domains::proof_of_place(std::string_view path) const {
  if (!path.starts_with(kPlacePath)) return {};
  const auto place = path.substr(kPlacePath.size());
  const bool is_place =
      place.size() == kPlaceLength && std::ranges::all_of(place, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!is_place) return {};
  return impl_->answer_at(std::string(place));
}

const std::string& Domains::origin() const noexcept { return impl_->settings.origin; }

Result<> Domains::start() {
  impl_->key = impl_->new_token();
  if (auto given = impl_->give_tokens(); !given) return given;
  if (auto taken_stock = impl_->take_stock(); !taken_stock) return passed_on(taken_stock);
  return {};
}

asio::awaitable<Result<DomainStatus>> Domains::add(accounts::Actor by, std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return passed_on(good);
  auto status = co_await impl_->workers.run([&]() -> Result<std::vector<DomainStatus>> {
    if (auto added = impl_->add(by, show_slug, *good); !added) return passed_on(added);
    if (auto read = impl_->read_table(); !read) return passed_on(read);
    return impl_->list(show_slug, *good);
  });
  if (!status) co_return passed_on(status);
  co_return std::move(status->front());
}

asio::awaitable<Result<>> Domains::remove(accounts::Actor by, std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return no_such_domain(std::string(cut_to(clean_for_xml(name), kMostShown)));
  co_return co_await impl_->workers.run([&] { return impl_->remove(by, show_slug, *good); });
}

asio::awaitable<Result<std::vector<DomainStatus>>> Domains::list(std::string show_slug) {
  co_return co_await impl_->workers.run([&] { return impl_->list(show_slug, {}); });
}

asio::awaitable<Result<DomainStatus>> Domains::find(std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return no_such_domain(std::string(cut_to(clean_for_xml(name), kMostShown)));
  auto found = co_await impl_->workers.run([&] { return impl_->list(show_slug, *good); });
  if (!found) co_return passed_on(found);
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
    log::error("shows' domains could not be looked after", {{"reason", domains.error().message}});
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
    if (due_at(domain) > now || due.size() == kMostInRound) {
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
