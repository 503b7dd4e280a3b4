// See simulation.hpp.

#include "certs/keeper/testing/simulation.hpp"

#include "base/file.hpp"
#include "certs/keeper/schedule/order_budget.hpp"
#include "certs/revocation/revocations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <stdexcept>

namespace carillon::certs::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kValidation = seconds{2};
constexpr Duration kProcessing = seconds{1};
/// What one node changed the other reads at the next full minute.
constexpr minutes kSynchronise{1};
/// The ledger is read this often.
constexpr hours kReading{1};
constexpr std::size_t kMaxViolations = 200;
/// More steps than this in one moment and it turns in circles.
constexpr std::size_t kStepsInAMoment = 1000;
/// The first day has other troubles than the numbers of orders: the CA's limit, failing names, the work itself.
constexpr hours kOnboardingReserve{4};
constexpr std::array<const char*, kCas> kIssuers{"first", "second"};
/// Every tenth name is bound to the first issuer and has no spare. None of them lives for days only: it could not outlive what may happen
/// to one CA.
constexpr std::size_t kBoundOf = 10;
/// The configuration of so many names is applied again at each start, in other spellings.
constexpr std::size_t kSpelledAnew = 20;
/// Production looks every few minutes whether a certificate is to be checked for revocation; here no more often than this.
constexpr minutes kRevocationRound{30};

double cpu_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

/// The same name as a careless person writes it.
std::string spelled_anew(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name + ".";
}

testca::Settings ca_settings(std::size_t ca) {
  testca::Settings settings;
  settings.origin = std::string("https://") + kIssuers[ca] + "-ca.test";
  settings.revocation_list = std::string("http://") + kIssuers[ca] + "-ca.test/crl";  // CRLs come over plain HTTP (RFC 5280 §8)
  settings.profiles.clear();
  for (const auto& profile : simulated_profiles()) settings.profiles[profile.name] = profile.lifetime;
  settings.default_profile = simulated_profiles().back().name;
  settings.verify_signatures = false;
  settings.validation_time = kValidation;
  settings.processing_time = kProcessing;
  settings.renewal_poll = hours{12};
  settings.renew_short_at = 0.5;
  return settings;
}

class Simulation final : public Witness {
 public:
  explicit Simulation(const SimulationSettings& settings);
  SimulationReport run();

  void asked(const Asked& order) override { judge_->asked(order); }
  void exchanged(int node, bool changes) override {
    judge_->requested(clock_.now());
    if (changes) stale_[static_cast<std::size_t>(1 - node)] = true;
  }
  void reported(const incidents::Report& report) override {
    judge_->reported(report, clock_.now());
    send_at_ = clock_.now();
  }
  void solved(const std::string& kind, const std::string& subject) override {
    // Most of what is solved was no incident: only a real one has something to say to people.
    if (judge_->solved(kind, subject)) send_at_ = clock_.now();
  }
  void delivered(const notify::Message&) override { judge_->message(); }

 private:
  void prepare();
  void happen(const Happening& happening);
  void break_names(const Happening& happening);
  void revoke(const Happening& happening);
  void check_revocations();
  void kill(int node, Duration down);
  void power_on();
  void start(int node);
  [[nodiscard]] Time next() const;
  void work();
  bool work(int node);
  void synchronise();
  void send();
  [[nodiscard]] double draw() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  [[nodiscard]] SimulatedNode* any_node();
  [[nodiscard]] SimulatedNode& node(int number) { return *nodes_[static_cast<std::size_t>(number)]; }

  SimulationSettings settings_;
  std::mt19937_64 engine_;
  carillon::testing::TemporaryFolder folder_{carillon::testing::TemporaryFolder::On::memory};
  carillon::testing::ManualClock clock_;
  const Time begin_ = clock_.now();
  const Time end_ = begin_ + settings_.length;
  carillon::testing::SeededRandom ca_random_;
  std::array<std::unique_ptr<testca::Authority>, kCas> owned_cas_;
  std::array<testca::Authority*, kCas> cas_{};
  std::map<std::string, std::string, std::less<>> profile_of_;  ///< each CA gives the same lives to a name
  SimulatedNet net_;
  SimulatedProber prober_{net_};
  std::optional<Ground> ground_;
  std::unique_ptr<SimulationJudge> judge_;
  std::array<std::unique_ptr<SimulatedNode>, 2> nodes_;
  std::array<bool, 2> stale_{};         ///< the other one has changed something
  std::array<Duration, 2> down_for_{};  ///< after the kill that is armed
  bool both_off_ = false;
  std::vector<std::string> unbroken_;
  std::vector<std::string> spelled_anew_;
  std::multimap<Time, std::function<void()>> pending_;
  std::optional<Time> send_at_;
  std::optional<Time> revocations_at_;  ///< none: nothing is ever revoked in this run
  Time synchronised_ = begin_;
};

