#pragma once
// Segments of the request log as files: named, read whatever their version, and mended after a crash.

#include "base/file.hpp"
#include "stats/log/record.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon::stats {

/// The most that one write hands to the disk: what a power cut can tear is never longer.
inline constexpr ByteCount kLargestBatch{(1 << 20) + 64};

/// "20261124T104500Z-000001.log": the time of the first record, then the number of the segment, which grows by one with each.
[[nodiscard]] std::string segment_name(Time first, std::uint64_t sequence);
/// The number in a segment's name; none when it is no such name.
[[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view file_name) noexcept;

/// The time in a segment's name: of its first record, in whole seconds; none when it is no such name.
[[nodiscard]] std::optional<Time> time_of(std::string_view file_name);

struct NamedSegment {
  std::uint64_t sequence;
  std::filesystem::path path;
  Time first;
};
/// In the order of their numbers. Blocks.
Result<std::vector<NamedSegment>> segments_in(const std::filesystem::path& folder);

struct Scan {
  ByteCount whole;   ///< where the last record ends before anything is damaged; 0 when there is not even a header
  ByteCount length;  ///< of the file
  Result<> outcome;  ///< what is damaged first, and whether anything behind it could be read
  int version = 0;   ///< 0 without a header
  bool sealed = false;
  bool goes_on = false;       ///< records were read behind damage
  std::uint64_t records = 0;  ///< that were visited
};
/// Visits the records from the front; of version 2 also those behind a damaged block. An error only when the file can't be read. Blocks.
Result<Scan> scan_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

/// The same for a segment of version 2, with every item as it is stored, texts too: `record` is none for a text.
using VisitItem = std::function<void(std::string_view bytes, const std::optional<Record>& record)>;
Result<Scan> scan_items(const std::filesystem::path& segment, const VisitItem& visit);

/// What is known from a segment's first bytes. Blocks.
struct SegmentKind {
  int version = 0;  ///< 0: no header of a version that this program reads
  bool sealed = false;
};
Result<SegmentKind> kind_of(const std::filesystem::path& segment);

/// Looks at the newest segment in `folder`, cuts what a crash tore, and answers the number of the next one. Blocks.
/// What cannot be a tear (longer than one batch, or another version) stays as it is and is said in the log: a new segment begins anyway.
Result<std::uint64_t> mend_newest(const std::filesystem::path& folder);

}  // namespace carillon::stats
