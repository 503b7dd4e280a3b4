#pragma once
// Live events: a bounded history of the latest events, and text/event-stream for listeners (WHATWG HTML §9.2).

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "body/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::api {

namespace asio = boost::asio;

/// A listener that reconnects within this many events misses none.
inline constexpr std::size_t kEventsKept = 1'000;
/// Open streams per caller and in total; each needs a connection and some memory.
inline constexpr std::size_t kMaxStreamsOfOne = 250;
inline constexpr std::size_t kMaxStreams = 5'000;
/// How often a heartbeat is sent if there are no events: proxies close silent connections, and dead clients are detected.
inline constexpr std::chrono::seconds kHeartbeat{15};
/// A stream ends after this time, and its listener reconnects.
inline constexpr std::chrono::minutes kLongestStream{10};

/// Whether a caller may see an event, by its kind ("job", "show", "incident", …) and its network; "" for the machine's own.
using Sees = std::function<bool(std::string_view kind, std::string_view network)>;

class EventWaker;

/// Events are numbered in the order of publish(); an ID also identifies the run of the server. A listener gets each event that it may see
/// once and in order, or `resync`: the signal to reload everything, because it was disconnected too long, reads too slowly, or the server
/// was restarted. Must outlive its streams.
class EventBus {
 public:
  explicit EventBus(Random& random, std::chrono::steady_clock::duration heartbeat = kHeartbeat,
                    std::chrono::steady_clock::duration longest = kLongestStream);
  ~EventBus();

  /// Any thread; does not block. `document` is the event's data; `network` is added to it where it is not "".
  void publish(std::string_view kind, std::string_view network, boost::json::object document);
  /// Makes all listeners reload everything. Any thread.
  void lose_track();

  /// A stream of events from now on, or after `last_id` (from Last-Event-ID, "" for none), for one caller; on `executor`, the event loop of
  /// its connection. `conflict` if there are too many streams.
  [[nodiscard]] Result<std::unique_ptr<Stream>> subscribe(const std::string& caller, Sees sees, std::string_view last_id,
                                                          asio::any_io_executor executor);
  /// The number of open streams.
  [[nodiscard]] std::size_t streams() const;

 private:
  class Listener;
  struct Event {
    std::uint64_t number;
    std::string kind;
    std::string network;
    bool everybody;
    std::string text;  ///< as sent
  };

  void add(std::string_view kind, std::string_view network, bool everybody, const boost::json::object& document);
  [[nodiscard]] std::string id_of(std::uint64_t number) const;
  /// The number after that of `id`; none if it is from an earlier run or no longer stored.
  [[nodiscard]] std::optional<std::uint64_t> place_after(std::string_view id) const REQUIRES(mutex_);
  /// The events from `place` on, at most kLargestStreamPiece bytes; advances `place`. "" if there are none yet.
  [[nodiscard]] std::string reported(std::uint64_t& place, const Sees& sees) const;
  void leave(Listener& listener);

  const std::string life_;
  const std::chrono::steady_clock::duration heartbeat_;
  const std::chrono::steady_clock::duration longest_;
  mutable Mutex mutex_;
  std::deque<std::shared_ptr<const Event>> kept_ GUARDED_BY(mutex_);  ///< the oldest first, without gaps
  std::uint64_t next_ GUARDED_BY(mutex_) = 1;                         ///< number of the next event
  std::map<Listener*, std::shared_ptr<EventWaker>> listeners_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t, std::less<>> of_caller_ GUARDED_BY(mutex_);
};

}  // namespace carillon::api
