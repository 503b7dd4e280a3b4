// See exports_queries.hpp.

#include "certs/keeper/course/exports_queries.hpp"

#include <soci/soci.h>

namespace carillon::certs {
namespace {

constexpr std::string_view kSelect = "SELECT node, name, folder, certificate, done, problem, at FROM exports ";
constexpr std::string_view kOne = "WHERE node = :node AND name = :name AND folder = :folder";
constexpr std::string_view kOfNode = "WHERE node = :node ORDER BY name, folder";
constexpr const char* kPut =
    "INSERT INTO exports (node, name, folder, certificate, done, problem, at) "
    "VALUES (:node, :name, :folder, :certificate, :done, :problem, :at) "
    "ON CONFLICT (node, name, folder) DO UPDATE SET certificate = excluded.certificate, done = excluded.done, "
    "problem = excluded.problem, at = excluded.at";
constexpr const char* kRemove = "DELETE FROM exports WHERE node = :node AND name = :name AND folder = :folder";

template <class... Use>
std::vector<ExportRecord> rows(db::Session& session, std::string_view condition, Use... uses) {
  ExportRecord row;
  int done = 0;
  long long at = 0;
  soci::statement statement =
      (((session.prepare << kSelect << condition), soci::into(row.node), soci::into(row.name), soci::into(row.folder),
        soci::into(row.certificate), soci::into(done), soci::into(row.problem), soci::into(at)),
       ..., uses);
  statement.execute();
  std::vector<ExportRecord> found;
  while (statement.fetch()) {
    row.done = done != 0;
    row.at = from_microseconds(at);
    found.push_back(row);
  }
  return found;
}

}  // namespace

std::optional<ExportRecord> find_export(db::Session& session, const std::string& node, const std::string& name, const std::string& folder) {
  auto found = rows(session, kOne, soci::use(node), soci::use(name), soci::use(folder));
  if (found.empty()) return {};
  return std::move(found.front());
}

std::vector<ExportRecord> exports_on(db::Session& session, const std::string& node) { return rows(session, kOfNode, soci::use(node)); }

void put_export(db::Session& session, const ExportRecord& record) {
  const int done = record.done ? 1 : 0;
  const long long at = to_microseconds(record.at);
  session << kPut, soci::use(record.node), soci::use(record.name), soci::use(record.folder), soci::use(record.certificate), soci::use(done),
      soci::use(record.problem), soci::use(at);
}

void remove_export(db::Session& session, const ExportRecord& record) {
  session << kRemove, soci::use(record.node), soci::use(record.name), soci::use(record.folder);
}

}  // namespace carillon::certs
