#pragma once
// The events of shows, episodes and jobs, and their documents.

#include "api/events/event_relay.hpp"
#include "api/events/events.hpp"
#include "db/database.hpp"
#include "podcast/publishing/propagation.hpp"

namespace carillon::api {

/// Any thread; data is read and published on the relay's thread. All arguments must outlive it.
class EventSources {
 public:
  EventSources(EventRelay& relay, EventBus& bus, db::Database& database) : relay_{relay}, bus_{bus}, database_{database} {}

  /// "show": slug, title, revision; and "episode": id, show, title, state, revision; "state" is "deleted" if it was deleted.
  void changed(const podcast::Change& change);
  /// "job": as GET /jobs/ID has it.
  void job_changed(const std::string& id);

 private:
  void tell_show(const podcast::Change& change);
  void tell_episode(const podcast::Change& change);
  void tell_job(const std::string& id);

  EventRelay& relay_;
  EventBus& bus_;
  db::Database& database_;
};

}  // namespace carillon::api
