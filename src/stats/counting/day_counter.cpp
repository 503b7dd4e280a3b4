// See day_counter.hpp.

#include "stats/counting/day_counter.hpp"

#include "base/text.hpp"
#include "crypto/sha256.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>

namespace carillon::stats {
namespace {

/// More than any audio has; a listener who needs so much never gets a download.
constexpr std::int64_t kUnreachable = std::numeric_limits<std::int64_t>::max();

/// Equal texts have the same number.
class Numbered {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
  }
  [[nodiscard]] const std::string& text(std::uint32_t number) const { return texts_[number]; }
  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

 private:
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::deque<std::string> texts_;
  boost::unordered_flat_map<std::string_view, std::uint32_t, Hash> numbers_;
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

/// Apple's player, whichever app uses it. It requests the parts that it is about to play.
bool is_apple_player(std::string_view agent) { return agent.starts_with("AppleCoreMedia/"); }

/// An Apple Watch (rule of the guidelines): its podcast app downloads what the phone has already downloaded.
bool is_watch(std::string_view agent) {
  return (agent.starts_with("atc/") && agent.find("watchOS") != std::string_view::npos) ||
         agent.find("(null) watchOS") != std::string_view::npos;
}

std::uint64_t mixed(std::uint64_t one, std::uint64_t other) noexcept {
  const auto product = (one ^ other) * 0x9E3779B97F4A7C15ULL;
  return product ^ product >> 32U;
}

/// Unions of byte ranges, very many of them. Nearly all are one range or a few: those are in lists of small pieces.
struct SentBytes {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  ByteRange range{};           ///< one of the ranges
  std::uint32_t more = kNone;  ///< the first piece with another one; from kMany on, the number of a ByteRanges that has all of them
};
class SentBytesPool {
 public:
  void add(SentBytes& sent, ByteRange range) {
    if (range.last < range.first) return;
    if (is_many(sent)) return many_[sent.more - kMany].add(range);
    if (sent.range.last < sent.range.first) {
      sent.range = range;
      return;
    }
    // Whatever touches the new range becomes a part of it.
    std::uint32_t kept = 0;
    if (touch(sent.range, range)) {
      range = joined(sent.range, range);
      sent.range = {};
    } else {
      ++kept;
    }
    for (auto* link = &sent.more; *link != SentBytes::kNone;) {
      auto& piece = pieces_[*link];
      if (touch(piece.range, range)) {
        range = joined(piece.range, range);
        const auto free = *link;
        *link = piece.next;
        piece.next = free_;
        free_ = free;
      } else {
        ++kept;
        link = &piece.next;
      }
    }
    if (sent.range.last < sent.range.first) {
      sent.range = range;
    } else if (kept < kMostPieces) {
      sent.more = piece_with(range, sent.more);
    } else {
      make_many(sent).add(range);
    }
  }
  [[nodiscard]] std::int64_t total(const SentBytes& sent) const {
    if (is_many(sent)) return many_[sent.more - kMany].total();
    auto sum = sent.range.last - sent.range.first + 1;
    for (auto at = sent.more; at != SentBytes::kNone; at = pieces_[at].next) sum += pieces_[at].range.last - pieces_[at].range.first + 1;
    return sum;
  }

 private:
  /// More of them are searched in ByteRanges, whose cost doesn't grow with their square.
  static constexpr std::uint32_t kMostPieces = 8;
  static constexpr std::uint32_t kMany = 1U << 31U;

  struct Piece {
    ByteRange range;
    std::uint32_t next;
  };

  static bool is_many(const SentBytes& sent) noexcept { return sent.more >= kMany && sent.more != SentBytes::kNone; }
  static bool touch(ByteRange one, ByteRange other) noexcept { return one.first <= other.last + 1 && other.first <= one.last + 1; }
  static ByteRange joined(ByteRange one, ByteRange other) noexcept {
    return {std::min(one.first, other.first), std::max(one.last, other.last)};
  }
  std::uint32_t piece_with(ByteRange range, std::uint32_t next) {
    if (free_ == SentBytes::kNone) {
      pieces_.push_back({range, next});
      return static_cast<std::uint32_t>(pieces_.size() - 1);
    }
    const auto number = free_;
    free_ = pieces_[number].next;
    pieces_[number] = {range, next};
    return number;
  }
  ByteRanges& make_many(SentBytes& sent) {
    auto& all = many_.emplace_back();
    all.add(sent.range);
    for (auto at = sent.more; at != SentBytes::kNone;) {
      all.add(pieces_[at].range);
      const auto free = at;
      at = pieces_[at].next;
      pieces_[free].next = free_;
      free_ = free;
    }
    sent.more = kMany + static_cast<std::uint32_t>(many_.size() - 1);
    return all;
  }

