#pragma once
// Counts one day: the records of its requests in, downloads out. Pure: the order of the records doesn't matter, nor how a listener's
// requests are split, except for Download::reached.

#include "stats/counting/agents.hpp"
#include "stats/counting/byte_ranges.hpp"
#include "stats/counting/rules.hpp"
#include "stats/log/record.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::stats {

/// An advertisement in an audio file.
struct AdBytes {
  std::string order, creative, position;
  ByteRange bytes;  ///< from the first byte of the content
};

/// How the bytes of an audio file become time.
struct AudioFacts {
  ByteCount header;              ///< bytes before the content: tag and Info frame
  std::optional<int> bitrate{};  ///< of the content, bit/s, constant; none if unknown: then only the whole file is a download
  std::shared_ptr<const std::vector<AdBytes>> ads{};  ///< null without advertisements
};
/// The facts about a record's audio; none if unknown.
using FactsOf = std::function<std::optional<AudioFacts>(const Record&)>;

/// Texts are numbers of CountedDay::texts.
struct Download {
  Time first;              ///< when its first request arrived
  std::uint64_t listener;  ///< a hash of address and agent; comparable between records with the same `key`
  std::int64_t bytes = 0;  ///< distinct bytes that were sent
  std::uint32_t key = 0;   ///< number of the listener key
  std::uint32_t episode = 0;
  std::uint32_t app = 0, device = 0, country = 0, region = 0;
  /// How much of the file was sent to a player that requests audio as it plays it, in tenths, rounded down. None for apps that download
  /// whole files, and for players that did so this time: what was sent to them says nothing about listening.
  std::optional<std::uint8_t> reached{};
  [[nodiscard]] bool operator==(const Download&) const = default;
};

/// An advertisement of which a download got all bytes (IAB 2.3, "Ad Delivered"). Each one counts once per download, however often the
/// listener got it.
struct AdDelivery {
  std::uint32_t download = 0;  ///< number in CountedDay::downloads
  std::string order, creative, position;
  [[nodiscard]] bool operator==(const AdDelivery&) const = default;
};

/// What became of one request, for people who ask why.
struct Explained {
  Record record;
  Verdict verdict;
  std::uint64_t listener = 0;
};

struct CountedDay {
  std::vector<std::string> texts;   ///< ascending, each once; the first is "", for what isn't known
  std::vector<Download> downloads;  ///< by episode, time, listener
  std::vector<AdDelivery> ads{};    ///< by download, order, creative
  VerdictCounts verdicts{};         ///< requests by what became of them; the sum is all requests
};

/// One day, one thread. Memory: about 100 bytes for each combination of listener, episode and agent, 60 for each download when it finishes,
/// and each distinct agent.
class DayCounter {
 public:
  /// `agents` must outlive the counter.
  DayCounter(std::chrono::sys_days day, Rules rules, const AgentLists& agents, FactsOf facts);
  ~DayCounter();
  DayCounter(const DayCounter&) = delete;
  DayCounter& operator=(const DayCounter&) = delete;

  /// Records of other days are ignored.
  void add(const Record& record);
  /// From now on, records of this episode are kept, for explained(). Before any is added.
  void explain(std::string episode);

  /// Ends the counting.
  [[nodiscard]] CountedDay finish();
  /// After finish(): the requests of the episode, by time.
  [[nodiscard]] std::vector<Explained> explained() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::stats
