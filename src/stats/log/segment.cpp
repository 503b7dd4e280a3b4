// See segment.hpp.

#include "stats/log/segment.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "stats/log/version_1.hpp"
#include "stats/log/version_2.hpp"

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
constexpr std::size_t kReadAhead = 1 << 20;

/// A file read front to back, so that what is asked for is in view wherever the file is long enough.
class View {
 public:
  explicit View(int fd) : fd_{fd} {}
  /// Fills up to `wanted` bytes; the error is errno, 0 for none.
  int fill(std::size_t wanted) {
    if (ended_ || buffer_.size() - begin_ >= wanted) return 0;
    buffer_.erase(0, begin_);
    begin_ = 0;
    const auto goal = wanted + kReadAhead;  // so that what is left moves seldom
    while (!ended_ && buffer_.size() < goal) {
      const auto before = buffer_.size();
      buffer_.resize(goal);
      const auto got = ::read(fd_, buffer_.data() + before, goal - before);
      buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got < 0 && errno != EINTR) return errno;
      if (got == 0) ended_ = true;
    }
    return 0;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return as_bytes(buffer_).subspan(begin_); }
  void drop(std::size_t count) {
    begin_ += count;
    dropped_ += count;
  }
  [[nodiscard]] ByteCount dropped() const { return ByteCount{dropped_}; }

 private:
  int fd_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::uint64_t dropped_ = 0;
  bool ended_ = false;
};

/// What of a file has been looked at, and the file.
struct Opened {
  FileDescriptor file;
  Scan scan;
};

Result<Opened> opened(const std::filesystem::path& segment) {
  auto file = open_file(segment, O_RDONLY);
  if (!file) return forward_error(file);
  struct stat facts{};
  if (::fstat(file->get(), &facts) != 0) return fail_errno("stat", segment.string(), errno);
  return Opened{.file = std::move(*file),
                .scan = {.whole = {}, .length = ByteCount{static_cast<std::uint64_t>(facts.st_size)}, .outcome = {}}};
}

/// The version that a header says, right or wrong; 0 where there is none.
std::uint32_t version_said(std::span<const std::byte> bytes) {
  constexpr std::string_view kMagic = "CARREQLG";
  if (bytes.size() < kMagic.size() + 4 || as_text(bytes.first(kMagic.size())) != kMagic) return 0;
  std::uint32_t version = 0;
  for (unsigned i = 0; i < 4; ++i) version |= std::to_integer<std::uint32_t>(bytes[kMagic.size() + i]) << (8 * i);
  return version;
}

/// Records of version 1, up to the first that is not whole.
int scan_records(View& view, Scan& scan, const std::function<void(const Record&)>& visit) {
  view.drop(version_1::kHeaderLength);
  scan.whole = view.dropped();
  while (true) {
    if (const int error = view.fill(version_1::kLongestFrame); error != 0) return error;
    if (view.bytes().empty()) return 0;
    const auto decoded = version_1::decode(view.bytes());
    if (!decoded) {
      scan.outcome = std::unexpected(decoded.error());
      return 0;
    }
    visit(decoded->record);
    ++scan.records;
    view.drop(decoded->length);
    scan.whole = view.dropped();
  }
}

/// Blocks of version 2, also those behind damage.
class BlockScan {
 public:
  BlockScan(View& view, Scan& scan, const version_2::Header& header, const VisitItem& visit)
      : view_{view}, scan_{scan}, header_{header}, visit_{visit} {}

  /// The error is errno, 0 for none.
  int run() {
    view_.drop(version_2::kHeaderLength);
    scan_.whole = view_.dropped();
    scan_.sealed = header_.sealed;
    while (true) {
      if (const int error = view_.fill(kInView); error != 0) return error;
      if (view_.bytes().empty()) break;
      if (const auto block = version_2::find_block(view_.bytes())) {
        take(*block);
        view_.drop(block->length);
        if (scan_.outcome) scan_.whole = view_.dropped();
        continue;
      } else {
        note(block.error().message);
      }
      if (const int error = find_next(); error != 0) return error;
    }
    conclude();
    return 0;
  }

