#pragma once
// Suspended networks and shows with their reasons. Held in memory because every download checks them.

#include "db/database.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace carillon::accounts {

/// The kind of the changes (db/change.hpp) of takedowns.
inline constexpr std::string_view kSuspensionsChange = "suspensions";

/// Any thread. Reading copies a shared pointer without waiting for the database; a change replaces the whole table.
class Suspensions {
 public:
  /// Reads the active suspensions. Blocks; startup and worker threads.
  Result<> load_now(db::Database& database);
  /// The same after a change by another node; ordered with this node's transactions, so that no older table remains. Blocks.
  Result<> reload_now(db::Database& database);
  /// In the transaction of the action, before put_in_force.
  static void set_show(db::Session& session, const std::string& slug, const std::string& reason);
  /// In a transaction; checks only the show, not its network.
  [[nodiscard]] static bool is_suspended(db::Session& session, const std::string& slug);
  /// At the end of an action's transaction: its suspensions become active once it is committed, and soon after on other nodes. Write
  /// transactions run one after another, so the table of the last one remains.
  void put_in_force(db::Database& database, db::Session& session);

  /// Why a show isn't served; its network's reason takes precedence over its own. None if it is served.
  [[nodiscard]] std::optional<std::string> of(std::string_view network, std::string_view show) const;
  [[nodiscard]] std::optional<std::string> of_show(std::string_view show) const;
  /// A new value after each change; for caches of derived data.
  [[nodiscard]] std::shared_ptr<const void> version() const { return table_.load(); }

 private:
  struct Table {
    std::map<std::string, std::string, std::less<>> networks, shows;
  };
  static std::shared_ptr<const Table> read(db::Session& session);
  std::atomic<std::shared_ptr<const Table>> table_{std::make_shared<const Table>()};
};

}  // namespace carillon::accounts