  std::deque<Piece> pieces_;
  std::uint32_t free_ = SentBytes::kNone;
  std::deque<ByteRanges> many_;
};

constexpr std::uint8_t kTenths = 10;
std::uint32_t in_kib(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t kKib = 1024;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((bytes + kKib - 1) / kKib, UINT32_MAX));
}

/// What is known about the requests of one listener with one agent for one episode.
struct Evidence {
  std::array<std::byte, 16> listener{};
  std::uint32_t listener_key = 0;
  std::uint32_t episode = 0, agent = 0;

  SentBytes sent{};
  std::int64_t first_time = std::numeric_limits<std::int64_t>::max();
  std::int64_t needed = 0;     ///< bytes
  std::uint32_t referrer = 0;  ///< of the first request, as is the place
  std::uint32_t place = 0;
  std::uint32_t requests : 28 = 0;
  std::uint32_t shared : 1 = 0;    ///< many listeners use the address
  std::uint32_t ranged : 1 = 0;    ///< a range was requested
  std::uint32_t unranged : 1 = 0;  ///< the whole file was requested at once
  std::uint32_t session : 1 = 0;   ///< a player said which playback its request belongs to
  std::uint32_t whole = 0;         ///< the longest file, in KiB, rounded up

  [[nodiscard]] bool is_of_the_same(const Evidence& other) const noexcept {
    return listener == other.listener && listener_key == other.listener_key && episode == other.episode && agent == other.agent;
  }
  /// Of the address. The listener is a keyed hash: nobody can look for addresses with equal ones.
  [[nodiscard]] std::uint64_t address() const noexcept {
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, listener.data(), sizeof low);
    std::memcpy(&high, listener.data() + sizeof low, sizeof high);
    return mixed(mixed(mixed(low, 1), high), listener_key);
  }
  [[nodiscard]] std::uint64_t hash() const noexcept { return mixed(address(), std::uint64_t{episode} << 32U | agent); }
};

/// All evidence, each found by what it is of. Hash tables of large entries are half empty, and twice as large while they grow: this one has
/// numbers, with a part of the hash so that growing doesn't touch the entries.
class EvidenceTable {
 public:
  EvidenceTable() = default;
  EvidenceTable(const EvidenceTable&) = delete;
  EvidenceTable& operator=(const EvidenceTable&) = delete;

  /// The number of that of the same listener, agent and episode, which is `fresh` if there is none.
  std::uint32_t number_of(const Evidence& fresh) {
    const Place place{static_cast<std::uint32_t>(all_.size()), static_cast<std::uint32_t>(fresh.hash() >> 32U)};
    all_.push_back(fresh);
    const auto [found, added] = numbers_.insert(place);
    if (!added) all_.pop_back();
    return found->number;
  }
  [[nodiscard]] Evidence& operator[](std::uint32_t number) { return all_[number]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(all_.size()); }

