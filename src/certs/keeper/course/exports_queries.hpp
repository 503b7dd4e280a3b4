#pragma once
// The stored state of each export. Every function runs in its caller's transaction.

#include "db/database.hpp"

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::certs {

/// The result of the last run of one export on one node.
struct ExportRecord {
  std::string node;
  std::string name;
  std::string folder;
  std::string certificate;  ///< ID of the exported certificate
  bool done = false;        ///< its files were written and its command succeeded
  std::string problem;      ///< why it failed; also "" while it is running
  Time at;
};

[[nodiscard]] std::optional<ExportRecord> find_export(db::Session& session, const std::string& node, const std::string& name,
                                                      const std::string& folder);
[[nodiscard]] std::vector<ExportRecord> exports_on(db::Session& session, const std::string& node);
void put_export(db::Session& session, const ExportRecord& record);
void remove_export(db::Session& session, const ExportRecord& record);

}  // namespace carillon::certs
