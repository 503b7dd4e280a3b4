// See uploads.hpp.

#include "uploads/uploads.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "net/asio.hpp"
#include "uploads/uploads_queries.hpp"

#include <unordered_set>

namespace carillon::uploads {
namespace {

/// An older request has to see that it shall give way, and to write down what it has: a sync of at most one buffer, on a busy disk.
constexpr std::chrono::seconds kPatienceWithOlder{10};

std::unexpected<Error> empty_file() { return fail(ErrorKind::invalid, "The file is empty.", "upload"); }

Result<crypto::ResumableSha256> hash_of(const Upload& upload) {
  if (upload.arrived.value == 0) return crypto::ResumableSha256{};
  auto hash = crypto::ResumableSha256::from_state(upload.hash_state);
  if (hash && hash->length() != upload.arrived) return fail(ErrorKind::corrupt, "the stored state of the upload is inconsistent");
  return hash;
}

}  // namespace

std::unexpected<Error> no_such_upload(const std::string& id) {
  return fail(
      ErrorKind::not_found,
      "There is no upload with the ID “" + id + "”; it may have been used already, or it expired after two days without data. Start again.",
      "upload");
}

struct Uploads::Impl {
  db::Database& database;
  blob::Store& media;
  jobs::Workers& disk;
  const Clock& clock;
  Random& random;
  UploadLimits limits;
  UploadTurns turns{limits.most_at_once, limits.most_of_network_at_once};
  Upload made(Owner owner, ByteCount length) {
    Upload upload{
        .id = new_id(clock, random), .network = std::move(owner.network), .person_id = std::move(owner.person_id), .length = length};
    upload.created = upload.touched = clock.now();
    return upload;
  }

  Result<> check_length(ByteCount length) const {
    if (length.value == 0) return empty_file();
    if (length > limits.largest)
      return fail(ErrorKind::too_large, "The file is larger than the limit of " + to_human(limits.largest) + ".", "upload");
    return {};
  }

  /// A whole upload becomes media. The digest is written down last: whatever was cut before that is done again.
  asio::awaitable<Result<>> finish(Upload& upload, const crypto::ResumableSha256& hash) {
    const auto stored = co_await disk.run([&] { return media.keep_part(upload.id, hash); });
    if (!stored && stored.error().kind == ErrorKind::not_found) co_return co_await forget(upload.id);
    if (!stored) co_return std::unexpected(stored.error());
    const auto now = clock.now();
    const auto noted = co_await database.write(
        [&](db::Session& session) -> Result<bool> { return queries::finish_upload(session, upload.id, stored->digest, now); });
    if (!noted) co_return std::unexpected(noted.error());
    if (!*noted) co_return no_such_upload(upload.id);  // removed meanwhile: the sweep takes its media
    upload.digest = stored->digest;
    upload.touched = now;
    upload.hash_state.clear();
    co_return Result<>{};
  }

  /// The disk has lost what was written (a data folder restored from a backup has no parts): better to begin anew than to pretend.
  asio::awaitable<Result<>> forget(const std::string& id) {
    log::warning("an upload was dropped: its data is missing from the disk", {{"upload", id}});
    const auto removed = co_await database.write([&](db::Session& session) -> Result<> {
      queries::remove_upload(session, id);
      return {};
    });
    if (!removed) co_return removed;
    if (auto dropped = co_await disk.run([&] { return media.drop_part(id); }); !dropped) co_return dropped;
    co_return no_such_upload(id);
  }
};

Uploads::Uploads(db::Database& database, blob::Store& media, jobs::Workers& disk, const Clock& clock, Random& random, UploadLimits limits)
    : impl_{new Impl{.database = database, .media = media, .disk = disk, .clock = clock, .random = random, .limits = limits}} {}

Uploads::~Uploads() = default;

const UploadLimits& Uploads::limits() const noexcept { return impl_->limits; }

asio::awaitable<Result<Uploads::Whole>> Uploads::begin(Owner owner, ByteCount length) {
  if (auto good = impl_->check_length(length); !good) co_return forward_error(good);
  auto upload = impl_->made(std::move(owner), length);
  // Its id is known to nobody yet: nobody can ask it to give way.
  auto turn = co_await impl_->turns.take(upload.id, upload.network, [] {}, kPatienceWithOlder);
  if (!turn) co_return forward_error(turn);
  // Original and master must both fit: a recording that can be stored but not encoded helps nobody.
  auto writer = co_await impl_->disk.run([&] { return impl_->media.begin(length + room_beside(length)); });
  if (!writer) co_return forward_error(writer);
  co_return Whole{.turn = std::move(*turn), .upload = std::move(upload), .writer = std::move(*writer)};
}

asio::awaitable<Result<>> Uploads::write(Whole& whole, std::span<const std::byte> bytes) {
  co_return co_await impl_->disk.run([&] { return whole.writer->write(bytes); });
}

asio::awaitable<Result<Upload>> Uploads::finish(Whole whole) {
  const auto stored = co_await impl_->disk.run([&] { return whole.writer->keep(); });
  if (!stored) co_return std::unexpected(stored.error());
  whole.upload.digest = stored->digest;
  whole.upload.length = whole.upload.arrived = stored->length;
  whole.upload.touched = impl_->clock.now();
  const auto noted = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    queries::insert(session, whole.upload);
    return {};
  });
  if (!noted) co_return std::unexpected(noted.error());
  co_return std::move(whole.upload);
}