 private:
  static constexpr std::size_t kInView = version_2::kBlockHeaderLength + version_2::kLargestStored;
  /// Bytes that are summed up in the search for a block behind damage: bytes that look like the beginnings of many long blocks must not
  /// keep a reader busy for ever.
  static constexpr std::uint64_t kMaxSearched = 256ULL << 20;

  void take(const version_2::Block& block) {
    const auto items = version_2::items_of(block, buffer_);
    if (!items) {
      note(items.error().message);
      lost_ += block.length;
      return;
    }
    for (auto rest = *items; !rest.empty();) {
      const auto item = version_2::decode_item(rest, header_, texts_);
      if (!item) {
        note(item.error().message);
        lost_ += rest.size();
        return;
      }
      if (item->record) {
        ++scan_.records;
        if (item->record->texts_lost) ++without_texts_;
        if (!scan_.outcome) scan_.goes_on = true;
      }
      visit_(as_text(rest.first(item->length)), item->record);
      rest = rest.subspan(item->length);
    }
  }

  void note(std::string reason) {
    if (!scan_.outcome) return;
    scan_.outcome = fail(ErrorKind::corrupt, std::move(reason));
  }

  /// Drops what is in front of the next whole block, or everything.
  int find_next() {
    drop_lost(1);
    while (true) {
      if (const int error = view_.fill(kInView); error != 0) return error;
      const auto bytes = view_.bytes();
      if (bytes.empty()) return 0;
      const auto mark = version_2::next_mark(bytes, 0);
      if (mark > 0) {
        // The last bytes may be the beginning of a mark.
        const bool at_end = mark == bytes.size();
        drop_lost(at_end && bytes.size() > 2 && !ends_here(bytes.size()) ? mark - 2 : mark);
        continue;
      }
      if (searched_ > kMaxSearched) {
        gave_up_ = true;
        drop_lost(bytes.size());
        continue;
      }
      searched_ += version_2::claimed_length(bytes);
      if (version_2::find_block(bytes)) return 0;
      drop_lost(1);
    }
  }

  [[nodiscard]] bool ends_here(std::size_t in_view) const { return view_.dropped().value + in_view >= scan_.length.value; }

  void drop_lost(std::size_t count) {
    view_.drop(count);
    lost_ += count;
  }

  void conclude() {
    if (scan_.outcome && header_.sealed && header_.records != scan_.records)
      note("the end is missing: the segment has " + std::to_string(scan_.records) + " of " + std::to_string(header_.records) + " records");
    if (scan_.outcome && without_texts_ > 0) note(std::to_string(without_texts_) + " records refer to missing strings");
    if (scan_.outcome) return;
    auto what = std::move(scan_.outcome.error().message);
    if (lost_ > 0) what += "; " + std::to_string(lost_) + " bytes can't be read";
    what += "; " + std::to_string(scan_.records) + (scan_.records == 1 ? " record" : " records");
    if (header_.sealed) what += " of " + std::to_string(header_.records);
    what += " can be read";
    if (without_texts_ > 0) what += ", " + std::to_string(without_texts_) + " of them with a missing string, e.g. the user agent";
    if (gave_up_) what += "; the search for more records was stopped";
    scan_.outcome = fail(ErrorKind::corrupt, std::move(what));
  }

  View& view_;
  Scan& scan_;
  const version_2::Header& header_;
  const VisitItem& visit_;
  version_2::Texts texts_;
  std::string buffer_;
  std::uint64_t lost_ = 0;
  std::uint64_t without_texts_ = 0;
  std::uint64_t searched_ = 0;
  bool gave_up_ = false;
};

Result<> cut(const std::filesystem::path& segment, ByteCount length) {
  const auto file = open_file(segment, O_WRONLY);
  if (!file) return std::unexpected(file.error());
  if (::ftruncate(file->get(), static_cast<off_t>(length.value)) != 0)
    return fail_errno("truncate the incomplete end of", segment.string(), errno);
  if (::fsync(file->get()) != 0) return fail_errno("sync", segment.string(), errno);
  return {};
}

