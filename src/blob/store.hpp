#pragma once
// Media by digest. On disk: DATA/media/ab/abcdef…; written temp → fsync → rename → fsync of the folder, so a name is there whole or not.

#include "base/digest.hpp"
#include "base/random.hpp"
#include "body/body.hpp"

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

/// Any thread.
class Store {
 public:
  virtual ~Store() = default;
  /// `expected` is checked against the free space beforehand: `no_space` with a sentence that says how much is missing.
  [[nodiscard]] virtual Result<std::unique_ptr<Writer>> begin(ByteCount expected) = 0;
  /// The whole blob as an open file; `not_found`, or `corrupt` when the length differs from what the name promises is the caller's to
  /// check.
  [[nodiscard]] virtual Result<FileSlice> open(const Digest& digest) = 0;
  [[nodiscard]] virtual bool has(const Digest& digest) = 0;
  /// Removes a blob that was stored before that moment; false when it was stored again since. One that is not there is removed.
  [[nodiscard]] virtual Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point stored_before) = 0;
  /// Every digest with its length and the time it was stored.
  virtual Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) = 0;
  /// `no_space` unless `needed` fits beside the reserve.
  [[nodiscard]] virtual Result<> check_space(ByteCount needed) = 0;
};

/// Opens the store in `folder`, creates it if need be and removes temporary files of an earlier life.
Result<std::unique_ptr<Store>> open_disk_store(const std::filesystem::path& folder, Random& random);

}  // namespace carillon::blob
