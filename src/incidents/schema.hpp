#pragma once
// The tables of incidents/; app puts them among the numbered migrations.

#include <string_view>

namespace carillon::incidents {

/// Times are microseconds since 1970. At most one incident per kind and subject is unresolved. `next_at` is when the incident is due: its
/// next step, the end of the pause, or (if resolved) the closing message; NULL if there is nothing more to do.
///
/// `incident_messages` is the outbox: written in the transaction of the step, so that a crash neither loses nor duplicates it. A message
/// has one line per incident; its text is composed from the waiting lines when it is sent. A line is `dropped` if its incident is
/// acknowledged or resolved, or a later step replaces it, before it was sent.
inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  steward TEXT NOT NULL,
  deputy TEXT NOT NULL,
  network TEXT NOT NULL,
  what TEXT NOT NULL,
  consequence TEXT NOT NULL,
  remedy TEXT NOT NULL,
  noticed_at BIGINT,
  reminder INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'solved')),
  opened_at BIGINT NOT NULL,
  begun_at BIGINT NOT NULL,
  steps INTEGER NOT NULL DEFAULT 0,
  last_step_at BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT,
  owner TEXT NOT NULL DEFAULT '',
  solved_at BIGINT,
  solution TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX incidents_unsolved ON incidents (kind, subject) WHERE state <> 'solved';
CREATE INDEX incidents_due ON incidents (next_at);
CREATE INDEX incidents_solved ON incidents (solved_at);
CREATE TABLE incident_messages (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL CHECK (type IN ('alarm', 'closing')),
  recipient TEXT NOT NULL,
  avoid TEXT NOT NULL,
  planned_at BIGINT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'refused', 'dropped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at BIGINT NOT NULL
);
CREATE INDEX incident_messages_waiting ON incident_messages (state, next_attempt_at);
CREATE TABLE incident_lines (
  message TEXT NOT NULL REFERENCES incident_messages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  role INTEGER NOT NULL,
  step INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dropped')),
  dropped_at BIGINT,
  PRIMARY KEY (message, number)
);
CREATE INDEX incident_lines_of ON incident_lines (incident, state, message);
CREATE TABLE incident_attempts (
  message TEXT NOT NULL REFERENCES incident_messages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  channel TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (message, number)
);
CREATE TABLE incident_channels (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL
);
)sql";

/// Personal channel orders. `person` is an email address in lower case.
inline constexpr std::string_view kChannelOrdersSchema = R"sql(
CREATE TABLE channel_orders (
  person TEXT NOT NULL,
  position INTEGER NOT NULL,
  channel TEXT NOT NULL,
  PRIMARY KEY (person, position)
);
)sql";

/// Which acknowledgments a channel that follows them has been sent: `until` is when the pause ends, so that the next one differs.
inline constexpr std::string_view kAcknowledgmentsSchema = R"sql(
CREATE TABLE incident_acknowledgments (
  incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (incident, channel)
);
)sql";

/// People's quiet times. `person` is an email address in lower case; `hours` and `absences` have one entry per line, as in quiet_times.hpp.
inline constexpr std::string_view kQuietTimesSchema = R"sql(
CREATE TABLE quiet_times (
  person TEXT PRIMARY KEY,
  zone TEXT NOT NULL,
  hours TEXT NOT NULL,
  absences TEXT NOT NULL
);
)sql";

}  // namespace carillon::incidents
