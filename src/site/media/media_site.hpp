#pragma once
// What programs get: feeds, audio, pictures, chapters and transcripts.

#include "http/router.hpp"
#include "site/core/public_shows.hpp"
#include "stats/log/request_log.hpp"

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class MediaSite {
 public:
  MediaSite(const PublicShows& shows, podcast::Addresses addresses, stats::RequestLog& log, const Clock& clock)
      : shows_{shows}, addresses_{std::move(addresses)}, log_{log}, clock_{clock} {}

  [[nodiscard]] static std::span<const http::Route<MediaSite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> feed(http::Request& request);
  /// The one whose requests are counted. Each GET and HEAD leaves one record, whatever comes of it: the audio or a part of it, “not
  /// changed”, a refused range, another address (301), nothing (404), a takedown (451), a failure (500).
  asio::awaitable<http::Response> enclosure(http::Request& request);
  asio::awaitable<http::Response> picture(http::Request& request);
  /// 404 for a picture that no show shows to the public, 451 for one whose shows are all taken down; none for what is served.
  asio::awaitable<std::optional<http::Response>> refused_picture(Digest digest);
  /// Chapters and transcripts.
  asio::awaitable<http::Response> episode_text(http::Request& request);

  struct EnclosureAnswer {
    http::Response response;
    Digest media{};                    ///< of the whole audio; zeros when it is none
    std::optional<ByteCount> whole{};  ///< its length
    std::optional<ByteCount> first{};  ///< where in it the answer's body begins
  };
  asio::awaitable<EnclosureAnswer> enclosure_answer(const http::Request& request);

  const PublicShows& shows_;
  podcast::Addresses addresses_;
  stats::RequestLog& log_;
  const Clock& clock_;
};

}  // namespace carillon::site
