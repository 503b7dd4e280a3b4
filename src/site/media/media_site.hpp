#pragma once
// What programs get: feeds, audio, pictures, chapters and transcripts.

#include "ads/serving/ad_server.hpp"
#include "delivery/arrangements.hpp"
#include "site/core/page_cache.hpp"
#include "site/core/place.hpp"
#include "site/core/public_shows.hpp"
#include "stats/log/request_log.hpp"

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class MediaSite {
 public:
  MediaSite(const PublicShows& shows, delivery::Arrangements& arrangements, ads::AdServer& ads, stats::RequestLog& log, const Clock& clock)
      : shows_{shows}, arrangements_{arrangements}, ads_{ads}, log_{log}, clock_{clock}, feeds_{kMaxInFeedCache} {}

  [[nodiscard]] static std::span<const Route<MediaSite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(Visit& visit, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> feed(Visit& visit);
  /// These two are counted. Each GET and HEAD leaves one record, whatever comes of it: the audio or a part of it, “not changed”, a refused
  /// range, another address (301, 302), nothing (404), a takedown (451), a failure (500).
  asio::awaitable<http::Response> enclosure(Visit& visit);
  asio::awaitable<http::Response> arrangement(Visit& visit);
  asio::awaitable<http::Response> picture(Visit& visit);
  /// "600.webp" of one.
  asio::awaitable<http::Response> picture_size(Visit& visit);
  /// 404 for a picture that no show here shows to the public, 451 for one whose shows are all taken down; none for what is served.
  asio::awaitable<std::optional<http::Response>> refused_picture(const Place& place, Digest digest);
  /// Chapters and transcripts.
  asio::awaitable<http::Response> episode_text(Visit& visit);

  struct AudioAnswer {
    http::Response response;
    Digest media{};                    ///< of the whole audio; zeros when it is none
    std::optional<ByteCount> whole{};  ///< its length
    std::optional<ByteCount> first{};  ///< where in it the answer's body begins
    std::string episode{};             ///< id; "" if it isn't known
    std::string arrangement{};         ///< digest of its name; "" for an enclosure
  };
  using AudioHandler = asio::awaitable<AudioAnswer> (MediaSite::*)(const Visit&);
  asio::awaitable<AudioAnswer> enclosure_answer(const Visit& visit);
  asio::awaitable<AudioAnswer> arrangement_answer(const Visit& visit);
  /// Answers and writes the record.
  asio::awaitable<http::Response> counted(Visit& visit, stats::Asked asked, AudioHandler handler);
  /// The name of what this listener gets instead of the episode's master; none if they get that.
  [[nodiscard]] std::optional<std::string> arranged(const podcast::EpisodeInShow& found, const http::Request& request) const;

  /// Feeds as they read at custom domains. The platform's own are in the snapshots.
  static constexpr ByteCount kMaxInFeedCache{24ULL << 20};

  const PublicShows& shows_;
  delivery::Arrangements& arrangements_;
  ads::AdServer& ads_;
  stats::RequestLog& log_;
  const Clock& clock_;
  PageCache feeds_;
};

}  // namespace carillon::site
