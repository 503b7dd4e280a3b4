#pragma once
// Notification channels. A channel delivers a message or returns why not; incidents/ decides when and to whom.

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::notify {

enum class MessageKind { alarm, acknowledged, closing, test };

/// One incident of a message, for services with a format of their own. Texts may be "" and times the epoch if the message doesn't need
/// them.
struct Fact {
  std::string id, kind, subject, what, consequence, remedy;
  std::string link;  ///< acknowledges it
  Time opened_at{};
  std::optional<Time> noticed_at{};
};

/// What a message is about.
struct Facts {
  MessageKind kind = MessageKind::alarm;
  std::vector<Fact> incidents{};
  std::string link{};  ///< acknowledges everything in the message; "" if there is nothing to acknowledge
};

/// One message to one person.
struct Message {
  std::string id;             ///< unique: becomes Message-ID and the webhook's `id`, so that a retry can be recognized
  std::string to;             ///< an email address; a webhook passes it on
  std::string subject;        ///< one line
  std::string text;           ///< plain text, lines of at most 78 characters
  std::string html;           ///< the same as HTML; "" omits it
  std::string json;           ///< one JSON object for webhooks: data, not prose
  Facts facts{};              ///< the same for other services
  std::string unsubscribe{};  ///< URL in whose page a POST unsubscribes (RFC 8058); "": not a mailing that people subscribe to
  std::string in_reply_to;    ///< ID of the first message about the same incident, so that mail programs group them
  Time at;
  bool urgent = false;  ///< marks it as important
};

enum class Outcome {
  delivered,
  later,    ///< try again (4xx of SMTP, no connection, 5xx and 429 of HTTP)
  refused,  ///< this message to this person, permanently (SMTP 5xx for the recipient or the content, other HTTP 4xx): try the next channel
            ///< immediately
  /// The channel doesn't work until someone fixes it: login rejected, required TLS unavailable, untrusted certificate, webhook URL gone.
  /// Try the next channel immediately, as for `refused`, but retry, as for `later`, because the message itself is fine.
  misconfigured,
};

struct Delivery {
  Outcome outcome = Outcome::later;
  std::string detail;                                 ///< the other side's response
  std::optional<std::chrono::seconds> retry_after{};  ///< with `later`: how long the other side asks to wait
};

/// Any thread; blocks, with its own deadlines.
class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  ///< "smtp", "webhook"
  [[nodiscard]] virtual Delivery deliver(const Message& message) = 0;
  /// Whether it also gets a message of type “acknowledged” when someone acknowledges an incident, because it escalates by itself (pagers).
  [[nodiscard]] virtual bool follows_acknowledgments() const noexcept { return false; }
};

}  // namespace carillon::notify
