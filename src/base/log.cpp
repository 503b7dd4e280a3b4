// See log.hpp. The only file that knows spdlog.

#include "base/log.hpp"

#include "base/printable.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace carillon::log {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("carillon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Values with spaces or quotes are quoted; no character of theirs can start a line of its own or fool the terminal that shows the log.
std::string quoted(std::string_view raw) {
  auto value = printable(raw);
  const bool plain = !value.empty() && std::ranges::all_of(value, [](unsigned char c) { return c > ' ' && c != '"' && c != '='; });
  if (plain) return value;
  std::string result = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

void set_level(Level least) { logger().set_level(level_of(least)); }

void write(Level level, std::string_view event, Fields fields) {
  std::string line(event);
  for (const auto& field : fields) line.append(" ").append(field.name).append("=").append(quoted(field.value));
  logger().log(level_of(level), "{}", line);
}

}  // namespace carillon::log
