#pragma once
// Uploads of recordings: in one request, or in chunks across lost connections, restarts and closed laptops. Acknowledged bytes are on disk;
// a complete upload becomes media without being copied or read again.

#include "blob/store.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "uploads/upload_turns.hpp"

#include <optional>
#include <vector>

namespace carillon::uploads {

inline constexpr ByteCount kLargestUpload{4ULL << 30};
/// How long an upload is kept after its last chunk, and a finished one until an episode uses it.
inline constexpr std::chrono::hours kUploadKept{48};
inline constexpr std::size_t kMaxUnfinishedUploads = 1000;  ///< of one network
inline constexpr std::size_t kMaxUploadsAtOnce = 64;        ///< being written to; each needs a buffer
/// … per network, so that slow or endless uploads of one network leave room for others. No regular client needs more.
inline constexpr std::size_t kMaxUploadsOfNetworkAtOnce = 16;

/// An estimate before the recording has arrived: a master is usually smaller than its source. The ingest checks the actual need
/// (audio/promise.hpp).
[[nodiscard]] constexpr ByteCount room_for_master(ByteCount recording) noexcept { return recording + ByteCount{1 << 20}; }

/// The free space required in addition to an upload: for its master, and for the database and logs until that is created. Otherwise a
/// recording could be accepted whose ingest then waits for space.
[[nodiscard]] constexpr ByteCount room_beside(ByteCount recording) noexcept { return room_for_master(recording) + ByteCount{8 << 20}; }

struct Upload {
  std::string id;
  std::string network;    ///< slug of the network whose people may use it
  std::string person_id;  ///< who started it
  ByteCount length;
  ByteCount arrived;  ///< bytes on disk
  std::string
      hash_state;        ///< of the received bytes, to continue from (crypto::ResumableSha256); "" before the first byte and when finished
  std::string metadata;  ///< as sent by the client (tus field Upload-Metadata)
  std::optional<Digest> digest;  ///< set if it is finished and in the store
  Time created;
  Time touched;  ///< when the last chunk arrived

  [[nodiscard]] bool finished() const noexcept { return digest.has_value(); }
  [[nodiscard]] Time expires() const { return touched + kUploadKept; }
};

/// Limits for uploads, per network and in total.
struct UploadLimits {
  ByteCount largest = kLargestUpload;
  std::size_t most_unfinished = kMaxUnfinishedUploads;
  std::size_t most_at_once = kMaxUploadsAtOnce;
  std::size_t most_of_network_at_once = kMaxUploadsOfNetworkAtOnce;
};

/// Any event loop; coroutines resume there. Blocking work runs on `disk`, which must outlive all of them.
class Uploads {
 public:
  Uploads(db::Database& database, blob::Store& media, jobs::Workers& disk, const Clock& clock, Random& random, UploadLimits limits = {});
  ~Uploads();

  struct Owner {
    std::string network;
    std::string person_id;
  };
  using Turn = UploadTurns::Turn;

  [[nodiscard]] const UploadLimits& limits() const noexcept;

  /// A recording in one request: checked against the free space before the first byte (original and master must fit), written, then
  /// finished. If destroyed before that, nothing remains. `unavailable` if too many uploads are running, on this server or in the network.
  struct Whole {
    Turn turn;
    Upload upload;
    std::unique_ptr<blob::Writer> writer;
  };
  asio::awaitable<Result<Whole>> begin(Owner owner, ByteCount length);
  asio::awaitable<Result<>> write(Whole& whole, std::span<const std::byte> bytes);
  /// Durable once it returns.
  asio::awaitable<Result<Upload>> finish(Whole whole);

  /// Creates an upload of that many bytes in chunks. `invalid` if there are none, `too_large`, `no_space` as for begin(), `refused` if the
  /// network has too many unfinished ones.
  asio::awaitable<Result<Upload>> create(Owner owner, ByteCount length, std::string metadata);
  /// The stored state; `not_found` also if it has expired.
  asio::awaitable<Result<Upload>> find(std::string id);
  /// The network's uploads, newest first; only those older than `before` ("" for all).
  asio::awaitable<Result<std::vector<Upload>>> list(std::string network, std::string before, std::size_t limit);

  /// Gets exclusive access to the upload: other requests on it are asked to end (upload_turns.hpp), because a client's latest request wins.
  asio::awaitable<Result<Turn>> take(std::string id, std::string network, GiveWay give_way);
  /// The actual state. Finishes a complete upload whose end could not be recorded in an earlier run; deletes one whose bytes were lost, and
  /// returns `not_found`.
  asio::awaitable<Result<Upload>> settled(const Turn& turn);
  /// Deletes it and its bytes; media used by an episode is kept.
  asio::awaitable<Result<>> remove(const Turn& turn);

  class Piece;
  /// Opens an upload for more bytes; `no_space` if the rest and its master don't fit. The turn must outlive the piece.
  asio::awaitable<Result<Piece>> open(const Turn& turn, Upload upload);

  /// For the sweep, on a thread that may block: deletes expired uploads, and bytes of deleted ones.
  static Result<> sweep(db::Database& database, blob::Store& media, Time now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Bytes being written to an upload. Bytes that are neither settled nor taken back when this is destroyed don't count.
class Uploads::Piece {
 public:
  Piece(Impl& uploads, Upload upload, std::unique_ptr<blob::PartWriter> writer);

  [[nodiscard]] const Upload& upload() const noexcept { return upload_; }
  /// `too_large` beyond the announced length. A failed write doesn't count.
  asio::awaitable<Result<>> write(std::span<const std::byte> bytes);
  [[nodiscard]] ByteCount unsettled() const noexcept { return unsettled_; }
  /// Durable once it returns: first the bytes, then their number. The last chunk turns the upload into media. `not_found` if the upload was
  /// deleted meanwhile.
  asio::awaitable<Result<>> settle();
  /// Discards everything written since it was last settled.
  asio::awaitable<Result<>> take_back();

 private:
  Impl* uploads_;
  Upload upload_;
  std::unique_ptr<blob::PartWriter> writer_;
  ByteCount unsettled_;
};

[[nodiscard]] std::unexpected<Error> no_such_upload(const std::string& id);

/// Slug of the network that may use it; none if it doesn't exist. In the caller's transaction.
[[nodiscard]] Result<std::optional<std::string>> network_of_upload(db::Session& session, const std::string& id);

/// The media of finished, unused uploads (blob/references.hpp). In the caller's transaction.
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session);

/// The media of a finished upload. Errors as in take_upload. In the caller's transaction.
[[nodiscard]] Result<Digest> finished_upload(db::Session& session, const std::string& id);

/// Uses up a finished upload and returns its file. `not_found` if there is none, `conflict` if it is unfinished. In the caller's
/// transaction.
[[nodiscard]] Result<blob::Stored> take_upload(db::Session& session, const std::string& id);

}  // namespace carillon::uploads
