#pragma once
// Records of media requests: from the handler, and as stored.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace carillon::stats {

/// The kind of requested URL. The values are those of the format.
enum class Asked : std::uint8_t {
  enclosure = 0,    ///< an episode's permanent address
  arrangement = 1,  ///< one immutable arrangement
  private_feed = 2  ///< audio of a private feed, with a subscriber's token
};

/// The HTTP version of a request. The values are those of the format.
enum class Http : std::uint8_t { unknown = 0, http_1_0 = 10, http_1_1 = 11, http_2 = 20, http_3 = 30 };

/// A handler's data about a request. Texts may have any length and content; the log truncates and cleans them.
struct Request {
  Time time;            ///< when the request arrived
  std::string episode;  ///< the ID in the URL, existing or not; "" if it isn't an ID
  Digest media;         ///< of the whole file (its ETag); zeros without audio
  std::string method;   ///< "GET", "HEAD"
  int status = 0;
  std::string range;       ///< the Range field of the request, "" if none
  ByteCount sent;          ///< body bytes actually sent
  std::string address;     ///< of the listener, full; never stored. if invalid: a listener of zeros, prefix ""
  std::string user_agent;  ///< "" if none, like the following
  std::string referrer;

  std::optional<ByteCount> whole{};  ///< length of the whole requested audio, even if only a part was sent; none without audio
  std::optional<ByteCount> first{};  ///< position of the response body's first byte in the audio; none without audio
  Asked asked = Asked::enclosure;
  std::string arrangement{};  ///< name of the arrangement
  std::string token{};        ///< id of the subscriber's token, never the token itself
  std::string host{};         ///< the requested host: the origin's, or a custom domain
  Http http = Http::unknown;
  bool embedded = false;                            ///< the request is from the embedded player
  std::string session{};                            ///< X-Playback-Session-Id
  std::optional<std::chrono::microseconds> took{};  ///< from the request to the end of the response; stored in milliseconds
};

/// One record as stored. Members after `referrer` aren't in records of version 1.
struct Record {
  Time time;
  std::string episode;
  Digest media;
  std::string method;
  int status = 0;
  std::string range;
  ByteCount sent;
  std::array<std::byte, 16> listener{};  ///< keyed hash of the address, IPv6 cut to /64
  std::string prefix;                    ///< "192.0.2.0/24", "2001:db8::/48"
  std::string country;                   ///< ISO 3166, "" if not known
  std::string user_agent;
  std::string referrer;

  std::optional<ByteCount> whole{};
  std::optional<ByteCount> first{};
  Asked asked = Asked::enclosure;
  std::string arrangement{};
  std::string token{};
  std::string host{};
  Http http = Http::unknown;
  bool embedded = false;
  std::string session{};
  std::optional<std::chrono::milliseconds> took{};
  std::uint32_t key = 0;                   ///< number of the key for `listener`; 0: the key of version 1
  std::string region{};                    ///< from the location database, "" if unknown
  std::optional<std::uint32_t> network{};  ///< number of the autonomous system
  std::optional<bool> data_centre{};       ///< of a data center or a VPN; none without a list, and for shared addresses
  bool shared = false;                     ///< an address that many listeners share, according to the operator's list
  bool texts_lost = false;                 ///< not stored: the agent, the referrer or another text of this record was lost to damage

  [[nodiscard]] bool operator==(const Record&) const = default;
};

/// Limits of the texts, in bytes of UTF-8.
inline constexpr std::size_t kLongestEpisode = 64;
inline constexpr std::size_t kLongestMethod = 16;
inline constexpr std::size_t kLongestRange = 128;
inline constexpr std::size_t kLongestPrefix = 64;
inline constexpr std::size_t kLongestCountry = 2;
inline constexpr std::size_t kLongestUserAgent = 512;
inline constexpr std::size_t kLongestReferrer = 512;
inline constexpr std::size_t kLongestArrangement = 64;
inline constexpr std::size_t kLongestToken = 64;
inline constexpr std::size_t kLongestHost = 255;
inline constexpr std::size_t kLongestSession = 64;
inline constexpr std::size_t kLongestRegion = 64;
inline constexpr std::size_t kLongestText = 512;  ///< of all of these

}  // namespace carillon::stats
