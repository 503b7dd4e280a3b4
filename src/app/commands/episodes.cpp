// carillon episode …

#include "app/commands/commands.hpp"
#include "app/commands/episode_documents.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"

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
  if (fields.notes) {
    auto notes = read_file(*fields.notes);
    if (!notes) return forward_error(notes);
    document["notes"] = *notes;
  }
  return document;
}

Result<json::object> set_cover(Control& control, const std::string& id, const std::filesystem::path& image) {
  const auto upload = control.upload(image, [](ByteCount, ByteCount) {});
  if (!upload) return std::unexpected(upload.error());
  const json::object chosen{{"upload", *upload}};
  return control.call(Method::put, "/episodes/" + id + "/image", &chosen);
}

void print_episode(const Context& context, const json::object& episode) {
  if (context.json) return print_json(episode);
  const auto duration = text_of(episode, "duration_seconds");
  const auto* bytes = episode.if_contains("bytes");
  print_pairs({{"Episode", text_of(episode, "id")},
               {"Title", text_of(episode, "title")},
               {"State", text_of(episode, "state")},
               {"Publish at", text_of(episode, "state") == "scheduled" ? text_of(episode, "publish_at") : ""},
               {"Published", text_of(episode, "published")},
               {"Length", duration.empty() ? "" : std::to_string(std::lround(episode.at("duration_seconds").to_number<double>())) + " s"},
               {"Size", bytes && bytes->is_number() ? to_human(ByteCount{bytes->to_number<std::uint64_t>()}) : ""},
               {"Cover", text_of(episode, "image")},
               {"Page", text_of(episode, "page")},
               {"Enclosure", text_of(episode, "enclosure")},
               {"Feed", text_of(episode, "feed")}});
}

namespace {

Result<> print_answer(const Context& context, const Result<json::object>& answer) {
  if (!answer) return std::unexpected(answer.error());
  print_episode(context, *answer);
  return {};
}

}  // namespace

Result<> list_episodes(const Context& context, const std::string& show) {
  const auto episodes = Control{context.data, context.remote}.list("/shows/" + show + "/episodes");
  if (!episodes) return std::unexpected(episodes.error());
  const auto& items = *episodes;
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty()) {
    std::cout << "The show “" << show << "” has no episodes yet. Publish one: carillon publish FILE --show " << show << " --title \"…\"\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"EPISODE", "STATE", "PUBLISHED", "TITLE"}};
  for (const auto& item : items) {
    const auto& episode = item.as_object();
    rows.push_back({text_of(episode, "id"), text_of(episode, "state"), text_of(episode, "published"), text_of(episode, "title")});
  }
  print_table(rows);
  return {};
}

Result<> print_episode(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::get, "/episodes/" + id));
}

Result<> edit_episode(const Context& context, const std::string& id, const EpisodeFields& fields) {
  const auto document = document_of(fields);
  if (!document) return std::unexpected(document.error());
  Control control{context.data, context.remote};
  auto episode = control.call(Method::patch, "/episodes/" + id, &*document);
  if (episode && fields.no_image) episode = control.call(Method::del, "/episodes/" + id + "/image");
  if (episode && fields.image) {
    episode = set_cover(control, id, *fields.image);
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
    std::cout << "The episode " << id << " is in the trash for 30 days. To restore it: `carillon episode restore " << id << "`.\n";
  return {};
}

Result<> restore_episode(const Context& context, const std::string& id) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::post, "/episodes/" + id + "/restore"));
}

}  // namespace carillon::app
