// See stored.hpp.

#include "certs/scan/stored.hpp"

#include "base/json.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "certs/probe/words.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace carillon::certs {
namespace {

namespace json = boost::json;
constexpr std::int64_t kVersion = 2;
/// Version 1 had no server_name.
constexpr std::int64_t kOldestVersion = 1;

json::object object_of(const ScanRow& row) {
  json::array findings;
  for (const auto& finding : row.findings) findings.emplace_back(finding);
  return {{"where", clean_for_xml(row.where)},
          {"name", clean_for_xml(row.name)},
          {"issuer", clean_for_xml(row.issuer)},
          {"not_after", row.not_after ? json::value(to_rfc3339(*row.not_after)) : json::value(nullptr)},
          {"findings", std::move(findings)},
          {"serial", row.serial},
          {"key", row.key},
          {"detail", clean_for_xml(row.detail)}};
}

/// Row by row: the objects of a hundred thousand would take many times the room of their text.
std::string array_of(const std::vector<ScanRow>& rows, bool with_endpoints) {
  std::string text = "[";
  for (const auto& row : rows) {
    auto object = object_of(row);
    if (with_endpoints && row.endpoint) {
      object["host"] = row.endpoint->host;
      object["port"] = row.endpoint->port;
      object["starttls"] = name_of(row.endpoint->starttls);
      object["server_name"] = row.endpoint->server_name;
    }
    if (text.size() > 1) text += ',';
    text += json_text(object);
  }
  return text + "]";
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::optional<ScanRow> row_of(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return {};
  ScanRow row;
  row.where = text_at(*object, "where");
  if (row.where.empty()) return {};
  row.name = text_at(*object, "name");
  row.issuer = text_at(*object, "issuer");
  row.serial = text_at(*object, "serial");
  row.key = text_at(*object, "key");
  row.detail = text_at(*object, "detail");
  if (const auto text = text_at(*object, "not_after"); !text.empty()) {
    const auto time = parse_rfc3339(text);
    if (!time) return {};
    row.not_after = *time;
  }
  if (const auto* findings = object->if_contains("findings"); findings != nullptr && findings->is_array()) {
    for (const auto& finding : findings->get_array()) {
      if (const auto* word = finding.if_string()) row.findings.emplace_back(*word);
    }
  }
  const auto* host = object->if_contains("host");
  if (host == nullptr) return row;
  const auto* port = object->if_contains("port");
  const auto starttls = starttls_named(text_at(*object, "starttls"));
  if (!host->is_string() || port == nullptr || !port->is_int64() || port->get_int64() < 1 || port->get_int64() > 65'535 || !starttls)
    return {};
  row.endpoint = Target{std::string(host->get_string()), static_cast<std::uint16_t>(port->get_int64()), *starttls};
  row.endpoint->server_name = text_at(*object, "server_name");
  return row;
}

}  // namespace

std::string rows_as_json(const std::vector<ScanRow>& rows) { return array_of(rows, false); }

std::array<std::string, 5> cells_of(const ScanRow& row, Time now) {
  std::string ends = "–";
  if (row.not_after) ends = *row.not_after > now ? "in " + span_text(*row.not_after - now) : span_text(now - *row.not_after) + " ago";
  std::string findings;
  for (const auto& finding : row.findings) findings.append(findings.empty() ? "" : ", ").append(finding);
  if (findings.empty()) findings = "ok";
  if (!row.detail.empty()) findings += " (" + clean_for_xml(row.detail) + ")";
  return {clean_for_xml(row.where), clean_for_xml(row.name), clean_for_xml(row.issuer), std::move(ends), std::move(findings)};
}

std::string stored(const StoredScan& scan) {
  auto text = json_text(json::object{{"version", kVersion}, {"at", to_rfc3339(scan.at)}});
  text.pop_back();
  return text + ",\"rows\":" + array_of(scan.rows, true) + "}";
}

Result<StoredScan> read_stored_scan(std::string_view text) {
  const auto corrupt = [](std::string_view why) {
    return fail(ErrorKind::corrupt, "The stored scan can't be read: " + std::string(why) + ". Run the scan again.");
  };
  if (text.size() > kLongestStoredScan) return corrupt("it is too long");
  boost::system::error_code error;
  const auto value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return corrupt(error.message());
  const auto* object = value.if_object();
  if (object == nullptr) return corrupt("it isn't a JSON object");
  const auto* version = object->if_contains("version");
  if (version == nullptr || !version->is_int64() || version->get_int64() < kOldestVersion || version->get_int64() > kVersion)
    return corrupt("its version isn't supported");
  const auto at = parse_rfc3339(text_at(*object, "at"));
  const auto* rows = object->if_contains("rows");
  if (!at || rows == nullptr || !rows->is_array()) return corrupt("its time or its rows are missing");
  StoredScan scan{*at, {}};
  for (const auto& one : rows->get_array()) {
    auto row = row_of(one);
    if (!row) return corrupt("a row can't be read");
    scan.rows.push_back(std::move(*row));
  }
  return scan;
}

ScanChanges changes_between(const std::vector<ScanRow>& before, const std::vector<ScanRow>& now) {
  std::map<std::string_view, const ScanRow*> old;
  for (const auto& row : before) old.emplace(row.where, &row);
  ScanChanges changes;
  for (const auto& row : now) {
    const auto found = old.find(row.where);
    if (found == old.end()) {
      changes.fresh.push_back(row);
      continue;
    }
    const auto& was = *found->second;
    const bool is_same =
        was.serial == row.serial && was.issuer == row.issuer && was.not_after == row.not_after && was.findings == row.findings;
    if (!is_same) changes.changed.push_back({was, row});
    old.erase(found);
  }
  for (const auto& [where, row] : old) changes.gone.push_back(*row);
  return changes;
}

}  // namespace carillon::certs
