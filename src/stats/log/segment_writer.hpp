#pragma once
// Appends records to segments of version 2, durably.

#include "base/file.hpp"
#include "stats/log/record.hpp"
#include "stats/log/version_2.hpp"

#include <span>

namespace carillon::stats {

/// After this length, or on a new day (UTC), a new segment starts.
inline constexpr ByteCount kSegmentLength{64 << 20};

/// Appends to the current segment and starts new ones. One thread at a time.
class SegmentWriter {
 public:
  SegmentWriter(std::filesystem::path folder, std::uint64_t next_sequence, ByteCount segment_length = kSegmentLength)
      : folder_{std::move(folder)}, next_sequence_{next_sequence}, segment_length_{segment_length} {}
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;
  ~SegmentWriter();

  /// Durably writes as many of `records` from the front as fit in one block, at least one, and returns how many. If it fails, none of them
  /// are in the segment (a partial write is truncated), so that they can be retried; only if both the sync and the truncation fail may they
  /// be there twice. Blocks.
  Result<std::size_t> append(std::span<const Record> records);

  /// Every segment with a smaller number is complete.
  [[nodiscard]] std::uint64_t oldest_open() const noexcept { return file_ ? next_sequence_ - 1 : next_sequence_; }

 private:
  Result<> begin(Time first);
  Result<> write_at_end(std::string_view bytes);
  Result<> cut_back();
  Result<> store(std::string_view bytes);
  [[nodiscard]] bool is_over(Time next) const;
  void leave();

  std::filesystem::path folder_;
  std::uint64_t next_sequence_;
  const ByteCount segment_length_;
  std::filesystem::path path_;
  FileDescriptor file_;
  std::chrono::sys_days day_;
  version_2::Header header_;
  version_2::TextNumbers numbers_;
  std::uint64_t length_ = 0;  ///< of the durable data
  bool torn_ = false;         ///< there may be bytes after `length_`
};

}  // namespace carillon::stats
