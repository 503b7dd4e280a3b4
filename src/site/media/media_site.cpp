// See media_site.hpp.

#include "site/media/media_site.hpp"

#include "audio/master.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/conditional.hpp"
#include "site/core/answers.hpp"
#include "site/core/players.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <variant>

namespace carillon::site {
namespace {

constexpr std::string_view kFeedCaching = "public, max-age=60";
constexpr std::string_view kTextCaching = "public, max-age=300";  // the address stays when the text is corrected
constexpr std::string_view kNotKept = "no-store";
/// Which arrangement a listener gets is theirs alone, and may be another one tomorrow.
constexpr std::string_view kTheirs = "private, no-store";
constexpr std::string_view kNoSuchEpisode = "There's no episode at this address, or it was unpublished.";
constexpr std::string_view kNoSuchPicture = "There's no image at this address.";
/// No picture has a larger side.
constexpr int kLargestSide = 10'000;

/// A change that follows another one within its second counts as one of the next second: until that has come, nothing is said (RFC 9110
/// §8.8.2.1).
std::optional<Time> past(Time changed, Time now) { return changed > now ? std::nullopt : std::optional{changed}; }

/// A field as it is recorded, at most `limit` bytes of it: it is kept as long as the answer takes.
std::string field_of(const http::Request& request, std::string_view name, std::size_t limit) {
  auto value = request.fields.joined(name).value_or(std::string{});
  if (value.size() > limit) value = std::string{cut_to(value, limit)};
  return value;
}

stats::Http version_of(const http::Request& request) {
  switch (request.version) {
    case http::Version::http_1_0:
      return stats::Http::http_1_0;
    case http::Version::http_1_1:
      return stats::Http::http_1_1;
    case http::Version::http_2:
      return stats::Http::http_2;
    case http::Version::http_3:
      return stats::Http::http_3;
  }
  return stats::Http::unknown;
}

/// Where in the audio an answer's body begins; none where it has no part of the audio. A 206 has one range (http/conditional).
std::optional<ByteCount> first_byte_of(const http::Response& response) {
  if (response.status == 200) return ByteCount{0};
  if (response.status != 206) return {};
  constexpr std::string_view kUnit = "bytes ";
  const auto range = response.fields.get("Content-Range").value_or(std::string_view{});
  if (!range.starts_with(kUnit)) return {};
  const auto first = parse_number(range.substr(kUnit.size(), range.find('-') - kUnit.size()));
  if (!first) return {};
  return ByteCount{*first};
}

/// The file of which a download asks for the rest, by its ETag or its date (RFC 9110 §13.1.5); none if it doesn't. Dates are as good as
/// ETags here: no two files of an episode have the same, and arrangements have none.
std::optional<std::variant<Digest, Time>> continued_file(const http::Request& request) {
  if (request.method != http::Method::get || request.fields.count("If-Range") != 1 || !request.fields.get("Range")) return {};
  const auto text = trimmed(*request.fields.get("If-Range"));
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    if (const auto digest = Digest::from_hex(text.substr(1, text.size() - 2))) return *digest;
    return {};
  }
  if (const auto date = parse_http_date(text)) return *date;
  return {};
}

bool has_removed_part(const podcast::CuttableAudio& audio) {
  return std::ranges::any_of(audio.cues, [](const podcast::CueOffset& cue) { return cue.until.has_value(); });
}

/// What orders call the show by: its category and sub-category, lower case.
std::vector<std::string> tags_of(const podcast::Category& category) {
  std::vector<std::string> tags;
  for (const auto& name : {category.name, category.sub}) {
    if (!name.empty()) tags.push_back(lower_ascii(name));
  }
  return tags;
}

ads::Position position_of(podcast::CueKind kind) {
  switch (kind) {
    case podcast::CueKind::preroll:
      return ads::Position::preroll;
    case podcast::CueKind::postroll:
      return ads::Position::postroll;
    case podcast::CueKind::midroll:
    case podcast::CueKind::remove:
      break;
  }
  return ads::Position::midroll;
}

/// The embedded player asks with a parameter of its own. Its page says so itself, so no cache on the way and no browser that keeps
/// referrers to itself can lose it.
bool is_embedded(const http::Request& request) { return request.query_parameter(kPlayerParameter) == kEmbeddedPlayer; }

}  // namespace

