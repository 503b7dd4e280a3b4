// carillon show …

#include "app/commands/commands.hpp"
#include "app/commands/episode_documents.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

Result<json::object> document_of(const ShowFields& fields) {
  json::object document;
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) document[name] = *value;
  };
  set("title", fields.title);
  set("description", fields.description);
  set("language", fields.language);
  set("author", fields.author);
  set("owner_email", fields.email);
  set("copyright", fields.copyright);
  set("link", fields.link);
  set("type", fields.type);
  set("medium", fields.medium);
  if (fields.category) {
    const auto parts = split(*fields.category, '>');
    document["category"] = {{"name", std::string(trimmed(parts[0]))}, {"sub", parts.size() > 1 ? std::string(trimmed(parts[1])) : ""}};
  }
  if (fields.is_explicit) document["explicit"] = *fields.is_explicit;
  if (fields.locked) document["locked"] = *fields.locked;
  if (fields.channels) document["format"] = {{"channels", *fields.channels}};
  json::object audio;
  if (fields.loudness) audio["loudness"] = *fields.loudness;
  if (fields.as_uploaded) audio["as_uploaded"] = *fields.as_uploaded;
  if (fields.keep_originals) {
    const auto days = parse_number(*fields.keep_originals);
    if (*fields.keep_originals == "default")
      audio["keep_originals"] = nullptr;
    else if (*fields.keep_originals == "always")
      audio["keep_originals"] = 0;
    else if (days && *days > 0)
      audio["keep_originals"] = *days;
    else
      return fail(ErrorKind::invalid, "--keep-originals “" + *fields.keep_originals + "” must be a number of days, “always” or “default”.");
  }
  if (!audio.empty()) document["audio"] = std::move(audio);
  return document;
}

/// "stereo, −16 LUFS, MP3s as uploaded".
std::string audio_text(const json::object& show) {
  const auto& audio = show.at("audio").as_object();
  const bool is_mono = show.at("format").at("channels").to_number<int>() == 1;
  const auto habit = text_of(audio, "loudness");
  std::string text = is_mono ? "mono" : "stereo";
  text += habit == "off" ? ", loudness as recorded" : habit == "by_channels" && is_mono ? ", −19 LUFS" : ", −16 LUFS";
  if (text_of(audio, "as_uploaded") == "true") text += ", MP3s as uploaded";
  return text;
}

std::string originals_text(const json::object& audio) {
  const auto days = text_of(audio, "keep_originals");
  if (days.empty()) return "kept as the server is configured";
  return days == "0" ? "always kept" : "kept for " + days + (days == "1" ? " day" : " days");
}

void print(const Context& context, const json::object& show) {
  if (context.json) return print_json(show);
  const auto& category = show.at("category").as_object();
  const auto sub = text_of(category, "sub");
  print_pairs(
      {{"Show", text_of(show, "slug")},
       {"Title", text_of(show, "title")},
       {"Author", text_of(show, "author")},
       {"E-mail", text_of(show, "owner_email")},
       {"Language", text_of(show, "language")},
       {"Category", text_of(category, "name").empty() ? "not chosen yet" : text_of(category, "name") + (sub.empty() ? "" : " > " + sub)},
       {"Explicit", text_of(show, "explicit") == "true" ? "yes" : "no"},
       {"Locked", text_of(show, "locked") == "true" ? "yes" : "no"},
       {"Audio", audio_text(show)},
       {"Originals", originals_text(show.at("audio").as_object())},
       {"Cover", text_of(show, "image")},
       {"Page", text_of(show, "page")},
       {"Feed", text_of(show, "feed")}});
}

/// The cover goes up after the show stands: a refused picture loses nothing of the rest, and the sentence says so.
Result<json::object> with_cover(Control& control, const std::string& slug, const ShowFields& fields, json::object show) {
  if (!fields.image) return show;
  auto covered =
      control.send_file(Method::put, "/shows/" + slug + "/image" + fit_query(fields.fit), *fields.image, [](ByteCount, ByteCount) {});
  if (!covered) return fail(covered.error().kind, "The show was saved, but its cover wasn't: " + covered.error().message);
  return covered;
}

}  // namespace

