// Simulated days whose truth is known, because every listener's habit says whether it is a download. With CARILLON_LONG, a month of 10,000
// episodes.

#include "stats/rollups/testing/figures_world.hpp"

#include "base/log.hpp"
#include "crypto/sha256.hpp"
#include "podcast/store/shows.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::seconds;
using testing::FiguresWorld;
using testing::needed;

/// Agents and what they are called.
struct App {
  const char* agent;
  const char* name;
};
constexpr App kApps[] = {{"AntennaPod/3.5.0", "AntennaPod"},
                         {"Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "Overcast"},
                         {"Castro 2024/1", "Castro"},
                         {"gPodder/3.11 Linux", "gPodder"}};
constexpr const char* kCountries[] = {"CH", "DE", "US", "FR", "BR", ""};

/// What a listener does with an episode on a day, and whether that is a download. Those of `any_length` are possible with short episodes.
enum class Does {
  whole,
  eight_parts,
  two_bytes_first,
  resumes,
  plays_and_seeks,
  minute_in_pieces,
  leaves,
  repeats_half_a_minute,
  all_but_one_byte,
  robot,
  watch,
  data_centre,
  no_agent,
  head,
  unchanged,
  missing
};
struct Habit {
  Does does;
  bool is_download, any_length;
  int weight;
};
constexpr Habit kHabits[] = {{Does::whole, true, true, 30},
                             {Does::eight_parts, true, true, 10},
                             {Does::two_bytes_first, true, true, 10},
                             {Does::resumes, true, true, 10},
                             {Does::plays_and_seeks, true, false, 20},
                             {Does::minute_in_pieces, true, false, 5},
                             {Does::leaves, false, false, 10},
                             {Does::repeats_half_a_minute, false, false, 4},
                             {Does::all_but_one_byte, false, true, 2},
                             {Does::robot, false, true, 4},
                             {Does::watch, false, true, 3},
                             {Does::data_centre, false, true, 2},
                             {Does::no_agent, false, true, 1},
                             {Does::head, false, true, 2},
                             {Does::unchanged, false, true, 2},
                             {Does::missing, false, true, 1}};

/// What one kind of episode is made of, in bytes.
struct Audio {
  std::uint64_t header, frames;
  int bitrate;
  bool is_short;  ///< under a minute: whole or nothing
  [[nodiscard]] std::uint64_t whole() const { return header + frames; }
  [[nodiscard]] std::uint64_t second() const { return static_cast<std::uint64_t>(bitrate) / 8; }
};
constexpr Audio kAudio[] = {{30'000, 60 * 960'000, 128'000, false},
                            {30'000, 30 * 480'000, 64'000, false},
                            {5'000'000, 20 * 1'440'000, 192'000, false},
                            {2'000, 45 * 16'000, 128'000, true}};
const Audio& audio_of(std::size_t episode) { return kAudio[episode % std::size(kAudio)]; }

class Month : protected FiguresWorld {
 public:
  struct Size {
    int days, episodes, shows, addresses, acts;
  };
  explicit Month(Size size) : FiguresWorld{size.episodes}, size_{size} {
    for (const auto& habit : kHabits) weights_.push_back(habit.weight);
    needed(world.database->write_now([&](db::Session& session) -> Result<> {
      for (int number = 0; number < size.shows; ++number) {
        auto show = world.show;
        show.id = fmt::format("{}{}", world.show.id.substr(0, 20), 100'000 + number);
        show.slug = show.guid = fmt::format("show-{}", number);
        podcast::queries::insert(session, show);
        shows_.push_back(show.id);
      }
      for (std::size_t number = 0; number < world.episodes.size(); ++number) {
        auto& episode = world.episodes[number];
        const auto& audio = audio_of(number);
        podcast::queries::remove_episode(session, episode.id);
        episode.show_id = show_of(number);
        episode.master->frames_length = ByteCount{audio.frames};
        episode.master->duration = seconds{audio.frames / audio.second()};
        episode.frozen->prefix_length = ByteCount{audio.header};
        episode.frozen->whole = crypto::sha256(as_bytes(episode.id));
        podcast::queries::insert(session, episode);
        numbers_[episode.id] = number;
      }
      return {};
    }));
    first_ = day;
  }

  void run() {
    for (int number = 0; number < size_.days; ++number) {
      simulate(first_ + days{number});
      world.clock.set(Time{first_ + days{number}} + 23h);
      count(first_ + days{number});
    }
    compare();
    // Everything again from the log alone, on a machine where all figures are gone.
    std::map<std::chrono::sys_days, std::string> digests;
    for (const auto& state : states()) digests[state.day] = state.digest;
    figures.reset();
    warehouse.reset();
    database.reset();
    std::filesystem::remove(world.folder.path() / "statistics.db");
    open();
    for (int number = 0; number < size_.days; ++number) needed(figures->count(first_ + days{number}));
    for (const auto& state : states()) EXPECT_EQ(state.digest, digests[state.day]);
    compare();
    std::cout << fmt::format("{} days, {} episodes, {} requests, {} downloads by {} listeners: as the truth\n", size_.days, size_.episodes,
                             requests_, downloads_, everyone_.size());
  }

 private:
  /// An address with one agent.
  using Listener = std::pair<std::uint32_t, std::size_t>;
  struct Requested {
    Time first = Time::max();
    bool is_download = false;
  };
  using Truth = std::map<std::pair<Listener, std::size_t>, Requested>;

  [[nodiscard]] const std::string& show_of(std::size_t episode) const { return shows_[episode % shows_.size()]; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  /// Few episodes are heard by most.
  std::size_t some_episode() {
    const auto part = std::pow(static_cast<double>(size_.episodes), std::uniform_real_distribution<>{0, 1}(random_));
    return std::min(static_cast<std::size_t>(part), world.episodes.size()) - 1;
  }
  [[nodiscard]] static const char* country_of(std::uint32_t address) { return kCountries[address % std::size(kCountries)]; }

  /// One response, of those that may count. It is a part of the truth when it happens; whether there is a download is the habit's to say.
  void send(Record& base, std::uint64_t first, std::uint64_t length, std::string range = {}) {
    auto record = base;
    record.status = first == 0 && length == record.whole->value && range.empty() ? 200 : 206;
    record.first = ByteCount{first};
    record.sent = ByteCount{length};
    if (record.status == 206) record.range = range.empty() ? fmt::format("bytes={}-{}", first, first + length - 1) : std::move(range);
    records_.push_back(record);
    base.time += seconds{below(600)};
  }
  Record base_of(std::uint32_t address, std::size_t episode, Time time) {
    auto record = request(episode);
    record.listener.fill({});
    std::memcpy(record.listener.data(), &address, sizeof address);
    record.whole = ByteCount{audio_of(episode).whole()};
    record.country = country_of(address);
    record.time = time;
    return record;
  }
  void happened(std::uint32_t address, std::size_t app, std::size_t episode, Time first, bool is_download) {
    auto& known = truth_[first_day_of(first)][{{address, app}, episode}];
    known.first = std::min(known.first, first);
    known.is_download = known.is_download || is_download;
  }
  static std::chrono::sys_days first_day_of(Time time) { return std::chrono::floor<days>(time); }

  void act(std::chrono::sys_days today) {
    // Everyone has one or two apps, and the same ones each day.
    const auto address = static_cast<std::uint32_t>(below(static_cast<std::uint64_t>(size_.addresses)));
    const auto app = (address * 7 + (address % 3 == 0 ? below(2) : 0)) % std::size(kApps);
    const auto episode = some_episode();
    const auto& audio = audio_of(episode);
    const auto* habit = &kHabits[std::discrete_distribution<std::size_t>{weights_.begin(), weights_.end()}(random_)];
    if (audio.is_short && !habit->any_length) habit = &kHabits[0];
    auto base = base_of(address, episode, Time{today} + seconds{below(80'000)});
    base.user_agent = kApps[app].agent;
    const auto began = base.time;
    const auto whole = audio.whole(), minute = 60 * audio.second();
    bool passes_filters = true;
    switch (habit->does) {
      case Does::whole:
        send(base, 0, whole);
        if (below(3) == 0) send(base, 0, whole);
        break;
      case Does::eight_parts: {
        const auto part = (whole + 7) / 8;
        for (const auto number : {3U, 1U, 0U, 2U, 7U, 6U, 5U, 4U}) send(base, number * part, std::min(part, whole - number * part));
        break;
      }
      case Does::two_bytes_first:
        // Filtered, so the download begins with the next one.
        send(base, 0, 2, "bytes=0-1");
        happened(address, app, episode, base.time, true);
        send(base, 0, whole, "bytes=0-");
        return;
      case Does::resumes: {
        const auto cut = 1 + below(whole - 1);
        send(base, 0, cut);
        send(base, cut, whole - cut);
        break;
      }
      case Does::plays_and_seeks:
        send(base, 0, audio.header + minute / 2);
        send(base, whole / 2, minute / 2);
        send(base, whole / 2 + minute / 2, 1 + below(minute));
        break;
      case Does::minute_in_pieces:
        // Exactly a minute, the pieces overlapping.
        for (const auto piece : {4U, 0U, 2U, 1U, 5U, 3U}) {
          const auto first = piece == 0 ? 0 : audio.header + piece * minute / 6 - 1'000;
          send(base, first, audio.header + (piece + 1) * minute / 6 - first);
        }
        break;
      case Does::leaves:
        send(base, 0, 3 + below(audio.header + minute - 4));
        break;
      case Does::repeats_half_a_minute:
        for (int again = 0; again < 5; ++again) send(base, 0, audio.header + minute / 2);
        break;
      case Does::all_but_one_byte:
        // Of a short episode. A long one is a download by then.
        if (!audio.is_short) return;
        send(base, 0, whole - 1);
        break;
      default:
        passes_filters = false;
        filtered(habit->does, base, whole);
    }
    if (passes_filters) happened(address, app, episode, began, habit->is_download);
  }
  /// A request that a rule leaves out, whatever else this listener does.
  void filtered(Does does, Record& base, std::uint64_t whole) {
    if (does == Does::robot) base.user_agent = "Mozilla/5.0 (compatible; bingbot/2.0)";
    if (does == Does::watch) base.user_agent = "atc/1.0 watchOS/10.1 model/Watch6,9";
    if (does == Does::data_centre) base.data_centre = true;
    if (does == Does::no_agent) base.user_agent = "";
    if (does == Does::head || does == Does::unchanged || does == Does::missing) {
      base.method = does == Does::head ? "HEAD" : "GET";
      base.status = does == Does::head ? 200 : does == Does::unchanged ? 304 : 404;
      base.sent = ByteCount{0};
      records_.push_back(base);
      return;
    }
    send(base, 0, whole);
  }
  /// Requests of one download on both sides of midnight: each day is judged for itself.
  void over_midnight(std::chrono::sys_days today, std::uint32_t address, bool enough) {
    const std::size_t episode = 0;
    const auto& audio = audio_of(episode);
    const auto part = (enough ? 60 : 50) * audio.second();
    auto before = base_of(address, episode, Time{today} + 24h - 1s), after = base_of(address, episode, Time{today} + 24h);
    before.user_agent = after.user_agent = kApps[0].agent;
    send(before, 0, audio.header + part);
    // The tag doesn't count as content, and its bytes are missing here.
    send(after, audio.header + part, audio.header + part);
    happened(address, 0, episode, Time{today} + 24h - 1s, enough);
    happened(address, 0, episode, Time{today} + 24h, enough);
  }
  /// One address downloads more episodes than people behind one address do; another one is known to be shared by many.
  void crowd(std::chrono::sys_days today, std::uint32_t address, bool shared) {
    for (std::size_t episode = 0; episode < Rules{}.most_per_address + 1; ++episode) {
      auto base = base_of(address, episode % world.episodes.size(), Time{today} + seconds{episode});
      const auto app = episode / world.episodes.size() % std::size(kApps);
      base.user_agent = kApps[app].agent;
      base.shared = shared;
      happened(address, app, episode % world.episodes.size(), base.time, shared);
      send(base, 0, base.whole->value);
    }
  }
  void simulate(std::chrono::sys_days today) {
    for (int number = 0; number < size_.acts; ++number) act(today);
    // Nobody else has these addresses.
    const auto own = 4'000'000'000U + static_cast<std::uint32_t>((today - first_).count()) * 10;
    over_midnight(today, own, true);
    over_midnight(today, own + 1, false);
    if (world.episodes.size() * std::size(kApps) > Rules{}.most_per_address) {
      crowd(today, own + 2, false);
      crowd(today, own + 3, true);
    }
    // As they end, not as they begin, on two nodes.
    std::ranges::shuffle(records_, random_);
    const auto half = records_.begin() + static_cast<std::ptrdiff_t>(records_.size() / 2);
    write({records_.begin(), half}, "a");
    write({half, records_.end()}, "b");
    requests_ += records_.size();
    records_.clear();
  }
  void count(std::chrono::sys_days today) {
    const auto state = needed(figures->count(today));
    std::map<std::string, std::uint64_t> of_episode;
    for (const auto& [who, requested] : truth_[today]) {
      const auto& [listener, episode] = who;
      if (!requested.is_download) continue;
      ++downloads_;
      ++of_episode[world.episodes[episode].id];
      const auto& show = show_of(episode);
      ++apps_[{show, kApps[listener.second].name}];
      ++countries_[{show, country_of(listener.first)}];
      ++hours_[{show, std::chrono::floor<std::chrono::hours>(requested.first)}];
      listeners_[show].insert(listener);
      everyone_.insert(listener);
    }
    std::map<std::string, std::uint64_t> counted;
    for (const auto& figure : of({.show_id = {}, .shows = shows_, .from = today, .to = today + days{1}, .by = Dimension::episode}))
      counted[figure.key] = figure.downloads;
    EXPECT_EQ(counted, of_episode) << (today - first_).count();
    std::uint64_t all = 0;
    for (const auto& [episode, number] : of_episode) all += number;
    EXPECT_EQ(state.verdicts[static_cast<std::size_t>(Verdict::download)], all);
    truth_.erase(today);
  }
  [[nodiscard]] std::vector<DayState> states() { return needed(figures->days(first_, first_ + days{size_.days})); }
  /// The whole period: by app, country, hour and listener.
  void compare() {
    const auto query = [&](const std::string& show, Granularity granularity, std::optional<Dimension> by) {
      return of({.show_id = show, .from = first_, .to = first_ + days{size_.days}, .granularity = granularity, .by = by});
    };
    std::map<std::pair<std::string, std::string>, std::uint64_t> apps, countries;
    std::map<std::pair<std::string, Time>, std::uint64_t> hours;
    for (const auto& show : shows_) {
      for (const auto& figure : query(show, Granularity::period, Dimension::app)) apps[{show, figure.key}] = figure.downloads;
      for (const auto& figure : query(show, Granularity::period, Dimension::country)) countries[{show, figure.key}] = figure.downloads;
      for (const auto& figure : query(show, Granularity::hour, {})) hours[{show, figure.from}] = figure.downloads;
      const auto total = query(show, Granularity::period, {});
      ASSERT_EQ(total.size(), 1);
      EXPECT_EQ(total[0].listeners, listeners_[show].size());
    }
    EXPECT_EQ(apps, apps_);
    EXPECT_EQ(countries, countries_);
    EXPECT_EQ(hours, hours_);
    const auto network =
        of({.show_id = {}, .shows = shows_, .from = first_, .to = first_ + days{size_.days}, .granularity = Granularity::period});
    ASSERT_EQ(network.size(), 1);
    EXPECT_EQ(network[0].downloads, downloads_);
    EXPECT_EQ(network[0].listeners, everyone_.size());
  }

  const Size size_;
  std::mt19937_64 random_{20261124};
  std::vector<int> weights_;
  std::chrono::sys_days first_;
  std::vector<std::string> shows_;
  std::map<std::string, std::size_t> numbers_;
  std::vector<Record> records_;
  std::map<std::chrono::sys_days, Truth> truth_;
  std::uint64_t requests_ = 0, downloads_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> apps_, countries_;
  std::map<std::pair<std::string, Time>, std::uint64_t> hours_;
  std::map<std::string, std::set<Listener>> listeners_;
  std::set<Listener> everyone_;
};

TEST(Simulation, FiguresAreTheTruth) {
  if (std::getenv("CARILLON_LONG")) {
    Month{{.days = 30, .episodes = 10'000, .shows = 20, .addresses = 60'000, .acts = 60'000}}.run();
  } else {
    Month{{.days = 2, .episodes = 600, .shows = 3, .addresses = 1'000, .acts = 1'500}}.run();
  }
}

}  // namespace
}  // namespace carillon::stats
