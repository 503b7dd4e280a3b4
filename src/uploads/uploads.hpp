#pragma once
// Recordings on their way in: in one go, or in pieces over lost connections, restarts and closed laptops. What was acknowledged is on the
// disk; what is whole becomes media without being copied or read again.

#include "blob/store.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "uploads/upload_turns.hpp"

#include <optional>
#include <vector>

namespace carillon::uploads {

inline constexpr ByteCount kLargestUpload{4ULL << 30};
/// How long an upload is kept after its last piece, and a finished one until an episode takes it.
inline constexpr std::chrono::hours kUploadKept{48};
inline constexpr std::size_t kMaxUnfinishedUploads = 1000;  ///< of one network
inline constexpr std::size_t kMaxUploadsAtOnce = 64;        ///< that are being written to; each holds a buffer
/// … of one network: so that one that sends slowly, or never ends, leaves room for the others. No client of a person sends as many.
inline constexpr std::size_t kMaxUploadsOfNetworkAtOnce = 16;

/// A guess, before the recording is there: a master is mostly smaller than what it is made of. Its ingest asks for what the recording
/// promises (audio/promise.hpp).
[[nodiscard]] constexpr ByteCount room_for_master(ByteCount recording) noexcept { return recording + ByteCount{1 << 20}; }

/// What an upload is asked to leave beside itself: its master, and what the database and the logs write until that is made. Without it a
/// recording could be taken whose ingest then waits for room.
[[nodiscard]] constexpr ByteCount room_beside(ByteCount recording) noexcept { return room_for_master(recording) + ByteCount{8 << 20}; }

struct Upload {
  std::string id;
  std::string network;    ///< slug of the network whose people may use it
  std::string person_id;  ///< who began it
  ByteCount length;
  ByteCount arrived;             ///< and on the disk
  std::string hash_state;        ///< of what arrived, to go on from (crypto::ResumableSha256); "" before the first byte and when finished
  std::string metadata;          ///< as its sender wrote it (the field Upload-Metadata of tus)
  std::optional<Digest> digest;  ///< in the store: it is finished
  Time created;
  Time touched;  ///< when the last piece came

  [[nodiscard]] bool finished() const noexcept { return digest.has_value(); }
  [[nodiscard]] Time expires() const { return touched + kUploadKept; }
};

/// What one may take up; per network and in the whole.
struct UploadLimits {
  ByteCount largest = kLargestUpload;
  std::size_t most_unfinished = kMaxUnfinishedUploads;
  std::size_t most_at_once = kMaxUploadsAtOnce;
  std::size_t most_of_network_at_once = kMaxUploadsOfNetworkAtOnce;
};

/// Any event loop; coroutines resume there. What blocks runs on `disk`, which must live longer than any of them.
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

  /// A recording in one go: checked against the free space before the first byte (original and master must fit), written, then finished.
  /// Dropped before that, nothing stays. `unavailable` when too many uploads are under way, on this server or of the network.
  struct Whole {
    Turn turn;
    Upload upload;
    std::unique_ptr<blob::Writer> writer;
  };
  asio::awaitable<Result<Whole>> begin(Owner owner, ByteCount length);
  asio::awaitable<Result<>> write(Whole& whole, std::span<const std::byte> bytes);
  /// Durable when it returns.
  asio::awaitable<Result<Upload>> finish(Whole whole);

  /// Promises to take that many bytes in pieces. `invalid` when there are none, `too_large`, `no_space` as for begin(), `refused` when the
  /// network has too many unfinished ones.
  asio::awaitable<Result<Upload>> create(Owner owner, ByteCount length, std::string metadata);
  /// What is written down of it; `not_found` also when it expired.
  asio::awaitable<Result<Upload>> find(std::string id);
  /// The network's, the newest first; those younger than `before` left out ("" for none).
  asio::awaitable<Result<std::vector<Upload>>> list(std::string network, std::string before, std::size_t limit);

  /// Has the upload to oneself: whoever works on it is told to give way (upload_turns.hpp), for what a client asks last is what it wants.
  asio::awaitable<Result<Turn>> take(std::string id, std::string network, GiveWay give_way);
  /// How far it truly is. One that is whole, but whose end could not be written down in an earlier life, is finished here; one whose bytes
  /// the disk has lost is forgotten, and `not_found`.
  asio::awaitable<Result<Upload>> settled(const Turn& turn);
  /// Drops it and its bytes; media that an episode refers to stays.
  asio::awaitable<Result<>> remove(const Turn& turn);

  class Piece;
  /// Opens an upload for more bytes; `no_space` when the rest and its master do not fit. The turn must be kept until the piece is gone.
  asio::awaitable<Result<Piece>> open(const Turn& turn, Upload upload);

  /// For the sweep, on a thread that may block: drops what expired, and bytes of uploads that are gone.
  static Result<> sweep(db::Database& database, blob::Store& media, Time now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Bytes on their way into one upload. What is neither settled nor taken back when it is dropped does not count.
class Uploads::Piece {
 public:
  Piece(Impl& uploads, Upload upload, std::unique_ptr<blob::PartWriter> writer);

  [[nodiscard]] const Upload& upload() const noexcept { return upload_; }
  /// `too_large` beyond the promised length. Of what failed nothing counts.
  asio::awaitable<Result<>> write(std::span<const std::byte> bytes);
  [[nodiscard]] ByteCount unsettled() const noexcept { return unsettled_; }
  /// Durable when it returns: the bytes first, then how many there are. The last of all makes it media. `not_found` when the upload was
  /// removed meanwhile.
  asio::awaitable<Result<>> settle();
  /// Drops what was written since it was last settled.
  asio::awaitable<Result<>> take_back();

 private:
  Impl* uploads_;
  Upload upload_;
  std::unique_ptr<blob::PartWriter> writer_;
  ByteCount unsettled_;
};

[[nodiscard]] std::unexpected<Error> no_such_upload(const std::string& id);

/// Slug of the network whose people may use it; none for what does not exist. Within the caller's transaction.
[[nodiscard]] Result<std::optional<std::string>> network_of_upload(db::Session& session, const std::string& id);

/// The media of finished uploads that nothing has taken yet (blob/references.hpp). Within the caller's transaction.
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session);

/// The media of a finished upload. Errors as those of take_upload. Within the caller's transaction.
[[nodiscard]] Result<Digest> finished_upload(db::Session& session, const std::string& id);

/// The media of a finished upload, which is used up by this. `not_found` when there is none, `conflict` when it is unfinished. Within the
/// caller's transaction.
[[nodiscard]] Result<Digest> take_upload(db::Session& session, const std::string& id);

}  // namespace carillon::uploads
