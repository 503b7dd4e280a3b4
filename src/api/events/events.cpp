// See events.hpp. A listener keeps nothing but its place in the one memory of all: who falls behind costs no more than who keeps up.

#include "api/events/events.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/asio.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kLifeBytes = 6;
/// After a broken connection a browser comes back this soon.
constexpr std::string_view kRetry = "retry: 2000\n";
constexpr std::string_view kHeartbeatText = ":\n\n";
constexpr std::string_view kResync = "resync";
/// An event is told whole, its id included, in one piece of a stream.
constexpr std::size_t kLargestContent = kLargestStreamPiece - 64;
/// Looked at while the memory is locked.
constexpr std::size_t kMaxLookedAt = 100;

std::string new_life(Random& random) {
  std::array<std::byte, kLifeBytes> bytes;
  random.fill(bytes);
  return to_hex(bytes);
}

/// What follows an event's id.
std::string content_of(std::string_view kind, const boost::json::object& document) {
  std::string text = "\nevent: ";
  text.append(kind).append("\ndata: ").append(json_text(document)).append("\n\n");
  return text;
}

std::string resync(std::string_view id, std::string_view reason) {
  return "id: " + std::string(id) + content_of(kResync, {{"reason", reason}});
}

}  // namespace

/// Wakes a listener on its own loop; outlives it, so that a call under way meets nobody instead of a dead one.
class EventWaker : public std::enable_shared_from_this<EventWaker> {
 public:
  explicit EventWaker(asio::any_io_executor executor) : executor_{std::move(executor)} {}

  /// Any thread.
  void call() {
    if (called_.exchange(true)) return;  // it has not looked since
    asio::post(executor_, [self = shared_from_this()] {
      self->called_ = false;
      if (self->waiting_) self->waiting_->cancel();
    });
  }
  /// On the listener's loop: the timer it waits on, null while it does not.
  void waits_on(asio::steady_timer* timer) noexcept { waiting_ = timer; }

 private:
  asio::any_io_executor executor_;
  std::atomic<bool> called_ = false;
  asio::steady_timer* waiting_ = nullptr;
};