asio::awaitable<Result<Upload>> Uploads::create(Owner owner, ByteCount length, std::string metadata) {
  if (auto good = impl_->check_length(length); !good) co_return forward_error(good);
  const auto room = co_await impl_->disk.run([&] { return impl_->media.check_space(length + room_beside(length)); });
  if (!room) co_return std::unexpected(room.error());
  auto upload = impl_->made(std::move(owner), length);
  upload.metadata = std::move(metadata);
  const auto noted = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    if (queries::count_unfinished_uploads(session, upload.network) >= impl_->limits.most_unfinished)
      return fail(ErrorKind::refused, "There are " + std::to_string(impl_->limits.most_unfinished) +
                                          " unfinished uploads already; finish some, or cancel them with DELETE.");
    queries::insert(session, upload);
    return {};
  });
  if (!noted) co_return std::unexpected(noted.error());
  co_return upload;
}

asio::awaitable<Result<Upload>> Uploads::find(std::string id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Upload> {
    auto found = queries::upload(session, id);
    if (!found || found->expires() < impl_->clock.now()) return no_such_upload(id);
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Upload>>> Uploads::list(std::string network, std::string before, std::size_t limit) {
  co_return co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::vector<Upload>> { return queries::uploads_of(session, network, before, limit); });
}

asio::awaitable<Result<Uploads::Turn>> Uploads::take(std::string id, std::string network, GiveWay give_way) {
  co_return co_await impl_->turns.take(std::move(id), std::move(network), std::move(give_way), kPatienceWithOlder);
}

asio::awaitable<Result<Upload>> Uploads::settled(const Turn& turn) {
  auto upload = co_await find(turn.id());
  if (!upload || upload->finished()) co_return upload;
  const bool whole = upload->arrived == upload->length;
  const auto hash = hash_of(*upload);
  const bool there = hash && (whole || co_await impl_->disk.run([&] { return impl_->media.has_part(upload->id, upload->arrived); }));
  if (!there) {
    const auto forgotten = co_await impl_->forget(upload->id);
    co_return std::unexpected(forgotten.error());
  }
  if (whole) {
    if (auto finished = co_await impl_->finish(*upload, *hash); !finished) co_return forward_error(finished);
  }
  co_return upload;
}

asio::awaitable<Result<>> Uploads::remove(const Turn& turn) {
  const auto removed =
      co_await impl_->database.write([&](db::Session& session) -> Result<bool> { return queries::remove_upload(session, turn.id()); });
  if (!removed) co_return std::unexpected(removed.error());
  if (!*removed) co_return no_such_upload(turn.id());
  co_return co_await impl_->disk.run([&] { return impl_->media.drop_part(turn.id()); });
}

asio::awaitable<Result<Uploads::Piece>> Uploads::open(const Turn& turn, Upload upload) {
  const auto hash = hash_of(upload);
  if (!hash) co_return std::unexpected(hash.error());
  auto writer = co_await impl_->disk.run(
      [&] { return impl_->media.resume(turn.id(), *hash, upload.length - upload.arrived + room_beside(upload.length)); });
  if (!writer) co_return forward_error(writer);
  co_return Piece{*impl_, std::move(upload), std::move(*writer)};
}

Uploads::Piece::Piece(Impl& uploads, Upload upload, std::unique_ptr<blob::PartWriter> writer)
    : uploads_{&uploads}, upload_{std::move(upload)}, writer_{std::move(writer)} {}

asio::awaitable<Result<>> Uploads::Piece::write(std::span<const std::byte> bytes) {
  if (upload_.arrived + unsettled_ + ByteCount{bytes.size()} > upload_.length)
    co_return fail(ErrorKind::too_large,
                   "The request sent more than the " + std::to_string(upload_.length.value) + " bytes announced for the upload.");
  if (auto written = co_await uploads_->disk.run([&] { return writer_->write(bytes); }); !written) co_return written;
  unsettled_ += ByteCount{bytes.size()};
  co_return Result<>{};
}

asio::awaitable<Result<>> Uploads::Piece::settle() {
  if (unsettled_.value == 0) co_return Result<>{};
  const auto hash = co_await uploads_->disk.run([&] { return writer_->sync(); });
  if (!hash) co_return std::unexpected(hash.error());
  const auto now = uploads_->clock.now();
  const auto state = hash->state();
  const auto noted = co_await uploads_->database.write(
      [&](db::Session& session) -> Result<bool> { return queries::note_arrived(session, upload_.id, hash->length(), state, now); });
  if (!noted) co_return std::unexpected(noted.error());
  if (!*noted) {
    // Removed while it was written to.
    if (auto dropped = co_await uploads_->disk.run([&] { return uploads_->media.drop_part(upload_.id); }); !dropped) co_return dropped;
    co_return no_such_upload(upload_.id);
  }
  upload_.arrived = hash->length();
  upload_.hash_state = state;
  upload_.touched = now;
  unsettled_ = {};
  if (upload_.arrived == upload_.length) co_return co_await uploads_->finish(upload_, *hash);
  co_return Result<>{};
}

asio::awaitable<Result<>> Uploads::Piece::take_back() {
  unsettled_ = {};
  co_return co_await uploads_->disk.run([&] { return writer_->take_back(); });
}

Result<> Uploads::sweep(db::Database& database, blob::Store& media, Time now) {
  // Files first, rows after: an upload's row is there before its file.
  const auto parts = media.parts();
  if (!parts) return std::unexpected(parts.error());
  const auto unfinished = database.write_now([&](db::Session& session) -> Result<std::vector<std::string>> {
    queries::remove_uploads_before(session, now - kUploadKept);
    return queries::unfinished_uploads(session);
  });
  if (!unfinished) return std::unexpected(unfinished.error());
  const std::unordered_set<std::string> kept(unfinished->begin(), unfinished->end());
  std::size_t removed = 0;
  for (const auto& part : *parts) {
    if (kept.contains(part)) continue;
    if (auto dropped = media.drop_part(part); !dropped) return dropped;
    ++removed;
  }
  if (removed > 0) log::info("abandoned uploads deleted", {{"files", removed}});
  return {};
}

Result<std::vector<Digest>> referenced_media(db::Session& session) { return queries::finished_media(session); }

Result<std::optional<std::string>> network_of_upload(db::Session& session, const std::string& id) {
  return queries::network_of_upload(session, id);
}

Result<Digest> finished_upload(db::Session& session, const std::string& id) {
  const auto upload = queries::upload(session, id);
  if (!upload) return no_such_upload(id);
  if (!upload->digest)
    return fail(ErrorKind::conflict,
                "The upload “" + id + "” isn't finished: " + std::to_string(upload->arrived.value) + " of its " +
                    std::to_string(upload->length.value) + " bytes have arrived. Send the rest first.",
                "upload");
  return *upload->digest;
}

Result<blob::Stored> take_upload(db::Session& session, const std::string& id) {
  const auto digest = finished_upload(session, id);
  if (!digest) return std::unexpected(digest.error());
  const auto upload = queries::upload(session, id);
  queries::remove_upload(session, id);
  return blob::Stored{*digest, upload->length};
}

}  // namespace carillon::uploads
