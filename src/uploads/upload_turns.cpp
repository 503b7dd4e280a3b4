// See upload_turns.hpp.

#include "uploads/upload_turns.hpp"

#include "net/asio.hpp"

#include <utility>

namespace carillon::uploads {
namespace {

std::unexpected<Error> overtaken() {
  return fail(ErrorKind::conflict, "A newer request is working on this upload; request its offset before sending more.");
}

}  // namespace

struct UploadTurns::Waiting {
  explicit Waiting(const asio::any_io_executor& loop, GiveWay way) : timer{loop}, give_way{std::move(way)} {}
  asio::steady_timer timer;  ///< its own loop's alone
  GiveWay give_way;
  enum class Outcome { waits, granted, overtaken } outcome = Outcome::waits;  ///< under the mutex

  /// `waiting` looks at its outcome. It is between two looks only while its timer runs, so this is never lost.
  static void wake(const std::shared_ptr<Waiting>& waiting) {
    asio::post(waiting->timer.get_executor(), [waiting] { waiting->timer.cancel(); });
  }
};

UploadTurns::Turn::Turn(Turn&& other) noexcept : turns_{std::exchange(other.turns_, nullptr)}, id_{std::move(other.id_)} {}

UploadTurns::Turn::~Turn() {
  if (turns_) turns_->release(id_);
}

asio::awaitable<Result<UploadTurns::Turn>> UploadTurns::take(std::string id, std::string network, GiveWay give_way,
                                                             std::chrono::milliseconds patience) {
  const auto loop = co_await asio::this_coro::executor;
  std::shared_ptr<Waiting> waiting;
  {
    const Lock lock{mutex_};
    const auto claim = claims_.find(id);
    if (claim == claims_.end()) {
      if (claims_.size() >= most_)
        co_return fail(ErrorKind::unavailable, "The server can't accept more uploads at the moment; try again shortly.");
      auto& of_network = of_networks_[network];
      if (of_network >= most_of_network_)
        co_return fail(ErrorKind::unavailable, "Your network already has " + std::to_string(of_network) +
                                                   " uploads in progress, which is the limit; try again when one of them is done.");
      ++of_network;
      claims_.emplace(id, Claim{std::move(network), std::move(give_way), nullptr});
      co_return Turn{*this, std::move(id)};
    }
    waiting = std::make_shared<Waiting>(loop, std::move(give_way));
    if (const auto older = std::exchange(claim->second.next, waiting)) {
      older->outcome = Waiting::Outcome::overtaken;
      Waiting::wake(older);
    }
    claim->second.give_way();
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    {
      const Lock lock{mutex_};
      if (waiting->outcome == Waiting::Outcome::granted) co_return Turn{*this, std::move(id)};
      if (waiting->outcome == Waiting::Outcome::overtaken) co_return overtaken();
      if (std::chrono::steady_clock::now() >= deadline) {
        claims_.at(id).next.reset();
        co_return fail(ErrorKind::conflict, "An earlier request is still working on this upload; try again shortly.");
      }
    }
    waiting->timer.expires_at(deadline);
    boost::system::error_code woken;
    co_await waiting->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

void UploadTurns::release(const std::string& id) {
  const Lock lock{mutex_};
  const auto claim = claims_.find(id);
  if (claim == claims_.end()) return;
  const auto next = std::exchange(claim->second.next, nullptr);
  if (!next) {
    if (const auto of_network = of_networks_.find(claim->second.network); --of_network->second == 0) of_networks_.erase(of_network);
    claims_.erase(claim);
    return;
  }
  claim->second.give_way = std::move(next->give_way);
  next->outcome = Waiting::Outcome::granted;
  Waiting::wake(next);
}

}  // namespace carillon::uploads
