#pragma once
// A remote object in memory that does what a test wants: it suspends its reader before each piece, breaks off, hangs, or has another length
// than it promised.

#include "body/body.hpp"
#include "body/stream.hpp"
#include "net/asio.hpp"

#include <algorithm>
#include <atomic>

namespace carillon::testing {

class ScriptedRemote final : public Remote {
 public:
  struct Script {
    std::string content;
    std::size_t piece = 1000;
    std::size_t breaks_at = std::string::npos;  ///< an offset in `content`: what follows fails
    std::size_t hangs_at = std::string::npos;   ///< what follows never comes, until it is cancelled
    std::size_t ends_at = std::string::npos;    ///< what follows is not there
    std::string says_too_much{};                ///< behind each piece
  };
  explicit ScriptedRemote(Script script) : script_{std::move(script)} {}

  [[nodiscard]] static Body body(std::shared_ptr<const ScriptedRemote> remote) {
    Body body;
    const ByteCount length{remote->script_.content.size()};
    body.append(RemoteSlice{std::move(remote), {}, length});
    return body;
  }

  [[nodiscard]] std::unique_ptr<Stream> stream(ByteCount offset, ByteCount length) const override {
    ++streams;
    return std::make_unique<Said>(*this, offset.value, offset.value + length.value);
  }
  [[nodiscard]] Result<std::size_t> read(ByteCount offset, std::span<std::byte> into) const override {
    const auto at = static_cast<std::size_t>(offset.value);
    if (at >= script_.breaks_at) return fail(ErrorKind::unavailable, "the other machine is gone");
    const auto end = std::min({script_.content.size(), script_.breaks_at, script_.ends_at});
    const auto count = std::min({into.size(), script_.piece, end - std::min(at, end)});
    std::ranges::copy(as_bytes(script_.content).subspan(at, count), into.begin());
    return count;
  }

  mutable std::atomic<int> streams = 0;
  mutable std::atomic<int> waiting = 0;  ///< next() calls that hang
  mutable std::atomic<int> cancelled = 0;

 private:
  class Said final : public Stream {
   public:
    Said(const ScriptedRemote& remote, std::size_t at, std::size_t end) : remote_{remote}, at_{at}, end_{end} {}

    asio::awaitable<Result<std::string>> next() override {
      const auto& script = remote_.script_;
      co_await asio::post(asio::use_awaitable);
      if (at_ >= script.breaks_at) co_return fail(ErrorKind::unavailable, "the other machine is gone");
      if (at_ >= script.hangs_at && !over_) {
        timer_.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        ++remote_.waiting;
        boost::system::error_code ignored;
        co_await timer_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        --remote_.waiting;
      }
      if (over_) co_return fail(ErrorKind::unavailable, "cancelled");
      if (at_ >= script.ends_at) co_return std::string{};
      const auto until = std::min({end_, at_ + script.piece, script.breaks_at, script.hangs_at, script.ends_at});
      auto piece = script.content.substr(at_, until - at_) + script.says_too_much;
      at_ = until;
      co_return piece;
    }
    void cancel() noexcept override {
      over_ = true;
      ++remote_.cancelled;
      if (timer_) timer_->cancel();
    }

   private:
    const ScriptedRemote& remote_;
    std::size_t at_, end_;
    std::optional<asio::steady_timer> timer_;
    bool over_ = false;
  };

  Script script_;
};

}  // namespace carillon::testing
