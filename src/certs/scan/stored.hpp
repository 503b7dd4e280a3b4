#pragma once
// Scan results as JSON and as table cells, and the changes between two of them. Pure. For the stored format, see docs/formats/scan.md.

#include "certs/scan/scan.hpp"

#include <array>

namespace carillon::certs {

inline constexpr std::size_t kLongestStoredScan = 512U << 20;

/// The array that `carillon cert scan --json` prints.
[[nodiscard]] std::string rows_as_json(const std::vector<ScanRow>& rows);
/// "where", "name", "issuer", "ends" ("in 12 days", "3 hours ago"), "findings": for a table.
[[nodiscard]] std::array<std::string, 5> cells_of(const ScanRow& row, Time now);

struct StoredScan {
  Time at;
  std::vector<ScanRow> rows;
  bool operator==(const StoredScan&) const = default;
};
[[nodiscard]] std::string stored(const StoredScan& scan);
/// `corrupt` if it isn't a stored scan, or has another version.
[[nodiscard]] Result<StoredScan> read_stored_scan(std::string_view json);

/// The changes.
struct ScanChanges {
  std::vector<ScanRow> fresh;
  std::vector<ScanRow> gone;
  struct Change {
    ScanRow before, now;
  };
  std::vector<Change> changed;  ///< another certificate, or other findings, at the same place
};
[[nodiscard]] ScanChanges changes_between(const std::vector<ScanRow>& before, const std::vector<ScanRow>& now);

}  // namespace carillon::certs
