// The blob store on a local disk. See store.hpp.

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "blob/store.hpp"
#include "crypto/sha256.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

namespace carillon::blob {
namespace fs = std::filesystem;

namespace {

using namespace literals;

constexpr ByteCount kLeastReserve = 16_MiB;
constexpr ByteCount kMaxReserve = 1_GiB;
constexpr std::uint64_t kReservePercent = 2;
constexpr std::size_t kPiece = 1 << 20;
/// How much a writer may write between two looks at the free space.
constexpr ByteCount kBetweenSpaceChecks = 4_MiB;
constexpr const char* kIncoming = ".incoming";
constexpr const char* kParts = ".parts";

fs::path path_of(const fs::path& folder, const Digest& digest) {
  const auto name = digest.hex();
  return folder / name.substr(0, 2) / name;
}

Result<> check_space_in(const fs::path& folder, ByteCount needed) {
  const auto space = space_at(folder);
  if (!space) return std::unexpected(space.error());
  const auto reserve = reserve_of(space->total);
  if (space->free >= reserve + needed) return {};
  const auto usable = space->free > reserve ? space->free - reserve : ByteCount{};
  return fail(ErrorKind::no_space, "There isn't enough space on the server's disk: " + to_human(needed) + " is needed and " +
                                       to_human(usable) + " is free, not counting the reserve of " + to_human(reserve) +
                                       ". Nothing was changed; free some space and try again.");
}

/// The temporary file gets its name for good. `placing` is the store's: nobody removes the same bytes meanwhile.
Result<> place(const fs::path& folder, const fs::path& temporary, int file, const Digest& digest, std::mutex& placing) {
  if (::fsync(file) != 0) return fail_errno("sync", temporary.string(), errno);
  const auto target = path_of(folder, digest);
  if (auto made = make_folder(target.parent_path()); !made) return made;
  // The same bytes may be there already: replacing them by themselves is no change, and makes their age new.
  {
    const std::lock_guard still{placing};
    if (::rename(temporary.c_str(), target.c_str()) != 0) return fail_errno("rename to", target.string(), errno);
  }
  if (auto synced = sync_folder(target.parent_path()); !synced) return synced;
  return sync_folder(folder);
}

Result<> cut(int file, const fs::path& path, ByteCount length) {
  const auto end = static_cast<off_t>(length.value);
  if (::ftruncate(file, end) != 0) return fail_errno("truncate", path.string(), errno);
  if (::lseek(file, end, SEEK_SET) != end) return fail_errno("seek to the end of", path.string(), errno);
  return {};
}

Result<ByteCount> length_of(int file, const fs::path& path) {
  struct stat facts;
  if (::fstat(file, &facts) != 0) return fail_errno("stat", path.string(), errno);
  return ByteCount{static_cast<std::uint64_t>(facts.st_size)};
}

class DiskPart final : public PartWriter {
 public:
  DiskPart(fs::path folder, fs::path path, FileDescriptor file, const crypto::ResumableSha256& state)
      : folder_{std::move(folder)}, path_{std::move(path)}, file_{std::move(file)}, written_{state}, synced_{state} {}

  Result<> write(std::span<const std::byte> bytes) override {
    if (since_check_ >= kBetweenSpaceChecks) {
      if (auto room = check_space_in(folder_, ByteCount{bytes.size()}); !room) return room;
      since_check_ = {};
    }
    if (auto put = write_all(file_.get(), bytes); !put) {
      const Error why{put.error().kind, "storing a recording failed: " + put.error().message, {}};
      // Half of it may stand in the file: what is written next has to follow what counts.
      if (auto back = cut(file_.get(), path_, written_.length()); !back) return back;
      return std::unexpected(why);
    }
    written_.update(bytes);
    since_check_ += ByteCount{bytes.size()};
    return {};
  }

  Result<crypto::ResumableSha256> sync() override {
    if (::fdatasync(file_.get()) != 0) return fail_errno("sync", path_.string(), errno);
    if (!named_) {
      if (auto synced = sync_folder(path_.parent_path()); !synced) return forward_error(synced);
      named_ = true;
    }
    synced_ = written_;
    return synced_;
  }

  Result<> take_back() override {
    written_ = synced_;
    return cut(file_.get(), path_, synced_.length());
  }

