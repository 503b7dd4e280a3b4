// See directory_check.hpp.

#include "podcast/feed/directory_check.hpp"

#include "base/text.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/show.hpp"

#include <algorithm>
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
  if (!html) return html.error().message + " Until then, readers see the beginning of its text without formatting.";
  if (html->size() <= kLongestText) return {};
  return "“" + std::string(field) + "” is longer than " + std::to_string(kLongestText) + " bytes as HTML; " + std::string(remainder);
}

bool has_audio(const Episode& episode) { return episode.master.has_value() || episode.state == EpisodeState::processing; }

void check_show(const Show& show, std::size_t with_audio, Findings& findings) {
  using enum Severity;
  if (!show.cover)
    findings.add("image", {kApple, kSpotify, kProfile}, refused, "The show has no cover: add a square JPEG or PNG of 1400 to 3000 pixels.");
  if (with_audio == 0)
    findings.add("episodes", {kApple, kSpotify}, refused, "Directories need at least one episode: publish one; a trailer is enough.");
  if (show.owner_email.empty()) {
    findings.add("owner_email", {kSpotify}, refused,
                 "Set an email address in the feed: without it, you can't prove that the show is yours.");
    findings.add("owner_email", {kApple, kProfile}, advised,
                 "Without an email address, the directory can't contact the owner about problems.");
  }
  if (show.metadata.blocked)
    findings.add("blocked", {kApple, kSpotify}, refused, "The show asks directories not to list it: set “blocked” to false to be listed.");
  if (trimmed(show.description).empty())
    findings.add("description", {kApple, kSpotify, kProfile}, advised,
                 "The show has no description, so its title is used instead. Describe it in a few sentences.");
  else if (auto sentence = shortfall("description", show.description, "the feed contains its beginning without formatting.");
           !sentence.empty())
    findings.add("description", {kApple, kSpotify, kProfile}, advised, std::move(sentence));
  if (show.author.empty()) findings.add("author", {kApple, kProfile}, advised, "The show has no author, so its title is used instead.");
  if (with_audio > kManyEpisodes)
    findings.add("episodes", {kApps}, advised,
                 "Some apps reject feeds of more than 5 MiB, about " + std::to_string(kManyEpisodes) + " episodes.");
}

void check_episode(const Show& show, const Episode& episode, Findings& findings) {
  using enum Severity;
  const auto& id = episode.id;
  if (show.serial && episode.type == EpisodeType::full && !episode.number)
    findings.add("number", {kApple}, refused, "In a serial show every full episode needs a number, because apps play them in that order.",
                 id);
  if (trimmed(episode.notes).empty())
    findings.add("notes", {kApple, kSpotify}, advised, "The episode has no notes, so its title is used instead.", id);
  else if (auto sentence =
               shortfall("notes", episode.notes,
                         "the feed's description contains the beginning without formatting; content:encoded contains everything.");
           !sentence.empty())
    findings.add("notes", {kApple, kSpotify, kProfile}, advised, std::move(sentence), id);
  if (episode.metadata.blocked)
    findings.add("blocked", {kApple, kSpotify}, refused,
                 "The episode asks directories not to list it: set “blocked” to false to be listed.", id);
  if (!episode.metadata.number_display.empty() && !episode.number)
    findings.add("number_display", {kApps}, advised, "A display number is only shown for an episode that has a number.", id);
  for (std::size_t i = 0; i < episode.metadata.soundbites.size(); ++i) {
    const auto& bite = episode.metadata.soundbites[i];
    const auto field = "soundbites[" + std::to_string(i) + "]";
    if (episode.master && bite.start + bite.duration > episode.master->duration)
      findings.add(field, {kApps}, refused, "The soundbite ends after the end of the episode.", id);
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

std::vector<Finding> check_for_directories(const Show& show, std::span<const Episode> episodes) {
  Findings findings;
  check_show(show, static_cast<std::size_t>(std::ranges::count_if(episodes, has_audio)), findings);
  for (const auto& episode : episodes) {
    if (has_audio(episode)) check_episode(show, episode, findings);
  }
  check_numbers(episodes, findings);
  const bool more_to_come = std::ranges::any_of(episodes, [](const auto& episode) { return episode.state == EpisodeState::scheduled; });
  if (show.metadata.complete && more_to_come)
    findings.add("complete", {kApple}, Severity::refused,
                 "The show is marked as complete, but an episode is scheduled: directories might not pick it up.");
  return findings.finish();
}

}  // namespace carillon::podcast
