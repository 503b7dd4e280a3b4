#pragma once
// The SQL of decided advertisements. Every function runs in its caller's transaction.

#include "ads/model/figures.hpp"
#include "ads/serving/remembered.hpp"
#include "base/digest.hpp"
#include "db/database.hpp"

#include <utility>

namespace carillon::ads::queries {

/// 32 bytes in hexadecimal; none if there is no such key.
[[nodiscard]] std::optional<std::string> key(db::Session& session, const std::string& name);
/// Unless another node was faster.
void insert_key(db::Session& session, const std::string& name, const std::string& secret, Time now);
/// The names of all keys that start with `prefix`.
[[nodiscard]] std::vector<std::string> keys_named(db::Session& session, const std::string& prefix);
void remove_key(db::Session& session, const std::string& name);

/// What is stored of an arrangement.
struct ArrangementRow {
  Digest digest;  ///< of its name
  std::string name;
  ArrangedAds ads;
  std::vector<Digest> files;  ///< the prefix, the master's frames, and what is inserted
};
/// Inserts it, or notes that it was used again.
void put(db::Session& session, const ArrangementRow& row, Time used);
[[nodiscard]] Result<std::optional<ArrangedAds>> arrangement(db::Session& session, const Digest& digest);
/// All files of arrangements that forget_files() hasn't forgotten.
[[nodiscard]] Result<std::vector<Digest>> files(db::Session& session);
/// Those of arrangements that weren't used since `time`.
void forget_files(db::Session& session, Time time);

struct DecisionRow {
  ListenerKey listener{};
  std::optional<Digest> arrangement;  ///< none: the episode as it is
  Time decided;
};
/// Returns their numbers: the first and the last.
[[nodiscard]] std::pair<std::int64_t, std::int64_t> insert(db::Session& session, const std::vector<DecisionRow>& rows);

struct NamedDecision {
  ListenerKey listener{};
  std::string name;  ///< of the arrangement; "" for the episode as it is
  Time decided;
};
/// The last `most` that were decided after `time`, in the order of their numbers.
[[nodiscard]] std::vector<NamedDecision> decisions_after(db::Session& session, Time time, std::size_t most);
[[nodiscard]] std::vector<NamedDecision> decisions_numbered(db::Session& session, std::int64_t first, std::int64_t last);

using HourCounts = std::map<Time, std::int64_t>;
void add_decided(db::Session& session, const std::string& order, Time hour, std::int64_t count);
/// By order, from `since` on.
[[nodiscard]] std::map<std::string, HourCounts> decided(db::Session& session, Time since);
void add_supply(db::Session& session, Time hour, std::int64_t visits);
[[nodiscard]] HourCounts supply(db::Session& session, Time since);

/// Removes what is older: decisions and counts, and arrangements. Of the decisions, only the newest `most` stay.
void drop_decisions(db::Session& session, Time before, std::size_t most);
void drop_counts(db::Session& session, Time before);
void drop_arrangements(db::Session& session, Time before);

struct FilterRow {
  std::string order;
  int hours = 0;
  Time bucket;
  int level = 0, part = 0;
  std::string bits;  ///< base64
};
void put(db::Session& session, const FilterRow& row);
/// What is stored in its place; "" for nothing.
[[nodiscard]] std::string bits_of(db::Session& session, const FilterRow& row);
[[nodiscard]] std::vector<FilterRow> filters(db::Session& session);
/// Those of buckets before `time` of caps of so many hours.
void drop_filters(db::Session& session, const std::string& order, int hours, Time before);
void drop_filters(db::Session& session, const std::string& order);
struct FilterUse {
  std::string order;
  Time last;      ///< begin of the newest bucket
  int hours = 0;  ///< of the longest cap
};
[[nodiscard]] std::vector<FilterUse> filter_uses(db::Session& session);

}  // namespace carillon::ads::queries