 private:
  fs::path folder_;
  fs::path path_;
  FileDescriptor file_;
  crypto::ResumableSha256 written_;
  crypto::ResumableSha256 synced_;
  ByteCount since_check_;
  bool named_ = false;  ///< the folder's entry of it is on the disk
};

class DiskWriter final : public Writer {
 public:
  DiskWriter(fs::path folder, fs::path temporary, FileDescriptor file, std::shared_ptr<std::mutex> placing)
      : folder_{std::move(folder)}, temporary_{std::move(temporary)}, file_{std::move(file)}, placing_{std::move(placing)} {}
  ~DiskWriter() override {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Result<> write(std::span<const std::byte> bytes) override {
    if (since_check_ >= kBetweenSpaceChecks) {
      if (auto room = check_space_in(folder_, ByteCount{bytes.size()}); !room) return room;
      since_check_ = {};
    }
    if (auto written = write_all(file_.get(), bytes); !written)
      return fail(written.error().kind, "storing media failed: " + written.error().message);
    hash_.update(bytes);
    written_ += ByteCount{bytes.size()};
    since_check_ += ByteCount{bytes.size()};
    return {};
  }

  int descriptor() override {
    foreign_ = true;
    return file_.get();
  }

  Result<Stored> keep() override {
    auto stored = foreign_ ? read_back() : Result<Stored>{Stored{hash_.finish(), written_}};
    if (!stored) return stored;
    if (auto placed = place(folder_, temporary_, file_.get(), stored->digest, *placing_); !placed) return forward_error(placed);
    temporary_.clear();
    return stored;
  }

 private:
  /// Somebody else wrote through the descriptor: the file itself says what it is.
  Result<Stored> read_back() const {
    crypto::Sha256 hash;
    ByteCount length;
    Bytes piece(kPiece);
    while (true) {
      const auto got = ::pread(file_.get(), piece.data(), piece.size(), static_cast<off_t>(length.value));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read", temporary_.string(), errno);
      if (got == 0) return Stored{hash.finish(), length};
      hash.update(std::span{piece}.first(static_cast<std::size_t>(got)));
      length += ByteCount{static_cast<std::uint64_t>(got)};
    }
  }

  fs::path folder_;
  fs::path temporary_;
  FileDescriptor file_;
  std::shared_ptr<std::mutex> placing_;  ///< the store's
  crypto::Sha256 hash_;
  ByteCount written_;
  ByteCount since_check_;
  bool foreign_ = false;
};

class DiskStore final : public Store {
 public:
  DiskStore(fs::path folder, fs::path incoming, Random& random)
      : folder_{std::move(folder)}, incoming_{std::move(incoming)}, random_{random} {}

  Result<std::unique_ptr<Writer>> begin(ByteCount expected) override {
    if (auto room = check_space(expected); !room) return forward_error(room);
    std::array<std::byte, 16> noise;
    {
      const Lock lock{mutex_};
      random_.fill(noise);
    }
    const auto temporary = incoming_ / to_hex(noise);
    auto file = open_file(temporary, O_RDWR | O_CREAT | O_EXCL);
    if (!file) return forward_error(file);
    return std::make_unique<DiskWriter>(folder_, temporary, std::move(*file), placing_);
  }

  Result<Body> open(const Digest& digest) override {
    auto file = local_file(digest);
    if (!file) return forward_error(file);
    const auto length = length_of((*file)->get(), path_of(folder_, digest));
    if (!length) return std::unexpected(length.error());
    Body body;
    body.append(FileSlice{std::move(*file), {}, *length});
    return body;
  }

  Result<std::shared_ptr<const FileDescriptor>> local_file(const Digest& digest) override {
    auto file = open_file(path_of(folder_, digest), O_RDONLY);
    if (!file) return forward_error(file);
    return std::make_shared<const FileDescriptor>(std::move(*file));
  }

