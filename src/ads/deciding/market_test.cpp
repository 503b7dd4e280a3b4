// A simulated market: shows with listeners, orders with every kind of pacing and target, releases with bursts. The whole chain of forecast,
// plan, decisions and deliveries, hour by hour.

#include "ads/deciding/planning.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <queue>
#include <random>
#include <set>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};

struct Market {
  int shows = 40, orders = 60, days = 7;
  double visits = 10'000;  // a day
  int burst_on = 3;        ///< this day has ten times as many
  std::uint64_t seed = 1;
};

/// What a day's listeners do in each hour, in parts of the day.
double part_of(int hour) {
  constexpr std::array kParts{1, 1, 1, 1, 2, 4, 8, 9, 6, 4, 3, 3, 4, 4, 3, 4, 6, 8, 7, 5, 4, 3, 2, 1};
  return kParts[static_cast<std::size_t>(hour)] / 94.0;
}

class Simulation : public Permits {
 public:
  explicit Simulation(const Market& market) : market_{market}, engine_{market.seed}, sample_{2'000, market.seed} {
    const std::vector<std::string> countries{"AT", "DE", "CH", "FR", ""};
    for (int i = 0; i < market.orders; ++i) {
      Running made;
      auto& order = made.order;
      order.id = fmt::format("order{}", i);
      order.advertiser = fmt::format("adv{}", i / 2);
      order.priority = 3 + static_cast<int>(engine_() % 4);
      const int first = i % 3 == 0 ? static_cast<int>(engine_() % 2) : 0;
      order.starts = kStart + days{first};
      order.ends = kStart + days{market.days};
      // All of them together ask for about half of what there is.
      const double supply = market.visits * 3 * (market.days - first);
      order.goal = static_cast<std::int64_t>(supply * 0.5 / market.orders * (0.5 + static_cast<double>(engine_() % 100) / 100));
      if (i % 4 == 1) order.cap = order.goal;
      if (i % 10 == 7) order.pacing = Pacing::front;
      if (i % 10 == 8) order.pacing = Pacing::fast;
      if (i % 5 == 2) order.positions = {Position::midroll};
      if (i % 5 == 3) order.targets.only.countries = {countries[engine_() % 3]};
      if (i % 7 == 4) {
        for (int k = 0; k < market.shows / 3; ++k) order.targets.only.shows.push_back(fmt::format("show{}", k * 3));
      }
      if (i % 6 == 5) order.categories = {fmt::format("category{}", i % 4)};
      if (i % 12 == 6) order.logic = Logic::all;
      const int creatives = order.logic == Logic::all ? 2 : 1 + static_cast<int>(engine_() % 2);
      for (int k = 0; k < creatives; ++k)
        order.creatives.push_back({.id = fmt::format("{}-{}", order.id, k), .files = {{.duration = 30s}}});
      running_.push_back(std::move(made));
    }
    corrections_.assign(running_.size(), 1);
    allowances_.assign(running_.size(), 0);
    daily_.assign(running_.size(), std::vector<std::int64_t>(static_cast<std::size_t>(market.days)));
    for (std::size_t i = 0; i < running_.size(); ++i) index_[running_[i].order.id] = i;
  }

  bool may_hear(const Order&) override { return true; }
  bool reserve(const Order& order, int count) override {
    auto& left = allowances_[index_.at(order.id)];
    if (left < count) return false;
    left -= count;
    return true;
  }

  void run() {
    // A day before anything is booked: the forecast knows what is usual.
    for (int hour = -24; hour < 24 * market_.days; ++hour) simulate(hour);
  }

