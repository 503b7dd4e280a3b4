#pragma once
// Turns for repeated tasks of several nodes.

#include <functional>

namespace carillon::jobs {

/// Tasks on the shared database are done by one node at a time (Node::turn). Tasks on a node's own disk, listeners or memory are done by
/// each node. Any thread.
class Turn {
 public:
  /// A turn that every node always has.
  [[nodiscard]] static Turn of_each_node() {
    return Turn{[] { return true; }};
  }
  explicit Turn(std::function<bool()> mine) : mine_{std::move(mine)} {}

  /// Whether this node may do it now. Blocks if no one is known to have the turn, to claim it.
  [[nodiscard]] bool mine() const { return mine_(); }

 private:
  std::function<bool()> mine_;
};

}  // namespace carillon::jobs
