#pragma once
// Regular tasks of the server other than certificates.

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

/// All must outlive the rounds.
struct Housekeeping {
  const Clock& clock;
  db::Database& database;
  jobs::Node& node;  ///< the node whose turns it uses
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

/// The location and network databases: the configured files, else those in the data folder. Logs missing configured files.
[[nodiscard]] stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data);

/// Writes new refusals to the audit trail. Blocks.
void tell_refusals(accounts::Refusals& refusals);

}  // namespace carillon::app
