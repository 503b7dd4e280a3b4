// See sealing.hpp.

#include "stats/log/sealing.hpp"

#include "base/log.hpp"
#include "stats/log/segment.hpp"
#include "stats/log/version_2.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace carillon::stats {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".sealing";

/// A file that is removed unless it was renamed.
class Unfinished {
 public:
  explicit Unfinished(fs::path path) : path_{std::move(path)} {}
  ~Unfinished() {
    std::error_code none;
    if (!path_.empty()) fs::remove(path_, none);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }
  void keep() noexcept { path_.clear(); }

 private:
  fs::path path_;
};

/// Collects items into blocks and writes them compressed.
class BlockWriter {
 public:
  explicit BlockWriter(int fd) : fd_{fd} {}
  void add(std::string_view item) {
    if (!outcome_) return;
    if (items_.size() + item.size() > version_2::kLargestBlock) flush();
    items_ += item;
  }
  void flush() {
    if (items_.empty() || !outcome_) return;
    const auto block = version_2::compressed_block(items_, kSealingLevel);
    if (!block)
      outcome_ = std::unexpected(block.error());
    else
      outcome_ = write_all(fd_, as_bytes(*block));
    items_.clear();
  }
  [[nodiscard]] Result<> outcome() const { return outcome_; }

 private:
  int fd_;
  std::string items_;
  Result<> outcome_;
};

Result<version_2::Header> header_of(const fs::path& segment) {
  const auto file = open_file(segment, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  std::array<std::byte, version_2::kHeaderLength> bytes{};
  const auto got = ::pread(file->get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return fail_errno("read", segment.string(), errno);
  return version_2::decode_header(std::span{bytes}.first(static_cast<std::size_t>(got)));
}

/// Writes texts or records of `segment`; the number of records that it has.
Result<Scan> copy_items(const fs::path& segment, bool records, BlockWriter& writer, const std::atomic<bool>& stop) {
  auto scan = scan_items(segment, [&](std::string_view bytes, const std::optional<Record>& record) {
    if (record.has_value() == records && !stop) writer.add(bytes);
  });
  writer.flush();
  if (scan && !writer.outcome()) return std::unexpected(writer.outcome().error());
  return scan;
}

}  // namespace

Result<bool> seal(const fs::path& segment, const std::atomic<bool>& stop) {
  const auto kind = kind_of(segment);
  if (!kind) return std::unexpected(kind.error());
  if (kind->version != 2 || kind->sealed) return false;
  const auto counted = scan_segment(segment, [](const Record&) {});
  if (!counted) return std::unexpected(counted.error());
  if (!counted->outcome) {
    log::error("a request log segment is damaged; it is kept unchanged and not compressed",
               {{"segment", segment.string()}, {"reason", counted->outcome.error().message}});
    return false;
  }
  auto header = header_of(segment);
  if (!header) return forward_error(header);
  header->sealed = true;
  header->records = counted->records;

  Unfinished unfinished{fs::path{segment.string() + std::string{kUnfinished}}};
  const auto file = open_file(unfinished.path(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!file) return std::unexpected(file.error());
  if (auto written = write_all(file->get(), as_bytes(version_2::encoded(*header))); !written) return forward_error(written);
  BlockWriter writer{file->get()};
  for (const bool records : {false, true}) {
    if (const auto copied = copy_items(segment, records, writer, stop); !copied) return std::unexpected(copied.error());
    if (stop) return false;
  }
  if (::fsync(file->get()) != 0) return fail_errno("sync", unfinished.path().string(), errno);

  const auto again = scan_segment(unfinished.path(), [](const Record&) {});
  if (!again) return std::unexpected(again.error());
  if (!again->outcome || again->records != counted->records)
    return fail(ErrorKind::corrupt, "compress " + segment.string() + ": the compressed file could not be read back" +
                                        (again->outcome ? std::string{} : ": " + again->outcome.error().message));
  // Retention may have removed it meanwhile: it must not come back.
  std::error_code wrong;
  if (!fs::exists(segment, wrong)) return false;
  fs::rename(unfinished.path(), segment, wrong);
  if (wrong) return fail(ErrorKind::unavailable, "replace " + segment.string() + " with its compressed form: " + wrong.message());
  unfinished.keep();
  if (auto synced = sync_folder(segment.parent_path()); !synced) return forward_error(synced);
  return true;
}

Result<> remove_half_sealed(const fs::path& folder) {
  std::error_code wrong;
  for (fs::directory_iterator entry{folder, wrong}, end; !wrong && entry != end; entry.increment(wrong)) {
    std::string_view name;
    const auto file = entry->path().filename().string();
    name = file;
    if (!name.ends_with(kUnfinished)) continue;
    name.remove_suffix(kUnfinished.size());
    std::error_code none;
    if (sequence_of(name)) fs::remove(entry->path(), none);
  }
  if (wrong) return fail_errno("list the request log segments in", folder.string(), wrong.value());
  return {};
}

Result<bool> seal_next(const fs::path& folder, std::uint64_t open, std::uint64_t& looked_at, const std::atomic<bool>& stop) {
  const auto segments = segments_in(folder);
  if (!segments) return std::unexpected(segments.error());
  for (const auto& segment : *segments) {
    if (segment.sequence <= looked_at || segment.sequence >= open) continue;
    const auto sealed = seal(segment.path, stop);
    if (stop) return false;
    if (!sealed && sealed.error().kind != ErrorKind::not_found) return std::unexpected(sealed.error());
    looked_at = segment.sequence;
    if (sealed && *sealed) return true;
  }
  return false;
}

}  // namespace carillon::stats
