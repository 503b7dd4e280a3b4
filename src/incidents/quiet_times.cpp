// See quiet_times.hpp.

#include "incidents/quiet_times.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace carillon::incidents {
namespace {

using std::chrono::days;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::uint8_t kEveryDay = 0x7F;
constexpr int kMinutesOfDay = 24 * 60;
constexpr int kMinutesOfWeek = 7 * kMinutesOfDay;
constexpr std::int64_t kSecondsOfDay = 86'400;
constexpr std::size_t kLongestZone = 64;
constexpr std::size_t kMaxShown = 60;
/// Quiet times that follow each other are joined; more than a year of them is no one's intention.
constexpr int kMaxJoined = 1'000;

std::unexpected<Error> wrong(std::string_view field, std::string_view text, std::string_view why) {
  return fail(ErrorKind::invalid, "“" + clean_for_xml(cut_to(text, kMaxShown)) + "” " + std::string(why), std::string(field));
}

std::unexpected<Error> wrong_hours(std::string_view text) {
  return wrong("hours", text, "isn't valid; write quiet hours like “mon-fri 22:00-07:00” or “sat,sun 00:00-24:00”.");
}

std::unique_ptr<icu::TimeZone> icu_zone(std::string_view name) {
  return std::unique_ptr<icu::TimeZone>{
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())}))};
}

/// How far the clock on the wall is ahead of UTC.
std::int64_t offset_at(const icu::TimeZone& zone, std::int64_t utc) {
  std::int32_t standard = 0, daylight = 0;
  UErrorCode error = U_ZERO_ERROR;
  zone.getOffset(static_cast<UDate>(utc) * 1'000, 0, standard, daylight, error);
  return U_FAILURE(error) != 0 ? 0 : (standard + daylight) / 1'000;
}

std::int64_t utc_of(const icu::TimeZone& zone, std::int64_t local) {
  const auto nearly = local - offset_at(zone, local);
  return local - offset_at(zone, nearly);
}

std::optional<int> day_from(std::string_view word) {
  const auto found = std::ranges::find_if(kDays, [&](std::string_view day) { return equal_ignoring_case(day, word); });
  if (found == kDays.end()) return {};
  return static_cast<int>(found - kDays.begin());
}

/// "mon-fri,sun", also across the end of the week.
std::optional<std::uint8_t> days_from(std::string_view text) {
  std::uint8_t result = 0;
  for (const auto part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = day_from(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : day_from(part.substr(dash + 1));
    if (!first || !last) return {};
    for (int day = *first;; day = (day + 1) % 7) {
      result |= static_cast<std::uint8_t>(1U << day);
      if (day == *last) break;
    }
  }
  return result;
}

/// "22:00", "24:00" → minutes.
std::optional<int> minutes_from(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  const auto hour = parse_number(text.substr(0, 2)), minute = parse_number(text.substr(3));
  if (!hour || !minute || *minute > 59) return {};
  const auto minutes = static_cast<int>(*hour * 60 + *minute);
  if (minutes > kMinutesOfDay) return {};
  return minutes;
}

std::optional<std::chrono::sys_days> date_from(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  const auto year = parse_number(text.substr(0, 4)), month = parse_number(text.substr(5, 2)), day = parse_number(text.substr(8));
  if (!year || !month || !day) return {};
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return {};
  return std::chrono::sys_days{date};
}

std::string text_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::int64_t day_of(std::int64_t local) { return local >= 0 ? local / kSecondsOfDay : -((-local + kSecondsOfDay - 1) / kSecondsOfDay); }

/// 0: Monday. 1970-01-01 was a Thursday.
int weekday_of(std::int64_t day) { return static_cast<int>(((day + 3) % 7 + 7) % 7); }

}  // namespace

Result<QuietTimes::Hours> QuietTimes::hours_from(std::string_view text) {
  const auto whole = text;
  text = trimmed(text);
  Hours hours{.days = kEveryDay};
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    const auto named = days_from(text.substr(0, space));
    if (!named) return wrong_hours(whole);
    hours.days = *named;
    text = trimmed(text.substr(space));
  }
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return wrong_hours(whole);
  const auto begin = minutes_from(text.substr(0, dash)), end = minutes_from(text.substr(dash + 1));
  if (!begin || !end || *begin == kMinutesOfDay) return wrong_hours(whole);
  if (*begin == *end || *end == 0)
    return wrong("hours", whole, "has no clear end; for a whole day, write 00:00-24:00, and 24:00 instead of 00:00 for midnight.");
  hours.begin = *begin;
  hours.end = *end;
  return hours;
}

