#pragma once
// What watched certificates are checked against: the system's roots, those of the issuers that the configuration names, and our own CA.
// They change while the program runs, with every update of ca-certificates.

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

  /// All of them as they are now.
  Result<crypto::Trust> read();
  /// Whether a file is another one, or has another content, than at the last read().
  [[nodiscard]] bool have_changed() const;

 private:
  /// Device, inode, size and time of the last change of each file; what is missing is left out.
  using Stamps = std::map<std::string, std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>>;
  [[nodiscard]] Stamps stamps() const;

  std::vector<IssuerSection> issuers_;
  std::optional<crypto::Certificate> own_;
  mutable Mutex mutex_;
  Stamps read_ GUARDED_BY(mutex_);
};

}  // namespace carillon::app
