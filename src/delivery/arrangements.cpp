// See arrangements.hpp.

#include "delivery/arrangements.hpp"

#include "crypto/sha256.hpp"

#include <sys/stat.h>

namespace carillon::delivery {
namespace {

ByteCount length_of(const FileDescriptor& file) {
  struct stat found{};
  return ::fstat(file.get(), &found) == 0 ? ByteCount{static_cast<std::uint64_t>(found.st_size)} : ByteCount{};
}

}  // namespace

asio::awaitable<Result<std::shared_ptr<const OpenArrangement>>> Arrangements::open(std::string name) {
  if (auto opened = at_hand(name)) co_return opened;
  co_return co_await workers_.run(name, [this, name] { return open_now(name); });
}

std::size_t Arrangements::open_count() const {
  const Lock lock{mutex_};
  return recent_.size();
}

Arrangements::Opened Arrangements::at_hand(const std::string& name) {
  const Lock lock{mutex_};
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || std::chrono::steady_clock::now() - found->second->opened->opened >= kArrangementTrusted) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->opened;
}

Result<Arrangements::Opened> Arrangements::open_now(const std::string& name) {
  if (auto opened = at_hand(name)) return opened;  // someone was faster
  auto arrangement = named(name);
  if (!arrangement) return forward_error(arrangement);
  auto stitched = stitch(*arrangement, [this](const Digest& digest) { return file(digest); });
  if (!stitched) return forward_error(stitched);
  auto opened = std::make_shared<const OpenArrangement>(OpenArrangement{.arrangement = std::move(*arrangement),
                                                                        .digest = crypto::sha256(as_bytes(name)),
                                                                        .stitched = std::move(*stitched),
                                                                        .opened = std::chrono::steady_clock::now()});
  std::vector<Opened> closed;  // freed without the mutex
  const Lock lock{mutex_};
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    closed.push_back(std::exchange(found->second->opened, opened));
    recent_.splice(recent_.begin(), recent_, found->second);
    return opened;
  }
  recent_.push_front({.name = name, .opened = opened});
  by_name_[name] = recent_.begin();
  while (recent_.size() > most_) {
    closed.push_back(std::move(recent_.back().opened));
    by_name_.erase(recent_.back().name);
    recent_.pop_back();
  }
  return opened;
}

Result<Body> Arrangements::file(const Digest& digest) {
  {
    const Lock lock{mutex_};
    std::erase_if(files_, [](const auto& each) { return each.second.expired(); });
  }
  // Opened by its name each time, so that a file that was lost is noticed; but only one descriptor of it stays.
  auto body = media_.open(digest);
  if (!body) return body;
  const auto& slices = body->slices();
  const auto* part = slices.size() == 1 ? std::get_if<FileSlice>(&slices.front()) : nullptr;
  if (!part) return body;
  const Lock lock{mutex_};
  auto& known = files_[digest];
  if (const auto file = known.lock(); file && length_of(*file) == body->length()) {
    Body shared;
    shared.append(FileSlice{.file = file, .offset = part->offset, .length = part->length});
    return shared;
  }
  known = part->file;
  return body;
}

}  // namespace carillon::delivery
