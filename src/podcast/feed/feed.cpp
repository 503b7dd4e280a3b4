// See feed.hpp.

#include "podcast/feed/feed.hpp"

#include "base/text.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/show.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace carillon::podcast {
namespace {

class StringWriter final : public pugi::xml_writer {
 public:
  explicit StringWriter(std::string& out) : out_{out} {}
  void write(const void* data, std::size_t size) override { out_.append(static_cast<const char*>(data), size); }

 private:
  std::string& out_;
};

/// pugixml escapes what is special; what XML has no place for at all is gone before.
void add(pugi::xml_node parent, const char* name, std::string_view text) {
  parent.append_child(name).text().set(clean_for_xml(text).c_str());
}

/// Apps read descriptions as HTML, so everything in them is.
std::string description_of(std::string_view html) { return shortened_html(html, kLongestText); }
std::string description_of_title(const std::string& title) { return escaped_markup(clean_for_xml(title)); }

/// An attribute that is not there when it says nothing.
void set(pugi::xml_node node, const char* name, std::string_view value) {
  if (!value.empty()) node.append_attribute(name) = clean_for_xml(value).c_str();
}

std::string seconds_of(std::chrono::milliseconds time) { return fmt::format("{}", std::chrono::duration<double>(time).count()); }

std::string length_of(const Episode& episode) { return std::to_string(enclosure_length(episode).value); }

/// The tags of the podcast namespace that shows and episodes share.
template <class Metadata>
void add_shared(pugi::xml_node parent, const Metadata& metadata) {
  if (metadata.blocked) add(parent, "itunes:block", "Yes");
  for (const auto& person : metadata.persons) {
    auto node = parent.append_child("podcast:person");
    set(node, "role", person.role);
    set(node, "group", person.group);
    set(node, "img", person.img);
    set(node, "href", person.href);
    node.text().set(clean_for_xml(person.name).c_str());
  }
  for (const auto& place : metadata.locations) {
    auto node = parent.append_child("podcast:location");
    set(node, "rel", place.rel);
    set(node, "geo", place.geo);
    set(node, "osm", place.osm);
    set(node, "country", place.country);
    node.text().set(clean_for_xml(place.name).c_str());
  }
  for (const auto& record : metadata.txt) {
    auto node = parent.append_child("podcast:txt");
    set(node, "purpose", record.purpose);
    node.text().set(clean_for_xml(record.value).c_str());
  }
  if (metadata.license) {
    auto node = parent.append_child("podcast:license");
    set(node, "url", metadata.license->url);
    node.text().set(clean_for_xml(metadata.license->name).c_str());
  }
}

/// Apps offer these before somebody subscribes.
void add_trailer(pugi::xml_node channel, const Episode& episode, const FeedLinks& links) {
  auto node = channel.append_child("podcast:trailer");
  set(node, "url", links.enclosure(episode));
  set(node, "pubdate", to_rfc2822(*episode.published));
  set(node, "length", length_of(episode));
  set(node, "type", enclosure_type(episode));
  if (episode.season) set(node, "season", std::to_string(*episode.season));
  node.text().set(clean_for_xml(episode.title).c_str());
}

void add_channel(pugi::xml_node channel, const FeedShow& said, const Feed& feed, std::span<const FeedItem> items, const FeedLinks& links) {
  const auto& show = said.show;
  add(channel, "title", show.title);
  add(channel, "description", said.description_html.empty() ? description_of_title(show.title) : description_of(said.description_html));
  add(channel, "link", show.link.empty() ? links.page(show) : show.link);
  add(channel, "language", show.language);
  if (!show.copyright.empty()) add(channel, "copyright", show.copyright);
  add(channel, "generator", "Carillon");
  add(channel, "lastBuildDate", to_rfc2822(feed_changed(show, feed, items)));
  auto self = channel.append_child("atom:link");
  self.append_attribute("href") = links.self().c_str();
  self.append_attribute("rel") = "self";
  self.append_attribute("type") = "application/rss+xml";
  for (const auto& hub : links.announcing().hubs) {
    auto link = channel.append_child("atom:link");
    link.append_attribute("href") = hub.c_str();
    link.append_attribute("rel") = "hub";
  }
  if (feed.moved) add(channel, "itunes:new-feed-url", links.self());
  if (show.cover) {
    channel.append_child("itunes:image").append_attribute("href") = links.picture(*show.cover).c_str();
    // For readers that know RSS alone (RSS 2.0, "image"): title and link are the channel's.
    auto image = channel.append_child("image");
    add(image, "url", links.picture(*show.cover));
    add(image, "title", show.title);
    add(image, "link", show.link.empty() ? links.page(show) : show.link);
  }
  if (!show.category.name.empty()) {
    auto category = channel.append_child("itunes:category");
    category.append_attribute("text") = show.category.name.c_str();
    if (!show.category.sub.empty()) category.append_child("itunes:category").append_attribute("text") = show.category.sub.c_str();
  }
  add(channel, "itunes:explicit", show.is_explicit ? "true" : "false");
  add(channel, "itunes:author", show.author.empty() ? show.title : show.author);
  add(channel, "itunes:type", show.serial ? "serial" : "episodic");
  if (!show.owner_email.empty()) {
    auto owner = channel.append_child("itunes:owner");
    add(owner, "itunes:name", show.author.empty() ? show.title : show.author);
    add(owner, "itunes:email", show.owner_email);
  }
  add(channel, "podcast:guid", show.guid);
  auto locked = channel.append_child("podcast:locked");
  if (!show.owner_email.empty()) locked.append_attribute("owner") = clean_for_xml(show.owner_email).c_str();
  locked.text().set(show.locked ? "yes" : "no");
  add(channel, "podcast:medium", show.medium);
  if (links.announcing().podping) channel.append_child("podcast:podping").append_attribute("usesPodping") = "true";
  if (show.metadata.complete) add(channel, "itunes:complete", "Yes");
  add_shared(channel, show.metadata);
  for (const auto& funding : show.metadata.funding) {
    auto node = channel.append_child("podcast:funding");
    set(node, "url", funding.url);
    node.text().set(clean_for_xml(funding.text).c_str());
  }
  for (const auto& item : items) {
    if (item.episode->type == EpisodeType::trailer) add_trailer(channel, *item.episode, links);
  }
}

void add_item(pugi::xml_node channel, const Show& show, const FeedItem& entry, const FeedLinks& links) {
  const auto& episode = *entry.episode;
  auto item = channel.append_child("item");
  add(item, "title", episode.title);
  add(item, "itunes:title", episode.title);
  add(item, "link", links.page(show, episode));
  auto guid = item.append_child("guid");
  guid.append_attribute("isPermaLink") = "false";
  guid.text().set(episode.guid.c_str());
  add(item, "pubDate", to_rfc2822(*episode.published));
  if (!entry.notes_html.empty()) {
    add(item, "description", description_of(entry.notes_html));
    add(item, "content:encoded", entry.notes_html);
  } else {
    add(item, "description", description_of_title(episode.title));
  }
  auto enclosure = item.append_child("enclosure");
  enclosure.append_attribute("url") = show.metadata.measured(links.enclosure(episode)).c_str();
  set(enclosure, "length", length_of(episode));
  set(enclosure, "type", enclosure_type(episode));
  add(item, "itunes:duration", std::to_string(std::chrono::round<std::chrono::seconds>(episode.master->duration).count()));
  add(item, "itunes:explicit", episode.is_explicit.value_or(show.is_explicit) ? "true" : "false");
  if (episode.cover) item.append_child("itunes:image").append_attribute("href") = links.picture(*episode.cover).c_str();
  add(item, "itunes:episodeType", name_of(episode.type));
  if (episode.season) {
    add(item, "itunes:season", std::to_string(*episode.season));
    auto season = item.append_child("podcast:season");
    set(season, "name", show.metadata.season_name(*episode.season));
    season.text().set(*episode.season);
  }
  if (episode.number) {
    add(item, "itunes:episode", std::to_string(*episode.number));
    auto number = item.append_child("podcast:episode");
    set(number, "display", episode.metadata.number_display);
    number.text().set(*episode.number);
  }
  add_shared(item, episode.metadata);
  if (episode.chapters) {
    auto node = item.append_child("podcast:chapters");
    set(node, "url", links.chapters(episode));
    set(node, "type", "application/json+chapters");
  }
  for (const auto& transcript : episode.transcripts) {
    auto node = item.append_child("podcast:transcript");
    set(node, "url", links.transcript(episode, transcript));
    set(node, "type", type_of(transcript));
    set(node, "language", transcript.language);
    if (transcript.timed) set(node, "rel", "captions");
  }
  for (const auto& bite : episode.metadata.soundbites) {
    auto node = item.append_child("podcast:soundbite");
    set(node, "startTime", seconds_of(bite.start));
    set(node, "duration", seconds_of(bite.duration));
    node.text().set(clean_for_xml(bite.title).c_str());
  }
}

}  // namespace

Time feed_changed(const Show& show, const Feed& feed, std::span<const FeedItem> items) {
  auto latest = std::max(show.changed, feed.changed);
  for (const auto& item : items) latest = std::max({latest, item.episode->changed, *item.episode->published});
  return latest;
}

std::string render_feed(const FeedShow& show, const Feed& feed, std::span<const FeedItem> items, const FeedLinks& links) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto rss = document.append_child("rss");
  rss.append_attribute("version") = "2.0";
  rss.append_attribute("xmlns:itunes") = "http://www.itunes.com/dtds/podcast-1.0.dtd";
  rss.append_attribute("xmlns:atom") = "http://www.w3.org/2005/Atom";
  rss.append_attribute("xmlns:content") = "http://purl.org/rss/1.0/modules/content/";
  rss.append_attribute("xmlns:podcast") = "https://podcastindex.org/namespace/1.0";
  auto channel = rss.append_child("channel");
  add_channel(channel, show, feed, items, links);
  for (const auto& item : items) add_item(channel, show.show, item, links);
  std::string xml;
  StringWriter writer{xml};
  document.save(writer, " ", pugi::format_indent, pugi::encoding_utf8);
  return xml;
}

}  // namespace carillon::podcast
