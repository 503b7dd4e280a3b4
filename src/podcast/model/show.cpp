// See show.hpp.

#include "podcast/model/show.hpp"

#include "audio/master.hpp"
#include "audio/media_program.hpp"
#include "base/json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

constexpr std::array<std::pair<EpisodeState, std::string_view>, 5> kStates{{{EpisodeState::draft, "draft"},
                                                                            {EpisodeState::processing, "processing"},
                                                                            {EpisodeState::scheduled, "scheduled"},
                                                                            {EpisodeState::published, "published"},
                                                                            {EpisodeState::unpublished, "unpublished"}}};
constexpr std::array<std::pair<EpisodeType, std::string_view>, 3> kTypes{
    {{EpisodeType::full, "full"}, {EpisodeType::trailer, "trailer"}, {EpisodeType::bonus, "bonus"}}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) noexcept {
  return std::ranges::find(table, value, [](const auto& entry) { return entry.first; })->second;
}

template <class Value, class Table>
std::optional<Value> value_in(const Table& table, std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, [](const auto& entry) { return entry.second; });
  if (found == table.end()) return {};
  return found->first;
}

}  // namespace

std::string_view name_of(EpisodeState state) noexcept { return name_in(kStates, state); }
std::optional<EpisodeState> episode_state_from(std::string_view name) noexcept { return value_in<EpisodeState>(kStates, name); }
std::string_view name_of(EpisodeType type) noexcept { return name_in(kTypes, type); }
std::optional<EpisodeType> episode_type_from(std::string_view name) noexcept { return value_in<EpisodeType>(kTypes, name); }

Feed public_feed_of(const Show& show) {
  return {.id = show.id, .show_id = show.id, .slug = show.slug, .created = show.created, .changed = show.created};
}

std::string_view type_of(const Transcript& transcript) noexcept { return transcript.timed ? "text/vtt" : "text/plain"; }
std::string file_name_of(const Transcript& transcript) {
  return "transcript." + transcript.language + (transcript.timed ? ".vtt" : ".txt");
}

std::string_view enclosure_type(const Episode&) noexcept { return audio::kMediaType; }  // every master is of that type
ByteCount enclosure_length(const Episode& episode) noexcept { return episode.frozen->prefix_length + episode.master->frames_length; }

const Picture* cover_of(const Show& show, const Episode& episode) noexcept {
  if (episode.cover) return &*episode.cover;
  return show.cover ? &*show.cover : nullptr;
}

std::vector<int> picture_sides(const Picture& picture) {
  std::vector<int> sides;
  for (const int side : audio::kPictureSides) {
    if (picture.sized && side <= picture.side) sides.push_back(side);
  }
  return sides;
}

std::string_view media_type_of(PictureType type) noexcept { return type == PictureType::jpeg ? "image/jpeg" : "image/webp"; }

std::string details_text(const MasterDetails& details) {
  boost::json::object document;
  if (details.loudness_range) document["loudness_range"] = *details.loudness_range;
  if (details.speech_share) document["speech_share"] = *details.speech_share;
  if (details.as_uploaded) document["as_uploaded"] = true;
  if (details.has_picture) document["has_picture"] = true;
  if (details.chapters) document["chapters"] = details.chapters->hex();
  if (!details.tags.is_empty())
    document["tags"] = boost::json::object{
        {"title", details.tags.title}, {"artist", details.tags.artist}, {"album", details.tags.album}, {"date", details.tags.date}};
  return json_text(document);
}

MasterDetails details_from(std::string_view text) {
  MasterDetails details;
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  const auto* object = bad ? nullptr : document.if_object();
  if (!object) return details;
  const auto number = [&](const char* name, std::optional<double>& target) {
    const auto* value = object->if_contains(name);
    if (value && value->is_number()) target = value->to_number<double>();
  };
  number("loudness_range", details.loudness_range);
  number("speech_share", details.speech_share);
  const auto flag = [&](const char* name) {
    const auto* value = object->if_contains(name);
    return value && value->is_bool() && value->get_bool();
  };
  details.as_uploaded = flag("as_uploaded");
  details.has_picture = flag("has_picture");
  const auto* chapters = object->if_contains("chapters");
  if (chapters && chapters->is_string()) {
    if (const auto digest = Digest::from_hex(std::string_view(chapters->get_string()))) details.chapters = *digest;
  }
  const auto* tags = object->if_contains("tags");
  if (tags && tags->is_object()) {
    const auto set = [&](const char* name, std::string& target) {
      const auto* value = tags->get_object().if_contains(name);
      if (value && value->is_string()) target = std::string(value->get_string());
    };
    set("title", details.tags.title);
    set("artist", details.tags.artist);
    set("album", details.tags.album);
    set("date", details.tags.date);
  }
  return details;
}

}  // namespace carillon::podcast
