#pragma once
// The studio: the web app for publishers and operators, as it was built from studio/ and put into this program.

#include "base/random.hpp"
#include "http/message.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace carillon::site {

namespace asio = boost::asio;

/// One file of the app. `gzip` is the same compressed, "" where that would gain nothing.
struct StudioFile {
  std::string_view path;  ///< "/studio/assets/app-0123abcd.js"
  std::string_view content_type;
  std::string_view bytes, gzip;
};
/// All but the page itself; their names change with what is in them.
[[nodiscard]] std::span<const StudioFile> studio_files() noexcept;
/// The page, with "%nonce%" wherever the nonce of an answer goes.
[[nodiscard]] std::string_view studio_page() noexcept;

/// Any event loop.
class Studio {
 public:
  explicit Studio(Random& random) : random_{random} {}

  /// Answers what lies under /studio; none for what does not. Every address there that is no file is a page of the app, which finds its
  /// own way.
  std::optional<http::Response> answer(const http::Request& request);

 private:
  Random& random_;
};

}  // namespace carillon::site
