#pragma once
// Owning handles for libcurl objects, for files that use libcurl directly.

#include <curl/curl.h>

#include <memory>

namespace carillon::http {

struct FreeCurl {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeCurlList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct FreeCurlUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using CurlHandle = std::unique_ptr<CURL, FreeCurl>;
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;
using CurlUrl = std::unique_ptr<CURLU, FreeCurlUrl>;

/// Adds a line; false if out of memory, and the list is unchanged then.
[[nodiscard]] inline bool append(CurlList& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) return false;
  [[maybe_unused]] const auto* same = list.release();
  list.reset(longer);
  return true;
}

}  // namespace carillon::http
