#pragma once
// Takedowns: which networks and shows are not served, and why. Kept in memory, since every download asks.

#include "db/database.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace carillon::accounts {

/// The kind of the changes (db/change.hpp) of takedowns.
inline constexpr std::string_view kSuspensionsChange = "suspensions";

/// Any thread. Reading copies a shared pointer and waits for no database; a change replaces the whole table.
class Suspensions {
 public:
  /// Reads what is in force. Blocks; start-up and worker threads.
  Result<> load_now(db::Database& database);
  /// The same after another node changed it: in turn with the transactions of this one, so that no older table stays. Blocks.
  Result<> reload_now(db::Database& database);
  /// Within the transaction of the act, before put_in_force.
  static void set_show(db::Session& session, const std::string& slug, const std::string& reason);
  /// Within a transaction; of the show alone, not of its network.
  [[nodiscard]] static bool is_suspended(db::Session& session, const std::string& slug);
  /// Within the transaction of an act, at its end: what it left is in force once it is committed, and on other nodes soon after.
  /// Transactions that write come one after the other, and so the last one's table is the one that stays.
  void put_in_force(db::Database& database, db::Session& session);

  /// Why a show is not served: its network's reason before its own; none while it is.
  [[nodiscard]] std::optional<std::string> of(std::string_view network, std::string_view show) const;
  [[nodiscard]] std::optional<std::string> of_show(std::string_view show) const;
  /// Another one after each change; for those who keep what they made of it.
  [[nodiscard]] std::shared_ptr<const void> version() const { return table_.load(); }

 private:
  struct Table {
    std::map<std::string, std::string, std::less<>> networks, shows;
  };
  static std::shared_ptr<const Table> read(db::Session& session);
  std::atomic<std::shared_ptr<const Table>> table_{std::make_shared<const Table>()};
};

}  // namespace carillon::accounts
