#pragma once
// The roots for checking watched certificates: the system's, those of the configured issuers, and our local CA's. They can change while the
// program runs, with every update of ca-certificates.

#include "app/configuration.hpp"
#include "base/mutex.hpp"
#include "crypto/inspection.hpp"

#include <map>
#include <tuple>

namespace carillon::app {

/// Any thread; blocks.
class WatchedRoots {
 public:
  WatchedRoots(const Configuration& configuration, const crypto::Certificate& own);

  /// Reads the current roots.
  Result<crypto::Trust> read();
  /// Whether a file was replaced or changed since the last read().
  [[nodiscard]] bool have_changed() const;

 private:
  /// Device, inode, size and time of the last change of each file; missing files are skipped.
  using Stamps = std::map<std::string, std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>>;
  [[nodiscard]] Stamps stamps() const;

  std::vector<IssuerSection> issuers_;
  std::optional<crypto::Certificate> own_;
  mutable Mutex mutex_;
  Stamps read_ GUARDED_BY(mutex_);
};

}  // namespace carillon::app