  bool has(const Digest& digest) override { return ::access(path_of(folder_, digest).c_str(), R_OK) == 0; }

  Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point stored_before) override {
    const auto path = path_of(folder_, digest);
    // Nobody puts the same bytes there between the look at their age and their end.
    const std::lock_guard still{*placing_};
    struct stat facts;
    if (::stat(path.c_str(), &facts) == 0 && std::chrono::system_clock::from_time_t(facts.st_mtime) >= stored_before) return false;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove", path.string(), errno);
    return true;
  }

  Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) override {
    std::error_code wrong;
    for (const auto& entry : fs::recursive_directory_iterator(folder_, wrong)) {
      const auto digest = Digest::from_hex(entry.path().filename().string());
      struct stat facts;
      if (!digest || ::stat(entry.path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
      visit(*digest, ByteCount{static_cast<std::uint64_t>(facts.st_size)}, std::chrono::system_clock::from_time_t(facts.st_mtime));
    }
    if (wrong) return fail(ErrorKind::unavailable, "could not list " + folder_.string() + ": " + wrong.message());
    return {};
  }

  Result<std::unique_ptr<PartWriter>> resume(const std::string& part, const crypto::ResumableSha256& state, ByteCount expected) override {
    if (auto room = check_space(expected); !room) return forward_error(room);
    const auto path = part_path(part);
    const bool new_one = state.length().value == 0;
    auto file = open_file(path, new_one ? O_RDWR | O_CREAT : O_RDWR);
    if (!file) return forward_error(file);
    const auto length = length_of(file->get(), path);
    if (!length) return std::unexpected(length.error());
    if (*length < state.length()) return too_short(path, *length, state.length());
    if (auto back = cut(file->get(), path, state.length()); !back) return forward_error(back);
    return std::make_unique<DiskPart>(folder_, path, std::move(*file), state);
  }

  bool has_part(const std::string& part, ByteCount length) override {
    struct stat facts;
    if (::stat(part_path(part).c_str(), &facts) != 0) return length.value == 0;  // it is made with its first byte
    return static_cast<std::uint64_t>(facts.st_size) >= length.value;
  }

  Result<Stored> keep_part(const std::string& part, const crypto::ResumableSha256& state) override {
    const Stored stored{state.digest(), state.length()};
    const auto path = part_path(part);
    const auto file = open_file(path, O_RDWR);
    if (!file) {
      if (file.error().kind != ErrorKind::not_found) return std::unexpected(file.error());
      // Placed already, by somebody who could not say so any more. Young again, so that no sweep takes it before it is referred to.
      const std::lock_guard still{*placing_};
      if (::utimensat(AT_FDCWD, path_of(folder_, stored.digest).c_str(), nullptr, 0) != 0)
        return fail_errno("find", path_of(folder_, stored.digest).string(), errno);
      return stored;
    }
    const auto length = length_of(file->get(), path);
    if (!length) return std::unexpected(length.error());
    if (*length < state.length()) return too_short(path, *length, state.length());
    if (auto back = cut(file->get(), path, state.length()); !back) return forward_error(back);
    // Its last byte may have come long ago; as a blob it begins now.
    if (::futimens(file->get(), nullptr) != 0) return fail_errno("set the modification time of", path.string(), errno);
    if (auto placed = place(folder_, path, file->get(), stored.digest, *placing_); !placed) return forward_error(placed);
    return stored;
  }

  Result<> drop_part(const std::string& part) override {
    const auto path = part_path(part);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove", path.string(), errno);
    return {};
  }

  Result<std::vector<std::string>> parts() override {
    std::vector<std::string> names;
    std::error_code wrong;
    for (const auto& entry : fs::directory_iterator(folder_ / kParts, wrong)) names.push_back(entry.path().filename().string());
    if (wrong) return fail(ErrorKind::unavailable, "could not list " + (folder_ / kParts).string() + ": " + wrong.message());
    return names;
  }

  Result<> check_space(ByteCount needed) override { return check_space_in(folder_, needed); }

 private:
  [[nodiscard]] fs::path part_path(const std::string& part) const { return folder_ / kParts / part; }
  static std::unexpected<Error> too_short(const fs::path& path, ByteCount length, ByteCount promised) {
    return fail(ErrorKind::not_found, path.string() + " contains " + std::to_string(length.value) + " of the " +
                                          std::to_string(promised.value) + " bytes that were written");
  }

  fs::path folder_;
  fs::path incoming_;
  Random& random_;
  Mutex mutex_;                                                           ///< of `random_`
  std::shared_ptr<std::mutex> placing_ = std::make_shared<std::mutex>();  ///< held while a file gets or loses its name
};

}  // namespace

ByteCount reserve_of(ByteCount disk) noexcept {
  return std::clamp(ByteCount{disk.value / 100 * kReservePercent}, kLeastReserve, kMaxReserve);
}

Result<std::unique_ptr<Store>> open_disk_store(const fs::path& folder, Random& random, const std::string& node) {
  const auto incoming = folder / (node.empty() ? std::string{kIncoming} : kIncoming + ("-" + node));
  if (auto made = make_folder(incoming); !made) return forward_error(made);
  if (auto made = make_folder(folder / kParts); !made) return forward_error(made);
  std::size_t removed = 0;
  std::error_code wrong;
  for (const auto& entry : fs::directory_iterator(incoming, wrong)) removed += ::unlink(entry.path().c_str()) == 0 ? 1 : 0;
  if (wrong) return fail(ErrorKind::unavailable, "could not list " + incoming.string() + ": " + wrong.message());
  if (removed > 0) log::info("deleted partial media files from an earlier run", {{"files", removed}});
  return std::make_unique<DiskStore>(folder, incoming, random);
}

}  // namespace carillon::blob
