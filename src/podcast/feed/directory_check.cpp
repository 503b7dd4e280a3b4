// See directory_check.hpp.

#include "podcast/feed/directory_check.hpp"

#include "base/ip/address.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/categories.hpp"
#include "podcast/model/language.hpp"
#include "podcast/model/show.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace carillon::podcast {
namespace {

constexpr std::string_view kApple = "Apple Podcasts", kSpotify = "Spotify", kProfile = "PSP-1", kApps = "Podcasting 2.0 apps";
/// Some readers refuse feeds beyond 5 MiB, which is about so many episodes.
constexpr std::size_t kManyEpisodes = 1000;
constexpr std::chrono::seconds kShortestBite{15}, kLongestBite{120};

class Findings {
 public:
  void add(std::string_view field, std::initializer_list<std::string_view> directories, Severity severity, std::string sentence,
           const std::string& episode = {}) {
    for (const auto directory : directories)
      items_.push_back({.field = std::string(field),
                        .episode = episode,
                        .directory = std::string(directory),
                        .severity = severity,
                        .sentence = sentence});
  }
  std::vector<Finding> finish() {
    // In two rounds, so that each keeps its order.
    std::vector<Finding> sorted;
    for (const auto severity : {Severity::refused, Severity::advised}) {
      for (auto& item : items_) {
        if (item.severity == severity) sorted.push_back(std::move(item));
      }
    }
    return sorted;
  }

 private:
  std::vector<Finding> items_;
};

/// What readers get of a description or notes when it is not the HTML it was meant to be; "" when all is well.
std::string shortfall(std::string_view field, std::string_view markdown, std::string_view remainder) {
  const auto html = safe_html(markdown, field);
  if (!html) return html.error().message + " For now, apps show only the beginning, without formatting.";
  if (html->size() <= kLongestText) return {};
  return "“" + std::string(field) + "” is longer than " + std::to_string(kLongestText) + " bytes as HTML; " + std::string(remainder);
}

/// "pod.example.org" of "https://pod.example.org:8443/feeds/show".
std::string host_of(std::string_view address) {
  const auto scheme = address.find("://");
  auto host = address.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  host = host.substr(0, host.find('/'));
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return lower_ascii(host.substr(0, host.find(':')));
}

/// Whether directories can come here from the Internet, as far as a name tells it (RFC 2606, RFC 6761, RFC 6762, RFC 8375).
bool is_reachable(std::string_view feed) {
  constexpr auto kPrivate = std::to_array<std::string_view>({".localhost", ".local", ".localdomain", ".test", ".example", ".invalid",
                                                             ".internal", ".intranet", ".lan", ".home", ".corp", ".private", ".home.arpa"});
  const auto host = host_of(feed);
  if (const auto address = IpAddress::parse(host)) return is_public(*address);
  return host.contains('.') && std::ranges::none_of(kPrivate, [&](std::string_view ending) { return host.ends_with(ending); });
}

bool has_audio(const Episode& episode) { return episode.master.has_value() || episode.state == EpisodeState::processing; }

/// What directories must find, read and sort before anything else.
void check_basics(const Show& show, std::string_view feed, Findings& findings) {
  using enum Severity;
  if (!is_reachable(feed))
    findings.add("feed", {kApple, kSpotify}, refused,
                 "The feed is at “" + std::string(feed) +
                     "”, where directories can't reach it. The server needs a public name: set server.origin in its configuration, or give "
                     "the show a "
                     "custom domain.");
  if (show.category.name.empty())
    findings.add("category", {kApple, kSpotify, kProfile}, refused, "No category has been chosen yet; choose one.");
  else if (const auto known = check_category(show.category); !known)
    findings.add("category", {kApple, kSpotify, kProfile}, refused, known.error().message);
  if (const auto tag = language_tag("language", show.language); !tag)
    findings.add("language", {kApple, kSpotify, kProfile}, refused, tag.error().message);
  else if (primary_language(*tag).size() != 2)
    findings.add("language", {kApple, kSpotify}, refused,
                 "Directories only support languages with a two-letter code, and “" + std::string(primary_language(*tag)) + "” has none.");
}

void check_show(const Show& show, std::size_t published, Findings& findings) {
  using enum Severity;
  if (!show.cover)
    findings.add("image", {kApple, kSpotify, kProfile}, refused, "The show has no cover: add a square JPEG or PNG of 1400 to 3000 pixels.");
  if (published == 0)
    findings.add("episodes", {kApple, kSpotify}, refused, "Directories need at least one episode: publish one; a trailer is enough.");
  if (show.owner_email.empty()) {
    findings.add("owner_email", {kSpotify}, refused,
                 "Add an email address to the feed: without one, you can't prove that the show is yours.");
    findings.add("owner_email", {kApple, kProfile}, advised,
                 "Without an email address, the directory can't contact the owner about problems.");
  }
  if (show.metadata.blocked)
    findings.add("blocked", {kApple, kSpotify}, refused,
                 "The show asks directories not to list it: set “blocked” to false to have it listed.");
  if (trimmed(show.description).empty())
    findings.add("description", {kApple, kSpotify, kProfile}, advised,
                 "The show has no description, so its title is used instead. Describe it in a few sentences.");
  else if (auto sentence = shortfall("description", show.description, "the feed contains only the beginning."); !sentence.empty())
    findings.add("description", {kApple, kSpotify, kProfile}, advised, std::move(sentence));
  if (show.author.empty()) findings.add("author", {kApple, kProfile}, advised, "The show has no author, so its title is used instead.");
  if (published > kManyEpisodes)
    findings.add("episodes", {kApps}, advised,
                 "Some apps reject feeds larger than 5 MiB, which is about " + std::to_string(kManyEpisodes) + " episodes.");
}

void check_episode(const Show& show, const Episode& episode, Findings& findings) {
  using enum Severity;
  const auto& id = episode.id;
  if (show.serial && episode.type == EpisodeType::full && !episode.number)
    findings.add("number", {kApple}, refused, "In a serial show, every full episode needs a number, because apps play them in that order.",
                 id);
  if (trimmed(episode.notes).empty())
    findings.add("notes", {kApple, kSpotify}, advised, "The episode has no notes, so its title is used instead.", id);
  else if (auto sentence =
               shortfall("notes", episode.notes, "the feed's description contains only the beginning, and content:encoded the full text.");
           !sentence.empty())
    findings.add("notes", {kApple, kSpotify, kProfile}, advised, std::move(sentence), id);
  if (episode.metadata.blocked)
    findings.add("blocked", {kApple, kSpotify}, refused,
                 "The episode asks directories not to list it: set “blocked” to false to have it listed.", id);
  if (!episode.metadata.number_display.empty() && !episode.number)
    findings.add("number_display", {kApps}, advised, "The display number isn't shown, because the episode has no number.", id);
  for (std::size_t i = 0; i < episode.metadata.soundbites.size(); ++i) {
    const auto& bite = episode.metadata.soundbites[i];
    const auto field = "soundbites[" + std::to_string(i) + "]";
    if (episode.master && bite.start + bite.duration > episode.master->duration)
      findings.add(field, {kApps}, refused, "The soundbite ends after the episode does.", id);
    else if (bite.duration < kShortestBite || bite.duration > kLongestBite)
      findings.add(field, {kApps}, advised, "Apps play soundbites of 15 to 120 seconds.", id);
  }
}

/// Two full episodes with the same place in the same season hide each other in lists.
void check_numbers(std::span<const Episode> episodes, Findings& findings) {
  std::map<std::pair<int, int>, const Episode*> taken;
  for (const auto& episode : episodes) {
    if (!has_audio(episode) || !episode.number || episode.type != EpisodeType::full) continue;
    const auto [known, is_new] = taken.try_emplace({episode.season.value_or(0), *episode.number}, &episode);
    if (!is_new)
      findings.add("number", {kApple, kSpotify}, Severity::advised, "“" + known->second->title + "” has the same season and number.",
                   episode.id);
  }
}

}  // namespace

