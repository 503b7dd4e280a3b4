#pragma once
// Media by digest. On disk: DATA/media/ab/abcdef…; written temp → fsync → rename → fsync of the folder, so a name either has the complete
// file or doesn't exist. Data that arrives in parts, across restarts, is in DATA/media/.parts until it is complete.

#include "base/digest.hpp"
#include "base/random.hpp"
#include "body/body.hpp"
#include "crypto/resumable_sha256.hpp"

#include <functional>
#include <vector>

namespace carillon::blob {

/// Free space that publishing doesn't use, so that downloads, the database and the log continue to work: the larger of 16 MiB and 2 % of
/// the disk, at most 1 GiB.
[[nodiscard]] ByteCount reserve_of(ByteCount disk) noexcept;

struct Stored {
  Digest digest;
  ByteCount length;
};

/// A file being written; computes its digest on the way. If it's destroyed without keep(), the file is deleted.
class Writer {
 public:
  virtual ~Writer() = default;
  [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;  ///< blocks; `no_space` before the reserve is touched
  [[nodiscard]] virtual Result<Stored> keep() = 0;                             ///< blocks; durable once it returns
  /// The open temporary file, for programs that write to the descriptor; keep() then reads it once to compute the digest.
  [[nodiscard]] virtual int descriptor() = 0;
};

/// A part: a file written in several steps, also across restarts, under a name chosen by its owner. The owner stores its state after each
/// sync() and resumes from there. The file remains if this is destroyed; one writer at a time.
class PartWriter {
 public:
  virtual ~PartWriter() = default;
  /// Blocks; `no_space` before the reserve is touched. A failed write doesn't count.
  [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;
  /// Blocks; once it returns, everything written is on disk. Returns the state to store.
  [[nodiscard]] virtual Result<crypto::ResumableSha256> sync() = 0;
  /// Discards everything written since the last sync(), or since it was resumed.
  [[nodiscard]] virtual Result<> take_back() = 0;
};

/// Any thread.
class Store {
 public:
  virtual ~Store() = default;
  /// Checks `expected` against the free space first: `no_space` with a message about the missing space.
  [[nodiscard]] virtual Result<std::unique_ptr<Writer>> begin(ByteCount expected) = 0;
  /// The whole blob; `not_found`. The caller must check whether its length is the stored one. An open blob can still be read after its
  /// removal. Blocks; worker threads.
  [[nodiscard]] virtual Result<Body> open(const Digest& digest) = 0;
  /// The whole blob as a regular local file, for programs that read from the descriptor; `not_found`. Blocks; if the store is remote, until
  /// it is fetched.
  [[nodiscard]] virtual Result<std::shared_ptr<const FileDescriptor>> local_file(const Digest& digest) = 0;
  [[nodiscard]] virtual bool has(const Digest& digest) = 0;
  /// Removes a blob that was stored before that time; false if it was stored again since. A missing blob counts as removed.
  [[nodiscard]] virtual Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point stored_before) = 0;
  /// Visits every digest with its length and the time when it was stored.
  virtual Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) = 0;
  /// Opens a part to continue from `state`; anything after that is discarded. Creates it the first time. `not_found` if the disk has less
  /// than the state says. `expected` is the remaining length, checked as in begin().
  [[nodiscard]] virtual Result<std::unique_ptr<PartWriter>> resume(const std::string& part, const crypto::ResumableSha256& state,
                                                                   ByteCount expected) = 0;
  /// Whether the disk has that much of a part.
  [[nodiscard]] virtual bool has_part(const std::string& part, ByteCount length) = 0;
  /// Turns a complete part into a blob without copying it. Blocks; durable once it returns; can be repeated. `not_found` if neither the
  /// part nor its blob exists.
  [[nodiscard]] virtual Result<Stored> keep_part(const std::string& part, const crypto::ResumableSha256& state) = 0;
  [[nodiscard]] virtual Result<> drop_part(const std::string& part) = 0;  ///< a missing part counts as dropped
  [[nodiscard]] virtual Result<std::vector<std::string>> parts() = 0;     ///< all names, in any order
  /// `no_space` unless `needed` fits without using the reserve.
  [[nodiscard]] virtual Result<> check_space(ByteCount needed) = 0;
};

/// Opens the store in `folder`, creates it if needed and removes temporary files of an earlier run. If several processes share it, each has
/// its own temporary files, named after its `node`.
Result<std::unique_ptr<Store>> open_disk_store(const std::filesystem::path& folder, Random& random, const std::string& node = {});

}  // namespace carillon::blob
