#pragma once
// The limits of HTTP/2 connections, and what each of them is against. Beyond the library's own ones (libnghttp2 1.52).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon::http::h2 {

/// Requests that are handled at the same time on a connection, also those whose stream the client has reset (rapid reset). RFC 9113 §6.5.2
/// recommends at least 100.
inline constexpr std::size_t kMaxRequests = 100;
/// The decoded fields of one request, each with 32 bytes more (RFC 9113 §6.5.2); more is refused with 431. Cookies count, too.
inline constexpr std::size_t kLargestFields = 64 * 1024;
/// Beyond so many fields or bytes, a header block isn't decoded any further, and the connection is closed (HPACK bombs).
inline constexpr std::size_t kHopelessFields = 1'000;
inline constexpr std::size_t kHopelessBytes = 4 * kLargestFields;
/// The fields of all requests of a connection that are being handled; further ones are refused (HTTP/2 bomb).
inline constexpr std::size_t kLargestFieldsOfConnection = 512 * 1024;

/// What a client may send before the handler reads it.
inline constexpr std::int32_t kWindow = 64 * 1024;
/// The same, for a request body of which a handler has read kWindow already, and for the connection then: uploads over long distances.
inline constexpr std::int32_t kWideWindow = 1024 * 1024;

/// Frames that carry neither a request nor its body: PING, SETTINGS, WINDOW_UPDATE, RST_STREAM, and empty DATA. (The library ignores
/// PRIORITY and unknown ones, which hold nothing.) So many at once and per second; each request allows some more, and so does each DATA
/// frame that is sent: two (a WINDOW_UPDATE for its stream and one for the connection), and one for each kBytesPerControlFrame.
inline constexpr double kControlFrames = 400;
inline constexpr double kControlFramesPerSecond = 20;
inline constexpr double kControlFramesPerRequest = 8;
inline constexpr double kControlFramesPerData = 2;
/// Clients that read in small pieces report each of 4 KiB twice.
inline constexpr double kBytesPerControlFrame = 2048;
/// Streams that this server resets because the client did something wrong (MadeYouReset), at once and per second.
inline constexpr double kResets = 100;
inline constexpr double kResetsPerSecond = 10;
/// Streams that the client resets; counted by the library (rapid reset).
inline constexpr std::uint64_t kClientResets = 200;
inline constexpr std::uint64_t kClientResetsPerSecond = 20;

/// Responses of a connection that may stand still for as long as a paused player; each holds a descriptor. Further ones, and those of
/// requests with long headers, which are held, too, stand still for as long as other responses.
inline constexpr std::ptrdiff_t kMaxPausing = 8;
inline constexpr std::size_t kLargestFieldsOfPausing = 8 * 1024;
/// A response that doesn't send this much in the time it may stand still is reset: small windows must not hold it for longer.
inline constexpr std::size_t kProgress = 16 * 1024;
/// After announcing a drain, further requests are accepted for this long, unless the client's reply arrives earlier.
inline constexpr std::chrono::seconds kDrainNotice{1};

}  // namespace carillon::http::h2
