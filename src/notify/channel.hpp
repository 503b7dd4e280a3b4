#pragma once
// How a message reaches a person. A channel delivers or says why not; when and to whom is decided by incidents/.

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>

namespace carillon::notify {

/// One message to one person.
struct Message {
  std::string id;           ///< unique: becomes Message-ID and the webhook's `id`, so that a retry is recognised as one
  std::string to;           ///< an email address; a webhook passes it on
  std::string subject;      ///< one line
  std::string text;         ///< plain text, lines of at most 78 characters
  std::string html;         ///< the same for those who look; "" leaves it out
  std::string json;         ///< one JSON object for webhooks: the facts, not the prose
  std::string in_reply_to;  ///< id of the first message about the same thing: mail programs keep them together
  Time at;
  bool urgent = false;  ///< asks the mail program to show it before others
};

enum class Outcome {
  delivered,
  later,    ///< try again (4xx of SMTP, no connection, 5xx and 429 of HTTP)
  refused,  ///< this message to this person, for good (5xx for the recipient or the content, other 4xx of HTTP): the next channel, at once
  /// The channel itself carries nothing until somebody mends it: login refused, no TLS where it is asked for, a certificate that is not
  /// trusted, a webhook's address that is gone. The next channel at once, as for `refused`, but tried again, as for `later`: the message is
  /// as good as before.
  misconfigured,
};

struct Delivery {
  Outcome outcome = Outcome::later;
  std::string detail;  ///< what the other side said
};

/// Any thread; blocks, with deadlines of its own.
class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  ///< "smtp", "webhook"
  [[nodiscard]] virtual Delivery deliver(const Message& message) = 0;
};

}  // namespace carillon::notify
