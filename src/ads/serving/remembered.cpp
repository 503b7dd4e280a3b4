// See remembered.hpp.

#include "ads/serving/remembered.hpp"

#include <utility>

namespace carillon::ads {

const Remembered::Entry* Remembered::valid(const Shard& shard, const ListenerKey& key, Time now) {
  const auto found = shard.entries.find(key);
  return found == shard.entries.end() || found->second.decided + kRememberedFor <= now ? nullptr : &found->second;
}

void Remembered::insert(Shard& shard, const ListenerKey& key, Entry entry) const {
  const auto decided = entry.decided;
  shard.entries.insert_or_assign(key, std::move(entry));
  shard.oldest.emplace_back(decided, key);
  while (shard.oldest.size() > most_ || shard.oldest.front().first + kRememberedFor <= decided) {
    const auto [put, oldest] = shard.oldest.front();
    shard.oldest.pop_front();
    // It may have been decided again since.
    if (const auto found = shard.entries.find(oldest); found != shard.entries.end() && found->second.decided == put)
      shard.entries.erase(found);
  }
}

Remembered::Found Remembered::find(const ListenerKey& key, Time now) {
  auto& shard = shard_of(key);
  const Lock lock{shard.mutex};
  const auto* entry = valid(shard, key, now);
  return entry ? Found{.known = true, .name = entry->name} : Found{};
}

ArrangementName Remembered::find_or(const ListenerKey& key, Time now, const std::function<ArrangementName()>& decide) {
  auto& shard = shard_of(key);
  const Lock lock{shard.mutex};
  if (const auto* entry = valid(shard, key, now)) return entry->name;
  auto name = decide();
  insert(shard, key, {.decided = now, .name = name});
  return name;
}

void Remembered::put(const ListenerKey& key, ArrangementName name, Time decided) {
  auto& shard = shard_of(key);
  const Lock lock{shard.mutex};
  if (valid(shard, key, decided)) return;
  insert(shard, key, {.decided = decided, .name = std::move(name)});
}

std::size_t Remembered::size() {
  std::size_t sum = 0;
  for (auto& shard : shards_) {
    const Lock lock{shard.mutex};
    sum += shard.entries.size();
  }
  return sum;
}

}  // namespace carillon::ads
