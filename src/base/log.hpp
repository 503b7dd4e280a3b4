#pragma once
// Logs are for operators: one line, structured fields, no secrets, no listener's full address. Written to stderr. Any thread.

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace carillon::log {

enum class Level { debug, info, warning, error };

struct Field {
  Field(std::string_view name, std::string_view value) : name{name}, value{value} {}
  Field(std::string_view name, const char* value) : name{name}, value{value} {}
  Field(std::string_view name, const std::string& value) : name{name}, value{value} {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  Field(std::string_view name, Number value) : name{name}, value{std::to_string(value)} {}
  std::string_view name;
  std::string value;
};
using Fields = std::initializer_list<Field>;

void set_level(Level least);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace carillon::log
