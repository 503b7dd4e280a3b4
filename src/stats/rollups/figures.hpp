#pragma once
// Counts the days of the request log, each again until late data can no longer come, and answers questions about them.

#include "ads/model/figures.hpp"
#include "base/mutex.hpp"
#include "stats/rollups/warehouse.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carillon::stats {

/// A request is recorded when its response has ended. Nobody listens for two days to one response.
inline constexpr std::chrono::hours kLateData{48};
/// The clock must have shown for so long that late data can no longer come: one that jumps ahead and is corrected finishes no day.
inline constexpr std::chrono::hours kSureOfClock{1};
/// Today's figures are at most this old, unless counting takes longer than a tenth of it.
inline constexpr std::chrono::minutes kRecountEvery{1};

/// Any thread; everything blocks.
class Figures final : public ads::DeliveryFigures {
 public:
  struct Parts {
    std::function<std::vector<std::filesystem::path>()> logs;  ///< the folders of segments, one for each node
    Warehouse& warehouse;
    db::Database& podcasts;  ///< shows and episodes
    const Clock& clock;
    std::filesystem::path lists;  ///< the operator's lists of agents: bots.json, apps.json …
    /// What an arrangement consists of; none if it isn't known any more.
    std::function<Result<std::optional<ads::ArrangedAds>>(const Digest& arrangement)> arrangement = [](const Digest&) {
      return std::optional<ads::ArrangedAds>{};
    };
    Rules rules{};
    /// A clock that nobody sets.
    std::function<std::chrono::steady_clock::time_point()> steady = [] { return std::chrono::steady_clock::now(); };
  };
  explicit Figures(Parts parts);
  ~Figures() override;

  /// Counts a day, with the lists that it was counted with before, or with the current ones; replaces its figures. `not_found` if nothing
  /// of the day is in the log any more, or its lists aren't kept.
  Result<DayState> count(std::chrono::sys_days day, bool current_lists = false);
  /// What became of each request for the episode on this day, by time.
  Result<std::vector<Explained>> explain(const std::string& episode, std::chrono::sys_days day);
  /// The downloads of a day with the lists that it was counted with; what the log doesn't have any more is missing.
  struct DayDownloads {
    CountedDay day;
    std::map<std::string, std::string> show_of;  ///< by episode
  };
  Result<DayDownloads> rows(std::chrono::sys_days day);
  /// One thread at a time. A round: counts today and one other day, if they aren't final and have changed. When the next one is due.
  Time work();

  [[nodiscard]] Result<std::vector<Figure>> downloads(const Query& query) { return parts_.warehouse.downloads(query); }
  [[nodiscard]] Result<std::vector<std::vector<std::uint64_t>>> hours(const std::vector<EpisodeHours>& stretches) {
    return parts_.warehouse.hours(stretches);
  }
  Result<std::map<std::string, ads::Delivered>> delivered(Time since) override { return parts_.warehouse.delivered(since); }
  Result<Time> counted_until(Time now) override;
  Result<ads::OrderReport> report(const std::string& order) override { return parts_.warehouse.report(order); }
  [[nodiscard]] Result<std::vector<DayState>> days(std::chrono::sys_days from, std::chrono::sys_days to) {
    return parts_.warehouse.days(from, to);
  }
  [[nodiscard]] Result<std::optional<std::chrono::sys_days>> first_day() { return parts_.warehouse.first_day(); }
  [[nodiscard]] const Rules& rules() const noexcept { return parts_.rules; }
  /// The digest of the lists that new days are counted with, and where they are from.
  struct ListsInUse {
    std::string digest;
    std::vector<std::string> files;  ///< of the operator; the others come with the program
    struct Source {
      std::string file;  ///< "": the program's
      Time dated;
    };
    std::vector<Source> sources;
  };
  [[nodiscard]] ListsInUse lists_in_use();
  /// The lists themselves.
  [[nodiscard]] std::shared_ptr<const AgentLists> agent_lists() { return current_lists(); }

 private:
  struct Segment {
    std::filesystem::path path;
    std::chrono::sys_days day;  ///< of its first record
    std::filesystem::file_time_type changed;
  };
  struct Counted {
    CountedDay day;
    std::map<std::string, std::string> show_of;
    std::vector<Explained> explained;
  };
  struct Counting;

  [[nodiscard]] Result<std::vector<Segment>> segments() const;
  /// Those that can have records of the day.
  [[nodiscard]] static std::vector<Segment> around(const std::vector<Segment>& all, std::chrono::sys_days day);
  /// Whether late data can no longer come. The clock may be wrong: `sure` says whether it has shown this for long enough.
  struct Over {
    bool is_over, sure;
  };
  Over over(std::chrono::sys_days day, Time now) REQUIRES(counting_);
  /// Since the day was counted.
  [[nodiscard]] bool has_changed(std::chrono::sys_days day, const std::vector<Segment>& near);
  Result<Counted> read(const std::vector<Segment>& segments, std::chrono::sys_days day, const AgentLists& lists,
                       const std::string& explained);
  Result<DayState> count_with(std::chrono::sys_days day, const std::shared_ptr<const AgentLists>& lists);
  void read_lists() REQUIRES(mutex_);
  [[nodiscard]] std::shared_ptr<const AgentLists> current_lists();
  /// Those that the day was counted with, else the current ones.
  Result<std::shared_ptr<const AgentLists>> lists_of(std::chrono::sys_days day);
  Result<std::shared_ptr<const AgentLists>> lists_with(const std::string& digest);

  const Parts parts_;
  Mutex mutex_;
  std::shared_ptr<const AgentLists> lists_ GUARDED_BY(mutex_);
  std::map<std::string, std::filesystem::file_time_type> files_ GUARDED_BY(mutex_);  ///< the operator's, when they were read
  std::map<std::chrono::sys_days, std::filesystem::file_time_type> failed_;  ///< days that can't be counted; of the thread of work()
  Mutex counting_;                                                           ///< one day at a time: it takes memory
  std::map<std::chrono::sys_days, std::filesystem::file_time_type> newest_ GUARDED_BY(counting_);  ///< what was counted of each day
  /// Since when the clock has shown that late data of this day, and those before it, can no longer come.
  std::map<std::chrono::sys_days, std::chrono::steady_clock::time_point> over_since_ GUARDED_BY(counting_);
};

}  // namespace carillon::stats
