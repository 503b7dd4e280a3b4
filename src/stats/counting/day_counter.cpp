// See day_counter.hpp.

#include "stats/counting/day_counter.hpp"

#include "base/text.hpp"
#include "crypto/sha256.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace carillon::stats {
namespace {

/// More than any audio has; a listener who needs so much never gets a download.
constexpr std::int64_t kUnreachable = std::numeric_limits<std::int64_t>::max();

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// Equal texts have the same number.
class Numbered {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    texts_.push_back(&numbers_.emplace(std::string(text), number).first->first);
    return number;
  }
  [[nodiscard]] const std::string& text(std::uint32_t number) const { return *texts_[number]; }

 private:
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

/// Whether a Range field asks for at most two bytes altogether (RFC 9110 §14.1.1). An open range asks for everything.
bool asks_for_two_bytes(std::string_view range) {
  constexpr std::string_view kUnit = "bytes=";
  if (!range.starts_with(kUnit)) return false;
  range.remove_prefix(kUnit.size());
  std::int64_t bytes = 0;
  bool any = false;
  while (!range.empty()) {
    const auto comma = range.find(',');
    const auto part = trimmed(range.substr(0, comma));
    range = comma == std::string_view::npos ? std::string_view{} : range.substr(comma + 1);
    if (part.empty()) continue;
    const auto dash = part.find('-');
    if (dash == std::string_view::npos) return false;
    const auto number = [](std::string_view digits, std::int64_t& value) {
      const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return wrong == std::errc{} && end == digits.data() + digits.size() && value >= 0;
    };
    std::int64_t first = 0, last = 0;
    if (!number(part.substr(dash + 1), last)) return false;
    if (dash == 0) {
      bytes += last;
    } else {
      if (!number(part.substr(0, dash), first) || last < first || last - first > 1) return false;
      bytes += last - first + 1;
    }
    if (bytes > 2) return false;
    any = true;
  }
  return any && bytes > 0;
}

/// Where the sent bytes begin in the audio. Records of version 1 don't have it.
std::optional<std::int64_t> first_of(const Record& record) {
  if (record.first) return static_cast<std::int64_t>(record.first->value);
  if (record.status == 200) return 0;
  constexpr std::string_view kUnit = "bytes=";
  std::string_view range = record.range;
  if (!range.starts_with(kUnit)) return {};
  range.remove_prefix(kUnit.size());
  std::int64_t first = 0;
  const auto [end, wrong] = std::from_chars(range.data(), range.data() + range.size(), first);
  if (wrong != std::errc{} || first < 0 || end == range.data() + range.size() || *end != '-') return {};
  return first;
}

/// Whether an agent is a text that a program would send: something readable, no markup, no control characters.
bool is_readable(std::string_view agent) {
  bool letters = false;
  for (const char c : agent) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '<' || c == '>') return false;
    letters = letters || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  }
  return letters;
}

/// An Apple Watch (rule of the guidelines): its podcast app downloads what the phone has already downloaded.
bool is_watch(std::string_view agent) {
  return (agent.starts_with("atc/") && agent.find("watchOS") != std::string_view::npos) ||
         agent.find("(null) watchOS") != std::string_view::npos;
}

struct Key {
  std::array<std::byte, 16> listener;
  std::uint32_t listener_key;
  std::uint32_t episode;
  std::uint32_t agent;
  bool operator==(const Key&) const = default;
};

std::size_t mixed(std::size_t one, std::size_t other) noexcept { return (one ^ other) * 0x9E3779B97F4A7C15ULL; }

struct KeyHash {
  std::size_t operator()(const Key& key) const noexcept {
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, key.listener.data(), sizeof low);
    std::memcpy(&high, key.listener.data() + sizeof low, sizeof high);
    const auto listener = mixed(static_cast<std::size_t>(low), static_cast<std::size_t>(high));
    return mixed(mixed(listener, key.listener_key), std::size_t{key.episode} << 32U | key.agent);
  }
};

struct AddressHash {
  std::size_t operator()(const std::pair<std::array<std::byte, 16>, std::uint32_t>& address) const noexcept {
    return KeyHash{}({address.first, address.second, 0, 0});
  }
};

/// What is known about the requests of one listener for one episode.
struct Evidence {
  std::int64_t first_time = std::numeric_limits<std::int64_t>::max();
  std::int64_t needed = 0;  ///< bytes
  ByteRange range;          ///< what was sent, while it is one range
  std::unique_ptr<ByteRanges> ranges{};
  std::uint32_t requests = 0;
  std::uint32_t referrer = 0;  ///< of the first request, as are the following
  std::uint32_t country = 0, region = 0;

