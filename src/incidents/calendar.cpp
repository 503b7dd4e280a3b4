// See calendar.hpp.

#include "incidents/calendar.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <vector>

namespace carillon::incidents {
namespace {

constexpr std::size_t kLineLimit = 75;  // bytes, RFC 5545 §3.1

/// One content line: folded between characters, ended with CRLF.
void add(std::string& calendar, std::string_view line) {
  std::size_t room = kLineLimit;
  while (line.size() > room) {
    const auto head = cut_to(line, room);
    calendar.append(head).append("\r\n ");
    line.remove_prefix(head.size());
    room = kLineLimit - 1;  // the space that continues a line counts
  }
  calendar.append(line).append("\r\n");
}

/// TEXT of RFC 5545 §3.3.11.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : clean_for_xml(without_controls(text))) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\\' || c == ';' || c == ',')
      result += {'\\', c};
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
      result += c;
  }
  return result;
}

std::string utc(Time time) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time))));
}

void add_alarm(std::string& calendar, std::string_view before, const std::string& summary) {
  add(calendar, "BEGIN:VALARM");
  add(calendar, "ACTION:DISPLAY");
  add(calendar, "TRIGGER:-" + std::string(before));
  add(calendar, "DESCRIPTION:" + summary);
  add(calendar, "END:VALARM");
}

}  // namespace

std::string calendar_of(std::span<const CalendarEntry> entries, const Clock& clock) {
  const auto stamp = utc(clock.now());
  std::string calendar;
  add(calendar, "BEGIN:VCALENDAR");
  add(calendar, "VERSION:2.0");
  add(calendar, "PRODID:-//Carillon//Certificates//EN");
  add(calendar, "CALSCALE:GREGORIAN");
  add(calendar, "METHOD:PUBLISH");
  add(calendar, "X-WR-CALNAME:Certificates");
  add(calendar, "REFRESH-INTERVAL;VALUE=DURATION:PT6H");  // RFC 7986 §5.7
  add(calendar, "X-PUBLISHED-TTL:PT6H");
  for (const auto& entry : entries) {
    const bool renews = entry.what == CalendarWhat::renewal;
    const auto summary = escaped(entry.name + (renews ? ": certificate renewal" : ": certificate expires"));
    add(calendar, "BEGIN:VEVENT");
    add(calendar, "UID:" + escaped(entry.uid));
    add(calendar, "DTSTAMP:" + stamp);
    add(calendar, "DTSTART:" + utc(entry.at));
    add(calendar, "SUMMARY:" + summary);
    add(calendar, "DESCRIPTION:" + escaped("carillon cert show " + entry.name));
    add(calendar, "CATEGORIES:" + std::string(renews ? "Renewal" : "Expiry"));
    add(calendar, "TRANSP:TRANSPARENT");
    if (!renews) add_alarm(calendar, "P7D", summary);
    add_alarm(calendar, "P1D", summary);
    add(calendar, "END:VEVENT");
  }
  add(calendar, "END:VCALENDAR");
  return calendar;
}

}  // namespace carillon::incidents