 private:
  struct Place {
    std::uint32_t number, hash;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const noexcept { return place.hash; }
  };
  struct Equal {
    const std::deque<Evidence>* all;
    bool operator()(const Place& one, const Place& other) const noexcept {
      return one.hash == other.hash && (*all)[one.number].is_of_the_same((*all)[other.number]);
    }
  };
  std::deque<Evidence> all_;
  boost::unordered_flat_set<Place, Hash, Equal> numbers_{0, Hash{}, Equal{&all_}};
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
    bool streams = false;  ///< a player that requests audio as it plays it
  };
  Numbered episodes{}, agents{}, texts{};
  std::vector<KnownAgent> known{};
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> place_numbers{};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places{};  ///< country and region
  EvidenceTable evidence{};
  SentBytesPool sent{};
  VerdictCounts filtered{};
  /// What was sent of audio with advertisements: of each file apart, because places in one are none in another.
  struct SentOfFile {
    ByteRanges ranges{};
    std::shared_ptr<const std::vector<AdBytes>> ads{};
  };
  std::map<std::pair<std::uint32_t, Digest>, SentOfFile> sent_of_files{};  ///< by evidence and file
  std::optional<std::string> explained_episode{};
  struct Kept {
    Record record;
    std::optional<std::uint32_t> evidence;  ///< its number, if it passed the filters
    Verdict verdict;
  };
  std::vector<Kept> kept{};

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
    const bool streams = agent.kind == AgentKind::browser || is_apple_player(user_agent);
    return {.verdict = Verdict::download, .kind = agent.kind, .agent = std::move(agent), .streams = streams};
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
  [[nodiscard]] std::int64_t total_of(const Evidence& found) const { return sent.total(found.sent); }
  [[nodiscard]] std::optional<std::uint8_t> reached_by(const Evidence& found) const {
    const bool streamed = (known[found.agent].streams || found.session == 1) && found.ranged == 1 && found.unranged == 0;
    if (!streamed || found.whole == 0) return {};
    const auto tenths = std::uint64_t{kTenths} * in_kib(static_cast<std::uint64_t>(total_of(found))) / found.whole;
    return static_cast<std::uint8_t>(std::min<std::uint64_t>(tenths, kTenths));
  }

  std::uint32_t place_of(const Record& record) {
    const std::pair place{texts.number_of(record.country), texts.number_of(record.region)};
    const auto [found, added] = place_numbers.try_emplace(place, static_cast<std::uint32_t>(places.size()));
    if (added) places.push_back(place);
    return found->second;
  }
  /// The number of its evidence.
  std::uint32_t count(const Record& record, std::uint32_t agent) {
    const auto number = evidence.number_of(
        {.listener = record.listener, .listener_key = record.key, .episode = episodes.number_of(record.episode), .agent = agent});
    auto& found = evidence[number];
    if (record.shared) found.shared = 1;
    const auto audio = facts(record);
    const auto header = audio ? static_cast<std::int64_t>(audio->header.value) : 0;
    ++found.requests;
    if (record.status == 206) {
      found.ranged = 1;
    } else {
      found.unranged = 1;
    }
    if (!record.session.empty()) found.session = 1;
    if (record.whole) found.whole = std::max(found.whole, in_kib(record.whole->value));
    found.needed = std::max(found.needed, needed_of(record, audio));
    if (const auto first = first_of(record)) {
      auto last = *first + static_cast<std::int64_t>(record.sent.value) - 1;
      if (record.whole) last = std::min(last, static_cast<std::int64_t>(record.whole->value) - 1);
      // From the first byte of the content, so that a tag that grew in between moves nothing.
      if (last >= *first) {
        sent.add(found.sent, {*first - header, last - header});
        if (audio && audio->ads) {
          auto& file = sent_of_files[{number, record.media}];
          file.ads = audio->ads;
          file.ranges.add({*first - header, last - header});
        }
      }
    }
    const auto time = record.time.time_since_epoch().count();
    const auto is_first = [&] {
      if (time != found.first_time) return time < found.first_time;
      // At the same microsecond, whichever order they were written in.
      const auto& place = places[found.place];
      return std::tie(record.country, record.region, record.referrer) <
             std::tie(texts.text(place.first), texts.text(place.second), texts.text(found.referrer));
    };
    if (!is_first()) return number;
    found.first_time = time;
    found.place = place_of(record);
    // What page a player is on is of interest for browsers alone, and pages are many.
    found.referrer = texts.number_of(known[agent].kind == AgentKind::browser ? std::string_view{record.referrer} : std::string_view{});
    return number;
  }
  /// All advertisements of which the evidence has all bytes, each once.
  void deliver(std::uint32_t number, std::uint32_t download, std::vector<AdDelivery>& deliveries) const {
    std::set<std::pair<std::string_view, std::string_view>> delivered;  // order and creative
    for (auto file = sent_of_files.lower_bound({number, Digest{}}); file != sent_of_files.end() && file->first.first == number; ++file) {
      for (const auto& ad : *file->second.ads) {
        if (file->second.ranges.contains(ad.bytes) && delivered.emplace(ad.order, ad.creative).second)
          deliveries.push_back({.download = download, .order = ad.order, .creative = ad.creative, .position = ad.position});
      }
    }
  }
  [[nodiscard]] std::uint64_t listener_of(const Evidence& found) const {
    std::string bytes{reinterpret_cast<const char*>(found.listener.data()), found.listener.size()};
    bytes += std::to_string(found.listener_key) + " " + agents.text(found.agent);
    const auto digest = crypto::sha256(as_bytes(bytes));
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < sizeof hash; ++at) hash = hash << 8U | std::to_integer<std::uint64_t>(digest.bytes[at]);
    return hash;
  }
  /// By the number of the evidence: a download, too little, or of an address with more downloads than people behind one address have.
  [[nodiscard]] std::vector<Verdict> verdicts() {
    std::vector<Verdict> all(evidence.size());
    std::vector<std::uint64_t> addresses;
    for (std::uint32_t number = 0; number < evidence.size(); ++number) {
      const auto& found = evidence[number];
      all[number] = total_of(found) >= found.needed ? Verdict::download : Verdict::too_little;
      if (all[number] == Verdict::download) addresses.push_back(found.address());
    }
    std::ranges::sort(addresses);
    boost::unordered_flat_set<std::uint64_t> too_many;
    for (std::size_t first = 0; first + rules.most_per_address < addresses.size(); ++first) {
      if (addresses[first] == addresses[first + rules.most_per_address]) too_many.insert(addresses[first]);
    }
    if (too_many.empty()) return all;
    // Whoever shares an address shares it with all who use it.
    for (std::uint32_t number = 0; number < evidence.size(); ++number) {
      if (evidence[number].shared == 1) too_many.erase(evidence[number].address());
    }
    for (std::uint32_t number = 0; number < evidence.size(); ++number) {
      if (too_many.contains(evidence[number].address())) all[number] = Verdict::high_volume;
    }
    return all;
  }
};

