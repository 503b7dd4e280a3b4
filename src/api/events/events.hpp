#pragma once
// What happens, told while it happens: a bounded memory of the last events, and text/event-stream for whoever listens (WHATWG HTML §9.2).

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

/// Who comes back after at most so many events has missed none.
inline constexpr std::size_t kEventsKept = 1'000;
/// Open streams of one caller, and of all together; each costs a connection and some memory.
inline constexpr std::size_t kMaxStreamsOfOne = 250;
inline constexpr std::size_t kMaxStreams = 5'000;
/// So often something is said when nothing happens: proxies cut what is silent, and who is gone without a word is found out.
inline constexpr std::chrono::seconds kHeartbeat{15};
/// A stream ends after this and its listener comes back.
inline constexpr std::chrono::minutes kLongestStream{10};

/// Tells apart what a caller may see by what happened ("job", "show", "incident", …) and the network it belongs to; "" is the machine's
/// own.
using Sees = std::function<bool(std::string_view kind, std::string_view network)>;

class EventWaker;

/// Events are numbered in the order of publish(); an id names the life of the server, too. A listener gets each event it may see once and
/// in order, or `resync`: the signal to read everything anew, because it was away too long, reads too slowly, or the server was restarted.
/// Must outlive its streams.
class EventBus {
 public:
  explicit EventBus(Random& random, std::chrono::steady_clock::duration heartbeat = kHeartbeat,
                    std::chrono::steady_clock::duration longest = kLongestStream);
  ~EventBus();

  /// Any thread; does not block. `document` is the event's data; `network` is added to it where it is not "".
  void publish(std::string_view kind, std::string_view network, boost::json::object document);
  /// Everybody is told to read everything anew. Any thread.
  void lose_track();

  /// A stream of what happens from now on, or after `last_id` (of Last-Event-ID, "" for none), for one caller; on `executor`, which is the
  /// loop of its connection. Too many streams are `conflict`.
  [[nodiscard]] Result<std::unique_ptr<Stream>> subscribe(const std::string& caller, Sees sees, std::string_view last_id,
                                                          asio::any_io_executor executor);
  /// Streams that are open.
  [[nodiscard]] std::size_t streams() const;

 private:
  class Listener;
  struct Event {
    std::uint64_t number;
    std::string kind;
    std::string network;
    bool everybody;
    std::string text;  ///< as it goes over the wire
  };

  void add(std::string_view kind, std::string_view network, bool everybody, const boost::json::object& document);
  [[nodiscard]] std::string id_of(std::uint64_t number) const;
  /// The number after that of `id`; none when it is not of this life, or was forgotten.
  [[nodiscard]] std::optional<std::uint64_t> place_after(std::string_view id) const REQUIRES(mutex_);
  /// What is to be told from `place` on, at most kLargestStreamPiece bytes; moves `place` behind it. "" when there is nothing yet.
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