  void add(ByteRange sent) {
    if (ranges) return ranges->add(sent);
    if (range.last < range.first) {
      range = sent;
    } else if (sent.first <= range.last + 1 && range.first <= sent.last + 1) {
      range = {std::min(range.first, sent.first), std::max(range.last, sent.last)};
    } else {
      ranges = std::make_unique<ByteRanges>();
      ranges->add(range);
      ranges->add(sent);
    }
  }
  [[nodiscard]] std::int64_t total() const noexcept { return ranges ? ranges->total() : range.last - range.first + 1; }
  [[nodiscard]] bool is_enough() const noexcept { return total() >= needed; }
};

}  // namespace

struct DayCounter::Impl {
  const std::chrono::sys_days day;
  const Rules rules;
  const AgentLists& lists;
  const FactsOf facts;

  struct KnownAgent {
    Verdict verdict = Verdict::download;  ///< or the filter that applies to all of its requests
    AgentKind kind = AgentKind::unknown;
    Agent agent{};
  };
  Numbered episodes, agents, texts;
  std::vector<KnownAgent> known;
  boost::unordered_flat_map<Key, Evidence, KeyHash> evidence;
  VerdictCounts filtered{};
  std::optional<std::string> explained_episode;
  struct Kept {
    Record record;
    std::optional<Key> key;  ///< if it passed the filters
    Verdict verdict;
  };
  std::vector<Kept> kept;

  std::uint32_t agent_number(const std::string& user_agent) {
    const auto number = agents.number_of(user_agent);
    if (number == known.size()) known.push_back(look_at(user_agent));
    return number;
  }
  [[nodiscard]] KnownAgent look_at(std::string_view user_agent) const {
    if (!is_readable(user_agent)) return {.verdict = Verdict::no_agent};
    auto agent = lists.of(user_agent);
    if (agent.kind == AgentKind::bot || agent.automatic) return {.verdict = Verdict::bot};
    if (is_watch(user_agent)) return {.verdict = Verdict::watch};
    return {.verdict = Verdict::download, .kind = agent.kind, .agent = std::move(agent)};
  }

  /// The first filter that applies to the request alone.
  [[nodiscard]] static Verdict filter_of(const Record& record) {
    if (record.method != "GET") return Verdict::not_a_get;
    if (record.status == 304) return Verdict::not_modified;
    if (record.status != 200 && record.status != 206) return Verdict::no_audio;
    if (asks_for_two_bytes(record.range)) return Verdict::two_bytes;
    if (record.sent.value == 0) return Verdict::nothing_sent;
    return Verdict::download;
  }
  /// Bytes that make a download of this record's audio.
  [[nodiscard]] std::int64_t needed_of(const Record& record, const std::optional<AudioFacts>& audio) const {
    const auto whole = record.whole ? static_cast<std::int64_t>(record.whole->value) : kUnreachable;
    if (!audio || !audio->bitrate) return whole;
    const auto content = *audio->bitrate / 8 * static_cast<std::int64_t>(rules.threshold.count());
    return std::min(whole, static_cast<std::int64_t>(audio->header.value) + content);
  }
  void count(const Record& record, const Key& key) {
    const auto audio = facts(record);
    const auto header = audio ? static_cast<std::int64_t>(audio->header.value) : 0;
    auto& found = evidence[key];
    ++found.requests;
    found.needed = std::max(found.needed, needed_of(record, audio));
    if (const auto first = first_of(record)) {
      auto last = *first + static_cast<std::int64_t>(record.sent.value) - 1;
      if (record.whole) last = std::min(last, static_cast<std::int64_t>(record.whole->value) - 1);
      // From the first byte of the content, so that a tag that grew in between moves nothing.
      if (last >= *first) found.add({*first - header, last - header});
    }
    const auto time = record.time.time_since_epoch().count();
    const auto is_first = [&] {
      if (time != found.first_time) return time < found.first_time;
      // At the same microsecond, whichever order they were written in.
      return std::tie(record.country, record.region, record.referrer) <
             std::tie(texts.text(found.country), texts.text(found.region), texts.text(found.referrer));
    };
    if (!is_first()) return;
    found.first_time = time;
    found.country = texts.number_of(record.country);
    found.region = texts.number_of(record.region);
    // What page a player is on is of interest for browsers alone, and pages are many.
    found.referrer = texts.number_of(known[key.agent].kind == AgentKind::browser ? std::string_view{record.referrer} : std::string_view{});
  }
  [[nodiscard]] std::uint64_t listener_of(const Key& key) const {
    std::string bytes{reinterpret_cast<const char*>(key.listener.data()), key.listener.size()};
    bytes += std::to_string(key.listener_key) + " " + agents.text(key.agent);
    const auto digest = crypto::sha256(as_bytes(bytes));
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < sizeof hash; ++at) hash = hash << 8U | std::to_integer<std::uint64_t>(digest.bytes[at]);
    return hash;
  }
  /// Addresses with more downloads than people behind one address have.
  [[nodiscard]] boost::unordered_flat_map<std::pair<std::array<std::byte, 16>, std::uint32_t>, std::uint32_t, AddressHash> volumes() const {
    boost::unordered_flat_map<std::pair<std::array<std::byte, 16>, std::uint32_t>, std::uint32_t, AddressHash> downloads;
    for (const auto& [key, found] : evidence) {
      if (found.is_enough()) ++downloads[{key.listener, key.listener_key}];
    }
    boost::unordered::erase_if(downloads, [&](const auto& address) { return address.second <= rules.most_per_address; });
    return downloads;
  }
};

