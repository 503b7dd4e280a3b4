// See node_queries.hpp.

#include "jobs/node_queries.hpp"

#include <soci/soci.h>

namespace carillon::jobs::queries {
namespace {

constexpr std::string_view kColumns = "SELECT name, generation, life, place, beat, ended FROM nodes ";
constexpr std::string_view kOne = "WHERE name = :name";
constexpr std::string_view kLivingOthers = "WHERE ended = 0 AND name <> :name ORDER BY name";
constexpr const char* kPut =
    "INSERT INTO nodes (name, generation, life, place, beat, clock, started, ended) "
    "VALUES (:name, :generation, :life, :place, :beat, :clock, :started, 0) "
    "ON CONFLICT (name) DO UPDATE SET generation = excluded.generation, life = excluded.life, place = excluded.place, "
    "beat = excluded.beat, clock = excluded.clock, started = excluded.started, ended = 0";
constexpr const char* kBeat = "UPDATE nodes SET beat = beat + 1, clock = :now, ended = 0 WHERE life = :life";
constexpr const char* kEnd = "UPDATE nodes SET ended = :now WHERE life = :life";
constexpr const char* kEndIfSilent = "UPDATE nodes SET ended = :now WHERE life = :life AND beat = :beat";
constexpr const char* kEndOthers = "UPDATE nodes SET ended = :now WHERE life <> :life AND ended = 0";
constexpr const char* kTakeTurn =
    "UPDATE turns SET owner = :life WHERE task = :task AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.life = turns.owner AND "
    "nodes.ended = 0)";
constexpr const char* kFirstTurn = "INSERT INTO turns (task, owner) VALUES (:task, :life) ON CONFLICT (task) DO NOTHING";
constexpr const char* kOwner = "SELECT owner FROM turns WHERE task = :task";
constexpr const char* kHeld =
    "SELECT COUNT(*) FROM turns JOIN nodes ON nodes.life = turns.owner WHERE turns.task = :task AND nodes.ended = 0";
constexpr const char* kTurnsOf = "SELECT task FROM turns WHERE owner = :life ORDER BY task";
constexpr const char* kGiveBack = "DELETE FROM turns WHERE owner = :life";

std::vector<NodeRow> rows(db::Session& session, std::string_view condition, const std::string& name) {
  NodeRow row;
  long long generation = 0, beat = 0, ended = 0;
  soci::statement statement = (session.prepare << kColumns << condition, soci::use(name), soci::into(row.name), soci::into(generation),
                               soci::into(row.life), soci::into(row.place), soci::into(beat), soci::into(ended));
  statement.execute();
  std::vector<NodeRow> found;
  while (statement.fetch()) {
    row.generation = generation;
    row.beat = beat;
    row.ended = ended != 0;
    found.push_back(row);
  }
  return found;
}

}  // namespace

std::optional<NodeRow> node(db::Session& session, const std::string& name) {
  auto found = rows(session, kOne, name);
  return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<NodeRow> living_others(db::Session& session, const std::string& name) { return rows(session, kLivingOthers, name); }

void put_life(db::Session& session, const NodeRow& row, Time started) {
  const long long generation = row.generation, beat = row.beat, since = to_microseconds(started);
  session << kPut, soci::use(row.name), soci::use(generation), soci::use(row.life), soci::use(row.place), soci::use(beat), soci::use(since),
      soci::use(since);
}

bool beat(db::Session& session, const std::string& life, Time now) {
  const long long clock = to_microseconds(now);
  soci::statement statement = (session.prepare << kBeat, soci::use(clock), soci::use(life));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

void end_life(db::Session& session, const std::string& life, std::optional<std::int64_t> beat, Time now) {
  const long long ended = to_microseconds(now), seen = beat.value_or(0);
  if (beat)
    session << kEndIfSilent, soci::use(ended), soci::use(life), soci::use(seen);
  else
    session << kEnd, soci::use(ended), soci::use(life);
}

void end_other_lives(db::Session& session, const std::string& life, Time now) {
  const long long ended = to_microseconds(now);
  session << kEndOthers, soci::use(ended), soci::use(life);
}

bool take_turn(db::Session& session, const std::string& task, const std::string& life) {
  session << kTakeTurn, soci::use(life), soci::use(task);
  session << kFirstTurn, soci::use(task), soci::use(life);
  std::string owner;
  session << kOwner, soci::use(task), soci::into(owner);
  return owner == life;
}

bool turn_is_free(db::Session& session, const std::string& task) {
  long long held = 0;
  session << kHeld, soci::use(task), soci::into(held);
  return held == 0;
}

std::vector<std::string> turns_of(db::Session& session, const std::string& life) {
  std::string task;
  soci::statement statement = (session.prepare << kTurnsOf, soci::use(life), soci::into(task));
  statement.execute();
  std::vector<std::string> tasks;
  while (statement.fetch()) tasks.push_back(task);
  return tasks;
}

void give_turns_back(db::Session& session, const std::string& life) { session << kGiveBack, soci::use(life); }

}  // namespace carillon::jobs::queries
