#pragma once
// Segments of the request log as files: named, appended to durably, read, and mended after a crash.

#include "base/file.hpp"
#include "stats/log/request_log.hpp"

namespace carillon::stats {

/// "20261124T104500Z-000001.log": the time of the first record, then the number of the segment, which grows by one with each.
[[nodiscard]] std::string segment_name(Time first, std::uint64_t sequence);
/// The number in a segment's name; none when it is no such name.
[[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view file_name) noexcept;

/// The time in a segment's name: of its first record, in whole seconds; none when it is no such name.
[[nodiscard]] std::optional<Time> time_of(std::string_view file_name);

struct Scan {
  ByteCount whole;   ///< where the last whole record ends; 0 when there is not even a header
  ByteCount length;  ///< of the file
  Result<> outcome;  ///< why it went no further than `whole`
};
/// Visits the whole records from the front. An error only when the file cannot be read. Blocks.
Result<Scan> scan_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

/// Looks at the newest segment in `folder`, cuts what a crash tore, and answers the number of the next one. Blocks.
/// What cannot be a tear (longer than one batch, or another version) stays as it is and is said in the log: a new segment begins anyway.
Result<std::uint64_t> mend_newest(const std::filesystem::path& folder);

/// Appends to the current segment and begins new ones. One thread at a time.
class SegmentWriter {
 public:
  SegmentWriter(std::filesystem::path folder, std::uint64_t next_sequence) : folder_{std::move(folder)}, next_sequence_{next_sequence} {}
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;
  ~SegmentWriter();

  /// Writes encoded records, of which the first has the time `first`. Durable when it succeeds; when it fails, nothing of them stays in the
  /// segment (what a partial write left is cut off again), so that they can be tried anew; only where the disk refuses a sync and then the
  /// cut, too, may they stand there as well. Blocks.
  Result<> append(std::string_view records, Time first);

 private:
  Result<> begin(Time first);
  Result<> write_at_end(std::string_view bytes);
  Result<> cut_back();
  [[nodiscard]] bool is_over(Time next) const;
  void leave();

  std::filesystem::path folder_;
  std::uint64_t next_sequence_;
  std::filesystem::path path_;
  FileDescriptor file_;
  std::chrono::sys_days day_;
  std::uint64_t length_ = 0;  ///< of what is durable
  bool torn_ = false;         ///< bytes may stand behind `length_`
};

}  // namespace carillon::stats