Simulation::Simulation(const SimulationSettings& settings) : settings_{settings}, engine_{settings.seed}, ca_random_{settings.seed + 7} {
  for (std::size_t i = 0; i < kCas; ++i) {
    auto of_ca = ca_settings(i);
    of_ca.profile_of = [this](std::string_view name) {
      const auto found = profile_of_.find(name);
      return found == profile_of_.end() ? simulated_profiles().back().name : found->second;
    };
    auto ca = testca::Authority::create(
        clock_, ca_random_,
        [this](const testca::Validation& validation) -> Result<> {
          switch (net_.trouble_of(validation.name)) {
            case Trouble::missing:
              return fail(ErrorKind::invalid, "no address for " + validation.name, "dns");
            case Trouble::elsewhere:
              return fail(ErrorKind::invalid, "an unrelated server responds for " + validation.name, "unauthorized");
            case Trouble::none:
              break;
          }
          for (const auto& one : nodes_) {
            if (one->proof(validation.token) == validation.key_authorization) return {};
          }
          return fail(ErrorKind::invalid, "no server responds for " + validation.name, "unauthorized");
        },
        std::move(of_ca));
    if (!ca) throw std::runtime_error(ca.error().message);
    owned_cas_[i] = std::move(*ca);
    cas_[i] = owned_cas_[i].get();
  }
  prepare();
}

void Simulation::prepare() {
  const auto profiles = simulated_profiles();
  KeeperSettings keeper;
  keeper.look_every = settings_.look_every;
  for (std::size_t i = 0; i < kCas; ++i) {
    const auto roots = folder_.path() / (std::string(kIssuers[i]) + ".pem");
    if (!write_file(roots, cas_[i]->roots_pem().front())) throw std::runtime_error("the roots could not be written");
    keeper.issuers.push_back(IssuerSettings{.name = kIssuers[i],
                                            .directory = cas_[i]->directory_url(),
                                            .contact = "ops@example.org",
                                            .profile = {},
                                            .directory_trust = {},
                                            .trust = roots.string(),
                                            .challenge = {},
                                            .external = {},
                                            .external_ends = {}});
  }
  prober_.tables.assign(nodes_.size(), nullptr);
  ground_.emplace(Ground{.clock = clock_,
                         .cas = cas_,
                         .net = net_,
                         .prober = prober_,
                         .witness = *this,
                         .database = folder_.path() / "keeper.db",
                         .settings = std::move(keeper)});
  for (int number = 0; number < 2; ++number)
    nodes_[static_cast<std::size_t>(number)] =
        std::make_unique<SimulatedNode>(*ground_, number, settings_.seed * 2 + static_cast<std::uint64_t>(number));

  SimulationJudge::Settings judged{
      .begin = begin_, .end = end_, .look_every = settings_.look_every, .profiles = profiles, .outages = {}, .onboarding = {}};
  Duration closed{};  // how long the CA takes no orders at all
  for (const auto& happening : settings_.script) {
    using enum Happening::Kind;
    if (happening.kind == ca_down || happening.kind == nodes_off)
      judged.outages.push_back({begin_ + happening.at, begin_ + happening.at + happening.lasts, happening.ca});
    if (happening.kind == revoke) revocations_at_ = begin_;
    if (happening.kind == limit) closed = std::max<Duration>(closed, happening.lasts + happening.pause);
    pending_.emplace(begin_ + happening.at, [this, happening] { happen(happening); });
  }
  // The first issuer takes so many names at a time, whatever their lives are.
  const auto windows = static_cast<std::int64_t>(settings_.names / OrderBudget::kFresh);
  judged.onboarding.assign(settings_.mix.size(), closed + kOnboardingReserve + windows * Duration{OrderBudget::kFreshWindow});
  judge_ = std::make_unique<SimulationJudge>(std::move(judged));

  // Every hundred names are mixed the same way, in an order of their own.
  std::vector<std::size_t> hundred;
  for (std::size_t profile = 0; profile < profiles.size(); ++profile)
    hundred.insert(hundred.end(), static_cast<std::size_t>(settings_.mix[profile]), profile);
  if (hundred.empty()) throw std::runtime_error("the mix of profiles is empty");
  std::ranges::shuffle(hundred, engine_);
  const auto is_bound = [&](std::size_t i) { return i % kBoundOf == 0 && profiles[hundred[i % hundred.size()]].lifetime > kShortLived; };
  for (std::size_t i = 0; i < settings_.names; ++i) {
    unbroken_.push_back("www.name" + std::to_string(i) + ".org");
    profile_of_[unbroken_.back()] = profiles[hundred[i % hundred.size()]].name;
    judge_->added(unbroken_.back(), hundred[i % hundred.size()], is_bound(i));
  }
  start(0);
  for (std::size_t i = 0; i < settings_.names; ++i) {
    const auto kept = node(0).keeper().keep({.name = unbroken_[i],
                                             .source = Source::person,
                                             .issuer = is_bound(i) ? kIssuers[0] : "",
                                             .in_charge = {"ada@example.org", "bob@example.org", {}},
                                             .port = 443});
    if (!kept) throw std::runtime_error(kept.error().message);
  }
  for (std::size_t i = 1; i < std::min(settings_.names, kSpelledAnew); ++i) {
    if (!is_bound(i)) spelled_anew_.push_back(spelled_anew(unbroken_[i]));
  }
  std::ranges::shuffle(unbroken_, engine_);
  start(1);
}

