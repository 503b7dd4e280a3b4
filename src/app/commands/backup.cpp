// carillon backup and restore. A backup is a data folder at rest: the database as one consistent copy, then everything that copy speaks of.
// Media is immutable and stored before the database speaks of it, so whatever the copy names is there — unless it was deleted while the
// copying went on: then the copying starts over with a newer copy of the database.

#include "accounts/audit.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/media_references.hpp"
#include "app/schema.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "blob/store.hpp"
#include "crypto/sha256.hpp"
#include "stats/rollups/schema.hpp"

#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

namespace carillon::app {
namespace fs = std::filesystem;

namespace {

constexpr int kFormat = 1;
constexpr int kMaxAttempts = 3;
constexpr std::size_t kPiece = 1 << 20;
constexpr const char* kManifest = "backup.json";

/// Copies `from` to `to`, durably; answers the digest of what was copied.
Result<Digest> copy_file(const fs::path& from, const fs::path& to, int mode) {
  auto source = open_file(from, O_RDONLY);
  if (!source) return forward_error(source);
  if (auto made = make_folder(to.parent_path()); !made) return forward_error(made);
  auto target = open_file(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!target) return forward_error(target);
  crypto::Sha256 hash;
  Bytes piece(kPiece);
  while (true) {
    const auto got = ::read(source->get(), piece.data(), piece.size());
    if (got < 0) return fail_errno("read", from.string(), errno);
    if (got == 0) break;
    const auto bytes = std::span{piece}.first(static_cast<std::size_t>(got));
    hash.update(bytes);
    if (auto written = write_all(target->get(), bytes); !written) return forward_error(written);
  }
  if (::fsync(target->get()) != 0) return fail_errno("sync", to.string(), errno);
  return hash.finish();
}

/// Every regular file below `from`, by the same relative name below `to`, but what is in `left_out`. What vanishes meanwhile (a temporary
/// file) is no loss.
Result<> copy_tree(const fs::path& from, const fs::path& to, std::span<const fs::path> left_out = {}) {
  std::error_code none;
  if (!fs::exists(from, none)) return {};
  for (const auto& entry : fs::recursive_directory_iterator(from, none)) {
    if (!entry.is_regular_file(none)) continue;
    if (std::ranges::any_of(left_out, [&](const fs::path& one) { return entry.path() == one || entry.path().parent_path() == one; }))
      continue;
    const auto mode = static_cast<int>(entry.status(none).permissions()) & 0777;
    auto copied = copy_file(entry.path(), to / fs::relative(entry.path(), from, none), mode);
    if (!copied && copied.error().kind != ErrorKind::not_found) return forward_error(copied);
  }
  return {};
}

/// All but the keys that listeners' addresses are hashed with: each is destroyed soon after its month, and a copy in a backup would keep
/// what it hides open to whoever has the backup, for as long as that is kept.
Result<> copy_secrets(const DataFolder& from, const DataFolder& to) {
  const std::array left_out{from.listener_keys(), from.former_listener_key()};
  return copy_tree(from.secrets(), to.secrets(), left_out);
}

/// Everything of the file system `folder` is on: files and the names they got, in however many folders.
Result<> sync_whole(const fs::path& folder) {
  const auto handle = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!handle) return std::unexpected(handle.error());
  if (::syncfs(handle->get()) != 0) return fail_errno("sync", folder.string(), errno);
  return {};
}

fs::path blob_path(const fs::path& media, const Digest& digest) {
  const auto name = digest.hex();
  return media / name.substr(0, 2) / name;
}

Result<bool> has_nothing_in_it(const fs::path& folder) {
  std::error_code wrong;
  if (!fs::exists(folder, wrong)) return true;
  if (!fs::is_directory(folder, wrong)) return fail(ErrorKind::invalid, folder.string() + " isn't a folder.");
  return fs::is_empty(folder, wrong);
}

/// Opens a database as it is: a backup changes nothing of what it copies, so that the program that wrote it can go on with it.
Result<std::unique_ptr<db::Database>> open_as_it_is(const fs::path& file, std::span<const db::Migration> migrations) {
  const auto applied = db::Database::schema_number(file);
  if (!applied) return std::unexpected(applied.error());
  const auto next = std::ranges::find_if(migrations, [&](const db::Migration& migration) { return migration.number > *applied; });
  return db::Database::open(file, migrations.first(static_cast<std::size_t>(next - migrations.begin())));
}

/// Of the database and what SQLite puts beside it.
void remove_database(const fs::path& file) {
  std::error_code none;
  for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(fs::path(file.string() + suffix), none);
}

/// Copies a database of the backup `source`; one that this program cannot open leaves nothing.
Result<> take_over(const fs::path& from, const fs::path& to, std::span<const db::Migration> migrations, const fs::path& source) {
  if (auto copied = copy_file(from, to, 0600); !copied) return forward_error(copied);
  const auto number = db::Database::schema_number(to);
  const int known = migrations.back().number;
  if (number && *number <= known) return {};
  remove_database(to);
  if (!number) return std::unexpected(number.error());
  return fail(ErrorKind::conflict, "The backup " + source.string() + " is from a newer version of Carillon (schema " +
                                       std::to_string(*number) + ", this version supports " + std::to_string(known) +
                                       "); restore it with that version.");
}

/// What a copy refers to; read from a copy of that, brought to the schema of this program.
Result<std::vector<Digest>> media_in(const fs::path& database_file) {
  auto read = database_file;
  read += ".reading";
  remove_database(read);
  auto digests = [&]() -> Result<std::vector<Digest>> {
    if (auto copied = copy_file(database_file, read, 0600); !copied) return forward_error(copied);
    auto database = db::Database::open(read, schema());
    if (!database) return forward_error(database);
    return (*database)->read_now([](db::Session& session) { return blob::referenced_media(session, media_references()); });
  }();
  remove_database(read);
  return digests;
}

/// A line in the audit trail of `file` about what was done to it from here.
void leave_trace(const fs::path& file, std::span<const db::Migration> migrations, const std::string& what, const fs::path& where) {
  const SystemClock clock;
  SystemRandom random;
  const accounts::Actor by{.id = {}, .name = "operator (uid " + std::to_string(::getuid()) + ")", .address_prefix = {}};
  auto database = open_as_it_is(file, migrations);
  auto written = database ? (*database)->write_now([&](db::Session& session) -> Result<> {
    accounts::record(session, clock, random, by, {.network = {}, .what = what, .subject = where.string(), .was = {}, .became = {}});
    return {};
  })
                          : Result<>{std::unexpected(database.error())};
  if (!written) std::cerr << "carillon: this command could not be written to the audit trail: " << written.error().message << "\n";
}

/// One consistent copy, while others write.
Result<> copy_database(const fs::path& from, const fs::path& to, std::span<const db::Migration> migrations) {
  std::error_code none;
  fs::remove(to, none);
  auto database = open_as_it_is(from, migrations);
  if (!database) return forward_error(database);
  if (auto copied = (*database)->copy_to(to); !copied) return forward_error(copied);
  return {};
}

/// One try: `not_found` when a blob of the copy vanished meanwhile.
Result<std::size_t> copy_once(const DataFolder& data, const DataFolder& target) {
  std::error_code none;
  if (auto copied = copy_database(data.database(), target.database(), schema()); !copied) return forward_error(copied);
  const auto digests = media_in(target.database());
  if (!digests) return std::unexpected(digests.error());
  for (const auto& digest : *digests) {
    const auto to = blob_path(target.media(), digest);
    if (fs::exists(to, none)) continue;  // of an earlier try
    auto copied = copy_file(blob_path(data.media(), digest), to, 0600);
    if (!copied) return forward_error(copied);
    if (*copied != digest) {
      fs::remove(to, none);
      return fail(ErrorKind::corrupt,
                  "The media file " + blob_path(data.media(), digest).string() + " is damaged: its content no longer matches its name.");
    }
  }
  return digests->size();
}

}  // namespace

