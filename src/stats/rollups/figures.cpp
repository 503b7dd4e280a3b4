// See figures.hpp.

#include "stats/rollups/figures.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "podcast/store/episodes.hpp"
#include "stats/log/segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <unordered_map>

namespace carillon::stats {
namespace fs = std::filesystem;
namespace {

/// Pauses between rounds are so many times as long as the counting.
constexpr int kShare = 10;
/// A tag with a cover and chapters is smaller.
constexpr std::uint64_t kLongestHeader = 16 << 20;
constexpr ByteCount kLargestList{16 << 20};
constexpr std::array<const char*, 6> kListNames{"bots", "apps", "libraries", "browsers", "devices", "referrers"};

std::string day_text(std::chrono::sys_days day) { return to_rfc3339(Time{day}).substr(0, 10); }

std::uint64_t sum_of(const VerdictCounts& verdicts) { return std::accumulate(verdicts.begin(), verdicts.end(), std::uint64_t{0}); }

/// How the content of a recording that was encoded at a constant rate becomes time.
std::optional<int> bitrate_of(const podcast::Master& master) {
  const auto seconds = std::chrono::duration<double>(master.duration).count();
  if (seconds <= 0) return {};
  return static_cast<int>(static_cast<double>(master.frames_length.value) * 8 / seconds);
}

/// Of the audio of a record, as far as the episode of today tells. None: the file is another than today's in more than its tag.
std::optional<AudioFacts> facts_of(const podcast::Episode& episode, const Record& record) {
  if (!episode.master) return {};
  const auto bitrate = bitrate_of(*episode.master);
  if (episode.frozen && episode.frozen->whole == record.media) return AudioFacts{episode.frozen->prefix_length, bitrate};
  if (!record.whole || record.whole->value < episode.master->frames_length.value) return {};
  const auto header = record.whole->value - episode.master->frames_length.value;
  if (header > kLongestHeader) return {};
  return AudioFacts{ByteCount{header}, bitrate};
}

std::optional<AudioFacts> facts_of(const ads::ArrangedAds& arrangement, const Record& record) {
  const auto length = static_cast<std::uint64_t>(arrangement.length);
  if (!record.whole || record.whole->value < length || record.whole->value - length > kLongestHeader) return {};
  AudioFacts facts{.header = ByteCount{record.whole->value - length},
                   .bitrate = arrangement.bitrate > 0 ? std::optional{arrangement.bitrate} : std::nullopt};
  if (arrangement.ads.empty()) return facts;
  auto ads = std::make_shared<std::vector<AdBytes>>();
  for (const auto& ad : arrangement.ads) ads->push_back({ad.order, ad.creative, ad.position, {ad.first, ad.first + ad.length - 1}});
  facts.ads = std::move(ads);
  return facts;
}

}  // namespace

/// What is learnt about audio and shows while a day is read.
struct Figures::Counting {
  const Parts& parts;
  std::unordered_map<std::string, std::optional<podcast::Episode>> episodes{};
  std::unordered_map<Digest, std::optional<AudioFacts>> facts{};
  std::map<Digest, AudioFacts> learnt{};
  Result<> outcome{};

