#pragma once
// What is remembered of each export. Every function runs in its caller's transaction.

#include "db/database.hpp"

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::certs {

/// How the last run of one export on one node ended.
struct ExportRecord {
  std::string node;
  std::string name;
  std::string folder;
  std::string certificate;  ///< id of the certificate that it was about
  bool done = false;        ///< its files were written and its command succeeded
  std::string problem;      ///< why not; "" while it is under way, too
  Time at;
};

[[nodiscard]] std::optional<ExportRecord> find_export(db::Session& session, const std::string& node, const std::string& name,
                                                      const std::string& folder);
[[nodiscard]] std::vector<ExportRecord> exports_on(db::Session& session, const std::string& node);
void put_export(db::Session& session, const ExportRecord& record);
void remove_export(db::Session& session, const ExportRecord& record);

}  // namespace carillon::certs
