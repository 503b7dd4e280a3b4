#pragma once
// A node is a server process with a database that it may share with others. Each run is a life with a generation; leases belong to a life,
// so that a start only releases the leases of this node's earlier lives.

#include "db/database.hpp"
#include "jobs/turn.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::jobs {

/// The interval of heartbeats, which show that a node is alive. Other machines' clocks aren't trusted: a node that has seen no new
/// heartbeat for kDeadAfter by its own steady clock records that this life has ended and releases its leases. A node that couldn't read the
/// database meanwhile doesn't judge others: the same cause (a long write, a suspended machine) may have affected them, too.
inline constexpr std::chrono::seconds kBeatEvery{10};
inline constexpr std::chrono::seconds kDeadAfter{30};

/// The kind of the changes (db/change.hpp) of ended lives, whose turns are free.
inline constexpr std::string_view kNodeChange = "node";

struct NodeSettings {
  std::string name;    ///< see is_node_name
  std::string place;   ///< a resource that only one process can have at a time, so that its owner knows that the previous process has ended
  bool alone = false;  ///< no other process uses the database: this node has every turn and needs no heartbeat
  std::chrono::milliseconds beat_every = kBeatEvery;
  std::chrono::milliseconds dead_after = kDeadAfter;
};

/// Lowercase letters, digits, hyphens and dots, at most 64, starting with a letter or digit.
[[nodiscard]] bool is_node_name(std::string_view name) noexcept;
/// Whether `life` is an earlier or later life of the same node as `mine`.
[[nodiscard]] bool is_other_life_of_same_node(std::string_view life, std::string_view mine) noexcept;

/// Any thread.
class Node {
 public:
  /// Starts a new life with the next generation. If the name belongs to a process at another place, waits `dead_after` for its heartbeat;
  /// `conflict` if there is one, because names must be unique. `database` (with kNodesSchema) and `clock` must outlive it.
  static Result<std::unique_ptr<Node>> begin(db::Database& database, const Clock& clock, NodeSettings settings);
  ~Node();  ///< stops

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] std::int64_t generation() const noexcept;
  /// "NAME/GENERATION": the owner of its leases.
  [[nodiscard]] const std::string& life() const noexcept;

  /// The turn for `task`, which only one node has at a time, until its life ends. Must not outlive the node.
  [[nodiscard]] Turn turn(std::string task);
  /// Call it if another life has ended, to claim its turns immediately.
  void look_again();

  /// Calls `lost` on the heartbeat thread if another process has started a later life of this node, so that this one must stop. Before
  /// start().
  void on_lost(std::function<void()> lost);
  void start();  ///< starts the heartbeat on its own thread; does nothing if the node is alone
  void stop();   ///< ends the life and releases its turns and leases; call it after stopping everything that uses them

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::jobs
