// See time.hpp.

#include "base/time.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
  Duration fraction{};
  unsigned weekday = 0;
};

Civil civil_of(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          duration_cast<Duration>(clock.subseconds()),
          weekday{day}.c_encoding()};
}

std::optional<Time> time_of(const Civil& civil) {
  const year_month_day date{year{civil.year}, month{civil.month}, day{civil.day}};
  // A leap second counts as the last of its minute.
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return {};
  return Time{sys_days{date}} + hours{civil.hour} + minutes{civil.minute} + seconds{std::min(civil.second, 59)} + civil.fraction;
}

/// Each response has such a date: digit by digit it costs a tenth of fmt::format.
std::string with_day_name(Time time, std::string_view zone) {
  const auto civil = civil_of(time);
  std::string text;
  text.reserve(std::string_view{"Tue, 24 Nov 2026 08:42:06 +0000"}.size());
  const auto two_digits = [&text](auto number) {
    text += static_cast<char>('0' + (number / 10));
    text += static_cast<char>('0' + (number % 10));
  };
  text.append(kDays[civil.weekday]).append(", ");
  two_digits(civil.day);
  text.append(" ").append(kMonths[civil.month - 1]).append(" ");
  // Neither format has other years.
  const auto year = std::clamp(civil.year, 0, 9999);
  two_digits(year / 100);
  two_digits(year % 100);
  text += ' ';
  two_digits(civil.hour);
  text += ':';
  two_digits(civil.minute);
  text += ':';
  two_digits(civil.second);
  return text.append(" ").append(zone);
}

/// Takes what is expected off the front, or remembers that it was not there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_{text} {}
  int digits(std::size_t count) {
    if (text_.size() < count) return wrong();
    const auto number = parse_number(text_.substr(0, count));
    if (!number) return wrong();
    text_.remove_prefix(count);
    return static_cast<int>(*number);
  }
  char one_of(std::string_view choices) {
    if (text_.empty() || !choices.contains(text_.front())) return static_cast<char>(wrong());
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }
  void skip(std::string_view expected) {
    if (!text_.starts_with(expected))
      wrong();
    else
      text_.remove_prefix(expected.size());
  }
  unsigned name_of(std::span<const std::string_view> names) {
    for (unsigned i = 0; i < names.size(); ++i) {
      if (text_.starts_with(names[i])) return text_.remove_prefix(names[i].size()), i;
    }
    return static_cast<unsigned>(wrong());
  }
  [[nodiscard]] bool at(char c) const { return text_.starts_with(c); }
  [[nodiscard]] std::string_view rest() const { return text_; }
  [[nodiscard]] bool done() const { return good_ && text_.empty(); }
  int wrong() {
    good_ = false;
    return 0;
  }

 private:
  std::string_view text_;
  bool good_ = true;
};

void scan_clock(Scanner& scanner, Civil& civil) {
  civil.hour = scanner.digits(2);
  scanner.skip(":");
  civil.minute = scanner.digits(2);
  scanner.skip(":");
  civil.second = scanner.digits(2);
}

}  // namespace

Time SystemClock::now() const { return time_point_cast<Duration>(system_clock::now()); }

std::string to_rfc3339(Time time) {
  const auto civil = civil_of(time);
  auto text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
  if (civil.fraction.count() != 0) text += fmt::format(".{:06}", civil.fraction.count());
  return text + "Z";
}

std::string to_rfc2822(Time time) { return with_day_name(time, "+0000"); }
std::string to_http_date(Time time) { return with_day_name(time, "GMT"); }

Result<Time> parse_rfc3339(std::string_view text) {
  Scanner scanner{text};
  Civil civil;
  civil.year = scanner.digits(4);
  scanner.skip("-");
  civil.month = static_cast<unsigned>(scanner.digits(2));
  scanner.skip("-");
  civil.day = static_cast<unsigned>(scanner.digits(2));
  scanner.one_of("Tt ");
  scan_clock(scanner, civil);
  if (scanner.at('.')) {
    scanner.skip(".");
    int scale = 100'000;
    if (scanner.rest().empty() || !parse_number(scanner.rest().substr(0, 1))) scanner.wrong();
    while (!scanner.rest().empty() && parse_number(scanner.rest().substr(0, 1))) {
      civil.fraction += Duration{scanner.digits(1) * scale};
      scale /= 10;
    }
  }
  Duration offset{};
  const char sign = scanner.one_of("Zz+-");
  if (sign == '+' || sign == '-') {
    const int ahead_hours = scanner.digits(2);
    scanner.skip(":");
    const int ahead_minutes = scanner.digits(2);
    if (ahead_hours > 23 || ahead_minutes > 59) scanner.wrong();
    offset = hours{ahead_hours} + minutes{ahead_minutes};
    if (sign == '-') offset = -offset;
  }
  const auto time = scanner.done() ? time_of(civil) : std::nullopt;
  if (!time)
    return fail(ErrorKind::invalid, "“" + std::string(text) + "” isn't a date and time with an offset, e.g. 2026-12-24T18:00:00+01:00");
  return *time - offset;
}

Result<Time> parse_http_date(std::string_view text) {
  const auto finish = [&](Scanner& scanner, const Civil& civil) -> Result<Time> {
    const auto time = scanner.done() ? time_of(civil) : std::nullopt;
    if (!time) return fail(ErrorKind::invalid, "this isn't an HTTP date");
    return *time;
  };
  Civil civil;
  if (text.size() > 3 && text[3] == ',') {  // Sun, 06 Nov 1994 08:49:37 GMT
    Scanner scanner{text};
    scanner.name_of(kDays);
    scanner.skip(", ");
    civil.day = static_cast<unsigned>(scanner.digits(2));
    scanner.skip(" ");
    civil.month = scanner.name_of(kMonths) + 1;
    scanner.skip(" ");
    civil.year = scanner.digits(4);
    scanner.skip(" ");
    scan_clock(scanner, civil);
    scanner.skip(" GMT");
    return finish(scanner, civil);
  }
  if (const auto comma = text.find(','); comma != std::string_view::npos) {  // Sunday, 06-Nov-94 08:49:37 GMT
    Scanner scanner{text.substr(comma)};
    scanner.skip(", ");
    civil.day = static_cast<unsigned>(scanner.digits(2));
    scanner.skip("-");
    civil.month = scanner.name_of(kMonths) + 1;
    scanner.skip("-");
    const int two_digits = scanner.digits(2);
    civil.year = two_digits + (two_digits < 70 ? 2000 : 1900);  // RFC 9110 §5.6.7: never more than 50 years ahead
    scanner.skip(" ");
    scan_clock(scanner, civil);
    scanner.skip(" GMT");
    return finish(scanner, civil);
  }
  Scanner scanner{text};  // Sun Nov  6 08:49:37 1994
  scanner.name_of(kDays);
  scanner.skip(" ");
  civil.month = scanner.name_of(kMonths) + 1;
  scanner.skip(" ");
  if (scanner.at(' '))
    scanner.skip(" "), civil.day = static_cast<unsigned>(scanner.digits(1));
  else
    civil.day = static_cast<unsigned>(scanner.digits(2));
  scanner.skip(" ");
  scan_clock(scanner, civil);
  scanner.skip(" ");
  civil.year = scanner.digits(4);
  return finish(scanner, civil);
}

std::int64_t to_microseconds(Time time) noexcept { return time.time_since_epoch().count(); }
Time from_microseconds(std::int64_t microseconds) noexcept { return Time{Duration{microseconds}}; }

}  // namespace carillon
