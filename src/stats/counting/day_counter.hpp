#pragma once
// Counts one day: the records of its requests in, downloads out. Pure: the order of the records doesn't matter, nor how a listener's
// requests are split.

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

/// How the bytes of an audio file become time.
struct AudioFacts {
  ByteCount header;              ///< bytes before the content: tag and Info frame
  std::optional<int> bitrate{};  ///< of the content, bit/s, constant; none if unknown: then only the whole file is a download
};
/// The facts about a record's audio; none if unknown.
using FactsOf = std::function<std::optional<AudioFacts>(const Record&)>;

struct Download {
  std::string episode;
  Time first;                                ///< when its first request arrived
  std::uint64_t listener;                    ///< a hash of address and agent; comparable between records with the same `key`
  std::uint32_t key = 0;                     ///< number of the listener key
  std::string app, device, country, region;  ///< "" if unknown
  std::int64_t bytes = 0;                    ///< distinct bytes that were sent
  [[nodiscard]] bool operator==(const Download&) const = default;
};

/// What became of one request, for people who ask why.
struct Explained {
  Record record;
  Verdict verdict;
  std::uint64_t listener = 0;
};

struct CountedDay {
  std::vector<Download> downloads;  ///< by episode, time, listener
  VerdictCounts verdicts{};         ///< requests by what became of them; the sum is all requests
};

/// One day, one thread. Memory: about 150 bytes for each listener, episode and agent, and for each distinct agent.
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
