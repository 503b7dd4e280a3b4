// See shelf.hpp.

#include "podcast/catalogue/shelf.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

/// An episode beside its texts: its fields, its places in the tables.
constexpr ByteCount kEpisodeWeight{3000};
/// Of what all may weigh so much is freed at once, so that not each snapshot that comes has to look for one that goes.
constexpr std::uint64_t kFreedPart = 16;

std::size_t hash_of(std::string_view name) noexcept { return std::hash<std::string_view>{}(name); }

/// About what a snapshot takes of the memory.
ByteCount weight_of(const ShowSnapshot& snapshot) {
  auto weight = snapshot.feed.body.length() + snapshot.feed.gzip.length() + ByteCount{snapshot.description_html.size()};
  for (const auto& entry : snapshot.episodes)
    weight += kEpisodeWeight + ByteCount{2 * (entry->notes_html.size() + entry->episode.notes.size())};
  return weight;
}

}  // namespace

/// What `pick` makes of the first snapshot with that hash of which it makes something.
template <class Pick>
auto Shelf::look(const Table& table, std::string_view name, bool is_use, Pick pick) const {
  const auto hash = hash_of(name);
  decltype(pick(Snapshot{})) picked{};
  const auto piece = table[hash % kPieces].load();
  if (!piece) return picked;
  for (const auto& entry : *piece) {
    if (entry.hash != hash) continue;
    picked = pick(entry.place->snapshot.load());
    if (!picked) continue;
    // Written only when it changes: the line of memory stays with every core that reads it.
    const auto now = puts_.load(std::memory_order_relaxed);
    if (is_use && entry.place->used.load(std::memory_order_relaxed) != now) entry.place->used.store(now, std::memory_order_relaxed);
    break;
  }
  return picked;
}

Shelf::Snapshot Shelf::with_slug(std::string_view slug) const {
  return look(slugs_, slug, true, [slug](Snapshot found) { return found->show.slug == slug ? std::move(found) : nullptr; });
}

Shelf::Snapshot Shelf::peek(std::string_view slug) const {
  return look(slugs_, slug, false, [slug](Snapshot found) { return found->show.slug == slug ? std::move(found) : nullptr; });
}

EpisodeInShow Shelf::with_episode(std::string_view id) const {
  auto found = look(episodes_, id, true, [id](Snapshot snapshot) -> std::optional<EpisodeInShow> {
    auto episode = snapshot->by_id(id);
    if (!episode) return std::nullopt;
    return EpisodeInShow{std::move(snapshot), std::move(episode), {}, {}};
  });
  return found ? std::move(*found) : EpisodeInShow{};
}

bool Shelf::has_episode(std::string_view id) const {
  return look(episodes_, id, false, [id](const Snapshot& snapshot) { return snapshot->by_id(id) != nullptr; });
}

void Shelf::add(Table& table, std::string_view name, const std::shared_ptr<Place>& place) {
  const auto hash = hash_of(name);
  auto& slot = table[hash % kPieces];
  const auto before = slot.load();
  auto piece = std::make_shared<Piece>();
  piece->reserve(before ? before->size() + 1 : 1);
  if (before) *piece = *before;
  piece->push_back({hash, place});
  slot.store(std::move(piece));
}

void Shelf::take(Table& table, std::string_view name, const std::shared_ptr<Place>& place) {
  const auto hash = hash_of(name);
  auto& slot = table[hash % kPieces];
  const auto before = slot.load();
  if (!before) return;
  auto piece = std::make_shared<Piece>(*before);
  const auto entry = std::ranges::find_if(*piece, [&](const Entry& each) { return each.hash == hash && each.place == place; });
  if (entry != piece->end()) piece->erase(entry);
  if (piece->empty()) piece = nullptr;
  slot.store(std::move(piece));
}

void Shelf::put(const Snapshot& snapshot) {
  const auto weight = weight_of(*snapshot);
  Snapshot before;  // goes after the mutex: freeing it takes its time
  const Lock lock{mutex_};
  // Under another slug than before.
  if (const auto known = ids_.find(snapshot->show.id); known != ids_.end() && known->second != snapshot->show.slug)
    forget(std::shared_ptr{places_.at(known->second)});
  ids_[snapshot->show.id] = snapshot->show.slug;
  auto& place = places_[snapshot->show.slug];
  const bool is_new = !place;
  if (is_new) place = std::make_shared<Place>();
  before = place->snapshot.exchange(snapshot);
  place->used = ++puts_;
  in_memory_ += weight;
  in_memory_ -= place->weight;
  place->weight = weight;
  for (const auto& entry : snapshot->episodes) {
    if (!before || !before->by_id(entry->episode.id)) add(episodes_, entry->episode.id, place);
  }
  if (before) {
    for (const auto& entry : before->episodes) {
      if (!snapshot->by_id(entry->episode.id)) take(episodes_, entry->episode.id, place);
    }
  }
  if (is_new) add(slugs_, snapshot->show.slug, place);
  if (in_memory_ > most_) make_room(*place);
}

void Shelf::forget(const std::shared_ptr<Place>& place) {
  const auto snapshot = place->snapshot.load();
  for (const auto& entry : snapshot->episodes) take(episodes_, entry->episode.id, place);
  take(slugs_, snapshot->show.slug, place);
  in_memory_ -= place->weight;
  ids_.erase(snapshot->show.id);
  places_.erase(snapshot->show.slug);
}

void Shelf::make_room(const Place& newest) {
  std::vector<std::pair<std::uint64_t, std::shared_ptr<Place>>> others;
  for (const auto& [slug, place] : places_) {
    if (place.get() != &newest) others.emplace_back(place->used.load(std::memory_order_relaxed), place);
  }
  std::ranges::sort(others, {}, [](const auto& each) { return each.first; });
  const auto enough = most_ - ByteCount{most_.value / kFreedPart};
  for (const auto& [used, place] : others) {
    if (in_memory_ <= enough) break;
    forget(place);
  }
}

std::vector<std::string> Shelf::show_ids() const {
  const Lock lock{mutex_};
  std::vector<std::string> ids;
  for (const auto& [slug, place] : places_) ids.push_back(place->snapshot.load()->show.id);
  return ids;
}

void Shelf::remove(std::string_view show_id) {
  const Lock lock{mutex_};
  if (const auto known = ids_.find(std::string(show_id)); known != ids_.end()) forget(std::shared_ptr{places_.at(known->second)});
}

}  // namespace carillon::podcast
