#pragma once
// Asks CAs about certificates. Each CRL is fetched once for all that name it; OCSP responders are asked if that gave no answer.

#include "base/mutex.hpp"
#include "certs/revocation/revocation_list.hpp"
#include "http/client/outgoing.hpp"

namespace carillon::certs {

/// A certificate and the others that were sent or stored with it. The issuer may be anywhere among them, or missing.
using RevocationSubject = std::vector<crypto::Certificate>;

/// How many servers are asked in parallel, so that a silent one hardly delays the rest.
inline constexpr std::size_t kInquiriesAtOnce = 4;
inline constexpr std::chrono::milliseconds kListDeadline{60'000};
inline constexpr std::chrono::milliseconds kOcspDeadline{15'000};

/// One caller at a time. Blocks.
class Inquiry {
 public:
  explicit Inquiry(http::Outgoing& outgoing) : outgoing_{outgoing} {}

  /// The answers in the order of the subjects (each with at least its leaf). Unchanged lists aren't fetched again if they were last asked
  /// about the same certificates.
  std::vector<RevocationAnswer> ask(std::span<const RevocationSubject> subjects, Time now);

 private:
  /// What a list said when it was last fetched, without the list.
  struct Known {
    std::string etag, modified;
    ListDates dates{};
    std::map<std::string, RevocationAnswer, std::less<>> answers;  ///< by fingerprint
  };
  struct Asked {
    std::size_t subject;
    const crypto::Certificate* issuer;
  };

  std::vector<RevocationAnswer> ask_list(const std::string& url, std::span<const RevocationSubject> subjects, std::span<const Asked> asked,
                                         Time now);
  RevocationAnswer ask_responder(const std::string& url, const crypto::Certificate& leaf, const crypto::Certificate& issuer, Time now);

  http::Outgoing& outgoing_;
  Mutex mutex_;
  std::map<std::string, Known, std::less<>> known_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