  /// Even orders kept their plan on every day on which they could, and no cap was exceeded.
  void check() const {
    int even = 0, close = 0;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const auto& [order, tally, meant, decided] = running_[i];
      if (order.cap) { EXPECT_LE(static_cast<double>(tally.delivered), static_cast<double>(*order.cap) * 1.01) << order.id; }
      if (order.pacing != Pacing::even || lacked_.contains(i)) continue;
      for (int day = 0; day < market_.days; ++day) {
        if (order.starts >= kStart + days{day + 1}) continue;
        const double plan = static_cast<double>(*order.goal) / static_cast<double>((order.ends - order.starts) / days{1});
        const double got = static_cast<double>(daily_[i][static_cast<std::size_t>(day)]);
        ++even;
        // A small order can't be more exact than whole impressions.
        if (std::abs(got - plan) <= std::max(plan * 0.05, 3.0))
          ++close;
        else
          ADD_FAILURE() << fmt::format("{} on day {}: {} delivered, {:.0f} planned", order.id, day, got, plan);
      }
    }
    EXPECT_GT(even, 0);
    fmt::print("{} of {} days of even orders within 5 % of their plan, {} decisions, {} orders lacked visits\n", close, even, decisions_,
               lacked_.size());
  }

 private:
  struct Delivery {
    Time at;
    std::size_t order;
    Time decided;
    bool operator<(const Delivery& other) const { return at > other.at; }
  };

  void simulate(int hour) {
    const Time begin = kStart + hours{hour};
    const int day = hour < 0 ? -1 : hour / 24;
    const double today = market_.visits * (day == market_.burst_on ? 10 : 1);
    const auto count = static_cast<int>(today * part_of((hour + 24) % 24));
    for (int i = 0; i < count; ++i) {
      const Time at = begin + std::chrono::seconds{3600LL * i / std::max(1, count)};
      // Plans are made hourly, and more often when there is more to do.
      if (hour >= 0 && (i == 0 || i % 2'000 == 0)) replan(at);
      auto visit = opportunity(at);
      forecast_.note(at, slots_of(visit));
      sample_.note(visit);
      if (hour < 0) continue;
      deliver(at);
      for (const auto& insertion : decide(planned_.plan, visit, *this)) {
        const auto order = index_.at(planned_.plan.orders[insertion.order].id);
        ++decisions_;
        ++decided_[order];
        ++running_[order].tally.unsettled;
        made_[order].push(at);
        // Seven of ten are downloaded as a whole, most of them at once.
        if (engine_() % 10 < 7) coming_.push({at + std::chrono::seconds{engine_() % 900}, order, at});
      }
    }
    if (hour % 24 == 23) sample_.age();
  }

  Opportunity opportunity(Time at) {
    const std::array countries{"AT", "DE", "DE", "CH", "FR", ""};
    Opportunity visit{.show = fmt::format("show{}", std::min(engine_() % static_cast<std::uint64_t>(market_.shows),
                                                             engine_() % static_cast<std::uint64_t>(market_.shows)))};
    visit.country = countries[engine_() % countries.size()];
    visit.at = at;
    visit.breaks = {{.position = Position::preroll}, {.position = Position::midroll}, {.position = Position::postroll}};
    visit.seed = engine_();
    return visit;
  }

  void deliver(Time now) {
    while (!coming_.empty() && coming_.top().at <= now) {
      const auto& next = coming_.top();
      auto& tally = running_[next.order].tally;
      ++tally.delivered;
      ++daily_[next.order][static_cast<std::size_t>((next.at - kStart) / days{1})];
      ++(now - next.decided < kSettled ? tally.delivered_of_unsettled : tally.delivered_of_settled);
      young_[next.order].push(next.decided);
      coming_.pop();
    }
  }

  void replan(Time now) {
    const auto day = static_cast<std::size_t>((now - kStart) / days{1});
    std::vector<Running> live;
    std::vector<std::size_t> which;
    std::vector<double> corrections;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      auto& each = running_[i];
      each.tally.delivered_today = daily_[i][day];
      for (; !made_[i].empty() && now - made_[i].front() >= kSettled; made_[i].pop()) --each.tally.unsettled, ++each.tally.settled;
      for (; !young_[i].empty() && now - young_[i].front() >= kSettled; young_[i].pop())
        --each.tally.delivered_of_unsettled, ++each.tally.delivered_of_settled;
      if (each.order.starts > now || each.order.ends <= now) continue;
      each.decided = static_cast<double>(decided_[i]);
      each.meant = meant_[i] * elapsed(now);
      decided_[i] = 0;
      live.push_back(each);
      which.push_back(i);
      corrections.push_back(corrections_[i]);
    }
    planned_ = make_plan(std::move(live), corrections, forecast_, sample_, now);
    for (std::size_t k = 0; k < which.size(); ++k) {
      allowances_[which[k]] = planned_.allowances[k];
      corrections_[which[k]] = planned_.corrections[k];
      meant_[which[k]] = planned_.demands[k];
      // Where the visits of a day aren't enough from its beginning, no plan can be kept.
      if ((now - kStart) % days{1} < 1h && planned_.missing[k] > planned_.demands[k] * 0.02 + 1) lacked_.insert(which[k]);
    }
    expected_ = planned_.visits;
  }

  /// The part of the last plan's visits that has come.
  [[nodiscard]] double elapsed(Time now) const {
    const double left = forecast_.until_midnight(now);
    return expected_ <= 0 ? 0 : std::clamp((expected_ - left) / expected_, 0.0, 1.0);
  }

  Market market_;
  std::mt19937_64 engine_;
  Forecast forecast_;
  Sample sample_;
  std::vector<Running> running_;
  std::map<std::string, std::size_t> index_;
  std::vector<double> corrections_;
  std::vector<std::int64_t> allowances_;
  std::map<std::size_t, double> meant_;
  std::map<std::size_t, int> decided_;
  std::map<std::size_t, std::queue<Time>> made_, young_;
  std::vector<std::vector<std::int64_t>> daily_;
  std::priority_queue<Delivery> coming_;
  std::set<std::size_t> lacked_;
  Planned planned_;
  double expected_ = 0;  ///< visits, by the last plan
  std::int64_t decisions_ = 0;
};

TEST(Market, EvenOrdersKeepTheirPlanThroughABurstAndNoCapIsExceeded) {
  Market market;
  if (std::getenv("CARILLON_LONG")) {  // a quarter
    market.days = 90;
    market.shows = 200;
    market.orders = 300;
    market.visits = 100'000;
  }
  Simulation simulation{market};
  simulation.run();
  simulation.check();
}

}  // namespace
}  // namespace carillon::ads
