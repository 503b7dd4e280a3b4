#pragma once
// Personal channel orders, stored in the database: which configured channels reach a person, and in which order.

#include "db/database.hpp"
#include "notify/channel.hpp"

#include <string>
#include <vector>

namespace carillon::incidents {

/// Any thread. People are identified by email address, ignoring case. A choice applies until it is changed: channels that are configured
/// later only reach people without a choice, or who add them. Channels that are no longer configured are skipped; if none is left, the
/// configured order applies, so that no one is without a channel.
class ChannelOrders {
 public:
  /// `channels`: the configured ones, in order of preference. `database` has kChannelOrdersSchema. All must outlive it.
  ChannelOrders(db::Database& database, std::vector<notify::Channel*> channels) : database_{database}, channels_{std::move(channels)} {}

  struct Order {
    std::vector<std::string> names;  ///< the active order; the first one is tried first
    bool chosen = false;             ///< chosen by or for this person; else the configured order
  };
  /// In the caller's transaction.
  [[nodiscard]] Order of(db::Session& session, const std::string& person) const;
  /// Empty: back to the configured order. `invalid` for a name that isn't a configured channel (the message lists them), or that occurs
  /// twice. In the caller's transaction.
  Result<> choose(db::Session& session, const std::string& person, const std::vector<std::string>& names);

  /// For IncidentsSettings::channels_of: empty if there is no choice, or it can't be read. Blocks.
  [[nodiscard]] std::vector<notify::Channel*> channels_of(const std::string& person) const;

 private:
  [[nodiscard]] std::vector<notify::Channel*> chosen_by(db::Session& session, const std::string& person) const;

  db::Database& database_;
  std::vector<notify::Channel*> channels_;
};

}  // namespace carillon::incidents
