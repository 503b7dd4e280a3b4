// carillon episode …

#include "app/commands/commands.hpp"
#include "app/commands/episode_documents.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/encoding.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

Result<json::object> document_of(const EpisodeFields& fields) {
  json::object document;
  if (fields.title) document["title"] = *fields.title;
  if (fields.type) document["type"] = *fields.type;
  if (fields.season) document["season"] = *fields.season;
  if (fields.number) document["number"] = *fields.number;
  if (fields.no_season) document["season"] = nullptr;
  if (fields.no_number) document["number"] = nullptr;
  if (fields.notes) {
    auto notes = read_file(*fields.notes);
    if (!notes) return forward_error(notes);
    if (!is_utf8(*notes)) return fail(ErrorKind::invalid, *fields.notes + " isn't UTF-8 text; save it as UTF-8.");
    document["notes"] = *notes;
  }
  return document;
}

std::string fit_query(const std::optional<std::string>& fit) { return fit ? "?fit=" + *fit : std::string{}; }

Result<json::object> set_cover(Control& control, const std::string& id, const EpisodeFields& fields) {
  const auto upload = control.upload(fields.image.value(), [](ByteCount, ByteCount) {});
  if (!upload) return std::unexpected(upload.error());
  const json::object chosen{{"upload", *upload}};
  return control.call(Method::put, "/episodes/" + id + "/image" + fit_query(fields.fit), &chosen);
}

namespace {

/// "1 h 02 min 03 s"; "" while there is no audio.
std::string length_of(const json::object& episode) {
  const auto* seconds = episode.if_contains("duration_seconds");
  return seconds && seconds->is_number() ? length_text(std::chrono::seconds{std::lround(seconds->to_number<double>())}) : std::string{};
}

/// "kept, 12.3 MB", "deleted on 2026-11-30"; "" if there was none.
std::string original_text(const json::object& episode) {
  const auto* original = episode.if_contains("original");
  const auto* object = original ? original->if_object() : nullptr;
  if (!object) return {};
  const auto* bytes = object->if_contains("bytes");
  if (text_of(*object, "kept") != "true") return "deleted on " + text_of(*object, "dropped").substr(0, 10);
  return bytes && bytes->is_number() ? "kept, " + to_human(ByteCount{bytes->to_number<std::uint64_t>()}) : "kept";
}

}  // namespace

void print_episode(const Context& context, const json::object& episode) {
  if (context.json) return print_json(episode);
  const auto* bytes = episode.if_contains("bytes");
  print_pairs({{"Episode", text_of(episode, "id")},
               {"Title", text_of(episode, "title")},
               {"State", text_of(episode, "state")},
               {"Publish at", text_of(episode, "state") == "scheduled" ? text_of(episode, "publish_at") : ""},
               {"Published", text_of(episode, "published")},
               {"Length", length_of(episode)},
               {"Size", bytes && bytes->is_number() ? to_human(ByteCount{bytes->to_number<std::uint64_t>()}) : ""},
               {"Original", original_text(episode)},
               {"Cover", text_of(episode, "image")},
               {"Page", text_of(episode, "page")},
               {"Enclosure", text_of(episode, "enclosure")},
               {"Feed", text_of(episode, "feed")}});
  const auto* findings = episode.if_contains("findings");
  if (findings == nullptr || !findings->is_array()) return;
  for (const auto& finding : findings->get_array()) {
    if (const auto* object = finding.if_object()) std::cout << "Note: " << text_of(*object, "message") << '\n';
  }
}

namespace {

Result<> print_answer(const Context& context, const Result<json::object>& answer) {
  if (!answer) return std::unexpected(answer.error());
  print_episode(context, *answer);
  return {};
}

}  // namespace

