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

/// Who chose the address of a request.
enum class Reach {
  public_only,  ///< somebody else: private, loopback and link-local addresses are refused after resolution, on every redirect
  anywhere,     ///< the operator, in the configuration
};

struct OutgoingRequest {
  Method method = Method::get;
  std::string url;  ///< http: or https:, absolute
  Fields fields;
  std::string body;
  std::chrono::milliseconds deadline{30'000};  ///< for the whole exchange
  ByteCount most{1ULL << 20};                  ///< a longer answer is `too_large`
  std::filesystem::path trust;                 ///< PEM file of roots; empty: the system's
  int redirects = 0;                           ///< followed at most
  std::string connect_to;  ///< the host's IP address, where the caller has looked it up; "": it is looked up. Without redirects
  Reach reach = Reach::public_only;
};

struct OutgoingAnswer {
  int status = 0;
  Fields fields;
  std::string body;
};

/// Any thread. A test puts its own world in this place.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  /// Blocks. Every status is an answer. `unavailable`: no connection, no answer in time, cut off, wrong certificate; `refused`: the address
  /// may not be reached; `too_large`; `invalid`: no URL.
  [[nodiscard]] virtual Result<OutgoingAnswer> exchange(const OutgoingRequest& request) = 0;
};

struct OutgoingSettings {
  std::vector<std::string> allow;  ///< "10.0.0.0/8": private networks that Reach::public_only may reach all the same
};

/// Over libcurl; connections are kept and used again. `invalid` when a network of `allow` can't be read.
[[nodiscard]] Result<std::unique_ptr<Outgoing>> make_outgoing(const OutgoingSettings& settings);

}  // namespace carillon::http
