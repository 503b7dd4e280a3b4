// See uploads_queries.hpp.

#include "uploads/uploads_queries.hpp"

#include <soci/soci.h>

namespace carillon::uploads::queries {
namespace {

constexpr const char* kColumns = "id, network, person_id, length, arrived, hash_state, metadata, digest, created, touched";

/// One upload as its row has it: digest "" is none.
struct Row {
  Upload upload;
  long long length = 0, arrived = 0, created = 0, touched = 0;
  std::string digest;

  template <class Statement>
  void bind_into(Statement& statement) {
    using soci::into;
    statement, into(upload.id), into(upload.network), into(upload.person_id), into(length), into(arrived), into(upload.hash_state),
        into(upload.metadata), into(digest), into(created), into(touched);
  }

  [[nodiscard]] Upload value() const {
    Upload result = upload;
    result.length = ByteCount{static_cast<std::uint64_t>(length)};
    result.arrived = ByteCount{static_cast<std::uint64_t>(arrived)};
    if (const auto known = Digest::from_hex(digest); known) result.digest = *known;
    result.created = from_microseconds(created);
    result.touched = from_microseconds(touched);
    return result;
  }
};

bool changed_one(soci::statement& statement) {
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

}  // namespace

void insert(db::Session& session, const Upload& upload) {
  using soci::use;
  const auto length = static_cast<long long>(upload.length.value);
  const auto arrived = static_cast<long long>(upload.arrived.value);
  const auto digest = upload.digest ? upload.digest->hex() : std::string{};
  const auto created = to_microseconds(upload.created);
  const auto touched = to_microseconds(upload.touched);
  session << "INSERT INTO uploads (id, network, person_id, length, arrived, hash_state, metadata, digest, created, touched) VALUES (:id, "
             ":network, :person, :length, :arrived, :state, :metadata, :digest, :created, :touched)",
      use(upload.id), use(upload.network), use(upload.person_id), use(length), use(arrived), use(upload.hash_state), use(upload.metadata),
      use(digest), use(created), use(touched);
}

std::optional<Upload> upload(db::Session& session, const std::string& id) {
  Row row;
  auto prepared = (session.prepare << "SELECT " << kColumns << " FROM uploads WHERE id = :id", soci::use(id));
  row.bind_into(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  return row.value();
}

std::optional<std::string> network_of_upload(db::Session& session, const std::string& id) {
  std::string network;
  session << "SELECT network FROM uploads WHERE id = :id", soci::use(id), soci::into(network);
  if (!session.got_data()) return {};
  return network;
}

bool note_arrived(db::Session& session, const std::string& id, ByteCount arrived, const std::string& hash_state, Time now) {
  const auto bytes = static_cast<long long>(arrived.value);
  const auto moment = to_microseconds(now);
  soci::statement statement{
      (session.prepare << "UPDATE uploads SET arrived = :arrived, hash_state = :state, touched = :touched WHERE id = :id AND digest = ''",
       soci::use(bytes), soci::use(hash_state), soci::use(moment), soci::use(id))};
  return changed_one(statement);
}

bool finish_upload(db::Session& session, const std::string& id, const Digest& digest, Time now) {
  const auto hex = digest.hex();
  const auto moment = to_microseconds(now);
  soci::statement statement{
      (session.prepare << "UPDATE uploads SET digest = :digest, hash_state = '', touched = :touched WHERE id = :id AND arrived = length",
       soci::use(hex), soci::use(moment), soci::use(id))};
  return changed_one(statement);
}

bool remove_upload(db::Session& session, const std::string& id) {
  soci::statement statement{(session.prepare << "DELETE FROM uploads WHERE id = :id", soci::use(id))};
  return changed_one(statement);
}

void remove_uploads_before(db::Session& session, Time touched) {
  const auto moment = to_microseconds(touched);
  session << "DELETE FROM uploads WHERE touched < :moment", soci::use(moment);
}

std::size_t count_unfinished_uploads(db::Session& session, const std::string& network) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM uploads WHERE network = :network AND digest = ''", soci::use(network), soci::into(count);
  return static_cast<std::size_t>(count);
}

std::vector<std::string> unfinished_uploads(db::Session& session) {
  std::string id;
  soci::statement statement{(session.prepare << "SELECT id FROM uploads WHERE digest = ''", soci::into(id))};
  std::vector<std::string> ids;
  statement.execute();
  while (statement.fetch()) ids.push_back(id);
  return ids;
}

std::vector<Upload> uploads_of(db::Session& session, const std::string& network, const std::string& before, std::size_t limit) {
  const auto most = static_cast<long long>(limit);
  // Ids sort by birth, and "~" behind all of them.
  const auto end = before.empty() ? std::string{"~"} : before;
  Row row;
  auto prepared =
      (session.prepare << "SELECT " << kColumns << " FROM uploads WHERE network = :network AND id < :before ORDER BY id DESC LIMIT :most",
       soci::use(network), soci::use(end), soci::use(most));
  row.bind_into(prepared);
  soci::statement statement{prepared};
  std::vector<Upload> uploads;
  statement.execute();
  while (statement.fetch()) uploads.push_back(row.value());
  return uploads;
}

Result<std::vector<Digest>> finished_media(db::Session& session) {
  std::string hex;
  soci::statement statement{(session.prepare << "SELECT digest FROM uploads WHERE digest <> ''", soci::into(hex))};
  std::vector<Digest> digests;
  statement.execute();
  while (statement.fetch()) {
    const auto digest = Digest::from_hex(hex);
    if (!digest) return fail(ErrorKind::corrupt, "the database contains “" + hex + "”, which isn't a media digest");
    digests.push_back(*digest);
  }
  return digests;
}

}  // namespace carillon::uploads::queries
