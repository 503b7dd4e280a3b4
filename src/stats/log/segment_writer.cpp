// See segment_writer.hpp.

#include "stats/log/segment_writer.hpp"

#include "base/log.hpp"
#include "stats/log/segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace carillon::stats {

static_assert(kLargestBatch.value >= version_2::kHeaderLength + version_2::kBlockHeaderLength + version_2::kLargestBlock);

SegmentWriter::~SegmentWriter() { leave(); }

Result<std::size_t> SegmentWriter::append(std::span<const Record> records) {
  const auto first = records.front().time;
  if (file_ && is_over(first)) leave();
  if (!file_) {
    if (auto begun = begin(first); !begun) return forward_error(begun);
  }
  if (auto whole = cut_back(); !whole) return forward_error(whole);

  const auto known = numbers_.size();
  std::string items;
  std::size_t count = 0;
  while (count < records.size() && items.size() + version_2::kLongestItems <= version_2::kLargestBlock)
    version_2::append_item(items, records[count++], header_, numbers_);
  const auto block = version_2::plain_block(items);
  if (auto stored = store(length_ == 0 ? version_2::encoded(header_) + block : block); !stored) {
    numbers_.cut_to(known);
    return forward_error(stored);
  }
  return count;
}

Result<> SegmentWriter::store(std::string_view bytes) {
  const bool is_new = length_ == 0;
  const auto written = write_at_end(bytes);
  if (!written) {
    // If even the cut fails it is tried again before the next write.
    if (const auto whole = cut_back(); !whole)
      log::error("a partial write to the request log could not be removed yet", {{"reason", whole.error().message}});
    return written;
  }
  if (::fdatasync(file_.get()) != 0) {
    const auto failed = fail_errno("sync", path_.string(), errno);
    // What a failed sync leaves in memory and on disk is unknown, and a second sync would lie: cut it off and go on in another file.
    static_cast<void>(cut_back());
    leave();
    return failed;
  }
  if (is_new) {
    if (auto synced = sync_folder(folder_); !synced) {
      static_cast<void>(cut_back());
      return synced;
    }
  }
  length_ += bytes.size();
  torn_ = false;
  return {};
}

Result<> SegmentWriter::begin(Time first) {
  path_ = folder_ / segment_name(first, next_sequence_);
  auto file = open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file) return forward_error(file);
  file_ = std::move(*file);
  ++next_sequence_;
  day_ = std::chrono::floor<std::chrono::days>(first);
  header_ = {.sealed = false, .base = first, .records = 0};
  numbers_ = {};
  length_ = 0;
  torn_ = false;
  return {};
}

Result<> SegmentWriter::write_at_end(std::string_view bytes) {
  torn_ = true;
  auto offset = static_cast<off_t>(length_);
  while (!bytes.empty()) {
    const auto put = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write", path_.string(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += put;
  }
  return {};
}

Result<> SegmentWriter::cut_back() {
  if (!torn_) return {};
  if (::ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) return fail_errno("truncate", path_.string(), errno);
  torn_ = false;
  return {};
}

bool SegmentWriter::is_over(Time next) const {
  if (length_ >= segment_length_.value || std::chrono::floor<std::chrono::days>(next) > day_) return true;
  // Somebody removed the file: what is written there now would be gone.
  struct stat facts{};
  return ::fstat(file_.get(), &facts) == 0 && facts.st_nlink == 0;
}

void SegmentWriter::leave() {
  // A file without a record says nothing.
  if (file_ && length_ == 0) ::unlink(path_.c_str());
  file_.reset();
}

}  // namespace carillon::stats
