#pragma once
// Who wants a mail with the week's figures.

#include <string_view>

namespace carillon::stats {

/// `week`: the Monday (days since 1970) on which the last mail was due that was sent, skipped, or not wanted yet.
inline constexpr std::string_view kWeeklyMailsSchema = R"sql(
CREATE TABLE weekly_mails (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  network TEXT NOT NULL,
  week BIGINT NOT NULL,
  UNIQUE (person, network)
);
)sql";

}  // namespace carillon::stats