class EventBus::Listener final : public Stream {
 public:
  Listener(EventBus& bus, std::string caller, Sees sees, asio::any_io_executor executor)
      : bus_{bus},
        caller_{std::move(caller)},
        sees_{std::move(sees)},
        timer_{executor},
        waker_{std::make_shared<EventWaker>(executor)},
        said_{SteadyClock::now()},
        end_{said_ + bus.longest_} {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override {
    waker_->waits_on(nullptr);
    bus_.leave(*this);
  }

  asio::awaitable<Result<std::string>> next() override {
    if (!greeting_.empty()) co_return std::exchange(greeting_, {});
    while (!cancelled_ && !over_) {
      // What is there at the end is still told.
      over_ = SteadyClock::now() >= end_;
      if (auto reported = bus_.reported(place_, sees_); !reported.empty()) {
        said_ = SteadyClock::now();
        co_return reported;
      }
      if (over_) break;
      timer_.expires_at(std::min(said_ + bus_.heartbeat_, end_));
      boost::system::error_code woken;
      waker_->waits_on(&timer_);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      waker_->waits_on(nullptr);
      if (woken || SteadyClock::now() >= end_) continue;
      said_ = SteadyClock::now();
      co_return std::string{kHeartbeatText};
    }
    co_return std::string{};
  }

  void cancel() noexcept override {
    cancelled_ = true;
    timer_.cancel();
  }

 private:
  friend class EventBus;
  EventBus& bus_;
  const std::string caller_;
  const Sees sees_;
  asio::steady_timer timer_;
  const std::shared_ptr<EventWaker> waker_;
  SteadyClock::time_point said_;
  const SteadyClock::time_point end_;
  std::string greeting_;
  std::uint64_t place_ = 0;  ///< number of the event to be told next
  bool over_ = false;
  bool cancelled_ = false;
};

EventBus::EventBus(Random& random, SteadyClock::duration heartbeat, SteadyClock::duration longest)
    : life_{new_life(random)}, heartbeat_{heartbeat}, longest_{longest} {}
EventBus::~EventBus() = default;

void EventBus::publish(std::string_view kind, std::string_view network, boost::json::object document) {
  if (!network.empty()) document["network"] = network;
  add(kind, network, false, document);
}

void EventBus::lose_track() { add(kResync, {}, true, {{"reason", "too many events at once"}}); }

void EventBus::add(std::string_view kind, std::string_view network, bool everybody, const boost::json::object& document) {
  auto content = content_of(kind, document);
  if (content.size() > kLargestContent) {
    log::warning("an event is too large to be delivered", {{"kind", kind}, {"bytes", content.size()}});
    content = content_of(kResync, {{"reason", "an event is too large to be delivered"}});
    everybody = true;
  }
  std::vector<std::shared_ptr<EventWaker>> wake;
  {
    const Lock lock{mutex_};
    auto text = "id: " + id_of(next_) + content;
    kept_.push_back(std::make_shared<const Event>(Event{next_++, std::string(kind), std::string(network), everybody, std::move(text)}));
    if (kept_.size() > kEventsKept) kept_.pop_front();
    wake.reserve(listeners_.size());
    for (const auto& [listener, waker] : listeners_) wake.push_back(waker);
  }
  for (const auto& waker : wake) waker->call();
}

std::string EventBus::id_of(std::uint64_t number) const { return life_ + "-" + std::to_string(number); }

std::optional<std::uint64_t> EventBus::place_after(std::string_view id) const {
  const auto dash = id.find('-');
  if (dash == std::string_view::npos || id.substr(0, dash) != life_) return {};
  const auto number = parse_number(id.substr(dash + 1));
  if (!number || *number >= next_ || *number + 1 < next_ - kept_.size()) return {};
  return *number + 1;
}

Result<std::unique_ptr<Stream>> EventBus::subscribe(const std::string& caller, Sees sees, std::string_view last_id,
                                                    asio::any_io_executor executor) {
  auto listener = std::make_unique<Listener>(*this, caller, std::move(sees), std::move(executor));
  const Lock lock{mutex_};
  auto& open = of_caller_[caller];
  if (open >= kMaxStreamsOfOne || listeners_.size() >= kMaxStreams) {
    if (open == 0) of_caller_.erase(caller);
    const bool own = open >= kMaxStreamsOfOne;
    return fail(ErrorKind::conflict,
                own ? "You already have " + std::to_string(kMaxStreamsOfOne) + " event streams open; close some, or share one."
                    : "Too many event streams are open at the moment; try again later.");
  }
  ++open;
  listeners_[listener.get()] = listener->waker_;
  const auto place = last_id.empty() ? std::optional{next_} : place_after(last_id);
  listener->place_ = place.value_or(next_);
  listener->greeting_ = kRetry;
  // The id comes before the first event: who is cut off until then comes back to this very place.
  listener->greeting_ +=
      place ? "id: " + id_of(*place - 1) + "\n\n" : resync(id_of(next_ - 1), "the missed events are no longer available");
  return listener;
}

std::string EventBus::reported(std::uint64_t& place, const Sees& sees) const {
  std::string reported;
  while (true) {
    std::array<std::shared_ptr<const Event>, kMaxLookedAt> events;
    std::size_t count = 0;
    {
      const Lock lock{mutex_};
      const auto oldest = next_ - kept_.size();
      if (place < oldest) {
        if (!reported.empty()) return reported;  // what was gathered is older, and goes first
        place = next_;
        return resync(id_of(next_ - 1), "the client reads too slowly");
      }
      while (count < events.size() && place + count < next_) {
        events[count] = kept_[place + count - oldest];
        ++count;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto& event = *events[i];
      if (event.everybody || sees(event.kind, event.network)) {
        if (reported.size() + event.text.size() > kLargestStreamPiece) return reported;
        reported += event.text;
      }
      ++place;
    }
    if (count < events.size()) return reported;
  }
}

void EventBus::leave(Listener& listener) {
  const Lock lock{mutex_};
  if (listeners_.erase(&listener) == 0) return;
  if (const auto found = of_caller_.find(listener.caller_); --found->second == 0) of_caller_.erase(found);
}

std::size_t EventBus::streams() const {
  const Lock lock{mutex_};
  return listeners_.size();
}

}  // namespace carillon::api
