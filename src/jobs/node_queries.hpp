#pragma once
// The tables of nodes and of their turns. Each function runs within its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::jobs::queries {

struct NodeRow {
  std::string name;
  std::int64_t generation = 0;
  std::string life;
  std::string place;
  std::int64_t beat = 0;
  bool ended = false;
};

[[nodiscard]] std::optional<NodeRow> node(db::Session& session, const std::string& name);
/// Those that have not ended, but for the one of this name.
[[nodiscard]] std::vector<NodeRow> living_others(db::Session& session, const std::string& name);
/// In the place of the node's life before; not ended, whatever `row` says.
void put_life(db::Session& session, const NodeRow& row, Time started);
/// False when this is not the node's life any more.
[[nodiscard]] bool beat(db::Session& session, const std::string& life, Time now);
/// Unless it has beaten since.
void end_life(db::Session& session, const std::string& life, std::optional<std::int64_t> beat, Time now);

/// Every life but this one.
void end_other_lives(db::Session& session, const std::string& life, Time now);

/// Takes the turn where nobody has it, or whose life has ended.
[[nodiscard]] bool take_turn(db::Session& session, const std::string& task, const std::string& life);
/// Whether take_turn would find it free.
[[nodiscard]] bool turn_is_free(db::Session& session, const std::string& task);
[[nodiscard]] std::vector<std::string> turns_of(db::Session& session, const std::string& life);
void give_turns_back(db::Session& session, const std::string& life);

}  // namespace carillon::jobs::queries
