// See json_fields.hpp.

#include "podcast/model/json_fields.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/metadata.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carillon::podcast {
JsonFields::JsonFields(const boost::json::value& value, std::string name) : object_{value.if_object()}, name_{std::move(name)} {
  if (!object_) wrong_ = Error{ErrorKind::invalid, "“" + name_ + "” must be an object.", name_};
}

void JsonFields::complain(const char* field, std::string_view wanted) {
  const auto full = name_of(field);
  if (!wrong_) wrong_ = Error{ErrorKind::invalid, "“" + full + "” must be " + std::string(wanted) + ".", full};
}

const boost::json::value* JsonFields::member(const char* field) {
  taken_.emplace_back(field);
  const auto* found = object_ ? object_->if_contains(field) : nullptr;
  return found && !found->is_null() ? found : nullptr;
}

std::string JsonFields::text(const char* field, std::size_t limit) {
  const auto* value = member(field);
  if (!value) return {};
  if (!value->is_string()) {
    complain(field, "text");
    return {};
  }
  // What was pasted with its line ends is meant as a line.
  auto text = one_line(std::string_view(value->as_string()));
  if (characters_in(text) > limit) complain(field, "at most " + std::to_string(limit) + " characters");
  return text;
}

std::string JsonFields::needed_text(const char* field, std::size_t limit) {
  auto found = text(field, limit);
  if (found.empty()) complain(field, "present and not empty");
  return found;
}

std::string JsonFields::address(const char* field) {
  auto found = text(field, kLongestAddress);
  if (!found.empty() && !is_web_address(found)) complain(field, "a web address that begins with https://");
  return found;
}

int JsonFields::positive_number(const char* field) {
  const auto* value = member(field);
  if (value && value->is_int64() && value->as_int64() >= 1 && value->as_int64() <= std::numeric_limits<int>::max())
    return static_cast<int>(value->as_int64());
  complain(field, "a whole number of at least 1");
  return 1;
}

bool JsonFields::flag(const char* field, bool otherwise) {
  const auto* value = member(field);
  if (!value) return otherwise;
  if (value->is_bool()) return value->as_bool();
  complain(field, "true or false");
  return otherwise;
}

std::optional<std::chrono::milliseconds> JsonFields::seconds(const char* field) {
  const auto* value = member(field);
  if (!value) return {};
  if (value->is_number()) {
    const double count = value->is_double() ? value->as_double() : value->to_number<double>();
    constexpr double kMax = std::chrono::duration<double>(kLongestEpisode).count();
    if (count >= 0 && count <= kMax) return std::chrono::milliseconds{std::llround(count * 1000)};
  }
  complain(field, "a number of seconds, at most " + std::to_string(kLongestEpisode.count()) + " hours");
  return {};
}

std::chrono::milliseconds JsonFields::needed_seconds(const char* field) {
  const auto found = seconds(field);
  if (!found) complain(field, "present, in seconds");
  return found.value_or(std::chrono::milliseconds{});
}

void JsonFields::nothing_else() {
  if (!object_ || wrong_) return;
  for (const auto& member : *object_) {
    const std::string key(member.key());
    if (std::ranges::find(taken_, key) != taken_.end()) continue;
    const auto near = nearest(key, taken_);
    const auto full = name_of(key.c_str());
    wrong_ =
        Error{ErrorKind::invalid,
              "“" + full + "” isn't a field that can be set here" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."), full};
    return;
  }
}

}  // namespace carillon::podcast
