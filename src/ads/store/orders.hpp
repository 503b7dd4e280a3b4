#pragma once
// What is booked, for the part that decides: the orders that can be delivered with their creatives, and the rules of shows.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

#include <map>

namespace carillon::ads {

/// The kind of the changes (db/change.hpp) of orders, creatives and rules of shows: everything that live() and rules() return may have
/// changed. The subject is the network's slug.
inline constexpr std::string_view kOrdersChange = "ads";

/// Any thread.
class Orders {
 public:
  explicit Orders(db::Database& database) : database_{database} {}

  /// The network's approved orders that haven't ended at `now`, with their approved and ready creatives; orders without one are left out.
  /// Their categories include those of their creatives. Orders that start later are included: matches() and planned_today() look at the
  /// dates, so nothing has to change when an order starts. Sorted by ID. Blocks.
  [[nodiscard]] Result<std::vector<Order>> live(const std::string& network, Time now) const;
  /// The networks with such orders, whether or not they have creatives. Blocks.
  [[nodiscard]] Result<std::vector<std::string>> networks(Time now) const;
  /// By the show's ID; shows without an entry have the default ShowRules. Blocks.
  [[nodiscard]] Result<std::map<std::string, ShowRules>> rules(const std::string& network) const;

  /// Calls `changed` with the network's slug ("" for all of them) after each change by this process was committed, on the writer's thread:
  /// it must not block or fail. Changes by other nodes come through the change feed (kOrdersChange). Before the first change.
  void on_change(std::function<void(const std::string& network)> changed) { changed_ = std::move(changed); }

  /// For everything that changes what live() or rules() return: in the transaction of the change.
  void note_change(const std::string& network);
  /// Another node has committed a change; calls what on_change() was given. "" if changes were missed: every network's may have changed.
  void changed_elsewhere(const std::string& network) const { changed_(network); }

 private:
  db::Database& database_;
  std::function<void(const std::string& network)> changed_ = [](const std::string&) {};
};

}  // namespace carillon::ads