Result<> back_up(const Context& context, const fs::path& target_path) {
  std::error_code none;
  const bool serves = fs::exists(context.data.database(), none), guards = fs::exists(context.data.guard_database(), none);
  if (!serves && !guards)
    return fail(ErrorKind::not_found, "No Carillon data was found in " + context.data.root.string() + "; set the data folder with --data.");
  const auto empty = has_nothing_in_it(target_path);
  if (!empty) return std::unexpected(empty.error());
  if (!*empty) return fail(ErrorKind::conflict, target_path.string() + " isn't empty; choose a new or empty folder for the backup.");
  const DataFolder target{target_path};
  if (auto made = make_folder(target.root); !made) return made;

  Result<std::size_t> media = 0;
  for (int attempt = 1; serves && attempt <= kMaxAttempts; ++attempt) {
    media = copy_once(context.data, target);
    if (media || media.error().kind != ErrorKind::not_found) break;
  }
  if (!media) return forward_error(media);
  if (guards) {
    if (auto copied = copy_database(context.data.guard_database(), target.guard_database(), guard_schema()); !copied) return copied;
  }
  if (auto copied = copy_tree(context.data.authority(), target.authority()); !copied) return copied;
  if (auto copied = copy_secrets(context.data, target); !copied) return copied;
  if (auto copied = copy_tree(context.data.requests(), target.requests()); !copied) return copied;
  // Days that are older than the request log are nowhere else.
  if (fs::exists(context.data.statistics(), none)) {
    if (auto copied = copy_database(context.data.statistics(), target.statistics(), stats::rollups_schema()); !copied) return copied;
  }
  if (auto copied = copy_tree(context.data.scans(), target.scans()); !copied) return copied;
  if (fs::exists(context.data.configuration(), none)) {
    if (auto copied = copy_file(context.data.configuration(), target.configuration(), 0600); !copied) return forward_error(copied);
  }
  // The manifest comes last: a folder without it is no whole backup.
  if (auto synced = sync_whole(target.root); !synced) return synced;
  const bool with_key = fs::exists(context.data.master_key(), none);
  const boost::json::object manifest{
      {"format", kFormat}, {"made", to_rfc3339(SystemClock{}.now())}, {"media", *media}, {"master_key", with_key}};
  if (auto written = write_file(target.root / kManifest, json_text(manifest) + "\n"); !written) return written;
  if (serves) leave_trace(context.data.database(), schema(), "backup.make", target.root);
  if (guards) leave_trace(context.data.guard_database(), guard_schema(), "backup.make", target.root);
  if (context.json) {
    print_json(manifest);
    return {};
  }
  std::cout << "Backed up to " << target.root.string() << ": the database, "
            << (serves ? std::to_string(*media) + " media files, certificates, keys and the request log" : "certificates and keys")
            << ".\n";
  if (with_key)
    std::cout << "It contains private keys: protect it as carefully as the server itself.";
  else
    std::cout << "The master key is stored elsewhere and isn't included: keep a separate copy of it. Without it, the private keys in this "
                 "backup can't "
                 "be decrypted.";
  std::cout << " Restore it with: carillon restore " << target.root.string() << " --data NEW-FOLDER\n";
  return {};
}

