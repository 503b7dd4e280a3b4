// See ad_server.hpp.

#include "ads/serving/ad_server.hpp"

#include "base/encoding.hpp"
#include "base/ip/address.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

#include <array>
#include <cstring>

namespace carillon::ads {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::sys_days;

/// Decisions and deliveries of so many days say how many of the former become the latter, and how busy a day is.
constexpr days kOutcomesRead{8};
/// A listener's arrangement is looked for under the key of the day before, too.
constexpr days kDayKeysKept{2};
constexpr std::string_view kOrderKey = "order ", kDayKey = "day ";
constexpr std::chrono::minutes kSoonAfterStart{10};
/// An order that was paused for less time than this continues with what its listeners heard before.
constexpr hours kKeyOutlivesOrder{30 * 24};

std::string day_key_name(sys_days day) { return std::string(kDayKey) + to_rfc3339(Time{day}).substr(0, 10); }

/// The subscriber's part of the address, and the agent.
std::string listener_of(const Visit& visit) {
  std::string listener;
  if (const auto address = IpAddress::parse(visit.address, IpAddress::Zone::dropped)) {
    const auto held = network_of(*address, kSubscriberPrefix);
    listener = std::string{as_text(std::as_bytes(held.base.bytes().first(held.bits / 8)))};
  }
  listener += '\0';
  listener += visit.user_agent;
  return listener;
}

/// What a decision is for: the episode's recording and the parts that are left out of it. Whoever began before such a part was left out
/// doesn't continue with it.
std::string subject_of(const Content& content) {
  auto subject = content.episode + '\0' + content.frames.hex();
  for (const auto& place : content.places) {
    if (place.until) subject += '\0' + std::to_string(place.at.value) + '-' + std::to_string(place.until->value);
  }
  return subject;
}

std::uint64_t number_of(const std::byte* bytes) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

}  // namespace

/// What one listener may hear of a plan.
class AdServer::ListenerPermits final : public Permits {
 public:
  ListenerPermits(LivePlan& plan, const std::string& listener, Time at) : plan_{plan}, listener_{listener}, at_{at} {}

  bool may_hear(const Order& order) override {
    const auto number = number_in_plan(order);
    const auto& frequency = plan_.frequency[number];
    return !frequency || frequency->allows(hash_for(number), taken(number) + 1, at_);
  }
  bool reserve(const Order& order, int count) override {
    const auto number = number_in_plan(order);
    auto& left = plan_.allowances[number];
    auto before = left.load();
    do {
      if (before < count) return false;
    } while (!left.compare_exchange_weak(before, before - count));
    plan_.decided[number] += count;
    taken_.emplace_back(number);
    return true;
  }
  /// Each time counts from now on; the creatives of an order that are only heard together count once.
  void note() {
    for (const auto number : taken_) {
      if (plan_.frequency[number]) plan_.frequency[number]->note(hash_for(number), 1, at_);
    }
  }

 private:
  [[nodiscard]] std::size_t number_in_plan(const Order& order) const { return static_cast<std::size_t>(&order - plan_.plan.orders.data()); }
  [[nodiscard]] int taken(std::size_t number) const { return static_cast<int>(std::ranges::count(taken_, number)); }
  [[nodiscard]] std::uint64_t hash_for(std::size_t number) const {
    return number_of(crypto::hmac_sha256(as_bytes(plan_.frequency_keys[number]), as_bytes(listener_)).bytes.data());
  }

  LivePlan& plan_;
  const std::string& listener_;
  Time at_;
  std::vector<std::size_t> taken_;  ///< orders in this download
};

AdServer::AdServer(Parts parts, std::uint64_t seed) : parts_{std::move(parts)}, log_{parts_.database}, planner_{seed} {}

