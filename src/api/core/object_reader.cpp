// See object_reader.hpp.

#include "api/core/object_reader.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <limits>

namespace carillon::api {
namespace json = boost::json;

Result<ObjectReader> ObjectReader::parse(std::string_view text) {
  if (text.empty()) return ObjectReader{{}};
  json::error_code wrong;
  json::parse_options options;
  options.max_depth = kDeepestDocument;
  auto value = json::parse(json::string_view(text.data(), text.size()), wrong, {}, options);
  if (wrong) return fail(ErrorKind::invalid, "The request body is not valid JSON: " + wrong.message() + ".");
  if (!value.is_object()) return fail(ErrorKind::invalid, "The request body must be a JSON object.");
  return ObjectReader{std::move(value.as_object())};
}

const json::value* ObjectReader::take(std::string_view name) {
  taken_.emplace_back(name);
  const auto found = object_.find(json::string_view(name.data(), name.size()));
  return found == object_.end() ? nullptr : &found->value();
}

void ObjectReader::complain(std::string_view name, std::string_view wanted) {
  if (!wrong_) wrong_ = Error{ErrorKind::invalid, "“" + std::string(name) + "” must be " + std::string(wanted) + ".", std::string(name)};
}

std::optional<std::string> ObjectReader::text(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_string()) return std::string(value->as_string());
  complain(name, "text");
  return {};
}

std::optional<bool> ObjectReader::flag(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_bool()) return value->as_bool();
  complain(name, "true or false");
  return {};
}

std::optional<int> ObjectReader::number(std::string_view name) {
  const auto large = large_number(name);
  if (!large) return {};
  if (*large <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return static_cast<int>(*large);
  complain(name, "a smaller number");
  return {};
}

std::optional<std::uint64_t> ObjectReader::large_number(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_int64() && value->as_int64() >= 0) return static_cast<std::uint64_t>(value->as_int64());
  complain(name, "a whole number");
  return {};
}

std::optional<std::vector<std::string>> ObjectReader::texts(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  const auto* items = value->if_array();
  if (!items || !std::ranges::all_of(*items, [](const json::value& item) { return item.is_string(); })) {
    complain(name, "a list of strings");
    return {};
  }
  std::vector<std::string> texts;
  for (const auto& item : *items) texts.emplace_back(item.as_string());
  return texts;
}

std::optional<std::optional<int>> ObjectReader::number_or_null(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<int>{};
  if (value->is_int64() && value->as_int64() >= 0 && value->as_int64() <= std::numeric_limits<int>::max())
    return std::optional<int>{static_cast<int>(value->as_int64())};
  complain(name, "a whole number or null");
  return {};
}

std::optional<std::optional<bool>> ObjectReader::flag_or_null(std::string_view name) {
  const auto* value = take(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<bool>{};
  if (value->is_bool()) return std::optional<bool>{value->as_bool()};
  complain(name, "true, false or null");
  return {};
}

std::optional<ObjectReader> ObjectReader::object(std::string_view name) {
  const auto* value = take(name);
  if (!value || value->is_null()) return {};
  if (value->is_object()) return ObjectReader{value->as_object()};
  complain(name, "an object");
  return {};
}

json::object ObjectReader::members(std::span<const std::string_view> names) {
  json::object found;
  for (const auto name : names) {
    if (const auto* value = take(name)) found[json::string_view(name.data(), name.size())] = *value;
  }
  return found;
}

Result<> ObjectReader::finish() const {
  if (wrong_) return std::unexpected(*wrong_);
  for (const auto& member : object_) {
    const std::string name(member.key());
    if (std::ranges::find(taken_, name) == taken_.end())
      return fail(ErrorKind::invalid, "“" + name + "” isn't a field that can be set here.", name);
  }
  return {};
}

asio::awaitable<Result<ObjectReader>> read_object(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return std::unexpected(text.error());
  co_return ObjectReader::parse(*text);
}

json::object differences(const json::object& wanted, const json::object& now) {
  json::object changed;
  for (const auto& member : now) {
    const auto* other = wanted.if_contains(member.key());
    if (other && *other != member.value()) changed[member.key()] = json::object{{"now", member.value()}};
  }
  return changed;
}

}  // namespace carillon::api
