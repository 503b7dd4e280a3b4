// See frequency.hpp.

#include "ads/serving/frequency.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace carillon::ads {
namespace {

/// 14.4 bits and 10 hashes for each member let one of a thousand others pass.
constexpr std::size_t kFirstPart = 512;  // members
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kBitsPerMember = 15;
constexpr int kHashes = 10;
/// A period consists of so many buckets; it is only ever too long, by at most one of them.
constexpr int kBuckets = 12;

std::size_t members_of(std::size_t words) noexcept { return words * 64 / kBitsPerMember; }

/// Positions from two halves of a hash (Kirsch and Mitzenmacher, ESA 2006).
template <class Visit>
void for_each_bit(std::uint64_t hash, std::size_t bits, Visit visit) {
  const std::uint64_t step = (hash >> 32U) | 1U;
  std::uint64_t at = hash;
  for (int i = 0; i < kHashes; ++i, at += step * 0x9E3779B97F4A7C15U) {
    if (!visit(static_cast<std::size_t>(at % bits))) return;
  }
}

Duration bucket_length(const FrequencyCap& cap) noexcept {
  return std::max<Duration>(Duration{std::chrono::hours{cap.hours}} / kBuckets, std::chrono::minutes{1});
}

Time bucket_of(const FrequencyCap& cap, Time at) noexcept {
  const auto length = bucket_length(cap);
  return Time{at.time_since_epoch() / length * length};
}

}  // namespace

void HashSet::add(std::uint64_t hash) {
  if (has(hash)) return;
  if (parts_.empty() || parts_.back().added >= members_of(parts_.back().words.size())) {
    const auto members = parts_.empty() ? kFirstPart : members_of(parts_.back().words.size()) * kGrowth;
    parts_.push_back({.words = std::vector<std::uint64_t>((members * kBitsPerMember + 63) / 64)});
  }
  auto& part = parts_.back();
  for_each_bit(hash, part.words.size() * 64, [&](std::size_t bit) {
    part.words[bit / 64] |= std::uint64_t{1} << (bit % 64);
    return true;
  });
  ++part.added;
  part.changed = true;
}

bool HashSet::has(std::uint64_t hash) const noexcept {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    bool all = true;
    for_each_bit(hash, part.words.size() * 64, [&](std::size_t bit) {
      all = (part.words[bit / 64] >> (bit % 64) & 1U) != 0;
      return all;
    });
    return all;
  });
}

Frequency::Frequency(std::vector<FrequencyCap> caps) : caps_{std::move(caps)} {
  for (const auto& cap : caps_) counted_.push_back({.cap = cap, .buckets = {}});
}

Time Frequency::oldest(const FrequencyCap& cap, Time now) noexcept { return bucket_of(cap, now - std::chrono::hours{cap.hours}); }

int Frequency::Counted::times(std::uint64_t listener, Time now) const {
  int sum = 0;
  for (auto bucket = buckets.lower_bound(oldest(cap, now)); bucket != buckets.end() && sum < cap.times; ++bucket) {
    for (const auto& level : bucket->second) {
      if (!level.has(listener)) break;
      ++sum;
    }
  }
  return sum;
}

bool Frequency::allows(std::uint64_t listener, int times, Time now) {
  const Lock lock{mutex_};
  return std::ranges::all_of(counted_, [&](const Counted& each) { return each.times(listener, now) + times <= each.cap.times; });
}

void Frequency::note(std::uint64_t listener, int times, Time now) {
  const Lock lock{mutex_};
  for (auto& each : counted_) {
    each.buckets.erase(each.buckets.begin(), each.buckets.lower_bound(oldest(each.cap, now)));
    auto& levels = each.buckets[bucket_of(each.cap, now)];
    std::size_t level = 0;
    while (level < levels.size() && levels[level].has(listener)) ++level;
    // Beyond the cap, nobody asks how often.
    for (int i = 0; i < times && level < static_cast<std::size_t>(each.cap.times); ++i, ++level) {
      if (level == levels.size()) levels.emplace_back();
      levels[level].add(listener);
    }
  }
}

std::vector<Frequency::Saved> Frequency::take_changes() {
  std::vector<Saved> changes;
  const Lock lock{mutex_};
  for (auto& each : counted_) {
    for (auto& [bucket, levels] : each.buckets) {
      for (std::size_t level = 0; level < levels.size(); ++level) {
        auto& parts = levels[level].parts();
        for (std::size_t part = 0; part < parts.size(); ++part) {
          if (!std::exchange(parts[part].changed, false)) continue;
          changes.push_back({.hours = each.cap.hours,
                             .bucket = bucket,
                             .level = static_cast<int>(level),
                             .part = static_cast<int>(part),
                             .bits = to_base64(std::as_bytes(std::span{parts[part].words}))});
        }
      }
    }
  }
  return changes;
}

void Frequency::restore(const Saved& saved) {
  const auto bytes = from_base64(saved.bits);
  if (!bytes || bytes->empty() || bytes->size() % sizeof(std::uint64_t) != 0 || saved.level < 0 || saved.part < 0) return;
  const Lock lock{mutex_};
  for (auto& each : counted_) {
    if (each.cap.hours != saved.hours || saved.level >= each.cap.times) continue;
    auto& levels = each.buckets[saved.bucket];
    if (levels.size() <= static_cast<std::size_t>(saved.level)) levels.resize(static_cast<std::size_t>(saved.level) + 1);
    auto& parts = levels[static_cast<std::size_t>(saved.level)].parts();
    const auto number = static_cast<std::size_t>(saved.part);
    // In the order in which they grew.
    if (parts.size() < number) continue;
    if (parts.size() == number) parts.emplace_back();
    auto& part = parts[number];
    part.words.resize(bytes->size() / sizeof(std::uint64_t));
    std::size_t bits = 0;
    for (std::size_t i = 0; i < part.words.size(); ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes->data() + i * sizeof word, sizeof word);
      part.words[i] |= word;
      bits += static_cast<std::size_t>(std::popcount(part.words[i]));
    }
    // About as many as set that many bits; the exact number only says when the next part begins.
    part.added = std::max(part.added, bits / static_cast<std::size_t>(kHashes));
  }
}

std::string union_of(const std::string& one, const std::string& other) {
  auto all = from_base64(one);
  const auto more = from_base64(other);
  if (!all || !more || all->size() != more->size()) return one;
  for (std::size_t i = 0; i < all->size(); ++i) (*all)[i] |= (*more)[i];
  return to_base64(*all);
}

}  // namespace carillon::ads
