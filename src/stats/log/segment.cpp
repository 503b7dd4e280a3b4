// See segment.hpp.

#include "stats/log/segment.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "stats/log/record_format.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace carillon::stats {
namespace {

constexpr std::string_view kExtension = ".log";
constexpr std::size_t kTimeLength = 16;     // 20261124T104500Z
constexpr std::size_t kSequenceDigits = 6;  // more when they are needed
constexpr std::size_t kReadAhead = 256 * 1024;

/// A file read front to back, so that at least one longest record is in view wherever there is one.
class View {
 public:
  explicit View(int fd) : fd_{fd} {}
  /// Fills up; the error is errno, 0 for none.
  int fill() {
    if (!ended_ && buffer_.size() - begin_ < kLongestFrame) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      while (!ended_ && buffer_.size() < kReadAhead) {
        const auto before = buffer_.size();
        buffer_.resize(kReadAhead);
        const auto got = ::read(fd_, buffer_.data() + before, kReadAhead - before);
        buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno != EINTR) return errno;
        if (got == 0) ended_ = true;
      }
    }
    return 0;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return as_bytes(buffer_).subspan(begin_); }
  void drop(std::size_t count) { begin_ += count; }

 private:
  int fd_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool ended_ = false;
};

Result<> cut(const std::filesystem::path& segment, ByteCount length) {
  const auto file = open_file(segment, O_WRONLY);
  if (!file) return std::unexpected(file.error());
  if (::ftruncate(file->get(), static_cast<off_t>(length.value)) != 0) return fail_errno("cut the torn tail of", segment.string(), errno);
  if (::fsync(file->get()) != 0) return fail_errno("sync", segment.string(), errno);
  return {};
}

Result<> mend(const std::filesystem::path& segment) {
  const auto scan = scan_segment(segment, [](const Record&) {});
  if (!scan) return std::unexpected(scan.error());
  if (scan->outcome) return {};
  const auto torn = scan->length - scan->whole;
  const bool has_header = scan->whole.value > 0;
  if (torn > kLargestBatch || (!has_header && scan->length.value >= kHeaderLength)) {
    log::error("a segment of the request log is damaged; it is left as it is and a new one begins",
               {{"segment", segment.string()},
                {"reason", scan->outcome.error().message},
                {"readable_bytes", scan->whole.value},
                {"bytes", scan->length.value}});
    return {};
  }
  log::warning("a write to the request log was torn by a crash; its incomplete end is cut off",
               {{"segment", segment.string()}, {"cut_bytes", torn.value}, {"kept_bytes", scan->whole.value}});
  if (has_header) return cut(segment, scan->whole);
  if (::unlink(segment.c_str()) != 0) return fail_errno("remove the empty segment", segment.string(), errno);
  return sync_folder(segment.parent_path());
}

}  // namespace

std::string segment_name(Time first, std::uint64_t sequence) {
  auto time = to_rfc3339(std::chrono::floor<std::chrono::seconds>(first));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}-{:06}{}", time, sequence, kExtension);
}

std::optional<std::uint64_t> sequence_of(std::string_view file_name) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (file_name.size() < kTimeLength + 1 + kSequenceDigits + kExtension.size() || !file_name.ends_with(kExtension)) return {};
  if (file_name[8] != 'T' || file_name[15] != 'Z' || file_name[kTimeLength] != '-') return {};
  if (!std::ranges::all_of(file_name.substr(0, 8), is_digit) || !std::ranges::all_of(file_name.substr(9, 6), is_digit)) return {};
  file_name.remove_prefix(kTimeLength + 1);
  file_name.remove_suffix(kExtension.size());
  return parse_number(file_name);
}

std::optional<Time> time_of(std::string_view file_name) {
  if (!sequence_of(file_name)) return {};
  const auto time = parse_rfc3339(fmt::format("{}-{}-{}:{}:{}", file_name.substr(0, 4), file_name.substr(4, 2), file_name.substr(6, 5),
                                              file_name.substr(11, 2), file_name.substr(13, 3)));
  if (!time) return {};
  return *time;
}

Result<Scan> scan_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit) {
  const auto file = open_file(segment, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  struct stat facts{};
  if (::fstat(file->get(), &facts) != 0) return fail_errno("look at", segment.string(), errno);

  Scan scan{.whole = {}, .length = ByteCount{static_cast<std::uint64_t>(facts.st_size)}, .outcome = {}};
  View view{file->get()};
  if (const int error = view.fill(); error != 0) return fail_errno("read", segment.string(), error);
  if (scan.outcome = check_segment_header(view.bytes()); !scan.outcome) return scan;
  view.drop(kHeaderLength);
  scan.whole = ByteCount{kHeaderLength};
  while (true) {
    if (const int error = view.fill(); error != 0) return fail_errno("read", segment.string(), error);
    if (view.bytes().empty()) return scan;
    const auto decoded = decode(view.bytes());
    if (!decoded) {
      scan.outcome = std::unexpected(decoded.error());
      return scan;
    }
    visit(decoded->record);
    view.drop(decoded->length);
    scan.whole += ByteCount{decoded->length};
  }
}

Result<std::uint64_t> mend_newest(const std::filesystem::path& folder) {
  std::uint64_t newest = 0;
  std::filesystem::path segment;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    const auto sequence = sequence_of(entry->path().filename().string());
    if (!sequence || *sequence < newest) continue;
    newest = *sequence;
    segment = entry->path();
  }
  if (error) return fail_errno("list the request log in", folder.string(), error.value());
  if (!segment.empty()) {
    if (auto mended = mend(segment); !mended) return passed_on(mended);
  }
  return newest + 1;
}

SegmentWriter::~SegmentWriter() { leave(); }

Result<> SegmentWriter::append(std::string_view records, Time first) {
  if (file_ && is_over(first)) leave();
  if (!file_) {
    if (auto begun = begin(first); !begun) return begun;
  }
  if (auto whole = cut_back(); !whole) return whole;

  const bool is_new = length_ == 0;
  const auto bytes = is_new ? segment_header() + std::string{records} : std::string{};
  const auto written = write_at_end(is_new ? bytes : records);
  if (!written) {
    // If even the cut fails it is tried again before the next write.
    if (const auto whole = cut_back(); !whole)
      log::error("a partial write to the request log could not be cut off yet", {{"reason", whole.error().message}});
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
  length_ += is_new ? bytes.size() : records.size();
  torn_ = false;
  return {};
}

Result<> SegmentWriter::begin(Time first) {
  path_ = folder_ / segment_name(first, next_sequence_);
  auto file = open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file) return passed_on(file);
  file_ = std::move(*file);
  ++next_sequence_;
  day_ = std::chrono::floor<std::chrono::days>(first);
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
  if (::ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) return fail_errno("cut back", path_.string(), errno);
  torn_ = false;
  return {};
}

bool SegmentWriter::is_over(Time next) const {
  if (length_ >= kSegmentLength.value || std::chrono::floor<std::chrono::days>(next) > day_) return true;
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