Result<std::unique_ptr<AdServer>> AdServer::open(Parts parts) {
  std::array<std::byte, sizeof(std::uint64_t)> seed{};
  parts.random.fill(seed);
  std::unique_ptr<AdServer> server{new AdServer{std::move(parts), number_of(seed.data())}};
  const auto now = server->parts_.clock.now();
  if (auto read = server->read_decisions(); !read) return forward_error(read);
  const auto supply = server->parts_.database.read_now(
      [&](db::Session& session) -> Result<queries::HourCounts> { return queries::supply(session, now - kOutcomesRead); });
  if (!supply) return std::unexpected(supply.error());
  server->planner_.restore(*supply);
  if (auto renewed = server->renew_keys(now); !renewed) return forward_error(renewed);
  // Episodes are served even if nothing is known about orders.
  server->plan_ = std::make_shared<LivePlan>(Planned{});
  if (const auto planned = server->plan_now(); !planned)
    log::error("advertisements could not be planned; episodes are served without", {{"reason", planned.error().message}});
  return server;
}

std::optional<std::string> AdServer::arrangement_for(const Visit& visit) {
  const auto keys = keys_.load();
  const auto listener = listener_of(visit);
  const auto subject = subject_of(visit.content) + '\0' + listener;
  const auto keyed = [&](const std::string& key) {
    const auto digest = crypto::hmac_sha256(as_bytes(key), as_bytes(subject)).bytes;
    Keyed made{.seed = number_of(digest.data() + sizeof(ListenerKey))};
    std::copy_n(digest.begin(), made.key.size(), made.key.begin());
    return made;
  };
  const auto today = floor<days>(visit.at);
  const auto with = keys->by_day.contains(today) ? keys->by_day.find(today) : std::prev(keys->by_day.end());
  const auto now = keyed(with->second);
  const auto as_answer = [](const ArrangementName& name) { return name ? std::optional{*name} : std::nullopt; };
  if (const auto found = remembered_.find(now.key, visit.at); found.known) return as_answer(found.name);
  if (const auto before = keys->by_day.find(with->first - days{1}); before != keys->by_day.end()) {
    if (const auto found = remembered_.find(keyed(before->second).key, visit.at); found.known) return as_answer(found.name);
  }
  if (visit.only_remembered) return {};
  // Before the lock on decisions: it may read a mapped database.
  auto facts = breaks_of(visit.content).empty() ? ListenerFacts{} : parts_.facts(visit.address, visit.user_agent);
  return as_answer(remembered_.find_or(now.key, visit.at, [&] { return decide(visit, listener, now, std::move(facts)); }));
}

ArrangementName AdServer::decide(const Visit& visit, const std::string& listener, const Keyed& keyed, ListenerFacts facts) {
  const auto plan = plan_.load();
  Opportunity opportunity{.show = visit.show, .episode = visit.content.episode};
  opportunity.network = visit.network;
  opportunity.at = visit.at;
  opportunity.breaks = breaks_of(visit.content);
  opportunity.format = visit.content.format;
  opportunity.seed = keyed.seed;
  const auto known_rules = plan->rules.find(visit.show);
  const auto rules = known_rules == plan->rules.end() ? ShowRules{} : known_rules->second;
  opportunity.tags = visit.tags;
  opportunity.blocked_categories = rules.blocked_categories;
  opportunity.most_per_advertiser = rules.most_per_advertiser;
  opportunity.most_ad_time = most_ad_time(rules, visit.content.duration);
  std::vector<Insertion> insertions;
  ListenerPermits permits{*plan, listener, visit.at};
  if (facts.is_robot) opportunity.breaks.clear();
  if (!opportunity.breaks.empty()) {
    opportunity.country = std::move(facts.country);
    opportunity.region = std::move(facts.region);
    opportunity.app = std::move(facts.app);
    opportunity.device = std::move(facts.device);
    planner_.note(opportunity);
    insertions = ads::decide(plan->plan, opportunity, permits);
    permits.note();
  }
  auto arranged = arrange(visit.content, plan->plan.orders, insertions);
  ArrangementName name;
  if (!arranged.is_whole()) {
    auto made = delivery::name_of(arranged.arrangement, parts_.name_key);
    if (!made && !insertions.empty()) {
      // Too many pieces: the episode without advertisements is better than one with parts that should have been removed.
      log::error("advertisements could not be inserted", {{"episode", visit.content.episode}, {"reason", made.error().message}});
      arranged = arrange(visit.content, plan->plan.orders, {});
      made = delivery::name_of(arranged.arrangement, parts_.name_key);
    }
    if (made) name = interned(std::move(*made));
    if (!made) {
      log::error("an episode could not be arranged", {{"episode", visit.content.episode}, {"reason", made.error().message}});
      arranged.ads.ads.clear();
    }
  }
  Decision decision{.listener = keyed.key, .decided = visit.at, .name = name, .slots = slots_of(opportunity)};
  if (name) {
    std::set<Digest> files{visit.content.prefix};
    for (const auto& piece : arranged.arrangement.pieces) files.insert(piece.frames);
    decision.files.assign(files.begin(), files.end());
    decision.ads = std::move(arranged.ads);
  }
  log_.append(std::move(decision));
  return name;
}

