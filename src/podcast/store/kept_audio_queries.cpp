// See kept_audio.hpp.

#include "podcast/store/kept_audio.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kKeepFormer =
    "INSERT INTO former_audio (episode_id, whole, prefix, prefix_length, frames, frames_length, since, until) VALUES (:id, :whole, "
    ":prefix, :prefix_length, :frames, :frames_length, :since, :until) ON CONFLICT (episode_id, whole) DO UPDATE SET until = "
    "excluded.until";
constexpr const char* kDropOldest =
    "DELETE FROM former_audio WHERE episode_id = :id AND whole NOT IN (SELECT whole FROM former_audio WHERE episode_id = :same ORDER BY "
    "until DESC, since DESC LIMIT :most)";
constexpr const char* kFormer =
    "SELECT whole, prefix, prefix_length, frames, frames_length, since FROM former_audio WHERE episode_id = :id AND (whole = :whole OR "
    "(since >= :first AND since < :end)) AND until >= :now";
constexpr const char* kFormerOfShow =
    "SELECT former_audio.episode_id, former_audio.whole, former_audio.since FROM former_audio JOIN episodes ON episodes.id = "
    "former_audio.episode_id WHERE episodes.show_id = :show";
constexpr const char* kKeepMedia =
    "INSERT INTO kept_media (digest, until) VALUES (:digest, :until) ON CONFLICT (digest) DO UPDATE SET until = CASE WHEN "
    "excluded.until > kept_media.until THEN excluded.until ELSE kept_media.until END";
constexpr const char* kDropOriginals =
    "UPDATE episodes SET original = '', original_length = 0, processed = 0, original_dropped = :now WHERE show_id = :show AND original <> "
    "'' AND frames <> '' AND processed > 0 AND processed < :before";

ByteCount bytes_of(long long count) { return ByteCount{static_cast<std::uint64_t>(count)}; }

}  // namespace

void keep_former_audio(db::Session& session, const std::string& episode_id, const Master& master, const Frozen& frozen, Time until) {
  using soci::use;
  const auto whole = frozen.whole.hex(), prefix = frozen.prefix.hex(), frames = master.frames.hex();
  const auto prefix_length = static_cast<long long>(frozen.prefix_length.value);
  const auto frames_length = static_cast<long long>(master.frames_length.value);
  const auto since = to_microseconds(frozen.since), end = to_microseconds(until);
  session << kKeepFormer, use(episode_id), use(whole), use(prefix), use(prefix_length), use(frames), use(frames_length), use(since),
      use(end);
  const int most = kMaxFormerAudio;
  session << kDropOldest, use(episode_id), use(episode_id), use(most);
}

void drop_former_audio(db::Session& session, const std::string& episode_id) {
  session << "DELETE FROM former_audio WHERE episode_id = :id", soci::use(episode_id);
}

std::optional<FormerAudio> former_audio(db::Session& session, const std::string& episode_id, const Validator& validator, Time now) {
  using soci::into;
  const auto* digest = std::get_if<Digest>(&validator);
  const auto* date = std::get_if<Time>(&validator);
  const auto hex = digest ? digest->hex() : std::string{};
  const auto second = std::chrono::floor<std::chrono::seconds>(date ? *date : Time{});
  const auto first = to_microseconds(Time{second}), end = date ? to_microseconds(Time{second} + std::chrono::seconds{1}) : first;
  const auto moment = to_microseconds(now);
  std::string whole, prefix, frames;
  long long prefix_length = 0, frames_length = 0, since = 0;
  session << kFormer, soci::use(episode_id), soci::use(hex), soci::use(first), soci::use(end), soci::use(moment), into(whole), into(prefix),
      into(prefix_length), into(frames), into(frames_length), into(since);
  if (!session.got_data()) return {};
  const auto known_whole = Digest::from_hex(whole), known_prefix = Digest::from_hex(prefix), known_frames = Digest::from_hex(frames);
  if (!known_whole || !known_prefix || !known_frames) return {};
  return FormerAudio{.whole = *known_whole,
                     .prefix = *known_prefix,
                     .prefix_length = bytes_of(prefix_length),
                     .frames = *known_frames,
                     .frames_length = bytes_of(frames_length),
                     .since = from_microseconds(since)};
}

std::map<std::string, std::vector<FormerFile>> former_audio_of(db::Session& session, const std::string& show_id) {
  std::string episode, hex;
  long long since = 0;
  soci::statement rows{(session.prepare << kFormerOfShow, soci::use(show_id), soci::into(episode), soci::into(hex), soci::into(since))};
  std::map<std::string, std::vector<FormerFile>> former;
  rows.execute();
  while (rows.fetch()) {
    if (const auto whole = Digest::from_hex(hex)) former[episode].push_back({*whole, from_microseconds(since)});
  }
  return former;
}

void keep_media(db::Session& session, const Digest& digest, Time until) {
  const auto hex = digest.hex();
  const auto end = to_microseconds(until);
  session << kKeepMedia, soci::use(hex), soci::use(end);
}

void drop_expired(db::Session& session, Time now) {
  const auto moment = to_microseconds(now);
  session << "DELETE FROM former_audio WHERE until < :now", soci::use(moment);
  session << "DELETE FROM kept_media WHERE until < :now", soci::use(moment);
}

std::size_t drop_originals(db::Session& session, const std::string& show_id, Time processed_before, Time now) {
  const auto before = to_microseconds(processed_before), moment = to_microseconds(now);
  soci::statement statement{(session.prepare << kDropOriginals, soci::use(moment), soci::use(show_id), soci::use(before))};
  statement.execute(true);
  return static_cast<std::size_t>(statement.get_affected_rows());
}

std::vector<Digest> originals_without_length(db::Session& session, std::size_t most) {
  const auto limit = static_cast<long long>(most);
  std::string hex;
  soci::statement statement{(session.prepare << "SELECT DISTINCT original FROM episodes WHERE original <> '' AND original_length = 0 LIMIT "
                                                ":most",
                             soci::use(limit), soci::into(hex))};
  std::vector<Digest> found;
  statement.execute();
  while (statement.fetch()) {
    if (const auto digest = Digest::from_hex(hex)) found.push_back(*digest);
  }
  return found;
}

void set_original_length(db::Session& session, const Digest& digest, ByteCount length) {
  const auto hex = digest.hex();
  const auto bytes = static_cast<long long>(length.value);
  session << "UPDATE episodes SET original_length = :length WHERE original = :digest", soci::use(bytes), soci::use(hex);
}

}  // namespace carillon::podcast::queries
