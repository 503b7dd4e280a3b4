#pragma once
// Paged lists: `?limit=` and an opaque `?cursor=`; the response's "next" is the cursor of the next page.

#include "http/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace carillon::api {

inline constexpr std::size_t kUsualPage = 50;
inline constexpr std::size_t kLargestPage = 200;

/// The requested page of a list.
struct Page {
  std::string after;  ///< the key of the last item of the previous page; "" for the first page
  std::size_t limit = kUsualPage;
};

/// `invalid` if the limit isn't a number from 1 to kLargestPage, or if the cursor isn't from one of our responses.
[[nodiscard]] Result<Page> page_of(const http::Request& request);
/// {"items": …, "next": cursor or null}. `key` is the last item's; `more` says whether there is a next page.
[[nodiscard]] boost::json::object paged(boost::json::array items, std::string_view key, bool more);

}  // namespace carillon::api
