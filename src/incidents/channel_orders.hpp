#pragma once
// Which of the configured channels reach a person, and in which order: the choice of each, kept in the database.

#include "db/database.hpp"
#include "notify/channel.hpp"

#include <string>
#include <vector>

namespace carillon::incidents {

/// Any thread. People are email addresses, large and small letters alike. What is chosen holds until it is chosen anew: a channel that is
/// configured later reaches only those who have chosen nothing, or choose it. One that is configured no longer is passed over; where
/// nothing is left, the configured order counts: nobody is ever without a channel for a choice of his.
class ChannelOrders {
 public:
  /// `channels`: the configured ones, in order of preference. `database` holds kChannelOrdersSchema. All must live longer.
  ChannelOrders(db::Database& database, std::vector<notify::Channel*> channels) : database_{database}, channels_{std::move(channels)} {}

  struct Order {
    std::vector<std::string> names;  ///< in force, the first one tried first
    bool chosen = false;             ///< by or for this person; else as configured
  };
  /// Within the caller's transaction.
  [[nodiscard]] Order of(db::Session& session, const std::string& person) const;
  /// Empty: as configured again. `invalid` for a name that is no configured channel's (the sentence lists those that are), or that comes
  /// twice. Within the caller's transaction.
  Result<> choose(db::Session& session, const std::string& person, const std::vector<std::string>& names);

  /// For IncidentsSettings::channels_of: empty where nothing is chosen, or the choice can't be read. Blocks.
  [[nodiscard]] std::vector<notify::Channel*> channels_of(const std::string& person) const;

 private:
  [[nodiscard]] std::vector<notify::Channel*> chosen_by(db::Session& session, const std::string& person) const;

  db::Database& database_;
  std::vector<notify::Channel*> channels_;
};

}  // namespace carillon::incidents
