// See document.hpp.

#include "api/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace carillon::api {
namespace json = boost::json;

namespace {

json::value time_or_null(const std::optional<Time>& time) { return time ? json::value(to_rfc3339(*time)) : json::value(nullptr); }
json::value number_or_null_value(const std::optional<int>& number) { return number ? json::value(*number) : json::value(nullptr); }

/// What podcast/metadata.hpp reads.
constexpr std::array<std::string_view, 7> kShowMetadata{"persons", "locations", "license", "funding", "seasons", "complete", "blocked"};
constexpr std::array<std::string_view, 6> kEpisodeMetadata{"persons", "locations", "license", "soundbites", "number_display", "blocked"};

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
      {"image", show.cover ? json::value(addresses.picture(*show.cover)) : json::value(nullptr)},
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
                        {"bytes", nullptr},
                        {"etag", nullptr},
                        {"audio_since", nullptr},
                        {"image", episode.cover ? json::value(addresses.picture(*episode.cover)) : json::value(nullptr)},
                        {"chapters", episode.chapters ? json::value(addresses.chapters(episode)) : json::value(nullptr)},
                        {"created", to_rfc3339(episode.created)},
                        {"changed", to_rfc3339(episode.changed)},
                        {"deleted", time_or_null(episode.deleted)},
                        {"revision", episode.revision}};
  json::array transcripts;
  for (const auto& transcript : episode.transcripts)
    transcripts.push_back(json::object{{"language", transcript.language}, {"url", addresses.transcript(episode, transcript.language)}});
  document["transcripts"] = std::move(transcripts);
  for (auto& member : podcast::document_of(episode.metadata)) document[member.key()] = std::move(member.value());
  if (episode.master) {
    document["duration_seconds"] = seconds_of(episode.master->duration);
    document["loudness"] = episode.master->loudness;
    if (episode.frozen) {
      document["bytes"] = episode.frozen->prefix_length.value + episode.master->frames_length.value;
      document["etag"] = "\"" + episode.frozen->whole.hex() + "\"";
      document["audio_since"] = to_rfc3339(episode.frozen->since);
    }
  }
  return document;
}

json::object document_of(const jobs::Job& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"subject", job.subject},
          {"state", jobs::name_of(job.state)},
          {"progress", job.progress},
          {"doing", job.doing},
          {"error", job.error.empty() ? json::value(nullptr) : json::value(job.error)},
          {"attempts", job.attempts},
          {"run_at", to_rfc3339(job.run_at)},
          {"created", to_rfc3339(job.created)},
          {"finished", time_or_null(job.finished)}};
}

Result<ObjectReader> ObjectReader::parse(std::string_view text) {
  if (text.empty()) return ObjectReader{{}};
  json::error_code wrong;
  json::parse_options options;
  options.max_depth = kDeepestDocument;
  auto value = json::parse(json::string_view(text.data(), text.size()), wrong, {}, options);
  if (wrong) return fail(ErrorKind::invalid, "The request's body is not valid JSON: " + wrong.message() + ".");
  if (!value.is_object()) return fail(ErrorKind::invalid, "The request's body must be a JSON object.");
  return ObjectReader{std::move(value.as_object())};
}

const json::value* ObjectReader::take(std::string_view name) {
  taken_.emplace_back(name);
  const auto found = object_.find(json::string_view(name.data(), name.size()));
  return found == object_.end() ? nullptr : &found->value();
}

void ObjectReader::complain(std::string_view name, std::string_view wanted) {
  if (!wrong_) wrong_ = Error{ErrorKind::invalid, "“" + std::string(name) + "” must be " + std::string(wanted) + ".", std::string(name)};
}

std::optional<std::string> ObjectReader::text(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_string()) return std::string(value->as_string());
  complain(name, "a text");
  return {};
}

std::optional<bool> ObjectReader::flag(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_bool()) return value->as_bool();
  complain(name, "true or false");
  return {};
}