Result<> create_show(const Context& context, const std::string& slug, const ShowFields& fields) {
  Control control{context.data, context.remote};
  auto document = document_of(fields);
  if (!document) return forward_error(document);
  (*document)["slug"] = slug;
  auto show = control.call(Method::post, "/shows", &*document);
  if (!show) return forward_error(show);
  show = with_cover(control, slug, fields, std::move(*show));
  if (!show) return forward_error(show);
  print(context, *show);
  return {};
}

Result<> edit_show(const Context& context, const std::string& slug, const ShowFields& fields) {
  Control control{context.data, context.remote};
  auto document = document_of(fields);
  if (!document) return forward_error(document);
  if (fields.slug) (*document)["slug"] = *fields.slug;
  auto show = control.call(Method::patch, "/shows/" + slug, &*document);
  if (!show) return forward_error(show);
  show = with_cover(control, fields.slug.value_or(slug), fields, std::move(*show));
  if (!show) return forward_error(show);
  print(context, *show);
  return {};
}

Result<> list_shows(const Context& context) {
  const auto shows = Control{context.data, context.remote}.list("/shows");
  if (!shows) return std::unexpected(shows.error());
  const auto& items = *shows;
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty()) std::cout << "There are no shows yet. Create one: carillon show create SLUG --title \"…\"\n";
  std::vector<std::vector<std::string>> rows{{"SHOW", "TITLE", "FEED"}};
  for (const auto& item : items)
    rows.push_back({text_of(item.as_object(), "slug"), text_of(item.as_object(), "title"), text_of(item.as_object(), "feed")});
  if (!items.empty()) print_table(rows);
  return {};
}

Result<> print_show(const Context& context, const std::string& slug) {
  const auto show = Control{context.data, context.remote}.call(Method::get, "/shows/" + slug);
  if (!show) return std::unexpected(show.error());
  print(context, *show);
  return {};
}

Result<> delete_show(const Context& context, const std::string& slug, bool with_episodes) {
  const auto deleted =
      Control{context.data, context.remote}.call(Method::del, "/shows/" + slug + (with_episodes ? "?with_episodes=true" : ""));
  if (!deleted) return std::unexpected(deleted.error());
  if (!context.json)
    std::cout << "The show “" << slug << "” will stay in the trash for 30 days. To restore it: `carillon show restore " << slug << "`.\n";
  return {};
}

Result<> restore_show(const Context& context, const std::string& slug) {
  const auto show = Control{context.data, context.remote}.call(Method::post, "/shows/" + slug + "/restore");
  if (!show) return std::unexpected(show.error());
  print(context, *show);
  return {};
}

Result<> check_show(const Context& context, const std::string& slug) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/shows/" + slug + "/check");
  if (!answer) return std::unexpected(answer.error());
  const auto& items = answer->at("items").as_array();
  std::size_t refusals = 0;
  std::vector<std::vector<std::string>> rows{{"SEVERITY", "DIRECTORY", "FIELD", "EPISODE", "WHAT TO DO"}};
  for (const auto& item : items) {
    const auto& finding = item.as_object();
    if (text_of(finding, "severity") == "refused") ++refusals;
    rows.push_back({text_of(finding, "severity"), text_of(finding, "directory"), text_of(finding, "field"), text_of(finding, "episode"),
                    text_of(finding, "sentence")});
  }
  if (context.json)
    print_json(items);
  else if (items.empty())
    std::cout << "No problems found for Apple Podcasts, Spotify or the PSP-1 profile.\n";
  else
    print_table(rows);
  if (refusals > 0)
    return fail(ErrorKind::refused, "Directories would reject the show “" + slug + "” for " + std::to_string(refusals) +
                                        (refusals == 1 ? " reason" : " reasons") + "; each line says how to fix it.");
  return {};
}

}  // namespace carillon::app