void Simulation::start(int number) {
  node(number).start();
  judge_->node_on(number, node(number).table());
  stale_[static_cast<std::size_t>(number)] = false;
  for (const auto& name : spelled_anew_) {
    const auto kept = node(number).keeper().keep(
        {.name = name, .source = Source::person, .issuer = {}, .in_charge = {"ada@example.org", "bob@example.org", {}}, .port = 443});
    if (!kept) judge_->violated(clock_.now(), "“" + name + "” was refused: " + kept.error().message);
  }
}

SimulatedNode* Simulation::any_node() {
  for (const auto& one : nodes_) {
    if (one->on()) return one.get();
  }
  return nullptr;
}

void Simulation::happen(const Happening& happening) {
  const auto now = clock_.now();
  switch (happening.kind) {
    case Happening::Kind::limit:
      cas_[0]->add_fault({.kind = testca::FaultKind::rate_limited,
                          .at = testca::RequestKind::new_order,
                          .until = now + happening.lasts,
                          .retry_after = happening.pause});
      return;
    case Happening::Kind::ca_down:
      for (std::size_t i = 0; i < kCas; ++i) {
        if (i == happening.ca.value_or(i)) cas_[i]->down_between(now, now + happening.lasts);
      }
      return;
    case Happening::Kind::nodes_off:
      both_off_ = true;
      for (int number = 0; number < 2; ++number) kill(number, Duration::max());
      pending_.emplace(now + happening.lasts, [this] { power_on(); });
      return;
    case Happening::Kind::kill:
      if (happening.moment == Moment::between || !node(happening.node).on())
        kill(happening.node, happening.lasts);
      else {
        node(happening.node).arm(happening.moment, happening.request);
        down_for_[static_cast<std::size_t>(happening.node)] = happening.lasts;
      }
      return;
    case Happening::Kind::breaks:
      return break_names(happening);
    case Happening::Kind::revoke:
      return revoke(happening);
  }
}

