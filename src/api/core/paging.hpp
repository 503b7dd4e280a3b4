#pragma once
// Lists by the page: `?limit=` and an opaque `?cursor=`, the answer's "next" is the cursor of the page after.

#include "http/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace carillon::api {

inline constexpr std::size_t kUsualPage = 50;
inline constexpr std::size_t kLargestPage = 200;

/// What a list was asked for.
struct Page {
  std::string after;  ///< the key of the last item of the page before; "" for the first page
  std::size_t limit = kUsualPage;
};

/// `invalid` for a limit that is no number of 1 to kLargestPage, and for a cursor that none of our answers held.
[[nodiscard]] Result<Page> page_of(const http::Request& request);
/// {"items": …, "next": cursor or null}. `key` is the last item's; there is a page after when `more`.
[[nodiscard]] boost::json::object paged(boost::json::array items, std::string_view key, bool more);

}  // namespace carillon::api