Result<> list_episodes(const Context& context, const std::string& show, const std::optional<std::string>& search) {
  const auto query = search ? "?search=" + percent_encoded(*search) : std::string{};
  const auto episodes = Control{context.data, context.remote}.list("/shows/" + show + "/episodes" + query);
  if (!episodes) return std::unexpected(episodes.error());
  const auto& items = *episodes;
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty() && search) {
    std::cout << "No episodes of “" << show << "” match.\n";
    return {};
  }
  if (items.empty()) {
    std::cout << "The show “" << show << "” has no episodes yet. Publish one: carillon publish FILE --show " << show << " --title \"…\"\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"EPISODE", "STATE", "PUBLISHED", "LENGTH", "TITLE"}};
  for (const auto& item : items) {
    const auto& episode = item.as_object();
    rows.push_back(
        {text_of(episode, "id"), text_of(episode, "state"), text_of(episode, "published"), length_of(episode), text_of(episode, "title")});
  }
  print_table(rows);
  return {};
}

Result<> print_episode(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::get, "/episodes/" + id));
}

Result<> drop_original(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::del, "/episodes/" + id + "/original"));
}

Result<> print_silences(const Context& context, const std::string& id) {
  const auto found = Control{context.data, context.remote}.call(Method::get, "/episodes/" + id + "/silences");
  if (!found) return std::unexpected(found.error());
  if (context.json) {
    print_json(*found);
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"PROPOSED CUE POINT", "AT (SECONDS)"}};
  for (const auto& point : found->at("proposed_cue_points").as_array())
    rows.push_back({text_of(point.as_object(), "kind"), text_of(point.as_object(), "at_seconds")});
  print_table(rows);
  if (text_of(*found, "can_be_cut") != "true")
    std::cout << "Nothing can be inserted: the audio is served as it was uploaded. Turn that off for the show and process the recording "
                 "again.\n";
  return {};
}

Result<> create_episode(const Context& context, const std::string& show, const EpisodeFields& fields) {
  const auto document = document_of(fields);
  if (!document) return std::unexpected(document.error());
  Control control{context.data, context.remote};
  auto episode = control.call(Method::post, "/shows/" + show + "/episodes", &*document);
  if (episode && fields.image) {
    const auto id = text_of(*episode, "id");
    episode = set_cover(control, id, fields);
    if (!episode)
      return fail(episode.error().kind, "The draft " + id + " was created, but its cover wasn't saved: " + episode.error().message);
  }
  return print_answer(context, episode);
}

Result<> edit_episode(const Context& context, const std::string& id, const EpisodeFields& fields) {
  auto document = document_of(fields);
  if (!document) return std::unexpected(document.error());
  Control control{context.data, context.remote};
  if (fields.at) {
    const auto now = control.call(Method::get, "/episodes/" + id);
    if (!now) return std::unexpected(now.error());
    (*document)[text_of(*now, "published").empty() || text_of(*now, "state") == "scheduled" ? "publish_at" : "published"] = *fields.at;
  }
  auto episode = control.call(Method::patch, "/episodes/" + id, &*document);
  if (episode && fields.no_image) episode = control.call(Method::del, "/episodes/" + id + "/image");
  if (episode && fields.image) {
    episode = set_cover(control, id, fields);
    if (!episode) return fail(episode.error().kind, "The episode was saved, but its cover wasn't: " + episode.error().message);
  }
  return print_answer(context, episode);
}

Result<> publish_episode(const Context& context, const std::string& id, const std::optional<std::string>& at) {
  json::object document;
  if (at) document["at"] = *at;
  return print_answer(context, Control{context.data, context.remote}.call(Method::post, "/episodes/" + id + "/publish", &document));
}

Result<> unpublish_episode(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::post, "/episodes/" + id + "/unpublish"));
}

Result<> delete_episode(const Context& context, const std::string& id) {
  const auto deleted = Control{context.data, context.remote}.call(Method::del, "/episodes/" + id);
  if (!deleted) return std::unexpected(deleted.error());
  if (!context.json)
    std::cout << "The episode " << id << " will stay in the trash for 30 days. To restore it: `carillon episode restore " << id << "`.\n";
  return {};
}

Result<> restore_episode(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::post, "/episodes/" + id + "/restore"));
}

}  // namespace carillon::app
