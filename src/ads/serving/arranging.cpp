// See arranging.hpp.

#include "ads/serving/arranging.hpp"

#include "crypto/sha256.hpp"
#include "delivery/composition.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace carillon::ads {

std::vector<Break> breaks_of(const Content& content) {
  std::vector<Break> breaks;
  for (const auto& place : content.places) {
    if (place.slots > 0) breaks.push_back({.position = place.position, .slots = place.slots});
  }
  const auto slots = [&] {
    return std::accumulate(breaks.begin(), breaks.end(), 0, [](int sum, const Break& each) { return sum + each.slots; });
  };
  for (auto excess = slots() - static_cast<int>(delivery::kMaxInsertedFiles); excess > 0; --excess) {
    // Of equally large ones, the last.
    auto largest = std::ranges::max_element(breaks.rbegin(), breaks.rend(), {}, &Break::slots);
    --largest->slots;
  }
  return breaks;
}

bool Arranged::is_whole() const noexcept {
  return arrangement.pieces.size() == 1 && arrangement.pieces.front().frames == arrangement.content &&
         arrangement.pieces.front().offset == ByteCount{} && ads.ads.empty() &&
         static_cast<std::int64_t>(arrangement.pieces.front().length.value) == ads.length;
}

Arranged arrange(const Content& content, std::span<const Order> orders, std::span<const Insertion> insertions) {
  std::vector<delivery::Cut> cuts;
  std::vector<AdPlace> ads;  // in the order in which they are heard
  std::size_t at_break = 0;
  for (const auto& place : content.places) {
    delivery::Cut cut{.at = place.at, .until = place.until};
    if (place.slots > 0) {
      for (const auto& insertion : insertions) {
        if (insertion.at_break != at_break) continue;
        const auto& order = orders[insertion.order];
        const auto& creative = order.creatives[insertion.creative];
        const auto* file = creative.file_near(content.format, content.loudness);
        cut.inserted.push_back({.frames = file->frames, .offset = {}, .length = file->length});
        ads.push_back({.order = order.id, .creative = creative.id, .position = std::string(name_of(place.position))});
      }
      ++at_break;
    }
    cuts.push_back(std::move(cut));
  }
  Arranged arranged{.arrangement = {.episode = content.episode,
                                    .prefix = content.prefix,
                                    .content = content.frames,
                                    .pieces = delivery::compose(content.frames, content.length, cuts)},
                    .ads = {.episode = content.episode, .bitrate = content.format.bitrate}};
  auto ad = ads.begin();
  std::int64_t at = 0;
  for (const auto& piece : arranged.arrangement.pieces) {
    const auto length = static_cast<std::int64_t>(piece.length.value);
    if (piece.frames != content.frames && ad != ads.end()) {
      ad->first = at;
      ad->length = length;
      ++ad;
    }
    at += length;
  }
  // Two orders can have the same audio: it must be known which of them was heard.
  if (!ads.empty()) {
    std::string booked;
    for (const auto& each : ads) booked += each.order + '\n' + each.creative + '\n';
    std::memcpy(&arranged.arrangement.mark, crypto::sha256(as_bytes(booked)).bytes.data(), sizeof arranged.arrangement.mark);
  }
  arranged.ads.length = at;
  arranged.ads.ads = std::move(ads);
  return arranged;
}

}  // namespace carillon::ads
