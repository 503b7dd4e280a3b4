// See request_log.hpp.

#include "stats/log/request_log.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "stats/log/listener_keys.hpp"
#include "stats/log/record_limit.hpp"
#include "stats/log/sealing.hpp"
#include "stats/log/segment.hpp"
#include "stats/log/segment_writer.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace carillon::stats {
namespace {

/// How long the writer waits before it tries a disk that refused again.
constexpr std::chrono::seconds kRetryInterval{1};
constexpr std::size_t kLongestAddress = 64;
/// What a request takes beside its texts, roughly: when it is time to write is no matter of bytes.
constexpr std::size_t kFixedPart = 96;

/// Visits every text of a request with its limit.
template <class Visit>
void each_text(Request& request, const Visit& visit) {
  visit(request.episode, kLongestEpisode);
  visit(request.method, kLongestMethod);
  visit(request.range, kLongestRange);
  visit(request.address, kLongestAddress);
  visit(request.user_agent, kLongestUserAgent);
  visit(request.referrer, kLongestReferrer);
  visit(request.arrangement, kLongestArrangement);
  visit(request.token, kLongestToken);
  visit(request.host, kLongestHost);
  visit(request.session, kLongestSession);
}

/// The text, cleaned and cut; what nearly all texts are is taken as it is.
std::string cleaned(std::string&& text, std::size_t limit) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && text.size() <= limit) return std::move(text);
  // Control characters go as well as broken UTF-8: who reads the log on a terminal is not to be surprised.
  return std::string{cut_to(clean_for_xml(std::string_view{text}.substr(0, limit)), limit)};
}

}  // namespace

struct RequestLog::Impl {
  Impl(Parts given, std::unique_ptr<ListenerKeys> listener_keys, std::uint64_t next_sequence)
      : parts{std::move(given)},
        keys{std::move(listener_keys)},
        limit{parts.per_address},
        open_sequence{next_sequence},
        writer{parts.folder, next_sequence},
        thread{[this] { run(); }} {}

  ~Impl() {
    {
      const Lock lock{mutex};
      stopping = true;
    }
    wake.notify_all();
    thread.join();
  }

  void append(Request request) {
    auto size = kFixedPart;
    // Cut at once: what waits is of bounded size, whatever was sent.
    each_text(request, [&size](std::string& text, std::size_t most) {
      if (text.size() > most) {
        text.resize(cut_to(text, most).size());
        text.shrink_to_fit();
      }
      size += text.size();
    });
    const Lock lock{mutex};
    if (held >= kMaxWaiting) {
      ++dropped;
      return;
    }
    ++held;
    const auto before = waiting_bytes;
    waiting_bytes += size;
    waiting.push_back(std::move(request));
    // The writer sleeps until a first record comes, then until a batch is full or old enough.
    if (waiting.size() == 1 || (before < kBatchSize.value && waiting_bytes >= kBatchSize.value)) wake.notify_all();
  }

  void flush() {
    Lock lock{mutex};
    const auto mine = ++flushes_wanted;
    wake.notify_all();
    flushed.wait(lock, [&] {
      mutex.is_held();
      return flushes_done >= mine;
    });
  }

  void run() {
    Lock lock{mutex};
    bool refused = false;
    while (true) {
      const auto asked = [this]() REQUIRES(mutex) { return stopping || flushes_wanted > flushes_done; };
      if (refused) {
        wake.wait_for(lock, kRetryInterval, [&] {
          mutex.is_held();
          return asked();
        });
      } else {
        wake.wait(lock, [&] {
          mutex.is_held();
          return asked() || !waiting.empty();
        });
        wake.wait_for(lock, kBatchInterval, [&] {
          mutex.is_held();
          return asked() || waiting_bytes >= kBatchSize.value;
        });
      }
      const auto flushing = flushes_wanted;
      const bool last = stopping;
      // What waits here is held up by the disk: it stays in front.
      std::ranges::move(waiting, std::back_inserter(taken));
      waiting.clear();
      waiting_bytes = 0;
      std::size_t done = 0;
      {
        const Unlock open{mutex};
        const bool all_ready = make_records(done);
        refused = !write_records(done) || !all_ready;
      }
      held -= done;
      flushes_done = flushing;
      flushed.notify_all();
      if (last) break;
    }
    const auto lost = taken.size() + ready.size();
    if (lost == 0) return;
    dropped += lost;
    log::error("request log records were lost: the disk rejected writes until shutdown", {{"lost", lost}});
  }

