// See parameters.hpp.

#include "api/stats/parameters.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace carillon::api {

using std::chrono::sys_days;

std::optional<sys_days> day_from(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [](std::string_view digits, auto& value) {
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return wrong == std::errc{} && end == digits.data() + digits.size();
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !number(text.substr(0, 4), year) || !number(text.substr(5, 2), month) ||
      !number(text.substr(8, 2), day))
    return {};
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return {};
  return sys_days{date};
}

Result<std::optional<sys_days>> day_parameter(const Request& request, const char* name) {
  const auto text = request.query_parameter(name);
  if (!text || text->empty()) return std::optional<sys_days>{};
  const auto day = day_from(*text);
  if (!day) return fail(ErrorKind::invalid, fmt::format("“{}” must be a day such as 2026-11-24.", name), name);
  return day;
}

std::string text_of(std::chrono::local_days day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}
std::string text_of(sys_days day) { return text_of(std::chrono::local_days{day.time_since_epoch()}); }

std::string csv_field(std::string_view text) {
  std::string field{text};
  if (!field.empty() && std::strchr("=+-@\t\r", field.front()) != nullptr) field.insert(field.begin(), '\'');
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

bool wants_table(const Request& request) {
  const auto accept = request.fields.get("Accept");
  return accept && accept->find("text/csv") != std::string_view::npos;
}

http::Response table_answer(std::string rows, const char* file) {
  http::Response response{.status = 200};
  response.fields.set("Content-Type", "text/csv; charset=utf-8; header=present");
  response.fields.set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", file));
  response.body = Body::of(std::move(rows));
  return response;
}

}  // namespace carillon::api
