#pragma once
// Asks CAs about certificates: each CRL once for all that name it, OCSP responders where that brought no answer.

#include "base/mutex.hpp"
#include "certs/revocation/revocation_list.hpp"
#include "http/client/outgoing.hpp"

namespace carillon::certs {

/// A certificate with what else was sent or stored with it; the issuer need not be the second, or be there at all.
using RevocationSubject = std::vector<crypto::Certificate>;

/// So many servers are asked side by side, so that a silent one delays the rest by little.
inline constexpr std::size_t kInquiriesAtOnce = 4;
inline constexpr std::chrono::milliseconds kListDeadline{60'000};
inline constexpr std::chrono::milliseconds kOcspDeadline{15'000};

/// One caller at a time. Blocks.
class Inquiry {
 public:
  explicit Inquiry(http::Outgoing& outgoing) : outgoing_{outgoing} {}

  /// The answers in the order of the subjects (each with at least its leaf). Lists that have not changed are not fetched again, as long as
  /// they were asked about the same certificates.
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
