#pragma once
// The SQL of subscriptions to weekly mails. Every function runs in its caller's transaction.

#include "db/database.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon::stats {

struct Subscription {
  std::string id;
  std::string person;          ///< ID
  std::string network;         ///< slug
  std::chrono::sys_days week;  ///< the Monday of the last mail
};

namespace queries {

/// Nothing happens if there is one already.
void insert(db::Session& session, const Subscription& subscription);
[[nodiscard]] std::optional<Subscription> subscription(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Subscription> subscription_of(db::Session& session, const std::string& person, const std::string& network);
void remove_subscription(db::Session& session, const std::string& id);
/// Those whose last mail is older than this Monday's, at most `limit`.
[[nodiscard]] std::vector<Subscription> subscriptions_due(db::Session& session, std::chrono::sys_days monday, std::size_t limit);
/// Whether this call changed it from `before` to `after`: then the mail is the caller's to send.
[[nodiscard]] bool move_week(db::Session& session, const std::string& id, std::chrono::sys_days before, std::chrono::sys_days after);

}  // namespace queries

}  // namespace carillon::stats
