// A stored scan from who knows where: refused, or the same when it is written and read again, and no different from itself.

#include "certs/scan/stored.hpp"

#include <cstdlib>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::certs;
  const auto scan = read_stored_scan({reinterpret_cast<const char*>(data), size});
  if (!scan) {
    require(scan.error().kind == carillon::ErrorKind::corrupt);
    return 0;
  }
  const auto written = stored(*scan);
  const auto again = read_stored_scan(written);
  require(again && stored(*again) == written && again->rows.size() == scan->rows.size());
  (void)rows_as_json(scan->rows);
  for (const auto& row : scan->rows) (void)cells_of(row, scan->at);
  const auto changes = changes_between(scan->rows, scan->rows);
  require(changes.gone.empty());
  return 0;
}
