#pragma once
// Scans for certificates: where they are, who issued them, when they expire and their problems. Needs no running server.

#include "certs/probe/probe.hpp"
#include "certs/scan/files.hpp"
#include "crypto/inspection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carillon::certs {

/// The maximum number of parallel connections, and how many of them may be connected (a handshake needs some 40 KiB).
inline constexpr std::size_t kConnectionsAtOnce = 4'000;
inline constexpr std::size_t kHandshakesAtOnce = 600;
/// Per address; more would be an attack.
inline constexpr std::size_t kHandshakesPerAddress = 8;
inline constexpr std::size_t kLookupThreads = 8;
/// The deadline of one endpoint. Silent ones don't delay others, but the scan takes at least as long as the last of them.
inline constexpr std::chrono::seconds kScanDeadline{5};
/// With STARTTLS and on mail ports. Servers delay their greeting to detect impatient bots (Postfix's postscreen by six seconds,
/// postscreen_greet_wait).
inline constexpr std::chrono::seconds kMailScanDeadline{20};
inline constexpr std::chrono::seconds kLongestScanDeadline{600};
inline constexpr std::uint16_t kHttpsPort = 443;

/// Findings of a scan that aren't about a certificate.
inline constexpr std::string_view kUnreachable = "unreachable";
inline constexpr std::string_view kNotTls = "not_tls";

/// One certificate at one place, or a place without one.
struct ScanRow {
  std::string where;  ///< "www.example.org:443", followed by " at 192.0.2.7" if the addresses of a name differ; or a file's path
  std::string name;   ///< the first name for which the certificate is valid, else its subject
  std::string issuer;
  std::optional<Time> not_after;
  std::vector<std::string> findings;  ///< the words of crypto::Finding, kUnreachable, kNotTls
  std::string serial;                 ///< lower-case hex
  std::string key;                    ///< "P-256"
  std::string detail;                 ///< why there is no certificate, or a remark about it: the end of a sentence
  std::optional<Target> endpoint;     ///< the endpoint to watch; none for files
  bool operator==(const ScanRow&) const = default;
};

struct ScanProgress {
  std::size_t done = 0;
  std::size_t total = 0;
};

/// The targets and options of a scan.
struct ScanRequest {
  std::vector<std::string>
      targets;  ///< as typed: hosts, ranges (see targets.hpp), folders, files of certificates or targets' configurations
  std::vector<std::uint16_t> ports{kHttpsPort};  ///< for hosts without one
  std::vector<std::string> lists;                ///< files with one target a line
  /// For targets on the network; none: the usual protocol of each port. Servers found in configurations have their own.
  std::optional<StartTls> starttls{};
  /// Endpoints that are only known by their address must have a certificate for that address. Without it, their names aren't checked.
  bool addresses_are_names = true;
  /// For every endpoint; none: deadline_of().
  std::optional<std::chrono::milliseconds> deadline{};
};
/// How long an endpoint has if the request doesn't say.
[[nodiscard]] std::chrono::milliseconds deadline_of(const Target& target) noexcept;

/// The dependencies of a scan.
struct ScanParts {
  dns::Resolver& resolver;
  const crypto::Trust& trust;
  const Clock& clock;
  const Files& files;
};

struct ScanResult {
  std::vector<ScanRow> rows;          ///< in the order of `where`
  std::vector<std::string> problems;  ///< sentences about what could not be read or checked, for people
  std::vector<std::string> remarks;   ///< sentences about what was checked in another way
  /// Endpoints outside ranges that could not be reached at any address.
  std::size_t unreachable = 0;
};

/// Blocks until everything was checked. An address whose result says nothing (see says_nothing) has no row. `progress` is called on this
/// thread, at most several times a second. Fails if a target can't be parsed or read.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request, const ScanParts& parts,
                                      const std::function<void(ScanProgress)>& progress = {});

}  // namespace carillon::certs
