#pragma once
// Outgoing requests: to CAs, webhooks, issuers' certificates. Only this code decides which addresses they may reach.

#include "http/message.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace carillon::http {

/// Error::field where the other side's certificate has expired, or is not valid yet, by this machine's clock: it may be the clock that is
/// wrong.
inline constexpr std::string_view kCertificateHasEnded = "certificate has expired";
inline constexpr std::string_view kCertificateNotYetValid = "certificate not yet valid";

/// Who chose the URL of a request.
enum class Reach {
  public_only,  ///< someone else: private, loopback and link-local addresses are refused after resolution, also for redirects
  anywhere,     ///< the operator, in the configuration
};

struct OutgoingRequest {
  Method method = Method::get;
  std::string url;  ///< http: or https:, absolute
  Fields fields;
  std::string body;
  std::chrono::milliseconds deadline{30'000};  ///< for the whole exchange
  ByteCount most{1ULL << 20};                  ///< a longer response is `too_large`
  std::filesystem::path trust;                 ///< PEM file of roots; empty: the system's
  int redirects = 0;                           ///< the maximum number to follow
  std::string connect_to;                      ///< the host's IP address, if the caller has resolved it; "": resolve it. Not with redirects
  Reach reach = Reach::public_only;
};

struct OutgoingAnswer {
  int status = 0;
  Fields fields;
  std::string body;
};

/// Any thread. Tests replace this interface.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  /// Blocks. Every HTTP status is a response. `unavailable`: no connection, no response in time, cut off, wrong certificate; `refused`: the
  /// address isn't allowed; `too_large`; `invalid`: not a URL.
  [[nodiscard]] virtual Result<OutgoingAnswer> exchange(const OutgoingRequest& request) = 0;
};

struct OutgoingSettings {
  std::vector<std::string> allow;  ///< "10.0.0.0/8": private networks that Reach::public_only may still reach
};

/// Uses libcurl and reuses connections. `invalid` if a network in `allow` can't be parsed.
[[nodiscard]] Result<std::unique_ptr<Outgoing>> make_outgoing(const OutgoingSettings& settings);

}  // namespace carillon::http
