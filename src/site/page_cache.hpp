#pragma once
// Pages as they were made of a snapshot, kept compressed as long as that snapshot is the show's: a page is made once per change, not once
// per visitor.

#include "podcast/catalogue.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carillon::site {

struct KeptPage {
  Body plain;
  Body gzip;
  std::string etag;  ///< strong, quoted
};

/// Any thread.
class PageCache {
 public:
  explicit PageCache(ByteCount most) : most_{most} {}

  /// Null when none is kept under `key`, or it was made of another snapshot.
  [[nodiscard]] std::shared_ptr<const KeptPage> find(const std::string& key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of);
  /// Keeps it; the least used go where there is no room.
  std::shared_ptr<const KeptPage> keep(std::string key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of, std::string html);

 private:
  struct Entry {
    std::string key;
    std::weak_ptr<const podcast::ShowSnapshot> made_of;  ///< weak: a page must not keep a snapshot that has been replaced
    std::shared_ptr<const KeptPage> page;
  };
  using Place = std::list<Entry>::iterator;
  void drop(Place place);

  const ByteCount most_;
  std::mutex mutex_;
  std::list<Entry> recent_;  ///< the last used first
  std::unordered_map<std::string, Place> places_;
  ByteCount weight_;
};

}  // namespace carillon::site
