#pragma once
// What is recorded of a request of media, as its handler knows it and as it is stored.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace carillon::stats {

/// What kind of address was asked for. The values are those of the format.
enum class Asked : std::uint8_t {
  enclosure = 0,    ///< an episode's permanent address
  arrangement = 1,  ///< one immutable arrangement
  private_feed = 2  ///< audio of a private feed, with a subscriber's token
};

/// The version of HTTP that a request came in. The values are those of the format.
enum class Http : std::uint8_t { unknown = 0, http_1_0 = 10, http_1_1 = 11, http_2 = 20, http_3 = 30 };

/// What a handler knows of a request. Texts may be of any length and content: the log cuts and cleans them.
struct Request {
  Time time;            ///< when the request came
  std::string episode;  ///< as the address names it, existing or not; "" where that is no id
  Digest media;         ///< of the whole as served (its ETag); zeros where no audio was
  std::string method;   ///< "GET", "HEAD"
  int status = 0;
  std::string range;       ///< the Range field as asked for, "" if none
  ByteCount sent;          ///< bytes of the body that really left
  std::string address;     ///< of the listener, full; never stored. One that can't be read: a listener of zeros, prefix ""
  std::string user_agent;  ///< "" if none, as the following
  std::string referrer;

  std::optional<ByteCount>
      whole{};  ///< length of the whole audio that was asked for, whatever part of it was sent; none where no audio was
  std::optional<ByteCount> first{};  ///< where in the whole the first byte of the answer's body stands; none where it has no audio
  Asked asked = Asked::enclosure;
  std::string arrangement{};  ///< name of the arrangement
  std::string token{};        ///< id of the subscriber's token, never the token itself
  std::string host{};         ///< that was asked for: the origin's, or a show's own domain
  Http http = Http::unknown;
  bool embedded = false;                            ///< the embedded player says that it asks
  std::string session{};                            ///< X-Playback-Session-Id
  std::optional<std::chrono::microseconds> took{};  ///< from the request to the end of its answer; stored in milliseconds
};

/// One record as stored. What stands after `referrer` is not in records of version 1.
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
  std::uint32_t key = 0;                   ///< number of the key that `listener` was made with; 0: the key of version 1
  std::string region{};                    ///< as the database of places names it, "" if not known
  std::optional<std::uint32_t> network{};  ///< number of the autonomous system
  std::optional<bool> data_centre{};       ///< none where no list says
  bool texts_lost = false;                 ///< not stored: damage took the agent, the referrer or another text of this record

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
