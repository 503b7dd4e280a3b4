#pragma once
// What a serving program does again and again beside certificates.

#include "accounts/access/refusals.hpp"
#include "api/core/idempotency.hpp"
#include "app/account_mails.hpp"
#include "app/clock_watch.hpp"
#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "app/rounds.hpp"
#include "jobs/node.hpp"
#include "podcast/domains/domains.hpp"
#include "stats/log/places.hpp"
#include "stats/log/request_log.hpp"
#include "stats/log/retention.hpp"
#include "uptime/lost_media.hpp"
#include "uptime/status_watch.hpp"

namespace carillon::app {

/// All must live longer than the rounds.
struct Housekeeping {
  const Clock& clock;
  db::Database& database;
  jobs::Node& node;  ///< whose turns it takes
  incidents::Incidents& incidents;
  accounts::Refusals& refusals;
  api::Idempotency& idempotency;
  stats::Retention& retention;
  stats::RequestLog& log;
  stats::Places& places;
  AccountMails& mails;
  podcast::Domains& domains;
  uptime::StatusWatch& status;
  uptime::LostMedia& lost_media;
  ClockWatch& clock_watch;
};
void add_housekeeping(Rounds& rounds, const Housekeeping& parts);

/// The databases of places and networks: the files that the configuration names, else those in the data folder. Reports in the log which
/// configured ones are missing.
[[nodiscard]] stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data);

/// Writes into the audit trail what was refused since the last time. Blocks.
void tell_refusals(accounts::Refusals& refusals);

}  // namespace carillon::app