void Simulation::revoke(const Happening& happening) {
  const auto* const on = any_node();
  const auto wanted = static_cast<std::size_t>(happening.share * static_cast<double>(settings_.names));
  for (std::size_t i = 0; on && i < std::min(std::max<std::size_t>(1, wanted), unbroken_.size()); ++i) {
    const auto served = on->table().certificate_for(unbroken_[i]);
    const auto leaf =
        served ? crypto::Certificate::from_der(served->chain_der.front()) : Result<crypto::Certificate>{fail(ErrorKind::not_found, "none")};
    if (!leaf) continue;
    for (auto* ca : cas_) {
      for (const auto& known : ca->certificates(unbroken_[i])) {
        if (known.serial != leaf->serial_hex()) continue;
        if (!ca->revoke(known.identifier)) throw std::runtime_error("a certificate could not be revoked");
        // Every other one is only in the CRL: renewal information goes on as if nothing had happened.
        const auto usual = known.not_before + (known.not_after - known.not_before) * 2 / 3;
        if (i % 2 == 1)
          ca->set_renewal_info(
              known.identifier,
              testca::RenewalAnswer{.start = usual, .end = usual + hours{1}, .explanation = {}, .raw = {}, .retry_after = {}});
        judge_->revoked(unbroken_[i], known.serial, clock_.now());
      }
    }
  }
}

void Simulation::check_revocations() {
  if (!revocations_at_ || *revocations_at_ > clock_.now()) return;
  // Production gives this to one node at a time, too.
  auto* on = any_node();
  const auto next = on ? on->check_revocations() : std::nullopt;
  revocations_at_ = std::clamp(next.value_or(clock_.now()), clock_.now() + kRevocationRound, clock_.now() + kCheckEvery);
}

void Simulation::break_names(const Happening& happening) {
  const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(happening.share * static_cast<double>(settings_.names)));
  for (std::size_t i = 0; i < count && !unbroken_.empty(); ++i) {
    const auto name = unbroken_.back();
    unbroken_.pop_back();
    net_.set_trouble(name, happening.trouble);
    judge_->broke(name, clock_.now());
    if (happening.lasts == Duration{}) continue;
    pending_.emplace(clock_.now() + happening.lasts, [this, name] {
      net_.set_trouble(name, Trouble::none);
      judge_->healed(name, clock_.now());
    });
  }
}

void Simulation::kill(int number, Duration down) {
  if (!node(number).on()) return;
  judge_->node_off(number);
  node(number).crash();
  if (down == Duration::max()) return;  // somebody else switches it on
  judge_->killed(clock_.now());
  pending_.emplace(clock_.now() + down, [this, number] {
    if (!node(number).on() && !both_off_) start(number);
  });
}

void Simulation::power_on() {
  both_off_ = false;
  for (int number = 0; number < 2; ++number) {
    if (!node(number).on()) start(number);
  }
  std::vector<std::string> due;
  for (const auto& status : node(0).keeper().list()) {
    const auto& row = status.kept;
    const bool in_turn = row.failures == 0 && row.renew_at <= clock_.now();
    const bool again = row.failures > 0 && row.next_try <= clock_.now();
    if (in_turn || again) due.push_back(row.name);
  }
  judge_->read(cas_);
  judge_->surge(clock_.now(), due);
}

Time Simulation::next() const {
  auto at = std::min(end_, judge_->next());
  const auto consider = [&](const std::optional<Time>& time) {
    if (time) at = std::min(at, *time);
  };
  if (!pending_.empty()) consider(pending_.begin()->first);
  bool any = false;
  for (std::size_t number = 0; number < nodes_.size(); ++number) {
    if (!nodes_[number]->on()) continue;
    any = true;
    consider(nodes_[number]->keeper().next());
    if (stale_[number]) consider(synchronised_ + kSynchronise);
  }
  if (any) consider(send_at_);
  if (any) consider(revocations_at_);
  return at;
}

bool Simulation::work(int number) {
  if (!node(number).on()) return false;
  try {
    if (!node(number).keeper().work()) return false;
  } catch (const Kill&) { kill(number, down_for_[static_cast<std::size_t>(number)]); }
  judge_->worked(clock_.now());
  return true;
}

void Simulation::work() {
  // Neither is always the first.
  const int first = engine_() % 2 == 0 ? 0 : 1;
  const auto most = kStepsInAMoment + 20 * settings_.names;
  std::size_t steps = 0;
  for (bool more = true; more && steps < most; ++steps) {
    more = work(first);
    more = work(1 - first) || more;
  }
  if (steps >= most) judge_->violated(clock_.now(), std::to_string(steps) + " steps in one moment");
}

