#pragma once
// Taking inventory: which certificate is where, who issued it, when it ends, what is wrong with it. Needs no running server.

#include "certs/probe/probe.hpp"
#include "certs/scan/files.hpp"
#include "crypto/inspection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carillon::certs {

/// So many connections are waited for at once, and so many of them may be connected (a handshake on its way takes some 40 KiB).
inline constexpr std::size_t kConnectionsAtOnce = 4'000;
inline constexpr std::size_t kHandshakesAtOnce = 600;
/// With one address: more would be an attack on it.
inline constexpr std::size_t kHandshakesPerAddress = 8;
inline constexpr std::size_t kLookupThreads = 8;
/// An endpoint has this long. The silent cost nobody else a moment, but the scan as a whole lasts at least as long as the last of them.
inline constexpr std::chrono::seconds kScanDeadline{5};
inline constexpr std::uint16_t kHttpsPort = 443;

/// The findings of a scan that are none of a certificate.
inline constexpr std::string_view kUnreachable = "unreachable";
inline constexpr std::string_view kNotTls = "not_tls";

/// One certificate at one place, or a place without one.
struct ScanRow {
  std::string where;  ///< "www.example.org:443", with " at 192.0.2.7" behind it where the addresses of a name differ; or a file's path
  std::string name;   ///< the first name the certificate is good for, else its subject
  std::string issuer;
  std::optional<Time> not_after;
  std::vector<std::string> findings;  ///< the words of crypto::Finding, kUnreachable, kNotTls
  std::string serial;                 ///< lower-case hex
  std::string key;                    ///< "P-256"
  std::string detail;                 ///< why nothing was seen, or a remark on what was: the end of a sentence
  std::optional<Target> endpoint;     ///< what would be put under watch; none for files
  bool operator==(const ScanRow&) const = default;
};

struct ScanProgress {
  std::size_t done = 0;
  std::size_t total = 0;
};

/// The endpoint, and with what.
struct ScanRequest {
  std::vector<std::string>
      targets;  ///< as typed: hosts, ranges (see targets.hpp), folders, files of certificates or targets' configurations
  std::vector<std::uint16_t> ports{kHttpsPort};  ///< for hosts without one
  std::vector<std::string> lists;                ///< files with one target a line
  /// An endpoint that is known by its address alone must have a certificate for this address. Without it, no name is asked for there.
  bool addresses_are_names = true;
  std::chrono::milliseconds deadline = kScanDeadline;
};

/// What the outside of a scan is.
struct ScanParts {
  dns::Resolver& resolver;
  const crypto::Trust& trust;
  const Clock& clock;
  const Files& files;
};

struct ScanResult {
  std::vector<ScanRow> rows;          ///< in the order of `where`
  std::vector<std::string> problems;  ///< sentences about what could not be read, for people
};

/// Blocks until everything was looked at. An address of a name that says nothing (see says_nothing) has no row. `progress` is called on
/// this thread, several times a second at most. Fails when a target cannot be understood or read.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request, const ScanParts& parts,
                                      const std::function<void(ScanProgress)>& progress = {});

}  // namespace carillon::certs
