#pragma once
// The SQL of files that are kept for a while although no episode has them now: audio that was replaced, and recordings that could not be
// processed; and of originals. Every function runs in its caller's transaction.

#include "db/database.hpp"
#include "podcast/model/show.hpp"

#include <map>
#include <variant>

namespace carillon::podcast::queries {

/// How a download says with which file it began: the SHA-256 of the whole file (its ETag), or its Last-Modified to the second.
using Validator = std::variant<Digest, Time>;

/// Audio that a published episode served before.
struct FormerAudio {
  Digest whole;  ///< SHA-256 of prefix and frames together
  Digest prefix;
  ByteCount prefix_length;
  Digest frames;
  ByteCount frames_length;
  Time since;  ///< its Last-Modified
};
/// Replaced audio of an episode, of which the latest are kept.
inline constexpr int kMaxFormerAudio = 4;

/// An episode's audio was replaced: it can be served until `until`.
void keep_former_audio(db::Session& session, const std::string& episode_id, const Master& master, const Frozen& frozen, Time until);
/// The episode isn't public any more: neither is what it had before.
void drop_former_audio(db::Session& session, const std::string& episode_id);
/// None if it was never served, or expired before `now`. No two files of an episode have the same Last-Modified.
[[nodiscard]] std::optional<FormerAudio> former_audio(db::Session& session, const std::string& episode_id, const Validator& validator,
                                                      Time now);

/// All of a show's former audio, by episode; some of it may have expired.
[[nodiscard]] std::map<std::string, std::vector<FormerFile>> former_audio_of(db::Session& session, const std::string& show_id);

/// A file stays in the store until `until`, or until an earlier call's, whichever is later.
void keep_media(db::Session& session, const Digest& digest, Time until);
/// Ends what has expired, so that the sweep deletes the files.
void drop_expired(db::Session& session, Time now);

/// Drops the originals of a show from which masters were made before `processed_before`; returns how many.
std::size_t drop_originals(db::Session& session, const std::string& show_id, Time processed_before, Time now);
/// Originals whose length isn't known, at most `most`.
[[nodiscard]] std::vector<Digest> originals_without_length(db::Session& session, std::size_t most);
void set_original_length(db::Session& session, const Digest& digest, ByteCount length);

}  // namespace carillon::podcast::queries