Result<QuietTimes::Absence> QuietTimes::absence_from(std::string_view text) {
  const auto whole = text;
  text = trimmed(text);
  const auto dots = text.find("..");
  const auto first = date_from(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : date_from(text.substr(dots + 2));
  if (!first || !last)
    return wrong("absences", whole, "isn't valid; write absences like 2026-12-24..2027-01-06, or a single day like 2027-05-01.");
  if (*last < *first) return wrong("absences", whole, "ends before it starts.");
  if (*last - *first >= kLongestAbsence)
    return wrong("absences", whole, fmt::format("is longer than {} days; enter a shorter absence.", kLongestAbsence.count()));
  return Absence{.first = *first, .last = *last};
}

std::vector<bool> QuietTimes::quiet_week() const {
  std::vector<bool> quiet(static_cast<std::size_t>(kMinutesOfWeek));
  for (const auto& one : hours_) {
    for (int day = 0; day < 7; ++day) {
      if ((one.days >> day & 1) == 0) continue;
      const int length = one.end > one.begin ? one.end - one.begin : one.end + kMinutesOfDay - one.begin;
      for (int i = 0; i < length; ++i) quiet[static_cast<std::size_t>((day * kMinutesOfDay + one.begin + i) % kMinutesOfWeek)] = true;
    }
  }
  return quiet;
}

Result<> QuietTimes::check_together() const {
  const auto quiet = quiet_week();
  if (std::chrono::minutes{std::ranges::count(quiet, false)} < kShortestAwake)
    return fail(ErrorKind::invalid,
                fmt::format("Quiet hours must leave at least {} hours of the week in which reminders can arrive.", kShortestAwake.count()),
                "hours");
  const auto is_quiet_day = [&](std::chrono::sys_days day) {
    const auto begin = quiet.begin() + weekday_of(day.time_since_epoch().count()) * kMinutesOfDay;
    return std::all_of(begin, begin + kMinutesOfDay, [](bool minute) { return minute; });
  };
  // Absences that follow each other, without a moment between them that isn't quiet, are one.
  const Absence* first = nullptr;
  std::chrono::sys_days last;
  for (const auto& one : absences_) {
    auto next = first == nullptr ? one.first : last + std::chrono::days{1};
    while (first != nullptr && next < one.first && is_quiet_day(next)) next += std::chrono::days{1};
    if (first == nullptr || next < one.first) {
      first = &one;
      last = one.last;
    } else {
      last = std::max(last, one.last);
    }
    if (last - first->first >= kLongestAbsence)
      return fail(ErrorKind::invalid,
                  fmt::format("The absences from {} to {} follow each other and are together longer than {} days; enter shorter ones.",
                              text_of(first->first), text_of(last), kLongestAbsence.count()),
                  "absences");
  }
  return {};
}

Result<QuietTimes> QuietTimes::from(std::string_view zone, std::span<const std::string> hours, std::span<const std::string> absences) {
  QuietTimes times;
  if (!zone.empty()) {
    const bool is_name =
        zone.size() <= kLongestZone && std::ranges::all_of(zone, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
        });
    const auto known = is_name ? icu_zone(zone) : nullptr;
    if (!known || *known == icu::TimeZone::getUnknown())
      return wrong("zone", zone, "isn't a time zone; write its name, e.g. Europe/Berlin.");
    times.zone_ = zone;
  }
  if (hours.size() > kMaxQuietHours)
    return fail(ErrorKind::too_large, fmt::format("List at most {} quiet hours.", kMaxQuietHours), "hours");
  if (absences.size() > kMaxAbsences) return fail(ErrorKind::too_large, fmt::format("List at most {} absences.", kMaxAbsences), "absences");
  for (const auto& one : hours) {
    auto read = hours_from(one);
    if (!read) return forward_error(read);
    times.hours_.push_back(*read);
  }
  for (const auto& one : absences) {
    auto read = absence_from(one);
    if (!read) return forward_error(read);
    times.absences_.push_back(*read);
  }
  std::ranges::sort(times.absences_, {}, &Absence::first);
  if (auto good = times.check_together(); !good) return forward_error(good);
  return times;
}

std::vector<std::string> QuietTimes::hours() const {
  std::vector<std::string> texts;
  for (const auto& one : hours_) {
    std::string text;
    for (int day = 0; day < 7; ++day) {
      if ((one.days >> day & 1) == 0) continue;
      int last = day;
      while (last + 1 < 7 && (one.days >> (last + 1) & 1) != 0) ++last;
      text.append(text.empty() ? "" : ",").append(kDays[static_cast<std::size_t>(day)]);
      if (last > day) text.append(last > day + 1 ? "-" : ",").append(kDays[static_cast<std::size_t>(last)]);
      day = last;
    }
    texts.push_back(text + fmt::format(" {:02}:{:02}-{:02}:{:02}", one.begin / 60, one.begin % 60, one.end / 60, one.end % 60));
  }
  return texts;
}

std::vector<std::string> QuietTimes::absences() const {
  std::vector<std::string> texts;
  for (const auto& one : absences_) texts.push_back(text_of(one.first) + (one.first == one.last ? "" : ".." + text_of(one.last)));
  return texts;
}

std::optional<std::int64_t> QuietTimes::end_at(std::int64_t local) const {
  std::optional<std::int64_t> latest;
  const auto today = day_of(local);
  const auto add = [&](std::int64_t begin, std::int64_t end) {
    if (begin <= local && local < end && (!latest || end > *latest)) latest = end;
  };
  for (const auto& one : hours_) {
    for (const auto day : {today - 1, today}) {
      if ((one.days >> weekday_of(day) & 1) == 0) continue;
      const auto end_day = one.end > one.begin ? day : day + 1;
      add(day * kSecondsOfDay + one.begin * 60, end_day * kSecondsOfDay + one.end * 60);
    }
  }
  for (const auto& one : absences_)
    add(one.first.time_since_epoch().count() * kSecondsOfDay, (one.last.time_since_epoch().count() + 1) * kSecondsOfDay);
  return latest;
}

std::optional<Time> QuietTimes::until(Time now) const {
  if (is_empty()) return {};
  const auto zone = icu_zone(zone_);
  if (!zone) return {};
  const auto start = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  auto utc = start;
  for (int i = 0; i < kMaxJoined; ++i) {
    const auto end = end_at(utc + offset_at(*zone, utc));
    if (!end) break;
    // Where the clocks change, the same time of day may come again: it goes on at least.
    const auto next = utc_of(*zone, *end);
    utc = next > utc ? next : utc + 60;
  }
  if (utc == start) return {};
  return Time{std::chrono::seconds{utc}};
}

}  // namespace carillon::incidents