Result<> mend(const std::filesystem::path& segment) {
  const auto scan = scan_segment(segment, [](const Record&) {});
  if (!scan) return std::unexpected(scan.error());
  if (scan->outcome) return {};
  const auto torn = scan->length - scan->whole;
  const bool has_header = scan->whole.value > 0;
  const bool is_torn =
      has_header ? torn <= kLargestBatch && !scan->goes_on && !scan->sealed : scan->length.value < version_2::kHeaderLength;
  if (!is_torn) {
    log::error("a request log segment is damaged; it is left unchanged, and a new one is started",
               {{"segment", segment.string()},
                {"reason", scan->outcome.error().message},
                {"readable_bytes", scan->whole.value},
                {"bytes", scan->length.value}});
    return {};
  }
  log::warning("a crash interrupted a write to the request log; the incomplete end is being removed",
               {{"segment", segment.string()}, {"cut_bytes", torn.value}, {"kept_bytes", scan->whole.value}});
  if (scan->records > 0) return cut(segment, scan->whole);
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

Result<std::vector<NamedSegment>> segments_in(const std::filesystem::path& folder) {
  std::vector<NamedSegment> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    const auto sequence = sequence_of(name);
    const auto first = time_of(name);
    if (sequence && first) found.push_back({*sequence, entry->path(), *first});
  }
  if (error) return fail_errno("list the request log segments in", folder.string(), error.value());
  std::ranges::sort(found, {}, &NamedSegment::sequence);
  return found;
}

Result<Scan> scan_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit) {
  auto reading = opened(segment);
  if (!reading) return forward_error(reading);
  auto& scan = reading->scan;
  View view{reading->file.get()};
  if (const int error = view.fill(version_2::kHeaderLength); error != 0) return fail_errno("read", segment.string(), error);
  if (version_said(view.bytes()) == 1) {
    if (scan.outcome = version_1::check_segment_header(view.bytes()); !scan.outcome) return std::move(scan);
    scan.version = 1;
    if (const int error = scan_records(view, scan, visit); error != 0) return fail_errno("read", segment.string(), error);
    return std::move(scan);
  }
  const auto header = version_2::decode_header(view.bytes());
  if (!header) {
    scan.outcome = std::unexpected(header.error());
    return std::move(scan);
  }
  scan.version = 2;
  const VisitItem visit_record = [&visit](std::string_view /*bytes*/, const std::optional<Record>& record) {
    if (record) visit(*record);
  };
  if (const int error = BlockScan{view, scan, *header, visit_record}.run(); error != 0) return fail_errno("read", segment.string(), error);
  return std::move(scan);
}

Result<Scan> scan_items(const std::filesystem::path& segment, const VisitItem& visit) {
  auto reading = opened(segment);
  if (!reading) return forward_error(reading);
  View view{reading->file.get()};
  if (const int error = view.fill(version_2::kHeaderLength); error != 0) return fail_errno("read", segment.string(), error);
  const auto header = version_2::decode_header(view.bytes());
  if (!header) {
    reading->scan.outcome = std::unexpected(header.error());
    return std::move(reading->scan);
  }
  reading->scan.version = 2;
  if (const int error = BlockScan{view, reading->scan, *header, visit}.run(); error != 0)
    return fail_errno("read", segment.string(), error);
  return std::move(reading->scan);
}

Result<SegmentKind> kind_of(const std::filesystem::path& segment) {
  auto reading = opened(segment);
  if (!reading) return forward_error(reading);
  View view{reading->file.get()};
  if (const int error = view.fill(version_2::kHeaderLength); error != 0) return fail_errno("read", segment.string(), error);
  if (version_1::check_segment_header(view.bytes())) return SegmentKind{.version = 1};
  if (const auto header = version_2::decode_header(view.bytes())) return SegmentKind{.version = 2, .sealed = header->sealed};
  return SegmentKind{};
}

Result<std::uint64_t> mend_newest(const std::filesystem::path& folder) {
  const auto segments = segments_in(folder);
  if (!segments) return std::unexpected(segments.error());
  if (segments->empty()) return std::uint64_t{1};
  if (auto mended = mend(segments->back().path); !mended) return forward_error(mended);
  return segments->back().sequence + 1;
}

}  // namespace carillon::stats
