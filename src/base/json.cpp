// See json.hpp.

#include "base/json.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

namespace carillon {
namespace {

namespace json = boost::json;

/// The longest plain decimal of a double: a sign, "0.", the zeros of the smallest one and its digits.
constexpr std::size_t kLongestNumber = 3 - std::numeric_limits<double>::min_exponent10 + 2 * std::numeric_limits<double>::max_digits10;

/// RFC 8259 §7.
bool needs_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

class Writer {
 public:
  void add(const json::value& value) {
    switch (value.kind()) {
      case json::kind::object:
        return add(value.get_object());
      case json::kind::array:
        return add(value.get_array());
      case json::kind::string:
        return add(json::string_view{value.get_string()});
      case json::kind::double_:
        return add_number(value.get_double());
      case json::kind::int64:
        return add_number(value.get_int64());
      case json::kind::uint64:
        return add_number(value.get_uint64());
      case json::kind::bool_:
        text_ += value.get_bool() ? "true" : "false";
        return;
      case json::kind::null:
        text_ += "null";
        return;
    }
  }
  void add(const json::object& object) {
    text_ += '{';
    bool first = true;
    for (const auto& member : object) {
      if (!std::exchange(first, false)) text_ += ',';
      add(member.key());
      text_ += ':';
      add(member.value());
    }
    text_ += '}';
  }
  void add(const json::array& array) {
    text_ += '[';
    bool first = true;
    for (const auto& value : array) {
      if (!std::exchange(first, false)) text_ += ',';
      add(value);
    }
    text_ += ']';
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void add(json::string_view string) {
    if (std::ranges::any_of(string, needs_escape)) {
      text_ += json::serialize(string);
      return;
    }
    text_ += '"';
    text_ += string;
    text_ += '"';
  }
  void add_number(double number) {
    if (!std::isfinite(number)) {
      text_ += "null";
      return;
    }
    std::array<char, kLongestNumber> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed).ptr;
    text_.append(digits.begin(), end);
  }
  void add_number(std::integral auto number) { text_ += std::to_string(number); }

  std::string text_;
};

std::string written(const auto& document) {
  Writer writer;
  writer.add(document);
  return std::move(writer).text();
}

}  // namespace

std::string json_text(const json::value& value) { return written(value); }
std::string json_text(const json::object& object) { return written(object); }
std::string json_text(const json::array& array) { return written(array); }

}  // namespace carillon
