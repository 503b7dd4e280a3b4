#pragma once
// Strict reading of request documents.

#include "http/message.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carillon::api {

namespace asio = boost::asio;

inline constexpr std::size_t kLargestDocument = 256 * 1024;
inline constexpr std::size_t kDeepestDocument = 16;

/// The fields of one JSON object, read strictly: a wrong type is `invalid` with the field's name, and so is an unknown field.
class ObjectReader {
 public:
  /// `text` must be one JSON object of at most kLargestDocument bytes and kDeepestDocument levels.
  static Result<ObjectReader> parse(std::string_view text);

  /// None if the field is absent; an absent string and a null one are the same.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<int> number(std::string_view name);                      ///< whole, not negative
  std::optional<std::uint64_t> large_number(std::string_view name);      ///< likewise
  std::optional<std::vector<std::string>> texts(std::string_view name);  ///< a list of strings
  /// Outer none: absent. Inner none: null.
  std::optional<std::optional<int>> number_or_null(std::string_view name);
  std::optional<std::optional<bool>> flag_or_null(std::string_view name);
  std::optional<ObjectReader> object(std::string_view name);
  /// The existing members with these names, for stricter reading elsewhere.
  boost::json::object members(std::span<const std::string_view> names);

  /// The first error, or an unknown field; call it after reading the last field.
  [[nodiscard]] Result<> finish() const;

 private:
  explicit ObjectReader(boost::json::object object) : object_{std::move(object)} {}
  const boost::json::value* take(std::string_view name);
  void complain(std::string_view name, std::string_view wanted);

  boost::json::object object_;
  std::vector<std::string> taken_;
  std::optional<Error> wrong_;
};

/// The request body as one object; an empty body is an empty object.
asio::awaitable<Result<ObjectReader>> read_object(http::Request& request);

/// For a failed If-Match: each field in which `wanted` differs from `now`, as {"title":{"now":"…"}}.
[[nodiscard]] boost::json::object differences(const boost::json::object& wanted, const boost::json::object& now);

}  // namespace carillon::api