ArrangementName AdServer::interned(std::string name) {
  const Lock lock{names_mutex_};
  if (names_.size() >= names_pruned_at_) {
    std::erase_if(names_, [](const auto& each) { return each.second.expired(); });
    names_pruned_at_ = std::max<std::size_t>(names_.size() * 2, 1024);
  }
  auto& known = names_[name];
  auto shared = known.lock();
  if (!shared) {
    shared = std::make_shared<const std::string>(std::move(name));
    known = shared;
  }
  return shared;
}

Result<std::string> AdServer::key_named(const std::string& name, Time now) {
  std::array<std::byte, 32> bytes{};
  parts_.random.fill(bytes);
  const auto made = to_hex(bytes);
  auto stored =
      parts_.database.read_now([&](db::Session& session) -> Result<std::optional<std::string>> { return queries::key(session, name); });
  if (stored && !*stored)
    stored = parts_.database.write_now([&](db::Session& session) -> Result<std::optional<std::string>> {
      queries::insert_key(session, name, made, now);
      return queries::key(session, name);
    });
  if (!stored) return std::unexpected(stored.error());
  const auto key = from_hex(stored->value_or(""));
  if (!key || key->size() != bytes.size()) return fail(ErrorKind::corrupt, "the key “" + name + "” in the database can't be read");
  return std::string{as_text(*key)};
}

Result<> AdServer::renew_keys(Time now) {
  const auto today = floor<days>(now);
  const auto before = keys_.load();
  if (before && before->by_day.contains(today) && before->by_day.contains(today + days{1})) return {};
  auto keys = std::make_shared<DayKeys>();
  // Tomorrow's is there before anyone needs it.
  for (auto day = today - days{1}; day <= today + days{1}; day += days{1}) {
    auto key = key_named(day_key_name(day), now);
    if (!key) return forward_error(key);
    keys->by_day[day] = std::move(*key);
  }
  keys_ = keys;
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    for (const auto& name : queries::keys_named(session, std::string(kDayKey))) {
      if (name < day_key_name(today - kDayKeysKept)) queries::remove_key(session, name);
    }
    return {};
  });
}

