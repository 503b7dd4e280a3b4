#pragma once
// The webhook channel: one signed POST with a message's data as JSON, or the requests that a known service expects.

#include "http/client/outgoing.hpp"
#include "notify/channel.hpp"
#include "notify/shapes.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace carillon::notify {

struct WebhookSettings {
  std::string url;
  std::string secret;                            ///< signs every request
  http::Reach reach = http::Reach::public_only;  ///< `anywhere` only for an address of the configuration file
  std::filesystem::path trust;                   ///< PEM file of roots for its certificate; empty: the system's
  std::chrono::milliseconds deadline{15'000};    ///< for the whole exchange
  std::string name = "webhook";                  ///< the channel's; another for each of several
  ShapeSettings service{};  ///< where messages go if `service.shape` isn't carillon; then `url` and `secret` are unused
};

/// POSTs `{"id","to","at","subject","text","urgent","facts":{…}}`; `id` stays the same over retries. The header
/// `Carillon-Signature: t=SECONDS,v1=HEX` carries HMAC-SHA256 over `SECONDS "." body` with the secret, so that forged and replayed requests
/// can be detected. 2xx: delivered. 429, 408, 5xx, no response: later. 401, 403, 404, 405, 410, redirects and forbidden addresses:
/// misconfigured. Other 4xx: refused. Other shapes (shapes.hpp) are sent without a signature; PagerDuty's and Telegram's 400 mean a wrong
/// key or chat: misconfigured. Responses are reported without the secrets in them. `outgoing` and `clock` must outlive the channel.
[[nodiscard]] std::unique_ptr<Channel> make_webhook_channel(WebhookSettings settings, http::Outgoing& outgoing, const Clock& clock);

/// The value of Carillon-Signature for `body` sent at `at`.
[[nodiscard]] std::string webhook_signature(std::string_view secret, Time at, std::string_view body);

}  // namespace carillon::notify
