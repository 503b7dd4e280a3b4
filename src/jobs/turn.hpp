#pragma once
// Whose turn it is to do what is done again and again.

#include <functional>

namespace carillon::jobs {

/// What is done about the database that all nodes share takes turns: one node does it at a time (Node::turn). What concerns a node's own
/// disk, listeners or memory is done by each. Any thread.
class Turn {
 public:
  /// Of every node at any time.
  [[nodiscard]] static Turn of_each_node() {
    return Turn{[] { return true; }};
  }
  explicit Turn(std::function<bool()> mine) : mine_{std::move(mine)} {}

  /// Whether this node may do it now. Blocks where nobody is known to have the turn: then it is taken.
  [[nodiscard]] bool mine() const { return mine_(); }

 private:
  std::function<bool()> mine_;
};

}  // namespace carillon::jobs