Result<> AdServer::attach_frequency(LivePlan& plan, Time now, bool others) {
  std::optional<std::vector<queries::FilterRow>> stored;
  std::set<std::string> planned;
  for (std::size_t i = 0; i < plan.plan.orders.size(); ++i) {
    const auto& order = plan.plan.orders[i];
    if (order.frequency.empty()) continue;
    planned.insert(order.id);
    auto& [key, frequency] = frequency_[order.id];
    if (key.empty()) {
      auto made = key_named(std::string(kOrderKey) + order.id, now);
      if (!made) return forward_error(made);
      key = std::move(*made);
    }
    const bool is_new = !frequency || frequency->caps() != order.frequency;
    if (is_new || others) {
      if (!stored) {
        // What counts for a cap that stays is kept.
        if (auto saved = store_frequency(now); !saved) return saved;
        auto read = parts_.database.read_now(
            [](db::Session& session) -> Result<std::vector<queries::FilterRow>> { return queries::filters(session); });
        if (!read) return forward_error(read);
        stored = std::move(*read);
      }
      if (is_new) frequency = std::make_shared<Frequency>(order.frequency);
      for (const auto& row : *stored) {
        if (row.order == order.id)
          frequency->restore({.hours = row.hours, .bucket = row.bucket, .level = row.level, .part = row.part, .bits = row.bits});
      }
    }
    plan.frequency[i] = frequency;
    plan.frequency_keys[i] = key;
  }
  std::erase_if(frequency_, [&](const auto& each) { return !planned.contains(each.first); });
  return {};
}

Result<> AdServer::store_frequency(Time now) {
  std::vector<queries::FilterRow> rows;
  for (const auto& [order, each] : frequency_) {
    if (!each.second) continue;
    for (auto& saved : each.second->take_changes())
      rows.push_back({.order = order,
                      .hours = saved.hours,
                      .bucket = saved.bucket,
                      .level = saved.level,
                      .part = saved.part,
                      .bits = std::move(saved.bits)});
  }
  if (rows.empty()) return {};
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    for (auto row : rows) {
      // Other nodes write the same filters.
      row.bits = union_of(row.bits, queries::bits_of(session, row));
      queries::put(session, row);
    }
    for (const auto& [order, each] : frequency_) {
      if (!each.second) continue;
      for (const auto& cap : each.second->caps()) queries::drop_filters(session, order, cap.hours, Frequency::oldest(cap, now));
    }
    return {};
  });
}

Result<> AdServer::drop_old(Time now) {
  if (now - dropped_ < hours{1} && now >= dropped_) return {};
  dropped_ = now;
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    queries::drop_decisions(session, now - kRememberedFor, kMaxRemembered);
    queries::drop_counts(session, now - kOutcomesRead - days{1});
    for (const auto& use : queries::filter_uses(session)) {
      // Without its key, nobody can tell who heard an order.
      if (use.last + std::max<hours>(hours{use.hours}, kKeyOutlivesOrder) >= now) continue;
      queries::drop_filters(session, use.order);
      queries::remove_key(session, std::string(kOrderKey) + use.order);
    }
    queries::forget_files(session, now - kArrangementsServed);
    queries::drop_arrangements(session, now - std::max<days>(parts_.keep, kArrangementsServed));
    return {};
  });
}

Result<> AdServer::plan_now() {
  const auto now = parts_.clock.now();
  if (auto renewed = renew_keys(now); !renewed) return renewed;
  const auto before = plan_.load();
  std::vector<std::int64_t> decided_before;
  if (before) {
    for (const auto& each : before->decided) decided_before.push_back(each.load());
  }
  auto booked = parts_.booked(now);
  if (!booked) return forward_error(booked);
  // A creative without its file can't be heard.
  for (auto& order : booked->orders) {
    for (auto& creative : order.creatives)
      std::erase_if(creative.files, [&](const CreativeFile& file) { return !parts_.media.has(file.frames); });
  }
  if (auto flushed = log_.flush(); !flushed) return flushed;
  auto outcomes = parts_.delivered(now - kOutcomesRead);
  if (!outcomes) return forward_error(outcomes);
  auto decided = parts_.database.read_now([&](db::Session& session) -> Result<std::map<std::string, queries::HourCounts>> {
    return queries::decided(session, now - kOutcomesRead);
  });
  if (!decided) return forward_error(decided);
  outcomes->decided = std::move(*decided);
  const auto nodes = parts_.nodes();
  if (!nodes) return std::unexpected(nodes.error());
  auto plan = planner_.plan(std::move(booked->orders), *outcomes, before.get(), now, *nodes);
  plan->rules = std::move(booked->rules);
  if (auto attached = attach_frequency(*plan, now, *nodes > 1); !attached) return attached;
  // What was decided while this plan was made isn't in it.
  for (std::size_t i = 0; before && i < before->plan.orders.size(); ++i) {
    const auto same = std::ranges::find(plan->plan.orders, before->plan.orders[i].id, &Order::id);
    if (same == plan->plan.orders.end()) continue;
    auto& allowance = plan->allowances[static_cast<std::size_t>(same - plan->plan.orders.begin())];
    if (allowance != INT64_MAX) allowance -= before->decided[i].load() - decided_before[i];
  }
  plan_ = plan;
  if (auto stored = store_frequency(now); !stored) return stored;
  return drop_old(now);
}

