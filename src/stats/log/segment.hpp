#pragma once
// Segment files of the request log: names, reading any version, and repair after a crash.

#include "base/file.hpp"
#include "stats/log/record.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon::stats {

/// The maximum size of one write, which limits what a power cut can damage.
inline constexpr ByteCount kLargestBatch{(1 << 20) + 64};

/// "20261124T104500Z-000001.log": the time of the first record, then the number of the segment, which increases by one.
[[nodiscard]] std::string segment_name(Time first, std::uint64_t sequence);
/// The number in a segment's name; none if it isn't such a name.
[[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view file_name) noexcept;

/// The time in a segment's name: of its first record, in whole seconds; none if it isn't such a name.
[[nodiscard]] std::optional<Time> time_of(std::string_view file_name);

struct NamedSegment {
  std::uint64_t sequence;
  std::filesystem::path path;
  Time first;
};
/// Sorted by number. Blocks.
Result<std::vector<NamedSegment>> segments_in(const std::filesystem::path& folder);

struct Scan {
  ByteCount whole;   ///< where the last record before any damage ends; 0 if there is no header
  ByteCount length;  ///< of the file
  Result<> outcome;  ///< the first damage, and whether anything after it could be read
  int version = 0;   ///< 0 without a header
  bool sealed = false;
  bool goes_on = false;       ///< records were read after damage
  std::uint64_t records = 0;  ///< visited records
};
/// Visits the records from the start; for version 2 also those after a damaged block. Fails only if the file can't be read. Blocks.
Result<Scan> scan_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

/// The same for a segment of version 2, with every item as stored, including texts: `record` is none for a text.
using VisitItem = std::function<void(std::string_view bytes, const std::optional<Record>& record)>;
Result<Scan> scan_items(const std::filesystem::path& segment, const VisitItem& visit);

/// The kind of a segment, from its first bytes. Blocks.
struct SegmentKind {
  int version = 0;  ///< 0: no header with a supported version
  bool sealed = false;
};
Result<SegmentKind> kind_of(const std::filesystem::path& segment);

/// Checks the newest segment in `folder`, truncates an incomplete end after a crash, and returns the number of the next one. Blocks.
/// Other damage (longer than one batch, or another version) is left unchanged and logged; a new segment starts anyway.
Result<std::uint64_t> mend_newest(const std::filesystem::path& folder);

}  // namespace carillon::stats
