#pragma once
// This process as one of the nodes that serve its database: its name and run, its turns, and changes by others.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "db/change_feed.hpp"
#include "jobs/node.hpp"
#include "jobs/repeater.hpp"

#include <atomic>
#include <memory>

namespace carillon::app {

/// Created right after the database is opened, before reading anything that others may change; stopped after everything that has turns or
/// leases.
class Membership {
 public:
  /// Starts this node's next life under the configured name, or the one in DATA/node, which is created at the first start. In a shared
  /// folder, later writes go to the change feed as this node's; `conflict` if another running process has the name. A node with its own
  /// folder is alone with the database: it has all turns, and neither writes nor reads the feed.
  static Result<std::unique_ptr<Membership>> join(const DataFolder& data, const Configuration& configuration, db::Database& database,
                                                  const Clock& clock, Random& random);
  ~Membership() { stop(); }

  [[nodiscard]] jobs::Node& node() noexcept { return *node_; }
  [[nodiscard]] const std::string& life() const noexcept { return node_->life(); }
  /// The turn for a task on the shared database.
  [[nodiscard]] jobs::Turn turn(std::string task) { return node_->turn(std::move(task)); }
  /// Adds a follower for changes of this kind by other nodes; does nothing if there are none. Before start().
  void follow(std::string_view kind, db::Follower follower);

  /// Starts the heartbeat and followers. If another process takes over the name, this one stops as after SIGTERM.
  void start();
  void stop_following();  ///< first: followers stop before the node
  void stop();
  /// `conflict` if this process stopped because another one took over its name.
  [[nodiscard]] Result<> outcome() const;

 private:
  Membership(std::unique_ptr<jobs::Node> node, std::unique_ptr<db::ChangeFeed> feed, db::Database& database, const Clock& clock);

  std::unique_ptr<jobs::Node> node_;
  std::unique_ptr<db::ChangeFeed> feed_;  ///< null if the node is alone
  std::atomic<bool> lost_ = false;
  jobs::Repeater pruning_;
};

}  // namespace carillon::app
