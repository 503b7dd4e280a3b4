// See body_source.hpp.

#include "body/body_source.hpp"

#include "body/stream.hpp"
#include "net/asio.hpp"

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <cstring>

namespace carillon {

BodySource::BodySource(Body body, asio::thread_pool& disk) : reader_{std::move(body)}, disk_{disk} {}
BodySource::~BodySource() = default;

std::size_t BodySource::take(std::span<std::byte> into) noexcept {
  const auto count = std::min(into.size(), piece_.size() - taken_);
  std::memcpy(into.data(), piece_.data() + taken_, count);
  taken_ += count;
  reader_.skip(ByteCount{count});
  return count;
}

Result<std::size_t> BodySource::read_now(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    auto got = taken_ < piece_.size() ? Result<std::size_t>{take(into.subspan(filled))}
                                      : reader_.read(into.subspan(filled), BodyReader::Wait::never);
    if (!got) return got;
    if (*got == 0) break;
    filled += *got;
  }
  return filled;
}

asio::awaitable<Result<std::size_t>> BodySource::read(std::span<std::byte> into) {
  if (cancelled_) co_return fail(ErrorKind::unavailable, "the read was canceled");
  auto got = read_now(into);
  if (!got || *got > 0 || left().value == 0) co_return got;
  auto remote = reader_.next_remote();
  if (!remote) co_return co_await asio::co_spawn(disk_, read_from_disk(into), asio::use_awaitable);
  if (auto said = co_await next_piece(std::move(*remote)); !said) co_return forward_error(said);
  co_return take(into);
}

asio::awaitable<Result<>> BodySource::next_piece(RemoteSlice from) {
  if (!stream_) stream_ = from.object->stream(from.offset, from.length);
  auto piece = co_await stream_->next();
  if (cancelled_) co_return fail(ErrorKind::unavailable, "the read was canceled");
  if (!piece) co_return forward_error(piece);
  if (piece->empty() || piece->size() > from.length.value) co_return fail(ErrorKind::corrupt, "the size of stored media has changed");
  piece_ = std::move(*piece);
  taken_ = 0;
  // The next remote slice is another one's.
  if (ByteCount{piece_.size()} == from.length) stream_.reset();
  co_return Result<>{};
}

asio::awaitable<Result<std::size_t>> BodySource::read_from_disk(std::span<std::byte> into) {
  co_return reader_.read(into, BodyReader::Wait::for_disk);
}

void BodySource::cancel() noexcept {
  cancelled_ = true;
  if (stream_) stream_->cancel();
}

}  // namespace carillon
