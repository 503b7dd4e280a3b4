#pragma once
// Opens arrangements by their names and keeps the last ones open.

#include "base/mutex.hpp"
#include "blob/store.hpp"
#include "delivery/stitching.hpp"
#include "jobs/fair_workers.hpp"

#include <list>
#include <unordered_map>

namespace carillon::delivery {

struct OpenArrangement {
  Arrangement arrangement;
  Digest digest;  ///< SHA-256 of its name: its ETag, and its name in logs
  Stitched stitched;
  std::chrono::steady_clock::time_point opened;
};

/// Arrangements that are open at the same time; they share the descriptors of their files.
inline constexpr std::size_t kMaxOpenArrangements = 1024;
/// What has been open this long is opened again at the next request, to notice lost or truncated files.
inline constexpr std::chrono::seconds kArrangementTrusted{60};

/// Any thread.
class Arrangements {
 public:
  /// `key`: see NameKey. `media` must outlive it.
  Arrangements(blob::Store& media, NameKey key, std::size_t most = kMaxOpenArrangements) : media_{media}, key_{key}, most_{most} {}

  /// See delivery::name_of().
  [[nodiscard]] Result<std::string> name_of(const Arrangement& arrangement) const { return delivery::name_of(arrangement, key_); }
  /// See delivery::arrangement_from(). Doesn't block.
  [[nodiscard]] Result<Arrangement> named(std::string_view name) const { return arrangement_from(name, key_); }
  /// An open one without a worker; otherwise see stitch().
  asio::awaitable<Result<std::shared_ptr<const OpenArrangement>>> open(std::string name);

  [[nodiscard]] std::size_t open_count() const;

 private:
  using Opened = std::shared_ptr<const OpenArrangement>;
  struct Entry {
    std::string name;
    Opened opened;
  };
  [[nodiscard]] Opened at_hand(const std::string& name);
  Result<Opened> open_now(const std::string& name);
  /// An open blob, shared by all arrangements that use it.
  Result<Body> file(const Digest& digest);

  blob::Store& media_;
  const NameKey key_;
  const std::size_t most_;
  mutable Mutex mutex_;
  std::list<Entry> recent_ GUARDED_BY(mutex_);  ///< the last used one first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_name_ GUARDED_BY(mutex_);
  std::unordered_map<Digest, std::weak_ptr<const FileDescriptor>> files_ GUARDED_BY(mutex_);
  jobs::FairWorkers workers_{{.threads = 4, .running_per_key = 1, .waiting_per_key = 10'000}};  ///< by name
};

}  // namespace carillon::delivery
