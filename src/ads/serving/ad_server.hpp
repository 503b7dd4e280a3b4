#pragma once
// Which arrangement a listener gets: what they got before, else what the plan of now decides. Without the database on the way of a
// download.

#include "ads/serving/arranging.hpp"
#include "ads/serving/decision_log.hpp"
#include "ads/serving/planner.hpp"
#include "base/random.hpp"
#include "blob/store.hpp"

#include <functional>
#include <set>
#include <unordered_map>

namespace carillon::ads {

/// Plans are made this often, and after each change of orders. Shortly after the start more often, because little is known then.
inline constexpr std::chrono::minutes kPlanEvery{5};
inline constexpr std::chrono::minutes kFirstPlansEvery{1};
/// Files of an arrangement are kept for so long after it was decided for the last time: apps may continue a download for as long.
inline constexpr std::chrono::days kArrangementsServed{30};

/// What is known about a listener; "" is unknown.
struct ListenerFacts {
  std::string country, region, app, device;
  bool is_robot = false;  ///< its downloads never count, so it gets no advertisements
};

/// What can be heard.
struct Booked {
  std::vector<Order> orders;
  std::map<std::string, ShowRules> rules;  ///< by the show's id
};

/// A request for an episode.
struct Visit {
  std::string network;            ///< slug
  std::string show;               ///< id
  std::vector<std::string> tags;  ///< the show's category and sub-category
  Content content;
  std::string address;  ///< of the listener, full; never stored
  std::string user_agent;
  Time at;
  bool only_remembered = false;  ///< nothing is decided: what the listener got before, or the episode as it is
};

class AdServer {
 public:
  struct Parts {
    db::Database& database;  ///< with kServingSchema
    blob::Store& media;
    const Clock& clock;
    Random& random;
    delivery::NameKey name_key;
    std::function<Result<Booked>(Time now)> booked;         ///< everything that isn't over; blocks
    std::function<Result<Outcomes>(Time since)> delivered;  ///< blocks; fills only Outcomes::delivered
    std::function<ListenerFacts(const std::string& address, const std::string& user_agent)> facts = [](const auto&, const auto&) {
      return ListenerFacts{};
    };
    std::function<Result<std::int64_t>()> nodes = [] { return 1; };  ///< that decide at the same time; blocks
    std::chrono::days keep{400};                                     ///< how long counting may ask for an arrangement
  };
  /// Reads what was decided before, and makes the first plan. Blocks.
  static Result<std::unique_ptr<AdServer>> open(Parts parts);
  ~AdServer() { stop(); }
  AdServer(const AdServer&) = delete;
  AdServer& operator=(const AdServer&) = delete;

  /// The name of the listener's arrangement; none: the episode as it is. Any thread; doesn't block.
  [[nodiscard]] std::optional<std::string> arrangement_for(const Visit& visit);

  void start();
  /// Stores what was decided. Blocks.
  void stop();
  /// Makes a new plan soon. Any thread.
  void orders_changed();
  /// The same now. Blocks; one thread at a time, and not after start().
  Result<> plan_now();
  /// Stores what was decided so far. Blocks.
  Result<> flush() { return log_.flush(); }

  /// Another node decided (kDecisionChange). Blocks.
  Result<> decided_elsewhere(const db::Change& change);
  /// Any of them, because changes were missed. Blocks.
  Result<> read_decisions();

 private:
  struct DayKeys {
    std::map<std::chrono::sys_days, std::string> by_day;
  };
  struct Keyed {
    ListenerKey key{};
    std::uint64_t seed = 0;
  };
  class ListenerPermits;

  explicit AdServer(Parts parts, std::uint64_t seed);
  [[nodiscard]] ArrangementName decide(const Visit& visit, const std::string& listener, const Keyed& keyed, ListenerFacts facts);
  [[nodiscard]] ArrangementName interned(std::string name);
  /// The stored key, which is made if there is none.
  Result<std::string> key_named(const std::string& name, Time now);
  Result<> renew_keys(Time now);
  /// `others`: other nodes decide, too.
  Result<> attach_frequency(LivePlan& plan, Time now, bool others);
  Result<> store_frequency(Time now);
  Result<> drop_old(Time now);
  void run();

  const Parts parts_;
  DecisionLog log_;
  Remembered remembered_;
  Planner planner_;
  std::atomic<std::shared_ptr<const DayKeys>> keys_;
  std::atomic<std::shared_ptr<LivePlan>> plan_;
  Mutex names_mutex_;
  std::unordered_map<std::string, std::weak_ptr<const std::string>> names_ GUARDED_BY(names_mutex_);
  std::size_t names_pruned_at_ GUARDED_BY(names_mutex_) = 1024;
  std::map<std::string, std::pair<std::string, std::shared_ptr<Frequency>>> frequency_;  ///< by order, with keys; of the planning thread
  Time dropped_{};                                                                       ///< when old rows were dropped; likewise
  Mutex mutex_;
  Condition changed_;
  bool stopping_ GUARDED_BY(mutex_) = false, orders_changed_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

/// The files of arrangements that may still be asked for (blob/references.hpp).
[[nodiscard]] Result<std::vector<Digest>> arranged_media(db::Session& session);
/// What an arrangement consists of, by the SHA-256 of its name; none if it isn't known. Blocks.
[[nodiscard]] Result<std::optional<ArrangedAds>> arranged_ads(db::Database& database, const Digest& arrangement);

}  // namespace carillon::ads
