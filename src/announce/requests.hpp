#pragma once
// Requests that notify hubs of a feed change, and the meaning of their responses. Pure.

#include "http/client/outgoing.hpp"

namespace carillon::announce {

/// The longest wait for a hub, as others must be notified, too.
inline constexpr std::chrono::milliseconds kDeadline{10'000};
/// Only the beginning of a response is read, for the reason of a rejection.
inline constexpr ByteCount kLargestAnswer{64 * 1024};

/// The endpoint for Podping, and our token for it.
struct Podping {
  std::string endpoint;  ///< "https://podping.cloud/"
  std::string token;
};

/// Notifies a hub of a feed change with a form with hub.mode=publish and hub.url. W3C WebSub §6 leaves this step to hub and publisher; all
/// public hubs accept this form (PubSubHubbub 0.4 §7.1).
[[nodiscard]] http::OutgoingRequest websub_publish(const std::string& hub, const std::string& feed);
/// GET ENDPOINT?url=FEED&reason=update&medium=MEDIUM with the token as Authorization, as podping.cloud expects it.
[[nodiscard]] http::OutgoingRequest podping_update(const Podping& podping, const std::string& feed, const std::string& medium);

/// Whether `whom` accepted it. `unavailable`: retry later (no response, 408, 425, 429, 5xx); `refused`: not until someone fixes it (a
/// forbidden address, a wrong token, an endpoint that moved). The message is shown to publishers of any network, so it contains nothing of
/// the response, which could be about other feeds.
[[nodiscard]] Result<> outcome_of(const std::string& whom, const Result<http::OutgoingAnswer>& answer);
/// The first line of a rejection, safe for the log; "" if there is none.
[[nodiscard]] std::string words_of(const Result<http::OutgoingAnswer>& answer);

}  // namespace carillon::announce