Result<> restore(const Context& context, const fs::path& source_path) {
  const DataFolder source{source_path};
  const auto manifest = read_file(source.root / kManifest);
  if (!manifest) return fail(ErrorKind::invalid, source.root.string() + " isn't a complete backup: it lacks " + kManifest + ".");
  boost::json::error_code wrong;
  const auto parsed = boost::json::parse(*manifest, wrong);
  if (wrong || !parsed.is_object() || parsed.as_object().if_contains("format") == nullptr || parsed.at("format") != kFormat)
    return fail(ErrorKind::invalid, (source.root / kManifest).string() + " has a format that this version doesn't support.");
  const auto empty = has_nothing_in_it(context.data.root);
  if (!empty) return std::unexpected(empty.error());
  if (!*empty)
    return fail(ErrorKind::conflict,
                "The data folder " + context.data.root.string() + " isn't empty; restore into a new or empty folder (--data).");
  const auto& target = context.data;
  std::error_code none;
  const bool serves = fs::exists(source.database(), none), guards = fs::exists(source.guard_database(), none);
  if (!serves && !guards) return fail(ErrorKind::invalid, source.root.string() + " isn't a complete backup: its database is missing.");
  const bool was_there = fs::exists(target.root, none);
  if (auto made = make_folder(target.root); !made) return made;

  // The databases take their names last: an interrupted restore leaves a folder that is plainly not a whole one. They are read from the
  // copy, for the backup may lie on something that cannot be written.
  const auto database = target.root / "restoring.db", guard_database = target.root / "restoring-guard.db";
  auto taken = guards ? take_over(source.guard_database(), guard_database, guard_schema(), source.root) : Result<>{};
  if (taken && serves) taken = take_over(source.database(), database, schema(), source.root);
  if (!taken) {
    remove_database(guard_database);
    if (!was_there) fs::remove(target.root, none);
    return taken;
  }
  std::size_t count = 0;
  if (serves) {
    const auto digests = media_in(database);
    if (!digests) return std::unexpected(digests.error());
    for (const auto& digest : *digests) {
      auto copied = copy_file(blob_path(source.media(), digest), blob_path(target.media(), digest), 0600);
      if (!copied) return forward_error(copied);
      if (*copied != digest)
        return fail(ErrorKind::corrupt,
                    "The backup's file " + blob_path(source.media(), digest).string() + " is damaged: its content doesn't match its name.");
      ++count;
    }
  }
  if (auto copied = copy_tree(source.authority(), target.authority()); !copied) return copied;
  if (auto copied = copy_secrets(source, target); !copied) return copied;
  if (auto copied = copy_tree(source.requests(), target.requests()); !copied) return copied;
  if (fs::exists(source.statistics(), none)) {
    if (auto copied = take_over(source.statistics(), target.statistics(), stats::rollups_schema(), source.root); !copied) return copied;
  }
  if (auto copied = copy_tree(source.scans(), target.scans()); !copied) return copied;
  if (fs::exists(source.configuration(), none)) {
    if (auto copied = copy_file(source.configuration(), target.configuration(), 0600); !copied) return forward_error(copied);
  }
  if (auto synced = sync_whole(target.root); !synced) return synced;
  for (const auto& [restored, to] : {std::pair{guards ? guard_database : fs::path{}, target.guard_database()},
                                     std::pair{serves ? database : fs::path{}, target.database()}}) {
    if (restored.empty()) continue;
    fs::rename(restored, to, none);
    if (none) return fail(ErrorKind::unavailable, "could not rename " + restored.string() + ": " + none.message());
  }
  if (serves) leave_trace(target.database(), schema(), "backup.restore", source.root);
  if (guards) leave_trace(target.guard_database(), guard_schema(), "backup.restore", source.root);
  if (auto synced = sync_folder(target.root); !synced) return synced;
  if (context.json) {
    print_json(boost::json::object{{"media", count}});
    return {};
  }
  std::cout << "Restored "
            << (serves ? "all data, including " + std::to_string(count) + " media files," : "certificates, keys and watched endpoints")
            << " to " << target.root.string() << ". Start the server with: carillon " << (serves ? "serve" : "guard") << " --data "
            << target.root.string() << "\n";
  if (!fs::exists(target.master_key(), none))
    std::cout << "The backup doesn't include the master key, which was stored elsewhere. Restore the key first: without it, the "
                 "certificates' keys can't be decrypted, and Carillon orders new certificates.\n";
  return {};
}

}  // namespace carillon::app
