#pragma once
// This process among the nodes that serve its database: its name and life, whose turn what is, and what others change.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "db/change_feed.hpp"
#include "jobs/node.hpp"
#include "jobs/repeater.hpp"

#include <atomic>
#include <memory>

namespace carillon::app {

/// Made right after the database is opened, before anything is read from it that others may change; stopped after everything that has turns
/// or leases.
class Membership {
 public:
  /// Begins this node's next life under the name of the configuration, else under the one in DATA/node, which is made at the first start.
  /// In a shared folder, what is written from then on goes into the change feed as its own; `conflict` when another running process has the
  /// name. A node with a folder for itself is alone with the database: it has all turns, and neither writes nor reads the feed.
  static Result<std::unique_ptr<Membership>> join(const DataFolder& data, const Configuration& configuration, db::Database& database,
                                                  const Clock& clock, Random& random);
  ~Membership() { stop(); }

  [[nodiscard]] jobs::Node& node() noexcept { return *node_; }
  [[nodiscard]] const std::string& life() const noexcept { return node_->life(); }
  /// Of a task about the database that all nodes share.
  [[nodiscard]] jobs::Turn turn(std::string task) { return node_->turn(std::move(task)); }
  /// What other nodes do about changes of this kind; nothing where there are none. Before start().
  void follow(std::string_view kind, db::Follower follower);

  /// Begins to beat and to follow. When another process takes the name, this one is told to stop, as by SIGTERM.
  void start();
  void stop_following();  ///< first: those who follow go before the node does
  void stop();
  /// `conflict` when this process stopped because another one has taken its name.
  [[nodiscard]] Result<> outcome() const;

 private:
  Membership(std::unique_ptr<jobs::Node> node, std::unique_ptr<db::ChangeFeed> feed, db::Database& database, const Clock& clock);

  std::unique_ptr<jobs::Node> node_;
  std::unique_ptr<db::ChangeFeed> feed_;  ///< null when the node is alone
  std::atomic<bool> lost_ = false;
  jobs::Repeater pruning_;
};

}  // namespace carillon::app
