#pragma once
// Pages as they were made of a snapshot, kept compressed as long as that snapshot is the show's: a page is made once per change, not once
// per visitor, also when they all come while it is being made.

#include "base/mutex.hpp"
#include "podcast/catalogue/catalogue.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::site {

namespace asio = boost::asio;

struct KeptPage {
  Body plain;
  Body gzip;
  std::string etag;  ///< strong, quoted
};
/// Digests and compresses: work, not for an event loop.
[[nodiscard]] KeptPage kept_page(std::string html);

/// Any thread.
class PageCache {
 public:
  explicit PageCache(ByteCount most) : most_{most} {}

  /// Null when none is kept under `key`, or it was made of another snapshot.
  [[nodiscard]] std::shared_ptr<const KeptPage> find(const std::string& key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of);
  /// Keeps it; the least used go where there is no room.
  std::shared_ptr<const KeptPage> keep(std::string key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of, KeptPage made);

  using Make = std::function<asio::awaitable<KeptPage>()>;
  /// The kept page, else what `make` makes, which is kept. Whoever asks for a page that is being made waits for that one, on its own
  /// executor, and throws what its maker threw.
  asio::awaitable<std::shared_ptr<const KeptPage>> page(std::string key, std::shared_ptr<const podcast::ShowSnapshot> made_of, Make make);

 private:
  using Waiter = std::move_only_function<void(std::exception_ptr, std::shared_ptr<const KeptPage>)>;
  /// A page that is being made. `mutex_` guards all of it until it has landed; then it stays as it is.
  struct Flight {
    std::shared_ptr<const podcast::ShowSnapshot> made_of;
    bool landed = false;
    std::exception_ptr failure{};
    std::shared_ptr<const KeptPage> page{};
    std::vector<Waiter> waiters{};
  };
  class Landing;
  asio::awaitable<std::shared_ptr<const KeptPage>> landed(std::shared_ptr<Flight> flight);
  void land(const std::string& key, const std::shared_ptr<Flight>& flight, std::exception_ptr failure,
            std::shared_ptr<const KeptPage> page);

  struct Entry {
    std::string key;
    std::weak_ptr<const podcast::ShowSnapshot> made_of;  ///< weak: a page must not keep a snapshot that has been replaced
    std::shared_ptr<const KeptPage> page;
  };
  using Place = std::list<Entry>::iterator;
  void drop(Place place) REQUIRES(mutex_);

  const ByteCount most_;
  Mutex mutex_;
  std::list<Entry> recent_ GUARDED_BY(mutex_);  ///< the last used first
  std::unordered_map<std::string, Place> places_ GUARDED_BY(mutex_);
  ByteCount weight_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_ GUARDED_BY(mutex_);
};

}  // namespace carillon::site