DayCounter::DayCounter(std::chrono::sys_days day, Rules rules, const AgentLists& agents, FactsOf facts)
    : impl_{std::make_unique<Impl>(day, rules, agents, std::move(facts))} {
  (void)impl_->texts.number_of({});
  (void)impl_->place_of({});
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
  std::optional<std::uint32_t> number;
  if (verdict == Verdict::download) {
    number = impl_->count(record, agent);
  } else {
    ++impl_->filtered[static_cast<std::size_t>(verdict)];
  }
  if (impl_->explained_episode == record.episode) impl_->kept.push_back({record, number, verdict});
}

CountedDay DayCounter::finish() {
  CountedDay counted{.texts = {}, .downloads = {}, .verdicts = impl_->filtered};
  const auto verdicts = impl_->verdicts();
  const auto add = [&](Verdict verdict, std::uint64_t count) { counted.verdicts[static_cast<std::size_t>(verdict)] += count; };
  std::size_t downloads = 0;
  for (std::uint32_t number = 0; number < verdicts.size(); ++number) {
    const auto requests = impl_->evidence[number].requests;
    const bool is_download = verdicts[number] == Verdict::download;
    add(verdicts[number], is_download ? 1 : requests);
    if (is_download) add(Verdict::same_download, requests - 1);
    downloads += is_download ? 1 : 0;
  }
  counted.downloads.reserve(downloads);
  Numbered texts;
  (void)texts.number_of({});
  for (std::uint32_t number = 0; number < verdicts.size(); ++number) {
    if (verdicts[number] != Verdict::download) continue;
    const auto& found = impl_->evidence[number];
    const auto& agent = impl_->known[found.agent].agent;
    const auto& referrer = impl_->texts.text(found.referrer);
    const auto& [country, region] = impl_->places[found.place];
    counted.downloads.push_back(
        {.first = from_microseconds(found.first_time),
         .listener = impl_->listener_of(found),
         .bytes = impl_->total_of(found),
         .key = found.listener_key,
         .episode = texts.number_of(impl_->episodes.text(found.episode)),
         .app = texts.number_of(referrer.empty() ? agent.app : impl_->lists.of(impl_->agents.text(found.agent), referrer).app),
         .device = texts.number_of(agent.device),
         .country = texts.number_of(impl_->texts.text(country)),
         .region = texts.number_of(impl_->texts.text(region)),
         .reached = impl_->reached_by(found)});
    impl_->deliver(number, static_cast<std::uint32_t>(counted.downloads.size() - 1), counted.ads);
  }
  // The numbers depend on the order of the records; those of the sorted texts don't.
  std::vector<std::uint32_t> order(texts.size()), rank(texts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t number) { return std::string_view{texts.text(number)}; });
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    rank[order[place]] = place;
    counted.texts.push_back(texts.text(order[place]));
  }
  for (auto& download : counted.downloads) {
    for (auto* number : {&download.episode, &download.app, &download.device, &download.country, &download.region}) *number = rank[*number];
  }
  const auto place = [](const Download& download) { return std::tuple{download.episode, download.first, download.listener, download.key}; };
  if (!counted.ads.empty()) {
    std::vector<std::uint32_t> sorted(counted.downloads.size()), moved(counted.downloads.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::sort(sorted, {}, [&](std::uint32_t number) { return place(counted.downloads[number]); });
    for (std::uint32_t now = 0; now < sorted.size(); ++now) moved[sorted[now]] = now;
    for (auto& ad : counted.ads) ad.download = moved[ad.download];
    std::ranges::sort(counted.ads, {}, [](const AdDelivery& ad) { return std::tie(ad.download, ad.order, ad.creative); });
  }
  std::ranges::sort(counted.downloads, {}, place);
  return counted;
}

std::vector<Explained> DayCounter::explained() const {
  const auto verdicts = impl_->verdicts();
  std::vector<Explained> all;
  all.reserve(impl_->kept.size());
  for (const auto& kept : impl_->kept) {
    Explained one{kept.record, kept.verdict};
    if (kept.evidence) {
      one.listener = impl_->listener_of(impl_->evidence[*kept.evidence]);
      one.verdict = verdicts[*kept.evidence];
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
