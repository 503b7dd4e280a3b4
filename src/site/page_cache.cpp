// See page_cache.hpp.

#include "site/page_cache.hpp"

#include "base/compress.hpp"
#include "crypto/sha256.hpp"

namespace carillon::site {
namespace {

ByteCount weight_of(const KeptPage& page) { return page.plain.length() + page.gzip.length(); }

}  // namespace

std::shared_ptr<const KeptPage> PageCache::find(const std::string& key, const std::shared_ptr<const podcast::ShowSnapshot>& made_of) {
  const std::lock_guard lock{mutex_};
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
                                                std::string html) {
  KeptPage made;
  made.etag = "\"" + crypto::sha256(as_bytes(html)).hex() + "\"";
  made.gzip = Body::of(gzip(html));
  made.plain = Body::of(std::move(html));
  auto page = std::make_shared<const KeptPage>(std::move(made));
  const std::lock_guard lock{mutex_};
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