  /// Makes records of the requests that were taken; `done` counts those that nothing is written of. False when a listener key is missing
  /// and cannot be stored.
  bool make_records(std::size_t& done) {
    const auto now = parts.clock.now();
    while (!taken.empty()) {
      auto& request = taken.front();
      const auto key = keys->key_for(request.time, now);
      if (!key) {
        complain(key.error());
        return false;
      }
      if (auto record = record_of(std::move(request), *key))
        ready.push_back(std::move(*record));
      else
        ++done;
      taken.pop_front();
    }
    return true;
  }

  /// None where the address is over its limit.
  std::optional<Record> record_of(Request request, const ListenerKeys::Key& key) {
    Record record{.time = request.time,
                  .episode = cleaned(std::move(request.episode), kLongestEpisode),
                  .media = request.media,
                  .method = cleaned(std::move(request.method), kLongestMethod),
                  .status = request.status,
                  .range = cleaned(std::move(request.range), kLongestRange),
                  .sent = request.sent,
                  .listener = {},
                  .prefix = {},
                  .country = {},
                  .user_agent = cleaned(std::move(request.user_agent), kLongestUserAgent),
                  .referrer = cleaned(std::move(request.referrer), kLongestReferrer),
                  .whole = request.whole,
                  .first = request.first,
                  .asked = request.asked,
                  .arrangement = cleaned(std::move(request.arrangement), kLongestArrangement),
                  .token = cleaned(std::move(request.token), kLongestToken),
                  .host = cleaned(std::move(request.host), kLongestHost),
                  .http = request.http,
                  .embedded = request.embedded,
                  .session = cleaned(std::move(request.session), kLongestSession),
                  .took = {},
                  .key = key.number};
    if (request.took) record.took = std::chrono::round<std::chrono::milliseconds>(std::max(*request.took, std::chrono::microseconds{0}));
    const auto address = IpAddress::parse(request.address, IpAddress::Zone::dropped);
    if (!address) return record;
    record.listener = listener_of(*address, key.bytes);
    record.prefix = region_of(*address);
    if (!is_local(*address) && !limit.allows(record.listener, request.time)) {
      note_over_limit(record.prefix);
      return {};
    }
    if (parts.places) {
      auto place = parts.places(*address);
      record.country = cleaned(std::move(place.country), kLongestCountry);
      record.region = cleaned(std::move(place.region), kLongestRegion);
      record.network = place.network;
      record.data_centre = place.data_centre;
      record.shared = place.shared;
    }
    return record;
  }

  /// Writes what is ready, batch by batch, and counts it in `done`; false when the disk refuses.
  bool write_records(std::size_t& done) {
    std::size_t written = 0;
    bool refused = false;
    while (written < ready.size() && !refused) {
      const auto count = writer.append(std::span{ready}.subspan(written));
      open_sequence = writer.oldest_open();
      refused = !count;
      if (count)
        written += *count;
      else
        complain(count.error());
    }
    ready.erase(ready.begin(), ready.begin() + static_cast<std::ptrdiff_t>(written));
    done += written;
    if (refused) return false;
    if (complaint_open) log::info("the request log is writable again", {{"dropped_so_far", dropped.load()}});
    complaint_open = false;
    return true;
  }

  void note_over_limit(const std::string& prefix) {
    ++over_limit;
    const auto now = std::chrono::steady_clock::now();
    if (over_limit_said && now - *over_limit_said < kComplaintInterval) return;
    over_limit_said = now;
    log::warning("requests above the per-address limit aren't recorded; raise `per_address` in [requests] if they come from listeners",
                 {{"prefix", prefix}, {"not_recorded_so_far", over_limit.load()}});
  }

