#pragma once
// What is said to those who pass it on that a feed changed, and what their answers mean. Pure.

#include "http/client/outgoing.hpp"

namespace carillon::announce {

/// Nobody waits for a hub longer than this: others are to be told, too.
inline constexpr std::chrono::milliseconds kDeadline{10'000};
/// Of an answer only the beginning is read, for the reason of a refusal.
inline constexpr ByteCount kLargestAnswer{64 * 1024};

/// Where pings for the podcast index's network go, and what proves who we are.
struct Podping {
  std::string endpoint;  ///< "https://podping.cloud/"
  std::string token;
};

/// Tells a hub that the feed has changed: a form with hub.mode=publish and hub.url. W3C WebSub §6 leaves this step to hub and publisher;
/// this is how every public hub takes it (PubSubHubbub 0.4 §7.1).
[[nodiscard]] http::OutgoingRequest websub_publish(const std::string& hub, const std::string& feed);
/// GET ENDPOINT?url=FEED&reason=update&medium=MEDIUM with the token as Authorization, as podping.cloud takes it.
[[nodiscard]] http::OutgoingRequest podping_update(const Podping& podping, const std::string& feed, const std::string& medium);

/// Whether `whom` has taken it. `unavailable`: again later (no answer, 408, 425, 429, 5xx); `refused`: not before somebody mends it (an
/// address that may not be reached, a wrong token, an address that moved).
/// The sentence is for publishers of any network: it has no word of what was answered, which may be about other feeds than theirs.
[[nodiscard]] Result<> outcome_of(const std::string& whom, const Result<http::OutgoingAnswer>& answer);
/// The first line of a refusal, fit for a log; "" when there is none.
[[nodiscard]] std::string words_of(const Result<http::OutgoingAnswer>& answer);

}  // namespace carillon::announce
