// See domains.hpp.

#include "podcast/domains/domains.hpp"

#include "accounts/audit.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "podcast/domains/domain_queries.hpp"
#include "podcast/show_queries.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <condition_variable>
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
constexpr std::size_t kMostShown = 80;  // bytes of a name that was asked for

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
  std::timed_mutex settling;           ///< one decision about the keeper at a time
  std::mutex table;                    ///< of two readings the later one stays
  std::optional<Time> taken_stock;     ///< of the round's thread alone, as the next one
  std::map<std::string, Time> looked;  ///< by name; of the round's thread alone
  asio::thread_pool workers{kWorkers};
  asio::thread_pool lookups{kLookupThreads};

  using Addresses = Result<std::vector<std::string>>;

  /// One question to name servers; whoever asks the same meanwhile waits for the same answer.
  struct Inquiry {
    std::optional<Addresses> answer;
  };
  std::mutex asking;  ///< of the three below
  std::condition_variable answered;
  std::map<std::string, std::shared_ptr<Inquiry>> under_way;
  bool stopping = false;

  /// What DNS says of each name, within `patience`.
  std::vector<Addresses> addresses_of(const std::vector<std::string>& names, Duration patience) {
    std::vector<std::shared_ptr<Inquiry>> inquiries;
    std::unique_lock lock{asking};
    for (const auto& name : names) {
      auto& inquiry = under_way[name];
      if (!inquiry) {
        inquiry = std::make_shared<Inquiry>();
        asio::post(lookups, [this, name, inquiry] {
          auto found = parts.addresses(name);
          const std::lock_guard again{asking};
          inquiry->answer = std::move(found);
          under_way.erase(name);
          answered.notify_all();
        });
      }
      inquiries.push_back(inquiry);
    }
    answered.wait_for(lock, patience, [&] {
      return stopping || std::ranges::all_of(inquiries, [](const auto& inquiry) { return inquiry->answer.has_value(); });
    });
    std::vector<Addresses> found;
    for (const auto& inquiry : inquiries)
      found.push_back(inquiry->answer.value_or(fail(ErrorKind::unavailable, "no name server has answered yet")));
    return found;
  }

  /// Looks at `domains`, and does what follows from it.
  std::vector<DomainStatus> looked_at(std::vector<Domain> domains, Duration patience) {
    std::vector<std::string> names{settings.host};
    for (const auto& domain : domains) names.push_back(domain.name);
    const auto found = addresses_of(names, patience);
    std::vector<DomainStatus> all;
    for (std::size_t i = 0; i < domains.size(); ++i) {
      auto look = look_at(found[i + 1], found[0]);
      if (auto settled = settle(domains[i], look); !settled)
        log::error("a show's domain could not be looked after", {{"name", domains[i].name}, {"reason", settled.error().message}});
      auto certificate = domains[i].pointed ? parts.certificates.find(domains[i].name) : std::nullopt;
      all.push_back(status_of(std::move(domains[i]), std::move(look), std::move(certificate), settings.host, parts.clock.now()));
    }
    return all;
  }

  /// Only what leads here gets a certificate ordered: every other order would fail, and CAs count those.
  Result<> settle(Domain& domain, const Look& look) {
    if (look.pointing == Pointing::unknown) return {};
    const std::unique_lock lock{settling, kSettlingPatience};
    if (!lock) return {};
    auto now = parts.database.read_now(
        [&](db::Session& session) -> Result<std::optional<Domain>> { return queries::domain(session, domain.name); });
    if (!now) return passed_on(now);
    if (!*now || (*now)->show_id != domain.show_id) return {};  // taken away meanwhile
    domain = **now;
    const auto was = domain;
    const auto at = parts.clock.now();
    if (look.pointing == Pointing::here) {
      if (!domain.pointed) domain.pointed = at;
      domain.strayed.reset();
    } else if (look.pointing != Pointing::partly && domain.pointed) {
      if (!domain.strayed) domain.strayed = at;
      if (at - *domain.strayed > kGivenUpAfter) {
        domain.pointed.reset();
        domain.strayed.reset();
      }
    }
    if (was.pointed != domain.pointed || was.strayed != domain.strayed) {
      const auto written = parts.database.write_now([&](db::Session& session) -> Result<> {
        queries::update(session, domain);
        return {};
      });
      if (!written) return written;
      log::info("a show's domain was looked at", {{"name", domain.name}, {"leads_here", look.pointing == Pointing::here}});
    }
    return domain.pointed ? keep(domain) : drop(domain.name);
  }

  /// settling is held, as in drop. What the keeper has for another reason stays as it is.
  Result<> keep(const Domain& domain) {
    auto in_charge = settings.in_charge;
    in_charge.network = domain.network;
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
    return name == settings.host || std::ranges::find(settings.reserved, name) != settings.reserved.end();
  }

  /// The table as the database has it.
  Result<std::vector<Domain>> read_table() {
    const std::lock_guard lock{table};
    auto domains =
        parts.database.read_now([](db::Session& session) -> Result<std::vector<Domain>> { return queries::all_domains(session); });
    if (!domains) return domains;
    DomainTable::Shows shows;
    for (const auto& domain : *domains) {
      // Claimed before the operator made it the origin: nobody is to be locked out of that.
      if (!is_ours(domain.name)) shows.emplace(domain.name, domain.show);
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
      if (domain.pointed) pointed.insert(domain.name);
    }
    for (const auto& status : parts.certificates.list()) {
      if (status.kept.source != certs::Source::domain || pointed.contains(status.kept.name)) continue;
      if (auto gone = parts.certificates.forget(status.kept.name); !gone && gone.error().kind != ErrorKind::not_found)
        return std::unexpected(gone.error());
    }
    for (const auto& domain : *domains) {
      if (!domain.pointed) continue;
      if (auto kept = keep(domain); !kept) return std::unexpected(kept.error());
    }
    return domains;
  }

  Result<> add(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
    if (is_ours(name)) return taken(name);
    if (const auto kept = parts.certificates.find(name); kept && kept->kept.source != certs::Source::domain) return taken(name);
    return parts.database.write_now([&](db::Session& session) -> Result<> {
      const auto show = queries::show_with_slug(session, show_slug);
      if (!show) return no_such_show(show_slug);
      if (const auto there = queries::domain(session, name); there && there->show_id == show->id)
        return fail(ErrorKind::conflict, "“" + name + "” is this show's already.", "name");
      if (queries::domains_of(session, show->id).size() >= kMostDomains)
        return fail(ErrorKind::conflict,
                    "The show has " + std::to_string(kMostDomains) + " domains, the most there may be; remove one first.", "name");
      if (!queries::insert(session, {.name = name,
                                     .show_id = show->id,
                                     .show = show->slug,
                                     .network = show->network,
                                     .created = parts.clock.now(),
                                     .pointed = {},
                                     .strayed = {}}))
        return taken(name);
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
      const auto there = queries::domain(session, name);
      if (!there || there->show_id != show->id) return no_such_domain(name);
      queries::remove_domain(session, name);
      accounts::record(
          session, parts.clock, parts.random, by,
          {.network = show->network, .what = "show.domain.remove", .subject = show->slug, .was = {{"domain", name}}, .became = {}});
      return {};
    });
    if (!removed) return removed;
    if (auto read = read_table(); !read) return passed_on(read);
    // The keeper may be in the middle of a step for it, which nobody has to wait for. Should this be cut short, the next round does it.
    asio::post(workers, [this, name] {
      const std::lock_guard lock{settling};
      const auto again =
          parts.database.read_now([&](db::Session& session) -> Result<std::optional<Domain>> { return queries::domain(session, name); });
      if (again && *again && (*again)->pointed) return;  // another show's by now
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

  template <class Work>
  auto away(Work work) -> asio::awaitable<std::invoke_result_t<Work>> {
    co_return co_await asio::co_spawn(workers, done(work), asio::use_awaitable);
  }
  template <class Work>
  static auto done(Work& work) -> asio::awaitable<std::invoke_result_t<Work&>> {
    co_return work();
  }
};

Domains::Domains(Parts parts, Settings settings) : impl_{std::make_unique<Impl>(std::move(parts), std::move(settings))} {}

Domains::~Domains() {
  stop();
  impl_->workers.join();
  impl_->lookups.join();
}

void Domains::stop() {
  {
    const std::lock_guard lock{impl_->asking};
    impl_->stopping = true;
  }
  impl_->answered.notify_all();
  impl_->lookups.stop();
}

const std::string& Domains::origin() const noexcept { return impl_->settings.origin; }

Result<> Domains::start() {
  if (auto taken_stock = impl_->take_stock(); !taken_stock) return passed_on(taken_stock);
  return {};
}

asio::awaitable<Result<DomainStatus>> Domains::add(accounts::Actor by, std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return passed_on(good);
  auto status = co_await impl_->away([&]() -> Result<std::vector<DomainStatus>> {
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
  co_return co_await impl_->away([&] { return impl_->remove(by, show_slug, *good); });
}

asio::awaitable<Result<std::vector<DomainStatus>>> Domains::list(std::string show_slug) {
  co_return co_await impl_->away([&] { return impl_->list(show_slug, {}); });
}

asio::awaitable<Result<DomainStatus>> Domains::find(std::string show_slug, std::string name) {
  auto good = domain_name_from(name);
  if (!good) co_return no_such_domain(std::string(cut_to(clean_for_xml(name), kMostShown)));
  auto found = co_await impl_->away([&] { return impl_->list(show_slug, *good); });
  if (!found) co_return passed_on(found);
  co_return std::move(found->front());
}

std::optional<Time> Domains::work() {
  auto& impl = *impl_;
  const bool all = !impl.taken_stock || impl.parts.clock.now() - *impl.taken_stock >= kStockEvery;
  auto domains = all ? impl.take_stock() : impl.read_table();
  if (all) impl.taken_stock = impl.parts.clock.now();
  if (!domains) {
    log::error("shows' domains could not be looked after", {{"reason", domains.error().message}});
    return {};
  }
  const auto now = impl.parts.clock.now();
  const auto due_at = [&](const Domain& domain) {
    const auto found = impl.looked.find(domain.name);
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
  for (const auto& domain : *domains) known.insert(domain.name);
  std::erase_if(impl.looked, [&](const auto& entry) { return !known.contains(entry.first); });
  if (due.empty()) return next;
  for (const auto& status : impl.looked_at(due, kRoundPatience)) {
    const auto at = impl.parts.clock.now();
    impl.looked[status.domain.name] = at;
    const auto again = at + pause_of(status.domain, at);
    if (!next || again < *next) next = again;
  }
  return next;
}

}  // namespace carillon::podcast
