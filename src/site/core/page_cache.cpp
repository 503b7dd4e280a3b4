// See page_cache.hpp.

#include "site/core/page_cache.hpp"

#include "base/compress.hpp"
#include "crypto/sha256.hpp"
#include "net/asio.hpp"

#include <stdexcept>
#include <utility>

namespace carillon::site {
namespace {

ByteCount weight_of(const KeptPage& page) { return page.plain.length() + page.gzip.length(); }

}  // namespace

KeptPage kept_page(std::string html) {
  KeptPage made;
  made.etag = "\"" + crypto::sha256(as_bytes(html)).hex() + "\"";
  made.gzip = Body::of(gzip(html));
  made.plain = Body::of(std::move(html));
  return made;
}

/// Whoever makes a page ends its flight exactly once, whatever becomes of it: the others wait for that.
class PageCache::Landing {
 public:
  Landing(PageCache& cache, std::string key, std::shared_ptr<Flight> flight)
      : cache_{cache}, key_{std::move(key)}, flight_{std::move(flight)} {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    if (flight_) land(std::make_exception_ptr(std::runtime_error{"the page took too long to render"}), nullptr);
  }
  void land(std::exception_ptr failure, std::shared_ptr<const KeptPage> page) {
    cache_.land(key_, std::exchange(flight_, nullptr), std::move(failure), std::move(page));
  }

 private:
  PageCache& cache_;
  const std::string key_;
  std::shared_ptr<Flight> flight_;
};

asio::awaitable<std::shared_ptr<const KeptPage>> PageCache::page(std::string key, std::shared_ptr<const podcast::ShowSnapshot> made_of,
                                                                 Make make) {
  if (auto kept = find(key, made_of)) co_return kept;
  std::shared_ptr<Flight> flight;
  bool mine = false;
  {
    const Lock lock{mutex_};
    auto& current = flights_[key];
    if (!current || current->made_of != made_of) {
      current = std::make_shared<Flight>();
      current->made_of = made_of;
      mine = true;
    }
    flight = current;
  }
  if (!mine) co_return co_await landed(std::move(flight));
  Landing landing{*this, key, std::move(flight)};
  std::exception_ptr failure;
  std::shared_ptr<const KeptPage> page;
  try {
    page = find(key, made_of);  // somebody's may have landed meanwhile
    if (!page) page = keep(key, made_of, co_await make());
  } catch (...) { failure = std::current_exception(); }
  landing.land(failure, page);
  if (failure) std::rethrow_exception(failure);
  co_return page;
}

asio::awaitable<std::shared_ptr<const KeptPage>> PageCache::landed(std::shared_ptr<Flight> flight) {
  using Page = std::shared_ptr<const KeptPage>;
  const auto initiate = [&](auto handler) {
    auto executor = asio::get_associated_executor(handler);
    Waiter waiter = [handler = std::move(handler), executor, alive = asio::make_work_guard(executor)](std::exception_ptr failure,
                                                                                                      Page page) mutable {
      asio::post(executor, [handler = std::move(handler), failure = std::move(failure), page = std::move(page)]() mutable {
        std::move(handler)(std::move(failure), std::move(page));
      });
    };
    {
      const Lock lock{mutex_};
      if (!flight->landed) {
        flight->waiters.push_back(std::move(waiter));
        return;
      }
    }
    waiter(flight->failure, flight->page);
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Page)>(initiate, asio::use_awaitable);
}

void PageCache::land(const std::string& key, const std::shared_ptr<Flight>& flight, std::exception_ptr failure,
                     std::shared_ptr<const KeptPage> page) {
  std::vector<Waiter> waiters;
  {
    const Lock lock{mutex_};
    flight->landed = true;
    flight->failure = failure;
    flight->page = page;
    waiters.swap(flight->waiters);
    if (const auto found = flights_.find(key); found != flights_.end() && found->second == flight) flights_.erase(found);
  }
  for (auto& waiter : waiters) waiter(failure, page);
}

std::shared_ptr<const KeptPage> PageCache::find(const std::string& key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of) {
  const Lock lock{mutex_};
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  const auto place = found->second;
  if (place->made_of.lock() != made_of) {
    drop(place);
    return nullptr;
  }
  recent_.splice(recent_.begin(), recent_, place);
  return place->page;
}

std::shared_ptr<const KeptPage> PageCache::keep(std::string key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of,
                                                KeptPage made) {
  auto page = std::make_shared<const KeptPage>(std::move(made));
  const Lock lock{mutex_};
  if (const auto found = places_.find(key); found != places_.end()) drop(found->second);
  recent_.push_front({key, made_of, page});
  places_.emplace(std::move(key), recent_.begin());
  weight_ += weight_of(*page);
  while (weight_ > most_ && recent_.size() > 1) drop(std::prev(recent_.end()));
  return page;
}

void PageCache::drop(Place place) {
  weight_ -= weight_of(*place->page);
  places_.erase(place->key);
  recent_.erase(place);
}

}  // namespace carillon::site
