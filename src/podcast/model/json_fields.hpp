#pragma once
// Reads a publisher's JSON object field by field; stores the first error with the field's full name. Pure.

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon::podcast {

class JsonFields {
 public:
  /// `name` is the object's name in messages: "persons[2]", or "" at the top.
  JsonFields(const boost::json::value& value, std::string name);
  JsonFields(const boost::json::object& object, std::string name) : object_{&object}, name_{std::move(name)} {}
  JsonFields(boost::json::value&&, std::string) = delete;  // it must outlive this

  /// As one clean line; "" if it is absent or null. At most `limit` characters.
  std::string text(const char* field, std::size_t limit);
  /// The same for a required field.
  std::string needed_text(const char* field, std::size_t limit);
  /// "" or a web URL.
  std::string address(const char* field);
  int positive_number(const char* field);
  bool flag(const char* field, bool otherwise);
  /// Seconds with a fraction, with millisecond precision; none if it is absent or null.
  std::optional<std::chrono::milliseconds> seconds(const char* field);
  std::chrono::milliseconds needed_seconds(const char* field);
  /// The member, or null.
  const boost::json::value* member(const char* field);
  /// Rejects members with other names, which are spelling mistakes.
  void nothing_else();

  void complain(const char* field, std::string_view wanted);
  [[nodiscard]] const std::optional<Error>& wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::string name_of(const char* field) const { return name_.empty() ? field : name_ + "." + field; }

 private:
  const boost::json::object* object_ = nullptr;
  std::string name_;
  std::vector<std::string_view> taken_;
  std::optional<Error> wrong_;
};

/// Each entry of the array `value` read by `read(JsonFields&)`; `invalid` if it isn't an array, has more than `most` entries, or an entry
/// is invalid.
template <class Entry, class Read>
[[nodiscard]] Result<std::vector<Entry>> entries_of(const boost::json::value& value, const std::string& name, std::size_t most, Read read) {
  const auto* array = value.if_array();
  if (!array) return fail(ErrorKind::invalid, "“" + name + "” must be a list.", name);
  if (array->size() > most)
    return fail(ErrorKind::invalid,
                "“" + name + "” has " + std::to_string(array->size()) + " entries; at most " + std::to_string(most) + " are allowed.",
                name);
  std::vector<Entry> entries;
  for (const auto& element : *array) {
    JsonFields fields{element, name + "[" + std::to_string(entries.size()) + "]"};
    Entry entry = read(fields);
    if (fields.wrong()) return std::unexpected(*fields.wrong());
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace carillon::podcast
