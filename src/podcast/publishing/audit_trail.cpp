// What the audit trail keeps of shows and episodes: the fields that people set, and their state. See acts.hpp.

#include "accounts/audit.hpp"
#include "base/text.hpp"
#include "podcast/publishing/acts.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {
namespace json = boost::json;
namespace {

/// Longer texts are told by their beginning.
constexpr std::size_t kTold = 500;

std::string reported(const std::string& text) {
  const auto beginning = cut_to(text, kTold);
  return beginning.size() == text.size() ? text : std::string(beginning) + "…";
}

json::value reported(const std::optional<int>& number) { return number ? json::value(*number) : json::value(nullptr); }
json::value reported(const std::optional<Time>& time) { return time ? json::value(to_rfc3339(*time)) : json::value(nullptr); }
json::value reported(const std::optional<StoredText>& text) { return text ? json::value(text->digest.hex()) : json::value(nullptr); }

json::object reported(const Show& show) {
  return {{"slug", show.slug},
          {"title", show.title},
          {"description", reported(show.description)},
          {"format", show.format.channels == 1 ? "mono" : "stereo"},
          {"language", show.language},
          {"category", show.category.name + (show.category.sub.empty() ? "" : " > " + show.category.sub)},
          {"author", show.author},
          {"owner_email", show.owner_email},
          {"copyright", show.copyright},
          {"link", show.link},
          {"explicit", show.is_explicit},
          {"serial", show.serial},
          {"locked", show.locked},
          {"medium", show.medium},
          {"format", {{"bitrate", show.format.bitrate}, {"channels", show.format.channels}, {"sample_rate", show.format.sample_rate}}},
          {"image", show.cover ? json::value(show.cover->digest.hex()) : json::value(nullptr)},
          {"metadata", document_of(show.metadata)},
          {"audio", document_of(show.audio)},
          {"deleted", reported(show.deleted)}};
}

json::object reported(const Episode& episode) {
  json::object transcripts;
  for (const auto& transcript : episode.transcripts) transcripts[transcript.language] = transcript.text.digest.hex();
  return {{"title", episode.title},
          {"notes", reported(episode.notes)},
          {"season", reported(episode.season)},
          {"number", reported(episode.number)},
          {"type", name_of(episode.type)},
          {"explicit", episode.is_explicit ? json::value(*episode.is_explicit) : json::value(nullptr)},
          {"state", name_of(episode.state)},
          {"publish_at", reported(episode.publish_at)},
          {"published", reported(episode.published)},
          {"original", episode.original ? json::value(episode.original->digest.hex()) : json::value(nullptr)},
          {"image", episode.cover ? json::value(episode.cover->digest.hex()) : json::value(nullptr)},
          {"chapters", reported(episode.chapters)},
          {"transcripts", std::move(transcripts)},
          {"cue_points", document_of(episode.cue_points)},
          {"metadata", document_of(episode.metadata)},
          {"deleted", reported(episode.deleted)}};
}

}  // namespace

void Acts::record(db::Session& session, const Act& act, const Show* was, const Show& became) const {
  const accounts::Act line{.network = became.network, .what = act.what, .subject = became.slug, .was = {}, .became = {}};
  accounts::record(session, clock_, random_, act.by, accounts::changed(line, was ? reported(*was) : json::object{}, reported(became)));
}

void Acts::record(db::Session& session, const Act& act, const Episode* was, const Episode& became) const {
  const auto show = queries::show_with_id(session, became.show_id);
  const accounts::Act line{.network = show ? show->network : "", .what = act.what, .subject = became.id, .was = {}, .became = {}};
  accounts::record(session, clock_, random_, act.by, accounts::changed(line, was ? reported(*was) : json::object{}, reported(became)));
}

}  // namespace carillon::podcast
