// See body.hpp.

#include "body/body.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace carillon {
namespace {

Slice part_of(const Slice& slice, std::uint64_t offset, std::uint64_t length) {
  if (const auto* file = std::get_if<FileSlice>(&slice)) return FileSlice{file->file, file->offset + ByteCount{offset}, ByteCount{length}};
  if (const auto* remote = std::get_if<RemoteSlice>(&slice))
    return RemoteSlice{remote->object, remote->offset + ByteCount{offset}, ByteCount{length}};
  const auto& bytes = std::get<BytesSlice>(slice);
  return BytesSlice{bytes.owner, bytes.bytes.subspan(offset, length)};
}

/// pread(2), of what is in memory alone unless `wait` allows more. -1 with EAGAIN: the disk would have to be waited for.
ssize_t read_at(int fd, std::span<std::byte> into, std::uint64_t offset, BodyReader::Wait wait) {
  if (wait != BodyReader::Wait::never) return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
  iovec piece{into.data(), into.size()};
  const auto got = ::preadv2(fd, &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  // Some file systems know no RWF_NOWAIT. Theirs are mostly in memory (tmpfs): waiting for them is no wait.
  if (got < 0 && errno == EOPNOTSUPP) return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
  return got;
}

}  // namespace

ByteCount length_of(const Slice& slice) noexcept {
  if (const auto* file = std::get_if<FileSlice>(&slice)) return file->length;
  if (const auto* remote = std::get_if<RemoteSlice>(&slice)) return remote->length;
  return ByteCount{std::get_if<BytesSlice>(&slice)->bytes.size()};
}

Body Body::of(std::string text) { return of(std::make_shared<const std::string>(std::move(text))); }

Body Body::of(std::shared_ptr<const std::string> text) {
  Body body;
  const auto bytes = as_bytes(*text);
  body.append(BytesSlice{std::move(text), bytes});
  return body;
}

void Body::append(Slice slice) {
  const auto length = length_of(slice);
  if (length.value == 0) return;
  length_ += length;
  slices_.push_back(std::move(slice));
}

void Body::append(const Body& body) {
  for (const auto& slice : body.slices()) append(slice);
}

Body Body::part(ByteCount offset, ByteCount length) const {
  Body result;
  std::uint64_t skip = offset.value;
  std::uint64_t left = length.value;
  for (const auto& slice : slices_) {
    const auto size = length_of(slice).value;
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const auto take = std::min(size - skip, left);
    result.append(part_of(slice, skip, take));
    left -= take;
    skip = 0;
    if (left == 0) break;
  }
  return result;
}

const Slice* BodyReader::next_slice() noexcept {
  while (slice_ < body_.slices().size()) {
    const auto& slice = body_.slices()[slice_];
    if (within_ < length_of(slice)) return &slice;
    ++slice_;
    within_ = {};
  }
  return nullptr;
}

std::optional<RemoteSlice> BodyReader::next_remote() {
  const auto* slice = next_slice();
  const auto* remote = slice ? std::get_if<RemoteSlice>(slice) : nullptr;
  if (!remote) return std::nullopt;
  return RemoteSlice{remote->object, remote->offset + within_, remote->length - within_};
}

void BodyReader::skip(ByteCount count) noexcept {
  within_ += count;
  done_ += count;
}

Result<std::size_t> BodyReader::read(std::span<std::byte> into, Wait wait) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto* slice = next_slice();
    if (!slice) break;
    const auto room = into.subspan(filled, std::min<std::uint64_t>(into.size() - filled, (length_of(*slice) - within_).value));
    std::size_t got = room.size();
    if (const auto* file = std::get_if<FileSlice>(slice)) {
      const auto read = read_at(file->file->get(), room, (file->offset + within_).value, wait);
      if (read < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;  // what was filled so far leaves first
        return fail_errno("read", "stored media", errno);
      }
      if (read == 0) return fail(ErrorKind::corrupt, "a stored file has been truncated");
      got = static_cast<std::size_t>(read);
    } else if (const auto* remote = std::get_if<RemoteSlice>(slice)) {
      if (wait != Wait::allowed) break;
      const auto read = remote->object->read(remote->offset + within_, room);
      if (!read) return read;
      if (*read == 0) return fail(ErrorKind::corrupt, "stored media has been truncated");
      got = *read;
    } else {
      std::memcpy(room.data(), std::get<BytesSlice>(*slice).bytes.data() + within_.value, got);
    }
    filled += got;
    skip(ByteCount{got});
  }
  return filled;
}

Result<std::string> whole(const Body& body) {
  std::string text(body.length().value, '\0');
  BodyReader reader{body};
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = reader.read(std::as_writable_bytes(std::span{text}).subspan(filled), BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    filled += *got;
  }
  return text;
}

}  // namespace carillon