std::optional<int> ObjectReader::number(std::string_view name) {
  const auto large = large_number(name);
  if (!large) return {};
  if (*large <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return static_cast<int>(*large);
  complain(name, "a smaller number");
  return {};
}

std::optional<std::uint64_t> ObjectReader::large_number(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_int64() && value->as_int64() >= 0) return static_cast<std::uint64_t>(value->as_int64());
  complain(name, "a whole number");
  return {};
}

std::optional<std::vector<std::string>> ObjectReader::texts(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  const auto* items = value->if_array();
  if (!items || !std::ranges::all_of(*items, [](const json::value& item) { return item.is_string(); })) {
    complain(name, "a list of strings");
    return {};
  }
  std::vector<std::string> texts;
  for (const auto& item : *items) texts.emplace_back(item.as_string());
  return texts;
}

std::optional<std::optional<int>> ObjectReader::number_or_null(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<int>{};
  if (value->is_int64() && value->as_int64() >= 0 && value->as_int64() <= std::numeric_limits<int>::max())
    return std::optional<int>{static_cast<int>(value->as_int64())};
  complain(name, "a whole number or null");
  return {};
}

std::optional<std::optional<bool>> ObjectReader::flag_or_null(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<bool>{};
  if (value->is_bool()) return std::optional<bool>{value->as_bool()};
  complain(name, "true, false or null");
  return {};
}

std::optional<ObjectReader> ObjectReader::object(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_object()) return ObjectReader{value->as_object()};
  complain(name, "an object");
  return {};
}

json::object ObjectReader::members(std::span<const std::string_view> names) {
  json::object found;
  for (const auto name : names) {
    if (const auto* value = take(name)) found[json::string_view(name.data(), name.size())] = *value;
  }
  return found;
}

Result<> ObjectReader::finish() const {
  if (wrong_) return std::unexpected(*wrong_);
  for (const auto& member : object_) {
    const std::string name(member.key());
    if (std::ranges::find(taken_, name) == taken_.end())
      return fail(ErrorKind::invalid, "“" + name + "” is not a field that can be set here.", name);
  }
  return {};
}

asio::awaitable<Result<ObjectReader>> read_object(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return std::unexpected(text.error());
  co_return ObjectReader::parse(*text);
}

json::object differences(const json::object& wanted, const json::object& now) {
  json::object changed;
  for (const auto& member : now) {
    const auto* other = wanted.if_contains(member.key());
    if (other && *other != member.value()) changed[member.key()] = json::object{{"now", member.value()}};
  }
  return changed;
}

Result<podcast::EpisodeEdit> episode_edit_from(ObjectReader& reader) {
  podcast::EpisodeEdit edit;
  edit.title = reader.text("title");
  edit.notes = reader.text("notes");
  edit.season = reader.number_or_null("season");
  edit.number = reader.number_or_null("number");
  edit.is_explicit = reader.flag_or_null("explicit");
  const auto type = reader.text("type");
  const auto metadata = reader.members(kEpisodeMetadata);
  if (auto finished = reader.finish(); !finished) return passed_on(finished);
  auto more = podcast::episode_metadata_from(metadata);
  if (!more) return passed_on(more);
  edit.metadata = std::move(*more);
  if (type) {
    edit.type = podcast::episode_type_from(*type);
    if (!edit.type) return fail(ErrorKind::invalid, "“" + *type + "” is no type of episode: full, trailer or bonus.", "type");
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
  const auto type = reader.text("type");
  const auto metadata = reader.members(kShowMetadata);
  if (auto finished = reader.finish(); !finished) return passed_on(finished);
  auto more = podcast::show_metadata_from(metadata);
  if (!more) return passed_on(more);
  edit.metadata = std::move(*more);
  if (category) {
    edit.category = podcast::Category{category->text("name").value_or(""), category->text("sub").value_or("")};
    if (auto finished = category->finish(); !finished) return passed_on(finished);
  }
  if (type) {
    if (*type != "serial" && *type != "episodic")
      return fail(ErrorKind::invalid, "“" + *type + "” is no type of show: episodic or serial.", "type");
    edit.serial = *type == "serial";
  }
  return edit;
}

}  // namespace carillon::api