Result<> AdServer::read_decisions() {
  const auto now = parts_.clock.now();
  const auto found = parts_.database.read_now([&](db::Session& session) -> Result<std::vector<queries::NamedDecision>> {
    return queries::decisions_after(session, now - kRememberedFor, kMaxRemembered);
  });
  if (!found) return std::unexpected(found.error());
  for (const auto& each : *found) remembered_.put(each.listener, each.name.empty() ? nullptr : interned(each.name), each.decided);
  return {};
}

Result<> AdServer::decided_elsewhere(const db::Change& change) {
  const auto space = change.detail.find(' ');
  const auto first = parse_number(change.detail.substr(0, space));
  const auto last = space == std::string::npos ? std::nullopt : parse_number(change.detail.substr(space + 1));
  if (!first || !last) return fail(ErrorKind::corrupt, "the change “" + change.detail + "” names no decisions");
  const auto found = parts_.database.read_now([&](db::Session& session) -> Result<std::vector<queries::NamedDecision>> {
    return queries::decisions_numbered(session, static_cast<std::int64_t>(*first), static_cast<std::int64_t>(*last));
  });
  if (!found) return std::unexpected(found.error());
  for (const auto& each : *found) remembered_.put(each.listener, each.name.empty() ? nullptr : interned(each.name), each.decided);
  return {};
}

void AdServer::orders_changed() {
  const Lock lock{mutex_};
  orders_changed_ = true;
  changed_.notify_one();
}

void AdServer::start() {
  log_.start();
  thread_ = std::thread{[this] { run(); }};
}

void AdServer::stop() {
  if (!thread_.joinable()) return;
  {
    const Lock lock{mutex_};
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
  log_.stop();
  if (const auto stored = store_frequency(parts_.clock.now()); !stored)
    log::error("how often listeners heard orders could not be stored", {{"reason", stored.error().message}});
}

void AdServer::run() {
  const auto started = std::chrono::steady_clock::now();
  bool failed = false;
  for (;;) {
    {
      Lock lock{mutex_};
      const bool is_new = std::chrono::steady_clock::now() - started < kSoonAfterStart;
      changed_.wait_for(lock, is_new ? kFirstPlansEvery : kPlanEvery, [this] {
        mutex_.is_held();
        return stopping_ || orders_changed_;
      });
      if (stopping_) return;
      orders_changed_ = false;
    }
    const auto planned = plan_now();
    if (!planned && !failed)
      log::error("advertisements could not be planned; the plan so far stays in use", {{"reason", planned.error().message}});
    failed = !planned;
  }
}

Result<std::vector<Digest>> arranged_media(db::Session& session) { return queries::files(session); }

Result<std::optional<ArrangedAds>> arranged_ads(db::Database& database, const Digest& arrangement) {
  return database.read_now(
      [&](db::Session& session) -> Result<std::optional<ArrangedAds>> { return queries::arrangement(session, arrangement); });
}

}  // namespace carillon::ads