  const std::optional<podcast::Episode>& episode(const std::string& id) {
    const auto known = episodes.find(id);
    if (known != episodes.end()) return known->second;
    auto found = parts.podcasts.read_now([&](db::Session& session) -> Result<std::optional<podcast::Episode>> {
      return podcast::queries::episode_even_deleted(session, id);
    });
    if (!found && outcome) outcome = std::unexpected(found.error());
    return episodes.emplace(id, found ? std::move(*found) : std::nullopt).first->second;
  }
  std::optional<AudioFacts> of(const Record& record) {
    const auto known = facts.find(record.media);
    if (known != facts.end()) return known->second;
    if (!record.arrangement.empty()) {
      auto arranged = parts.arrangement(record.media);
      if (!arranged && outcome) outcome = std::unexpected(arranged.error());
      if (arranged && *arranged) return facts.emplace(record.media, facts_of(**arranged, record)).first->second;
    }
    auto found = parts.warehouse.facts(record.media);
    if (!found && outcome) outcome = std::unexpected(found.error());
    auto fact = found ? *found : std::nullopt;
    if (!fact) {
      if (const auto& one = episode(record.episode)) fact = facts_of(*one, record);
      if (fact) learnt[record.media] = *fact;
    }
    return facts.emplace(record.media, fact).first->second;
  }
};

Figures::Figures(Parts parts) : parts_{std::move(parts)} {}
Figures::~Figures() = default;

Result<std::vector<Figures::Segment>> Figures::segments() const {
  std::vector<Segment> all;
  for (const auto& folder : parts_.logs()) {
    std::error_code none;
    if (!fs::exists(folder, none)) continue;
    const auto found = segments_in(folder);
    if (!found) return std::unexpected(found.error());
    for (const auto& segment : *found) {
      const auto changed = fs::last_write_time(segment.path, none);
      if (!none) all.push_back({segment.path, std::chrono::floor<std::chrono::days>(segment.first), changed});
    }
  }
  return all;
}

std::vector<Figures::Segment> Figures::around(const std::vector<Segment>& all, std::chrono::sys_days day) {
  // The last second of a day may end a segment, and responses that ended later are in later ones.
  const auto last = day + std::chrono::ceil<std::chrono::days>(kLateData);
  std::vector<Segment> near;
  std::ranges::copy_if(all, std::back_inserter(near),
                       [&](const Segment& one) { return one.day >= day - std::chrono::days{1} && one.day <= last; });
  return near;
}

Result<Figures::Counted> Figures::read(const std::vector<Segment>& segments, std::chrono::sys_days day, const AgentLists& lists,
                                       const std::string& explained) {
  Counting counting{.parts = parts_};
  DayCounter counter{day, parts_.rules, lists, [&](const Record& record) { return counting.of(record); }};
  if (!explained.empty()) counter.explain(explained);
  for (const auto& segment : segments) {
    const auto scan = scan_segment(segment.path, [&](const Record& record) { counter.add(record); });
    std::error_code none;
    if (!scan && fs::exists(segment.path, none)) return std::unexpected(scan.error());
    if (!counting.outcome) return std::unexpected(counting.outcome.error());
  }
  Counted counted{.day = counter.finish(), .show_of = {}, .explained = {}};
  if (!explained.empty()) counted.explained = counter.explained();
  for (const auto& download : counted.day.downloads) {
    const auto& id = counted.day.texts[download.episode];
    if (counted.show_of.contains(id)) continue;
    const auto& episode = counting.episode(id);
    counted.show_of[id] = episode ? episode->show_id : "";
  }
  if (!counting.outcome) return std::unexpected(counting.outcome.error());
  if (auto kept = parts_.warehouse.keep_facts(counting.learnt); !kept) return forward_error(kept);
  return counted;
}

Result<DayState> Figures::count_with(std::chrono::sys_days day, const std::shared_ptr<const AgentLists>& lists) {
  const Lock lock{counting_};
  const auto all = segments();
  if (!all) return std::unexpected(all.error());
  const auto near = around(*all, day);
  const auto before = parts_.warehouse.days(day, day + std::chrono::days{1});
  if (!before) return std::unexpected(before.error());
  const auto now = parts_.clock.now();
  // Before reading: what is written meanwhile is counted in the next round.
  const auto newest = near.empty() ? fs::file_time_type::min() : std::ranges::max(near, {}, &Segment::changed).changed;
  auto counted = read(near, day, *lists, {});
  if (!counted) return forward_error(counted);
  // The log only grows until it is deleted: then the figures are all that is left of it.
  const auto requests = sum_of(counted->day.verdicts), known = before->empty() ? 0 : sum_of(before->front().verdicts);
  if (requests < known)
    return fail(ErrorKind::conflict,
                fmt::format("The request log still has {} of the {} requests of {} (UTC), so its figures stay as they are.", requests,
                            known, day_text(day)));
  const auto [is_over, sure] = over(day, now);
  const bool was_final = !before->empty() && before->front().final && before->front().counted <= now;
  const bool is_final = sure || (is_over && was_final);
  if (auto kept = parts_.warehouse.keep_lists(lists->digest(), lists->texts()); !kept) return forward_error(kept);
  auto state = parts_.warehouse.put({.day = day,
                                     .final = is_final,
                                     .rules = parts_.rules.version,
                                     .counted = now,
                                     .verdicts = counted->day.verdicts,
                                     .lists = lists->digest(),
                                     .digest = {}},
                                    counted->day, counted->show_of);
  if (state) newest_[day] = newest;
  return state;
}

Result<DayState> Figures::count(std::chrono::sys_days day, bool with_current_lists) {
  if (with_current_lists) return count_with(day, current_lists());
  auto lists = lists_of(day);
  if (!lists) return forward_error(lists);
  return count_with(day, *lists);
}

Result<std::shared_ptr<const AgentLists>> Figures::lists_of(std::chrono::sys_days day) {
  const auto known = parts_.warehouse.days(day, day + std::chrono::days{1});
  if (!known) return std::unexpected(known.error());
  return known->empty() ? Result<std::shared_ptr<const AgentLists>>{current_lists()} : lists_with(known->front().lists);
}

Result<std::vector<Explained>> Figures::explain(const std::string& episode, std::chrono::sys_days day) {
  auto lists = lists_of(day);
  if (!lists) return forward_error(lists);
  const auto all = segments();
  if (!all) return std::unexpected(all.error());
  const Lock lock{counting_};
  auto counted = read(around(*all, day), day, **lists, episode);
  if (!counted) return forward_error(counted);
  return std::move(counted->explained);
}

Result<Figures::DayDownloads> Figures::rows(std::chrono::sys_days day) {
  auto lists = lists_of(day);
  if (!lists) return forward_error(lists);
  const auto all = segments();
  if (!all) return std::unexpected(all.error());
  const auto near = around(*all, day);
  if (near.empty()) return DayDownloads{};
  const Lock lock{counting_};
  auto counted = read(near, day, **lists, {});
  if (!counted) return forward_error(counted);
  return DayDownloads{std::move(counted->day), std::move(counted->show_of)};
}

Time Figures::work() {
  const auto begun = std::chrono::steady_clock::now();
  const auto now = parts_.clock.now();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto all = segments();
  bool more = false;
  if (all && !all->empty()) {
    const auto first = std::ranges::min(*all, {}, &Segment::day).day;
    const auto known = parts_.warehouse.days(first, today + std::chrono::days{1});
    std::map<std::chrono::sys_days, DayState> states;
    if (known) {
      for (const auto& state : *known) states[state.day] = state;
    } else {
      log::warning("counted days could not be read", {{"reason", known.error().message}});
    }
    // Today, and one other day: a log of years is counted in as many rounds, between which the server can stop.
    int counted = 0;
    for (auto day = today; known && day >= first && !more; day -= std::chrono::days{1}) {
      const auto state = states.find(day);
      const auto [is_over, sure] = [&] {
        const Lock lock{counting_};
        return over(day, now);
      }();
      // Whoever finished it early had a clock that was ahead.
      const bool early = state != states.end() && state->second.final && (!is_over || state->second.counted > now);
      if (state != states.end() && state->second.final && !early) continue;
      const auto near = around(*all, day);
      if (near.empty()) continue;
      if (state != states.end() && !early && !sure && !has_changed(day, near)) continue;
      const auto newest = std::ranges::max(near, {}, &Segment::changed).changed;
      if (const auto failed = failed_.find(day); failed != failed_.end() && failed->second == newest) continue;
      if (day != today && counted++ > 0) {
        more = true;
        continue;
      }
      if (const auto done = count_with(day, current_lists()); !done) {
        log::warning("a day could not be counted", {{"day", day_text(day)}, {"reason", done.error().message}});
        // Not again before something has changed, so that it doesn't keep others waiting. What may pass is tried again.
        if (done.error().kind == ErrorKind::conflict) failed_[day] = newest;
      }
    }
  } else if (!all) {
    log::warning("the request log could not be read for counting", {{"reason", all.error().message}});
  }
  const auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
  return parts_.clock.now() + (more ? took : std::max<Duration>(kRecountEvery, kShare * took));
}

Figures::Over Figures::over(std::chrono::sys_days day, Time now) {
  if (now < Time{day} + std::chrono::days{1} + kLateData) {
    over_since_.erase(over_since_.lower_bound(day), over_since_.end());
    return {.is_over = false, .sure = false};
  }
  const auto steady = parts_.steady();
  const auto last = std::chrono::floor<std::chrono::days>(now - kLateData) - std::chrono::days{1};
  over_since_.try_emplace(last, steady);
  // What is over on one day was over on every earlier one.
  while (over_since_.size() > 1 && steady - std::next(over_since_.begin())->second >= kSureOfClock) over_since_.erase(over_since_.begin());
  const auto known = over_since_.lower_bound(day);
  return {.is_over = true, .sure = known != over_since_.end() && steady - known->second >= kSureOfClock};
}

bool Figures::has_changed(std::chrono::sys_days day, const std::vector<Segment>& near) {
  const Lock lock{counting_};
  const auto counted = newest_.find(day);
  return counted == newest_.end() || std::ranges::max(near, {}, &Segment::changed).changed > counted->second;
}

void Figures::read_lists() {
  std::map<std::string, fs::file_time_type> files;
  for (const auto* name : kListNames) {
    for (const auto* ending : {".json", ".runtime.json"}) {
      std::error_code none;
      const auto file = parts_.lists / (std::string(name) + ending);
      const auto changed = fs::last_write_time(file, none);
      if (!none) files[file.string()] = changed;
    }
  }
  if (lists_ && files == files_) return;
  files_ = files;
  AgentTexts texts;
  const std::array given{&texts.bots, &texts.apps, &texts.libraries, &texts.browsers, &texts.devices, &texts.referrers};
  for (const auto& [path, changed] : files) {
    const auto name = fs::path{path}.filename().string();
    std::error_code none;
    const auto text = fs::file_size(path, none) > kLargestList.value && !none
                          ? Result<std::string>{fail(ErrorKind::too_large, "it's larger than " + to_human(kLargestList))}
                          : read_file(path);
    if (!text) {
      log::warning("a list of agents could not be read; the former one stays in use", {{"file", path}, {"reason", text.error().message}});
      continue;
    }
    for (std::size_t number = 0; number < kListNames.size(); ++number) {
      if (name.starts_with(std::string(kListNames[number]) + ".")) *given[number] = *text;
    }
  }
  auto parsed = AgentLists::parse(texts);
  if (!parsed) {
    log::warning("a list of agents can't be used; the former ones stay in use", {{"reason", parsed.error().message}});
    if (lists_) return;
    parsed = AgentLists::parse();
  }
  lists_ = std::make_shared<const AgentLists>(std::move(*parsed));
}

std::shared_ptr<const AgentLists> Figures::current_lists() {
  const Lock lock{mutex_};
  read_lists();
  return lists_;
}

Figures::ListsInUse Figures::lists_in_use() {
  const Lock lock{mutex_};
  read_lists();
  ListsInUse use{.digest = lists_->digest(), .files = {}, .sources = {}};
  if (files_.size() < kListNames.size()) use.sources.push_back({"", Time{AgentLists::shipped()}});
  for (const auto& [file, changed] : files_) {
    use.files.push_back(fs::path{file}.filename().string());
    use.sources.push_back({use.files.back(), std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(changed))});
  }
  return use;
}

Result<std::shared_ptr<const AgentLists>> Figures::lists_with(const std::string& digest) {
  auto current = current_lists();
  if (current->digest() == digest) return current;
  const auto texts = parts_.warehouse.lists(digest);
  if (!texts) return std::unexpected(texts.error());
  if (!*texts) return fail(ErrorKind::not_found, "The lists that this day was counted with aren't kept; count it with the current lists.");
  auto parsed = AgentLists::parse(**texts);
  if (!parsed) return forward_error(parsed);
  return std::make_shared<const AgentLists>(std::move(*parsed));
}

Result<Time> Figures::counted_until(Time now) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto counted = days(today - std::chrono::days{1}, today + std::chrono::days{1});
  if (!counted) return std::unexpected(counted.error());
  Time until{};
  for (const auto& state : *counted) {
    // The last hours of yesterday are known when it was counted today.
    if (state.day < today && state.counted < Time{today}) return state.counted;
    until = state.counted;
  }
  return until;
}

}  // namespace carillon::stats