DayCounter::DayCounter(std::chrono::sys_days day, Rules rules, const AgentLists& agents, FactsOf facts)
    : impl_{std::make_unique<Impl>(Impl{.day = day, .rules = rules, .lists = agents, .facts = std::move(facts)})} {
  (void)impl_->texts.number_of({});
}
DayCounter::~DayCounter() = default;

void DayCounter::explain(std::string episode) { impl_->explained_episode = std::move(episode); }

void DayCounter::add(const Record& record) {
  if (std::chrono::floor<std::chrono::days>(record.time) != impl_->day) return;
  auto verdict = Impl::filter_of(record);
  std::uint32_t agent = 0;
  if (verdict == Verdict::download) {
    agent = impl_->agent_number(record.user_agent);
    verdict = impl_->known[agent].verdict;
  }
  if (verdict == Verdict::download && record.data_centre.value_or(false)) verdict = Verdict::data_centre;
  std::optional<Key> key;
  if (verdict == Verdict::download) {
    key = Key{record.listener, record.key, impl_->episodes.number_of(record.episode), agent};
    impl_->count(record, *key);
  } else {
    ++impl_->filtered[static_cast<std::size_t>(verdict)];
  }
  if (impl_->explained_episode == record.episode) impl_->kept.push_back({record, key, verdict});
}

CountedDay DayCounter::finish() {
  CountedDay counted{.downloads = {}, .verdicts = impl_->filtered};
  const auto too_many = impl_->volumes();
  for (const auto& [key, found] : impl_->evidence) {
    const auto add = [&](Verdict verdict, std::uint64_t count) { counted.verdicts[static_cast<std::size_t>(verdict)] += count; };
    if (too_many.contains({key.listener, key.listener_key})) {
      add(Verdict::high_volume, found.requests);
    } else if (!found.is_enough()) {
      add(Verdict::too_little, found.requests);
    } else {
      add(Verdict::download, 1);
      add(Verdict::same_download, found.requests - 1);
      const auto& agent = impl_->known[key.agent].agent;
      const auto& referrer = impl_->texts.text(found.referrer);
      counted.downloads.push_back({.episode = impl_->episodes.text(key.episode),
                                   .first = from_microseconds(found.first_time),
                                   .listener = impl_->listener_of(key),
                                   .key = key.listener_key,
                                   .app = referrer.empty() ? agent.app : impl_->lists.of(impl_->agents.text(key.agent), referrer).app,
                                   .device = agent.device,
                                   .country = impl_->texts.text(found.country),
                                   .region = impl_->texts.text(found.region),
                                   .bytes = found.total()});
    }
  }
  std::ranges::sort(counted.downloads, {}, [](const Download& download) {
    return std::tuple{std::string_view{download.episode}, download.first, download.listener, download.key};
  });
  return counted;
}

std::vector<Explained> DayCounter::explained() const {
  const auto too_many = impl_->volumes();
  std::vector<Explained> all;
  all.reserve(impl_->kept.size());
  for (const auto& kept : impl_->kept) {
    Explained one{kept.record, kept.verdict};
    if (kept.key) {
      const auto& found = impl_->evidence.at(*kept.key);
      one.listener = impl_->listener_of(*kept.key);
      if (too_many.contains({kept.key->listener, kept.key->listener_key})) {
        one.verdict = Verdict::high_volume;
      } else if (!found.is_enough()) {
        one.verdict = Verdict::too_little;
      }
    }
    all.push_back(std::move(one));
  }
  std::ranges::sort(
      all, {}, [](const Explained& one) { return std::tuple{one.record.time, std::string_view{one.record.range}, one.record.sent.value}; });
  // The first one of a download is the download.
  std::set<std::uint64_t> begun;
  for (auto& one : all) {
    if (one.verdict == Verdict::download && !begun.insert(one.listener).second) one.verdict = Verdict::same_download;
  }
  return all;
}

}  // namespace carillon::stats
