#pragma once
// A node is one serving process on the database that it may share with others. Each of its lives has a generation; leases are held by a
// life, so that a start frees what this node's former lives held and nothing of anybody else's.

#include "db/database.hpp"
#include "jobs/turn.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::jobs {

/// How others see that a node is alive: its beat goes on. No clock of another machine is believed: who has seen no new beat for kDeadAfter
/// by its own steady clock notes that this life has ended, and what it held is free. Who couldn't look meanwhile judges nobody: what kept
/// it from the database (a long write of another process, a stopped machine) may have kept the others from it, too.
inline constexpr std::chrono::seconds kBeatEvery{10};
inline constexpr std::chrono::seconds kDeadAfter{30};

/// The kind of the changes (db/change.hpp) that say that a life ended: its turns are free.
inline constexpr std::string_view kNodeChange = "node";

struct NodeSettings {
  std::string name;    ///< see is_node_name
  std::string place;   ///< what no two processes have at the same time; a process that has it knows that the one before has ended
  bool alone = false;  ///< no other process uses the database: every turn is this node's, and nobody looks for its beat
  std::chrono::milliseconds beat_every = kBeatEvery;
  std::chrono::milliseconds dead_after = kDeadAfter;
};

/// Small letters, digits, hyphens and dots, at most 64, beginning with a letter or digit.
[[nodiscard]] bool is_node_name(std::string_view name) noexcept;
/// Whether `life` was an earlier or is a later life of the node whose life `mine` is.
[[nodiscard]] bool is_other_life_of_same_node(std::string_view life, std::string_view mine) noexcept;

/// Any thread.
class Node {
 public:
  /// Begins a new life: the next generation. When the name belongs to a process at another place, waits `dead_after` for its beat;
  /// `conflict` when there is one: no two nodes have one name. `database` (with kNodesSchema) and `clock` must live longer.
  static Result<std::unique_ptr<Node>> begin(db::Database& database, const Clock& clock, NodeSettings settings);
  ~Node();  ///< stops

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] std::int64_t generation() const noexcept;
  /// "NAME/GENERATION": the owner of its leases.
  [[nodiscard]] const std::string& life() const noexcept;

  /// The turn of `task`, which one node has at a time and keeps until its life ends. Must not outlive the node.
  [[nodiscard]] Turn turn(std::string task);
  /// A life has ended somewhere: what it held may be taken at once.
  void look_again();

  /// `lost` is called, on the thread of the beat, when another process has begun a later life of this node: this one must end. Before
  /// start().
  void on_lost(std::function<void()> lost);
  void start();  ///< the beat, on a thread of its own; nothing of a node that is alone
  void stop();   ///< ends the life and gives back what it held; after everything that has turns or leases

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::jobs
