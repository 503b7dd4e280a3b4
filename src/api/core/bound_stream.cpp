// See bound_stream.hpp.

#include "api/core/bound_stream.hpp"

#include "net/asio.hpp"

#include <algorithm>

namespace carillon::api {
namespace {

/// No stream outlives this, whatever its caller holds.
constexpr std::chrono::hours kLongestBinding{24};

/// What a call from elsewhere reaches: it may come when the stream is gone.
struct Binding {
  std::unique_ptr<Stream> stream;
  bool over = false;

  void end() {
    over = true;
    stream->cancel();
  }
};

class BoundStream final : public Stream {
 public:
  BoundStream(const accounts::Caller& caller, std::unique_ptr<Stream> stream, accounts::Revocations& revocations, const Clock& clock,
              const asio::any_io_executor& executor)
      : binding_{std::make_shared<Binding>(Binding{.stream = std::move(stream)})}, timer_{executor} {
    std::chrono::steady_clock::duration left = kLongestBinding;
    if (caller.ends) left = std::clamp<std::chrono::steady_clock::duration>(*caller.ends - clock.now(), {}, left);
    timer_.expires_after(left);
    timer_.async_wait([weak = std::weak_ptr{binding_}](const boost::system::error_code& stopped) {
      if (const auto binding = weak.lock(); binding && !stopped) binding->end();
    });
    watch_ = revocations.watch(caller, [executor, weak = std::weak_ptr{binding_}] {
      asio::post(executor, [weak] {
        if (const auto binding = weak.lock()) binding->end();
      });
    });
  }

  asio::awaitable<Result<std::string>> next() override {
    if (binding_->over) co_return std::string{};
    auto said = co_await binding_->stream->next();
    // What it said when it was ended is not for this caller any more.
    if (binding_->over) co_return std::string{};
    co_return said;
  }

  void cancel() noexcept override { binding_->stream->cancel(); }

 private:
  std::shared_ptr<Binding> binding_;
  asio::steady_timer timer_;
  std::unique_ptr<accounts::Revocations::Watch> watch_;
};

}  // namespace

BoundBody::BoundBody(const accounts::Caller& caller, http::IncomingBody& body, accounts::Revocations& revocations)
    : body_{body}, watch_{revocations.watch(caller, [this] { lost_ = true; })} {}

asio::awaitable<Result<std::size_t>> BoundBody::read_some(std::span<std::byte> into) {
  auto got = co_await body_.read_some(into);
  if (lost_)
    co_return fail(ErrorKind::refused, "Your permissions changed while this request was running; sign in again and check what was saved.");
  co_return got;
}

std::unique_ptr<Stream> bound_to(const accounts::Caller& caller, std::unique_ptr<Stream> stream, accounts::Revocations& revocations,
                                 const Clock& clock, asio::any_io_executor executor) {
  return std::make_unique<BoundStream>(caller, std::move(stream), revocations, clock, executor);
}

}  // namespace carillon::api
