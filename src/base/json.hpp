#pragma once
// JSON as text; used for all documents that leave the program.

#include <boost/json/fwd.hpp>

#include <string>

namespace carillon {

/// The document as JSON (RFC 8259), without spaces. Numbers are plain decimals: the shortest ones that parse to the same double, without an
/// exponent ("3", "-16.01", "1000000000000000000000"), as people and simple readers expect them; Boost.JSON itself writes "3E0". Values
/// without a JSON number (infinities, NaN) become null. Pure; recurses as deep as the document.
[[nodiscard]] std::string json_text(const boost::json::value& value);
[[nodiscard]] std::string json_text(const boost::json::object& object);
[[nodiscard]] std::string json_text(const boost::json::array& array);

}  // namespace carillon