  void complain(const Error& error) {
    const auto now = std::chrono::steady_clock::now();
    if (complained_at && now - *complained_at < kComplaintInterval) return;
    complained_at = now;
    complaint_open = true;
    log::error("the request log can't be written; records are held in memory up to the limit, and further records are lost",
               {{"reason", error.message}, {"waiting", taken.size() + ready.size()}, {"limit", kMaxWaiting}, {"dropped", dropped.load()}});
  }

  bool tend() {
    if (const auto destroyed = keys->destroy_old(parts.clock.now()); !destroyed)
      log::error("an expired listener key could not be destroyed; retrying", {{"reason", destroyed.error().message}});
    const auto more = seal_next(parts.folder, open_sequence, looked_at, stopped_tending);
    if (!more) log::warning("a request log segment could not be compressed; retrying", {{"reason", more.error().message}});
    return more.value_or(false);
  }

  const Parts parts;
  const std::unique_ptr<ListenerKeys> keys;

  Mutex mutex;
  Condition wake;
  Condition flushed;
  std::deque<Request> waiting GUARDED_BY(mutex);
  std::size_t waiting_bytes GUARDED_BY(mutex) = 0;
  std::size_t held GUARDED_BY(mutex) = 0;  ///< requests that wait, and records that the writing thread has not got rid of
  std::uint64_t flushes_wanted GUARDED_BY(mutex) = 0;
  std::uint64_t flushes_done GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  std::atomic<std::uint64_t> dropped = 0;
  std::atomic<std::uint64_t> over_limit = 0;

  // Of the writing thread alone.
  std::deque<Request> taken;
  std::vector<Record> ready;
  RecordLimit limit;
  std::optional<std::chrono::steady_clock::time_point> over_limit_said;
  std::optional<std::chrono::steady_clock::time_point> complained_at;
  bool complaint_open = false;

  std::atomic<std::uint64_t> open_sequence;  ///< segments with smaller numbers are complete

  // Of whoever tends.
  std::uint64_t looked_at = 0;
  std::atomic<bool> stopped_tending = false;

  SegmentWriter writer;  ///< of the writing thread alone
  std::thread thread;
};

RequestLog::RequestLog(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

RequestLog::~RequestLog() = default;

Result<std::unique_ptr<RequestLog>> RequestLog::open(Parts parts) {
  if (auto made = make_folder(parts.folder); !made) return forward_error(made);
  auto keys = ListenerKeys::open(parts.keys, parts.former_key, parts.clock.now(), parts.random);
  if (!keys) return forward_error(keys);
  if (auto removed = remove_half_sealed(parts.folder); !removed) return forward_error(removed);
  auto next = mend_newest(parts.folder);
  if (!next) return forward_error(next);
  return std::unique_ptr<RequestLog>{new RequestLog{std::make_unique<Impl>(std::move(parts), std::move(*keys), *next)}};
}

void RequestLog::append(Request request) { impl_->append(std::move(request)); }

void RequestLog::flush() { impl_->flush(); }

bool RequestLog::tend() { return impl_->tend(); }

void RequestLog::stop_tending() noexcept { impl_->stopped_tending = true; }

std::uint64_t RequestLog::dropped() const noexcept { return impl_->dropped; }

std::uint64_t RequestLog::over_limit() const noexcept { return impl_->over_limit; }

Result<> read_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit) {
  const auto scan = scan_segment(segment, visit);
  if (!scan) return std::unexpected(scan.error());
  if (scan->outcome) return {};
  return fail(ErrorKind::corrupt, "read the request log " + segment.string() + ": at byte " + std::to_string(scan->whole.value) + " of " +
                                      std::to_string(scan->length.value) + " " + scan->outcome.error().message);
}

}  // namespace carillon::stats
