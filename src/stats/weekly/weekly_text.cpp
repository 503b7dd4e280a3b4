// See weekly_text.hpp.

#include "stats/weekly/weekly_text.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace carillon::stats {
namespace {

constexpr std::size_t kLongestTitle = 38;

/// On one line, cut where it is longer than a line has room for.
std::string title_of(const std::string& title) {
  auto clean = clean_for_xml(title);
  for (auto& character : clean) {
    if (static_cast<unsigned char>(character) < 0x20) character = ' ';
  }
  const auto cut = cut_to(clean, kLongestTitle);
  return cut.size() < clean.size() ? std::string{cut_to(clean, kLongestTitle - 3)} + "…" : clean;
}

std::string counted(std::uint64_t count, const char* what) { return with_commas(count) + " " + what + (count == 1 ? "" : "s"); }

std::string line_of(const WeekOf& one) {
  return fmt::format("  {}: {} ({})\n", title_of(one.title), counted(one.downloads, "download"), change_text(one.downloads, one.before));
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string change_text(std::uint64_t now, std::uint64_t before) {
  if (before == 0) return now == 0 ? "±0 %" : "new";
  const auto percent = std::llround((static_cast<double>(now) / static_cast<double>(before) - 1) * 100);
  if (percent == 0) return "±0 %";
  return (percent > 0 ? "+" : "−") + with_commas(static_cast<std::uint64_t>(std::llabs(percent))) + " %";
}

WeeklyText weekly_text(const WeeklyFigures& figures, const std::string& studio, const std::string& unsubscribe) {
  const auto sunday = figures.monday + std::chrono::days{6};
  const auto change = change_text(figures.total.downloads, figures.total.before);
  WeeklyText mail;
  mail.subject = fmt::format("{}: {} last week ({})", title_of(figures.network), counted(figures.total.downloads, "download"), change);
  mail.text = fmt::format("From {} to {} (UTC), {} had\n\n  {} ({} compared with the week before)\n  {}\n", day_text(Time{figures.monday}),
                          day_text(Time{sunday}), title_of(figures.network), counted(figures.total.downloads, "download"), change,
                          counted(figures.total.listeners, "listener"));
  if (figures.shows.size() > 1) {
    mail.text += "\nShows:\n";
    for (std::size_t number = 0; number < std::min(figures.shows.size(), kMostShowsListed); ++number)
      mail.text += line_of(figures.shows[number]);
    if (figures.shows.size() > kMostShowsListed) mail.text += fmt::format("  and {} more\n", figures.shows.size() - kMostShowsListed);
  }
  if (!figures.episodes.empty()) {
    mail.text += "\nMost downloaded episodes:\n";
    for (std::size_t number = 0; number < std::min(figures.episodes.size(), kMostEpisodesListed); ++number)
      mail.text += line_of(figures.episodes[number]);
  }
  if (figures.provisional) mail.text += "\nThe last days are provisional: a few downloads can still be added.\n";
  mail.text += "\nAll figures:\n" + studio + "\n\nYou get this email every Monday because you subscribed to it. To unsubscribe:\n" +
               unsubscribe + "\n";
  return mail;
}

}  // namespace carillon::stats
