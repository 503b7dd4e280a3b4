// See document.hpp.

#include "api/podcast/document.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <tuple>

namespace carillon::api {
namespace json = boost::json;

namespace {

/// Hexadecimal digits that tell an episode's pictures apart.
constexpr std::size_t kTagOfImage = 16;
/// Sharp at twice the size of any cover in a list.
constexpr int kSmallSide = 300;

std::string small_picture(const podcast::Addresses& addresses, const podcast::Picture& picture) {
  return picture.sized ? addresses.picture(picture, kSmallSide, podcast::PictureType::jpeg) : addresses.picture(picture);
}

json::value time_or_null(const std::optional<Time>& time) { return time ? json::value(to_rfc3339(*time)) : json::value(nullptr); }
json::value number_or_null_value(const std::optional<int>& number) { return number ? json::value(*number) : json::value(nullptr); }

/// What podcast/metadata.hpp reads.
constexpr std::array<std::string_view, 10> kShowMetadata{"persons", "locations", "license",  "funding", "listen_links",
                                                         "seasons", "txt",       "complete", "blocked", "measuring_prefix"};
constexpr std::array<std::string_view, 7> kEpisodeMetadata{"persons", "locations",      "license", "soundbites",
                                                           "txt",     "number_display", "blocked"};

/// Where an episode's own cover is: its public address while it's published, else one for those who may see drafts.
json::value image_of(const podcast::Episode& episode, const podcast::Addresses& addresses) {
  if (!episode.cover) return nullptr;
  if (episode.state == podcast::EpisodeState::published && !episode.deleted) return json::value(addresses.picture(*episode.cover));
  // A new picture has a new address, so that no page goes on showing the old one.
  return json::value(addresses.origin() + "/api/v1/episodes/" + episode.id +
                     "/image?of=" + episode.cover->digest.hex().substr(0, kTagOfImage));
}

/// The same at a size for lists, where the public has one.
json::value small_image_of(const podcast::Episode& episode, const podcast::Addresses& addresses) {
  const bool is_public = episode.cover && episode.state == podcast::EpisodeState::published && !episode.deleted;
  return is_public ? json::value(small_picture(addresses, *episode.cover)) : image_of(episode, addresses);
}

/// Whether what was uploaded is still there.
json::value original_of(const podcast::Episode& episode) {
  if (!episode.original && !episode.original_dropped) return nullptr;
  const bool is_measured = episode.original && episode.original->length.value > 0;
  return json::object{{"kept", episode.original.has_value()},
                      {"bytes", is_measured ? json::value(episode.original->length.value) : json::value(nullptr)},
                      {"processed", episode.original ? time_or_null(episode.original->processed) : json::value(nullptr)},
                      {"dropped", time_or_null(episode.original_dropped)}};
}

/// What the recording says about itself.
json::value file_tags_of(const podcast::Episode& episode) {
  if (!episode.master) return nullptr;
  const auto& details = episode.master->details;
  const auto& tags = details.tags;
  const bool has_other_chapters = details.chapters && (!episode.chapters || episode.chapters->digest != *details.chapters);
  if (tags.is_empty() && !details.has_picture && !has_other_chapters) return nullptr;
  const auto text = [](const std::string& value) { return value.empty() ? json::value(nullptr) : json::value(value); };
  return json::object{{"title", text(tags.title)}, {"artist", text(tags.artist)},  {"album", text(tags.album)},
                      {"date", text(tags.date)},   {"cover", details.has_picture}, {"chapters", has_other_chapters}};
}

double seconds_of(std::chrono::microseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

json::object document_of(const podcast::Show& show, const podcast::Addresses& addresses) {
  json::object document{
      {"slug", show.slug},
      {"network", show.network},
      {"title", show.title},
      {"description", show.description},
      {"language", show.language},
      {"category", {{"name", show.category.name}, {"sub", show.category.sub}}},
      {"author", show.author},
      {"owner_email", show.owner_email},
      {"copyright", show.copyright},
      {"link", show.link},
      {"explicit", show.is_explicit},
      {"type", show.serial ? "serial" : "episodic"},
      {"locked", show.locked},
      {"medium", show.medium},
      {"format", {{"bitrate", show.format.bitrate}, {"channels", show.format.channels}, {"sample_rate", show.format.sample_rate}}},
      {"audio", podcast::document_of(show.audio)},
      {"image", show.cover ? json::value(addresses.picture(*show.cover)) : json::value(nullptr)},
      {"image_small", show.cover ? json::value(small_picture(addresses, *show.cover)) : json::value(nullptr)},
      {"guid", show.guid},
      {"feed", addresses.feed(show)},
      {"page", addresses.page(show)},
      {"created", to_rfc3339(show.created)},
      {"changed", to_rfc3339(show.changed)},
      {"deleted", time_or_null(show.deleted)},
      {"revision", show.revision}};
  for (auto& member : podcast::document_of(show.metadata)) document[member.key()] = std::move(member.value());
  return document;
}

json::object document_of(const podcast::Episode& episode, const podcast::Show& show, const podcast::Addresses& addresses) {
  json::object document{{"id", episode.id},
                        {"show", show.slug},
                        {"guid", episode.guid},
                        {"slug", episode.slug},
                        {"title", episode.title},
                        {"notes", episode.notes},
                        {"season", number_or_null_value(episode.season)},
                        {"number", number_or_null_value(episode.number)},
                        {"type", podcast::name_of(episode.type)},
                        {"explicit", episode.is_explicit ? json::value(*episode.is_explicit) : json::value(nullptr)},
                        {"state", podcast::name_of(episode.state)},
                        {"publish_at", time_or_null(episode.publish_at)},
                        {"published", time_or_null(episode.published)},
                        {"page", addresses.page(show, episode)},
                        {"enclosure", addresses.enclosure(episode)},
                        {"feed", addresses.feed(show)},
                        {"duration_seconds", nullptr},
                        {"loudness", nullptr},
                        {"master_loudness", nullptr},
                        {"true_peak", nullptr},
                        {"loudness_range", nullptr},
                        {"speech_share", nullptr},
                        {"as_uploaded", episode.master && episode.master->details.as_uploaded},
                        {"original", original_of(episode)},
                        {"file_tags", file_tags_of(episode)},
                        {"findings", json::array{}},
                        {"bytes", nullptr},
                        {"etag", nullptr},
                        {"audio_since", nullptr},
                        {"image", image_of(episode, addresses)},
                        {"image_small", small_image_of(episode, addresses)},
                        {"chapters", episode.chapters ? json::value(addresses.chapters(episode)) : json::value(nullptr)},
                        {"created", to_rfc3339(episode.created)},
                        {"changed", to_rfc3339(episode.changed)},
                        {"deleted", time_or_null(episode.deleted)},
                        {"revision", episode.revision}};
  json::array transcripts;
  for (const auto& transcript : episode.transcripts)
    transcripts.push_back(json::object{
        {"language", transcript.language}, {"url", addresses.transcript(episode, transcript)}, {"type", podcast::type_of(transcript)}});
  document["transcripts"] = std::move(transcripts);
  for (auto& member : podcast::document_of(episode.metadata)) document[member.key()] = std::move(member.value());
  if (episode.master) {
    document["duration_seconds"] = seconds_of(episode.master->duration);
    if (const auto loudness = episode.master->source_loudness) document["loudness"] = *loudness;
    document["master_loudness"] = episode.master->loudness;
    if (const auto peak = episode.master->true_peak) document["true_peak"] = *peak;
    if (const auto range = episode.master->details.loudness_range) document["loudness_range"] = *range;
    if (const auto share = episode.master->details.speech_share) document["speech_share"] = *share;
    for (const auto& finding : episode.master->findings)
      document["findings"].as_array().push_back(json::object{
          {"kind", media::protocol::name_of(finding.kind)}, {"amount", finding.amount}, {"message", podcast::sentence_of(finding)}});
    if (episode.frozen) {
      document["bytes"] = episode.frozen->prefix_length.value + episode.master->frames_length.value;
      document["etag"] = "\"" + episode.frozen->whole.hex() + "\"";
      document["audio_since"] = to_rfc3339(episode.frozen->since);
    }
  }
  return document;
}

Result<podcast::EpisodeEdit> episode_edit_from(ObjectReader& reader) {
  podcast::EpisodeEdit edit;
  edit.title = reader.text("title");
  edit.notes = reader.text("notes");
  edit.season = reader.number_or_null("season");
  edit.number = reader.number_or_null("number");
  edit.is_explicit = reader.flag_or_null("explicit");
  const auto publish_at = reader.text("publish_at"), published = reader.text("published");
  const auto type = reader.text("type");
  const auto metadata = reader.members(kEpisodeMetadata);
  if (auto finished = reader.finish(); !finished) return forward_error(finished);
  auto more = podcast::episode_metadata_from(metadata);
  if (!more) return forward_error(more);
  edit.metadata = std::move(*more);
  for (const auto& [field, text, time] :
       {std::tuple{"publish_at", &publish_at, &edit.publish_at}, std::tuple{"published", &published, &edit.published}}) {
    if (!*text) continue;
    const auto parsed = parse_rfc3339(**text);
    if (!parsed)
      return fail(ErrorKind::invalid,
                  "“" + std::string(field) + "” must be a date and time with an offset, e.g. 2026-12-24T18:00:00+01:00.", field);
    *time = *parsed;
  }
  if (type) {
    edit.type = podcast::episode_type_from(*type);
    if (!edit.type) return fail(ErrorKind::invalid, "“" + *type + "” isn't an episode type; use full, trailer or bonus.", "type");
  }
  return edit;
}

Result<podcast::ShowEdit> show_edit_from(ObjectReader& reader) {
  podcast::ShowEdit edit;
  edit.title = reader.text("title");
  edit.description = reader.text("description");
  edit.language = reader.text("language");
  edit.author = reader.text("author");
  edit.owner_email = reader.text("owner_email");
  edit.copyright = reader.text("copyright");
  edit.link = reader.text("link");
  edit.medium = reader.text("medium");
  edit.is_explicit = reader.flag("explicit");
  edit.locked = reader.flag("locked");
  auto category = reader.object("category");
  auto format = reader.object("format");
  constexpr std::array<std::string_view, 1> kAudio{"audio"};
  const auto audio = reader.members(kAudio);
  const auto type = reader.text("type");
  const auto metadata = reader.members(kShowMetadata);
  if (auto finished = reader.finish(); !finished) return forward_error(finished);
  auto more = podcast::show_metadata_from(metadata);
  if (!more) return forward_error(more);
  edit.metadata = std::move(*more);
  if (const auto* settings = audio.if_contains("audio")) {
    if (!settings->is_object()) return fail(ErrorKind::invalid, "“audio” must be an object.", "audio");
    auto changes = podcast::audio_settings_edit_from(settings->get_object());
    if (!changes) return forward_error(changes);
    edit.audio = *changes;
  }
  if (category) {
    edit.category = podcast::Category{category->text("name").value_or(""), category->text("sub").value_or("")};
    if (auto finished = category->finish(); !finished) return forward_error(finished);
  }
  if (format) {
    const auto channels = format->number_or_null("channels");
    if (auto finished = format->finish(); !finished) return forward_error(finished);
    if (channels && *channels && **channels == 1)
      edit.format = audio::Format{.bitrate = 96'000, .channels = 1};
    else if (channels && *channels && **channels == 2)
      edit.format = audio::Format{};
    else
      return fail(ErrorKind::invalid, "“format.channels” must be 1 (mono, 96 kbit/s) or 2 (stereo, 128 kbit/s).", "format");
  }
  if (type) {
    if (*type != "serial" && *type != "episodic")
      return fail(ErrorKind::invalid, "“" + *type + "” isn't a show type; use episodic or serial.", "type");
    edit.serial = *type == "serial";
  }
  return edit;
}

}  // namespace carillon::api
