#pragma once
// The SQL of nodes and their turns. Each function runs in its caller's transaction.

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
/// The lives that haven't ended, except the one with this name.
[[nodiscard]] std::vector<NodeRow> living_others(db::Session& session, const std::string& name);
/// Replaces the node's previous life; not ended, regardless of `row`.
void put_life(db::Session& session, const NodeRow& row, Time started);
/// False if this is no longer the node's life.
[[nodiscard]] bool beat(db::Session& session, const std::string& life, Time now);
/// Unless it has sent a heartbeat since.
void end_life(db::Session& session, const std::string& life, std::optional<std::int64_t> beat, Time now);

/// Ends every life except this one.
void end_other_lives(db::Session& session, const std::string& life, Time now);

/// Claims the turn if no one has it, or its owner's life has ended.
[[nodiscard]] bool take_turn(db::Session& session, const std::string& task, const std::string& life);
/// Whether take_turn would find it free.
[[nodiscard]] bool turn_is_free(db::Session& session, const std::string& task);
[[nodiscard]] std::vector<std::string> turns_of(db::Session& session, const std::string& life);
void give_turns_back(db::Session& session, const std::string& life);

}  // namespace carillon::jobs::queries
