// See spoken_time.hpp.

#include "base/spoken_time.hpp"

#include <fmt/format.h>

#include <array>

namespace carillon {

std::string span_text(Duration span) {
  using namespace std::chrono;
  const auto whole = span < Duration::zero() ? -span : span;
  const auto counted = [](auto count, std::string_view unit) { return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s"); };
  if (whole >= days{2}) return counted(floor<days>(whole).count(), "day");
  if (whole >= hours{2}) return counted(floor<hours>(whole).count(), "hour");
  if (whole >= minutes{2}) return counted(floor<minutes>(whole).count(), "minute");
  if (whole >= seconds{1}) return counted(floor<seconds>(whole).count(), "second");
  return "less than a second";
}

std::string length_text(std::chrono::milliseconds length) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(length).count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min {:02} s", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string moment_text(Time time) {
  using namespace std::chrono;
  const hh_mm_ss clock{floor<minutes>(time - floor<days>(time))};
  return fmt::format("{}, {:02}:{:02} UTC", day_text(time), clock.hours().count(), clock.minutes().count());
}

std::string day_text(Time time) {
  constexpr std::array<std::string_view, 12> kMonths{"January", "February", "March",     "April",   "May",      "June",
                                                     "July",    "August",   "September", "October", "November", "December"};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{} {} {}", static_cast<unsigned>(day.day()), kMonths[static_cast<unsigned>(day.month()) - 1],
                     static_cast<int>(day.year()));
}

}  // namespace carillon