std::span<const Route<MediaSite>> MediaSite::routes() noexcept {
  using enum http::Method;
  static constexpr auto kRoutes = std::to_array<Route<MediaSite>>({
      {get, "/a/{arrangement}/{file}", &MediaSite::arrangement},
      {get, "/e/{episode}/{file}", &MediaSite::enclosure},
      {get, "/episodes/{episode}/{file}", &MediaSite::episode_text},
      {get, "/feeds/{show}", &MediaSite::feed},
      {get, "/pictures/{file}", &MediaSite::picture},
      {get, "/pictures/{picture}/{file}", &MediaSite::picture_size},
  });
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> MediaSite::answer(Visit& visit, http::Allowed& allowed) {
  return answer_if_routed(routes(), *this, visit, allowed);
}

asio::awaitable<http::Response> MediaSite::feed(Visit& visit) {
  const auto& request = visit.request;
  const auto& addresses = visit.place.addresses;
  const std::string slug{request.path_parameter("show")};
  const auto show = co_await shows_.named(slug);
  if (!show && !visit.place.is_domain()) co_return co_await shows_.missing(request, slug, "There's no feed at this address.");
  if (!show || !visit.place.has(show->show.slug)) co_return http::not_found("There's no feed at this address.");
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  http::Representation feed;
  if (visit.place.is_domain()) {
    const auto kept = co_await feeds_.page(addresses.origin(), show, [&]() -> asio::awaitable<KeptPage> {
      KeptPage made;
      co_await shows_.catalogue().work_for(show->show.network, [&] { made = kept_page(podcast::feed_at(addresses, *show)); });
      co_return made;
    });
    feed.body = kept->plain;
    feed.gzip = kept->gzip;
    feed.etag = kept->etag;
  } else {
    feed.body = show->feed.body;
    feed.gzip = show->feed.gzip;
    feed.etag = show->feed.etag;
  }
  feed.last_modified = past(show->feed.last_modified, clock_.now());
  feed.content_type = "application/rss+xml; charset=utf-8";
  feed.cache_control = kFeedCaching;
  feed.ranges = true;
  auto response = http::represent(request, std::move(feed));
  // Where to hear of changes instead of asking for them (W3C WebSub §4).
  const auto& hubs = addresses.announcing().hubs;
  for (const auto& hub : hubs) response.fields.add("Link", "<" + hub + ">; rel=\"hub\"");
  if (!hubs.empty()) response.fields.add("Link", "<" + addresses.feed(show->show) + ">; rel=\"self\"");
  co_return response;
}

asio::awaitable<MediaSite::AudioAnswer> MediaSite::enclosure_answer(const Visit& visit) {
  const auto& request = visit.request;
  const std::string id{request.path_parameter("episode")};
  podcast::EpisodeInShow found;
  if (is_id(id)) found = co_await shows_.catalogue().published_episode(id);
  if (!found.episode && !visit.place.is_domain()) co_return AudioAnswer{co_await shows_.missing_episode(id, std::string{kNoSuchEpisode})};
  if (!found.episode || !found.episode->episode.frozen || !visit.place.has(found.show->show.slug))
    co_return AudioAnswer{http::not_found(std::string{kNoSuchEpisode})};
  if (auto refused = shows_.taken_down(found.show->show)) co_return AudioAnswer{std::move(*refused)};
  const auto& episode = found.episode->episode;
  if (request.path_parameter("file") != episode.file_name) {
    // The id says which episode is meant; one address per episode keeps caches and counts whole.
    auto address = visit.place.addresses.enclosure(episode);
    if (!request.query.empty()) address += "?" + request.query;
    co_return AudioAnswer{http::redirect(301, std::move(address))};
  }

  // Who has begun with the episode as its master has it goes on with that, unless a part of it is no longer to be heard.
  const auto continued = continued_file(request);
  const auto is_current = [&](const std::variant<Digest, Time>& validator) {
    const auto* date = std::get_if<Time>(&validator);
    const auto since = std::chrono::floor<std::chrono::seconds>(episode.frozen->since);
    return date ? *date == since : std::get<Digest>(validator) == episode.frozen->whole;
  };
  const bool continues_master = continued && is_current(*continued) && !has_removed_part(found.cuttable);
  if (const auto name = continues_master ? std::nullopt : arranged(found, request)) {
    auto address = visit.place.addresses.arrangement(*name, episode);
    if (!request.query.empty()) address += "?" + request.query;
    auto response = http::redirect(302, std::move(address));
    response.fields.set("Cache-Control", std::string(kTheirs));
    co_return AudioAnswer{std::move(response)};
  }

  http::Representation audio;
  auto served = episode.frozen->whole;
  audio.body = std::move(found.enclosure);
  auto since = episode.frozen->since;
  // Half of one file and half of another would be neither: who has begun with the old one gets the rest of it.
  if (continued && !is_current(*continued)) {
    if (auto former = co_await shows_.catalogue().former_enclosure(episode.id, *continued, clock_.now())) {
      served = former->whole;
      audio.body = std::move(former->body);
      since = former->since;
    }
  }
  audio.etag = "\"" + served.hex() + "\"";
  audio.last_modified = past(since, clock_.now());
  audio.content_type = podcast::enclosure_type(episode);
  // What a cache on the way answers cannot be counted.
  audio.cache_control = kNotKept;
  audio.ranges = true;
  const auto whole = audio.body.length();
  AudioAnswer answer{http::represent(request, std::move(audio)), served, whole};
  answer.first = first_byte_of(answer.response);
  co_return answer;
}

std::optional<std::string> MediaSite::arranged(const podcast::EpisodeInShow& found, const http::Request& request) const {
  // Without cue points, there's nothing to decide; but whoever continues a download may have begun with an arrangement.
  const bool only_remembered = found.cuttable.cues.empty();
  if (only_remembered && !request.fields.get("Range")) return {};
  const auto& episode = found.episode->episode;
  const auto& show = found.show->show;
  ads::Visit visit{.network = show.network,
                   .show = show.id,
                   .tags = tags_of(show.category),
                   .content = {.episode = episode.id,
                               .prefix = episode.frozen->prefix,
                               .frames = episode.master->frames,
                               .length = episode.master->frames_length,
                               .format = found.cuttable.format,
                               .loudness = episode.master->loudness,
                               .duration = episode.master->duration},
                   .address = request.peer.address,
                   .user_agent = field_of(request, "User-Agent", stats::kLongestUserAgent),
                   .at = clock_.now(),
                   .only_remembered = only_remembered};
  for (const auto& cue : found.cuttable.cues)
    visit.content.places.push_back({.at = cue.at, .until = cue.until, .position = position_of(cue.kind), .slots = cue.slots});
  return ads_.arrangement_for(visit);
}

asio::awaitable<MediaSite::AudioAnswer> MediaSite::arrangement_answer(const Visit& visit) {
  const auto& request = visit.request;
  const std::string name{request.path_parameter("arrangement")};
  const auto arrangement = arrangements_.named(name);
  if (!arrangement || !request.path_parameter("file").ends_with(audio::kFileExtension))
    co_return AudioAnswer{http::not_found(std::string{kNoSuchEpisode})};
  // Nothing is looked up for its bytes; but what was unpublished or taken down is not served.
  const auto found = co_await shows_.catalogue().episode_in_show(arrangement->episode);
  AudioAnswer answer{.response = {}, .episode = arrangement->episode};
  if (!found.episode && !visit.place.is_domain()) {
    answer.response = co_await shows_.missing_episode(arrangement->episode, std::string{kNoSuchEpisode});
    co_return answer;
  }
  if (!found.episode || !visit.place.has(found.show->show.slug)) {
    answer.response = http::not_found(std::string{kNoSuchEpisode});
    co_return answer;
  }
  if (auto refused = shows_.taken_down(found.show->show)) {
    answer.response = std::move(*refused);
    co_return answer;
  }
  const auto opened = co_await arrangements_.open(name);
  if (!opened && opened.error().kind == ErrorKind::not_found) {
    // Its files are no longer kept. Whoever asks for the enclosure again gets what there is today.
    answer.response = gone("This version of the episode is no longer available; download the episode again.");
    co_return answer;
  }
  if (!opened) throw std::runtime_error{"an arrangement of episode " + arrangement->episode + ": " + opened.error().message};
  const auto& open = **opened;
  http::Representation audio;
  audio.body = open.stitched.body;
  audio.etag = "\"" + open.digest.hex() + "\"";
  audio.content_type = audio::kMediaType;
  audio.cache_control = kForEver;
  audio.ranges = true;
  answer.whole = audio.body.length();
  answer.media = open.digest;
  answer.arrangement = open.digest.hex();
  answer.response = http::represent(request, std::move(audio));
  answer.first = first_byte_of(answer.response);
  co_return answer;
}

asio::awaitable<http::Response> MediaSite::enclosure(Visit& visit) {
  co_return co_await counted(visit, stats::Asked::enclosure, &MediaSite::enclosure_answer);
}

asio::awaitable<http::Response> MediaSite::arrangement(Visit& visit) {
  co_return co_await counted(visit, stats::Asked::arrangement, &MediaSite::arrangement_answer);
}

asio::awaitable<http::Response> MediaSite::counted(Visit& visit, stats::Asked asked, AudioHandler handler) {
  const auto& request = visit.request;
  const std::string id{asked == stats::Asked::enclosure ? request.path_parameter("episode") : std::string_view{}};
  stats::Request entry{.time = clock_.now(),
                       .episode = is_id(id) ? id : std::string{},
                       .media = {},
                       .method = std::string{http::name_of(request.method)},
                       .status = 500,
                       .range = field_of(request, "Range", stats::kLongestRange),
                       .sent = {},
                       .address = request.peer.address,
                       .user_agent = field_of(request, "User-Agent", stats::kLongestUserAgent),
                       .referrer = field_of(request, "Referer", stats::kLongestReferrer),
                       .asked = asked,
                       .host = request.host,
                       .http = version_of(request),
                       .embedded = is_embedded(request),
                       .session = field_of(request, "X-Playback-Session-Id", stats::kLongestSession)};
  const auto begun = std::chrono::steady_clock::now();
  AudioAnswer answer;
  try {
    answer = co_await (this->*handler)(visit);
  } catch (const std::exception&) {
    // The connection answers for what fails here, and tells nobody how much of that left.
    log_.append(std::move(entry));
    throw;
  }
  entry.status = answer.response.status;
  entry.media = answer.media;
  entry.whole = answer.whole;
  entry.first = answer.first;
  entry.arrangement = std::move(answer.arrangement);
  if (!answer.episode.empty()) entry.episode = std::move(answer.episode);
  answer.response.on_finished = [&log = log_, entry = std::move(entry), begun](ByteCount sent) mutable {
    entry.sent = sent;
    // Nothing of the audio left: HEAD, or a listener who was gone at once.
    if (sent == ByteCount{}) entry.first.reset();
    entry.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    log.append(std::move(entry));
  };
  co_return std::move(answer.response);
}

asio::awaitable<std::optional<http::Response>> MediaSite::refused_picture(const Place& place, Digest digest) {
  std::optional<http::Response> refused = http::not_found(std::string{kNoSuchPicture});
  for (const auto& shown : co_await shows_.catalogue().shows_with_picture(digest)) {
    if (!place.has(shown.slug)) continue;
    refused = shows_.taken_down(shown.network, shown.slug);
    if (!refused) break;
  }
  co_return refused;
}

asio::awaitable<http::Response> MediaSite::picture(Visit& visit) {
  const auto& request = visit.request;
  const auto& place = visit.place;
  const std::string file{request.path_parameter("file")};
  const auto digest = Digest::from_hex(file.substr(0, file.find('.')));
  if (!digest) co_return http::not_found(std::string{kNoSuchPicture});
  if (auto refused = co_await refused_picture(place, *digest)) co_return std::move(*refused);
  auto found = co_await shows_.catalogue().picture(*digest);
  // The name says the type too: the digest with another ending is another, unknown, file.
  if (!found || place.addresses.picture(found->picture) != place.addresses.origin() + request.path)
    co_return http::not_found(std::string{kNoSuchPicture});
  if (found->replacement) co_return http::redirect(301, place.addresses.picture(*found->replacement));
  http::Representation image;
  image.body = std::move(found->body);
  image.etag = "\"" + found->picture.digest.hex() + "\"";
  image.content_type = found->picture.media_type;
  // One that waits to be made anew is about to move.
  image.cache_control = found->picture.sized ? kForEver : kNotKept;
  image.ranges = true;
  co_return http::represent(request, std::move(image));
}

asio::awaitable<http::Response> MediaSite::picture_size(Visit& visit) {
  const auto& request = visit.request;
  const auto digest = Digest::from_hex(request.path_parameter("picture"));
  const std::string_view file = request.path_parameter("file");
  const auto dot = file.find('.');
  const auto side = parse_number(file.substr(0, dot));
  std::optional<podcast::PictureType> type;
  if (dot != std::string_view::npos && file.substr(dot) == ".jpg") type = podcast::PictureType::jpeg;
  if (dot != std::string_view::npos && file.substr(dot) == ".webp") type = podcast::PictureType::webp;
  if (!digest) co_return http::not_found(std::string{kNoSuchPicture});
  if (auto refused = co_await refused_picture(visit.place, *digest)) co_return std::move(*refused);
  std::optional<podcast::PublicPictureSize> found;
  if (type && side && *side <= static_cast<std::uint64_t>(kLargestSide) && std::to_string(*side) == file.substr(0, dot))
    found = co_await shows_.catalogue().picture_size(*digest, static_cast<int>(*side), *type);
  if (!found) co_return http::not_found(std::string{kNoSuchPicture});
  http::Representation image;
  image.body = std::move(found->body);
  image.etag = "\"" + found->size.file.hex() + "\"";
  image.content_type = found->size.media_type;
  image.cache_control = kForEver;
  image.ranges = true;
  co_return http::represent(request, std::move(image));
}

asio::awaitable<http::Response> MediaSite::episode_text(Visit& visit) {
  const auto& request = visit.request;
  const std::string id{request.path_parameter("episode")};
  std::optional<podcast::EpisodeText> found;
  if (is_id(id)) found = co_await shows_.catalogue().episode_text(id, std::string{request.path_parameter("file")});
  constexpr std::string_view kNoSuchText = "There are no chapters or transcripts at this address.";
  if (!found && !visit.place.is_domain()) co_return co_await shows_.missing_episode(id, std::string{kNoSuchText});
  if (!found || !visit.place.has(found->show->show.slug)) co_return http::not_found(std::string{kNoSuchText});
  if (auto refused = shows_.taken_down(found->show->show)) co_return std::move(*refused);
  http::Representation text;
  text.body = std::move(found->body);
  text.etag = "\"" + found->text.digest.hex() + "\"";
  text.content_type = found->media_type;
  text.cache_control = kTextCaching;
  text.ranges = true;
  co_return http::represent(request, std::move(text));
}

}  // namespace carillon::site
