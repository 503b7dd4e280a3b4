#pragma once
// JSON as text: the one way in which documents leave the program.

#include <boost/json/fwd.hpp>

#include <string>

namespace carillon {

/// The document as JSON (RFC 8259), without spaces. Numbers are plain decimals: the shortest that read back as the same double, without an
/// exponent ("3", "-16.01", "1000000000000000000000"), as people and simple readers expect them; Boost.JSON itself writes "3E0". What JSON
/// has no number for (infinities, NaN) becomes null. Pure; recurses as deep as the document.
[[nodiscard]] std::string json_text(const boost::json::value& value);
[[nodiscard]] std::string json_text(const boost::json::object& object);
[[nodiscard]] std::string json_text(const boost::json::array& array);

}  // namespace carillon