std::string_view name_of(Severity severity) noexcept { return severity == Severity::refused ? "refused" : "advised"; }

std::vector<Finding> check_for_directories(const Show& show, std::span<const Episode> episodes, std::string_view feed,
                                           const LastChapters& last_chapters) {
  Findings findings;
  check_basics(show, feed, findings);
  check_show(show, static_cast<std::size_t>(std::ranges::count(episodes, EpisodeState::published, &Episode::state)), findings);
  for (const auto& episode : episodes) {
    if (!has_audio(episode)) continue;
    check_episode(show, episode, findings);
    const auto last = last_chapters.find(episode.id);
    if (last == last_chapters.end() || !episode.master || last->second < episode.master->duration) continue;
    findings.add("chapters", {kApps}, Severity::refused,
                 "The last chapter begins at " + length_text(last->second) + ", but the recording ends at " +
                     length_text(std::chrono::floor<std::chrono::milliseconds>(episode.master->duration)) + ": correct the chapters.",
                 episode.id);
  }
  check_numbers(episodes, findings);
  const bool more_to_come = std::ranges::any_of(episodes, [](const auto& episode) { return episode.state == EpisodeState::scheduled; });
  if (show.metadata.complete && more_to_come)
    findings.add("complete", {kApple}, Severity::refused,
                 "The show is marked as complete, but an episode is scheduled: directories might not pick it up.");
  return findings.finish();
}

}  // namespace carillon::podcast