void Simulation::synchronise() {
  const auto now = clock_.now();
  if (now < synchronised_ + kSynchronise) return;
  synchronised_ = std::chrono::floor<minutes>(now);
  for (std::size_t number = 0; number < nodes_.size(); ++number) {
    if (!nodes_[number]->on() || !stale_[number]) continue;
    stale_[number] = false;
    if (const auto read = nodes_[number]->keeper().synchronise(); !read)
      throw std::runtime_error("a node could not synchronise: " + read.error().message);
  }
}

void Simulation::send() {
  auto* sender = any_node();
  if (!sender || !send_at_ || *send_at_ > clock_.now()) return;
  sender->send();
  send_at_ = sender->next_sending();
  if (send_at_) send_at_ = std::max(*send_at_, clock_.now() + seconds{1});
}

SimulationReport Simulation::run() {
  const auto cpu = cpu_seconds();
  auto reading = begin_ + kReading;
  auto telling = begin_ + days{10};
  while (clock_.now() < end_ && judge_->violations().size() < kMaxViolations) {
    const auto before = clock_.now();
    clock_.set(std::clamp(next(), before, end_));
    judge_->look(clock_.now());
    while (!pending_.empty() && pending_.begin()->first <= clock_.now()) {
      const auto then = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      then();
    }
    synchronise();
    work();
    check_revocations();
    send();
    if (clock_.now() >= reading) {
      judge_->read(cas_);
      reading = clock_.now() + kReading;
    }
    if (settings_.progress && clock_.now() >= telling) {
      telling += days{10};
      settings_.progress(fmt::format("day {}: {} issuances, {} requests, {} violations, {:.0f} s CPU",
                                     std::chrono::floor<days>(clock_.now() - begin_).count(), judge_->counts().issuances,
                                     judge_->counts().requests, judge_->violations().size(), cpu_seconds() - cpu));
    }
    // Nothing can be done just now, though something is due: time goes on all the same.
    if (clock_.now() == before && next() <= before) clock_.advance(seconds{1});
  }
  judge_->read(cas_);
  std::vector<incidents::Incident> open;
  if (auto* one = any_node()) {
    if (auto listed = one->open_incidents()) open = std::move(*listed);
  }
  judge_->finish(clock_.now(), cas_, open);
  return {.violations = judge_->violations(),
          .counts = judge_->counts(),
          .profiles = simulated_profiles(),
          .least_left = judge_->least_left(),
          .simulated = clock_.now() - begin_,
          .cpu_seconds = cpu_seconds() - cpu};
}

}  // namespace

std::vector<SimulatedProfile> simulated_profiles() {
  return {{"6-days", hours{160}}, {"45-days", days{45}}, {"90-days", days{90}}, {"200-days", days{200}}};
}

SimulationReport simulate(const SimulationSettings& settings) { return Simulation{settings}.run(); }

std::string SimulationReport::text() const {
  constexpr std::size_t kShown = 40;
  std::string lines;
  for (std::size_t i = 0; i < violations.size() && i < kShown; ++i)
    lines += "violation at " + to_rfc3339(violations[i].at) + ": " + violations[i].what + "\n";
  if (violations.size() > kShown) lines += fmt::format("and {} more violations\n", violations.size() - kShown);
  lines += fmt::format(
      "{:.1f} days in {:.1f} s CPU: {} certificates, {} orders ({} follow a certificate), {} failed authorizations, {} refused, {} kills\n",
      std::chrono::duration<double, days::period>(simulated).count(), cpu_seconds, counts.issuances, counts.orders, counts.exempt_orders,
      counts.authorization_failures, counts.refused, counts.kills);
  lines +=
      fmt::format("{} requests, {} steps, {} incidents, {} messages\n", counts.requests, counts.steps, counts.incidents, counts.messages);
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    if (!least_left[i]) continue;
    const auto left = std::chrono::duration<double, hours::period>(*least_left[i]).count();
    const auto whole = std::chrono::duration<double, hours::period>(profiles[i].lifetime).count();
    lines += fmt::format("least left at a renewal, {}: {:.1f} h of {:.0f} h\n", profiles[i].name, left, whole);
  }
  lines += violations.empty() ? "no violation\n" : fmt::format("{} violations\n", violations.size());
  return lines;
}

}  // namespace carillon::certs::testing
