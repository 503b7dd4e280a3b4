#pragma once
// Media by digest. On disk: DATA/media/ab/abcdef…; written temp → fsync → rename → fsync of the folder, so a name is there whole or not.
// What arrives in parts, over restarts, lies in DATA/media/.parts until it is whole.

#include "base/digest.hpp"
#include "base/random.hpp"
#include "body/body.hpp"
#include "crypto/resumable_sha256.hpp"

#include <functional>
#include <vector>

namespace carillon::blob {

/// Free space that publishing leaves alone, so that downloads, the database and the log go on: the larger of 16 MiB and 2 % of the disk, at
/// most 1 GiB.
[[nodiscard]] ByteCount reserve_of(ByteCount disk) noexcept;

struct Stored {
  Digest digest;
  ByteCount length;
};

/// A file being written; its digest is computed on the way. Dropped without keep(), nothing stays.
class Writer {
 public:
  virtual ~Writer() = default;
  [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;  ///< blocks; `no_space` before the reserve is touched
  [[nodiscard]] virtual Result<Stored> keep() = 0;                             ///< blocks; durable when it returns
  /// The open temporary file, for a program that writes through the descriptor itself; then keep() reads it once for the digest.
  [[nodiscard]] virtual int descriptor() = 0;
};

/// A part: a file written in several goes, over restarts too, known by a name of its owner's until it is kept. The owner writes down its
/// state after each sync() and resumes from there. Dropped, the file stays; one writer at a time.
class PartWriter {
 public:
  virtual ~PartWriter() = default;
  /// Blocks; `no_space` before the reserve is touched. Of what failed nothing counts.
  [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;
  /// Blocks; when it returns, all that was written is on the disk. Its state, worth writing down.
  [[nodiscard]] virtual Result<crypto::ResumableSha256> sync() = 0;
  /// Cuts what was written since the last sync(), or since it was resumed.
  [[nodiscard]] virtual Result<> take_back() = 0;
};

/// Any thread.
class Store {
 public:
  virtual ~Store() = default;
  /// `expected` is checked against the free space beforehand: `no_space` with a sentence that says how much is missing.
  [[nodiscard]] virtual Result<std::unique_ptr<Writer>> begin(ByteCount expected) = 0;
  /// The whole blob; `not_found`. Whether it is as long as it was stored is the caller's to check. What was opened outlives its removal.
  /// Blocks; worker threads.
  [[nodiscard]] virtual Result<Body> open(const Digest& digest) = 0;
  /// The whole blob as a regular file of this machine, for programs that read through the descriptor themselves; `not_found`. Blocks, for
  /// as long as it takes to fetch it where the store is elsewhere.
  [[nodiscard]] virtual Result<std::shared_ptr<const FileDescriptor>> local_file(const Digest& digest) = 0;
  [[nodiscard]] virtual bool has(const Digest& digest) = 0;
  /// Removes a blob that was stored before that moment; false when it was stored again since. One that is not there is removed.
  [[nodiscard]] virtual Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point stored_before) = 0;
  /// Every digest with its length and the time it was stored.
  virtual Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) = 0;
  /// Opens a part to go on from `state`: what lies behind it is cut. The first time it is made. `not_found` when the disk holds less than
  /// the state speaks of. `expected` is what will come, checked as in begin().
  [[nodiscard]] virtual Result<std::unique_ptr<PartWriter>> resume(const std::string& part, const crypto::ResumableSha256& state,
                                                                   ByteCount expected) = 0;
  /// Whether the disk holds that much of a part.
  [[nodiscard]] virtual bool has_part(const std::string& part, ByteCount length) = 0;
  /// A whole part becomes a blob, without being copied. Blocks; durable when it returns; done already is done. `not_found` when neither the
  /// part nor its blob is there.
  [[nodiscard]] virtual Result<Stored> keep_part(const std::string& part, const crypto::ResumableSha256& state) = 0;
  [[nodiscard]] virtual Result<> drop_part(const std::string& part) = 0;  ///< one that is not there is dropped
  [[nodiscard]] virtual Result<std::vector<std::string>> parts() = 0;     ///< the names of all, in no order
  /// `no_space` unless `needed` fits beside the reserve.
  [[nodiscard]] virtual Result<> check_space(ByteCount needed) = 0;
};

/// Opens the store in `folder`, creates it if need be and removes temporary files of an earlier life. Where several processes share it,
/// each has its own temporary files, by the name of its `node`.
Result<std::unique_ptr<Store>> open_disk_store(const std::filesystem::path& folder, Random& random, const std::string& node = {});

}  // namespace carillon::blob
