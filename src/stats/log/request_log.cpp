// See request_log.hpp.

#include "stats/log/request_log.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "stats/log/address.hpp"
#include "stats/log/record_format.hpp"
#include "stats/log/record_limit.hpp"
#include "stats/log/segment.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

namespace carillon::stats {
namespace {

/// How long the writer waits before it tries a disk that refused again.
constexpr std::chrono::seconds kRetryInterval{1};

Result<ListenerKey> listener_key(const std::filesystem::path& file, Random& random) {
  ListenerKey key{};
  auto stored = read_file(file);
  if (stored) {
    if (stored->size() != key.size())
      return fail(ErrorKind::corrupt, "the listener key " + file.string() + " has " + std::to_string(stored->size()) +
                                          " bytes instead of " + std::to_string(key.size()) +
                                          "; put the right file back, or remove it and every listener counts as a new one");
    std::ranges::copy(as_bytes(*stored), key.begin());
    return key;
  }
  if (stored.error().kind != ErrorKind::not_found) return passed_on(stored);
  random.fill(key);
  if (auto folder = make_folder(file.parent_path()); !folder) return passed_on(folder);
  if (auto written = write_file(file, as_text(key)); !written) return passed_on(written);
  return key;
}

std::string cleaned(std::string_view text, std::size_t limit) {
  // Control characters go as well as broken UTF-8: who reads the log on a terminal is not to be surprised.
  return std::string{cut_to(clean_for_xml(text.substr(0, limit)), limit)};
}

}  // namespace

struct RequestLog::Impl {
  struct Waiting {
    Time time;
    std::string bytes;
  };

  Impl(const std::filesystem::path& folder, std::uint64_t next_sequence, ListenerKey listener_key, CountryOf country_of, int per_address)
      : key{listener_key}, country{std::move(country_of)}, limit{per_address}, writer{folder, next_sequence}, thread{[this] { run(); }} {}

  ~Impl() {
    {
      const Lock lock{mutex};
      stopping = true;
    }
    wake.notify_all();
    thread.join();
  }

  [[nodiscard]] Record record_of(const Request& request, const std::optional<IpAddress>& address) const {
    Record record{.time = request.time,
                  .episode = cleaned(request.episode, kLongestEpisode),
                  .media = request.media,
                  .method = cleaned(request.method, kLongestMethod),
                  .status = request.status,
                  .range = cleaned(request.range, kLongestRange),
                  .sent = request.sent,
                  .listener = {},
                  .prefix = {},
                  .country = country ? cleaned(country(request.address), kLongestCountry) : std::string{},
                  .user_agent = cleaned(request.user_agent, kLongestUserAgent),
                  .referrer = cleaned(request.referrer, kLongestReferrer)};
    if (address) {
      record.listener = listener_of(*address, key);
      record.prefix = region_of(*address);
    }
    return record;
  }

  void append(const Request& request) {
    std::optional<IpAddress> address;
    if (const auto parsed = IpAddress::parse(request.address, IpAddress::Zone::dropped)) address = *parsed;
    const auto record = record_of(request, address);
    Waiting next{.time = request.time, .bytes = encoded(record)};
    const Lock lock{mutex};
    if (address && !is_local(*address) && !limit.allows(record.listener, request.time)) {
      note_over_limit(record.prefix);
      return;
    }
    if (waiting.size() >= kMostWaiting) {
      ++dropped;
      return;
    }
    waiting_bytes += next.bytes.size();
    waiting.push_back(std::move(next));
    // The writer sleeps until a first record comes, then until a batch is full or old enough.
    if (waiting.size() == 1 || waiting_bytes >= kBatchSize.value) wake.notify_all();
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
      refused = !write_waiting();
      flushes_done = flushing;
      flushed.notify_all();
      if (last) break;
    }
    if (waiting.empty()) return;
    dropped += waiting.size();
    log::error("records of the request log are lost: the disk refused them until the end", {{"lost", waiting.size()}});
  }

  /// Writes as many as wait now, batch by batch; false when the disk refuses. The mutex is let go while the disk is waited for.
  bool write_waiting() REQUIRES(mutex) {
    for (auto left = waiting.size(); left > 0;) {
      std::string batch;
      std::size_t count = 0;
      const auto first = waiting.front().time;
      while (count < left && batch.size() + waiting[count].bytes.size() <= kLargestBatch.value) batch += waiting[count++].bytes;
      const auto written = [&]() REQUIRES(mutex) {
        const Unlock open{mutex};
        return writer.append(batch, first);
      }();
      if (!written) {
        complain(written.error());
        return false;
      }
      // Only this thread takes records away, so these are still the first.
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
      waiting_bytes -= batch.size();
      left -= count;
    }
    if (complaint_open) log::info("the request log can be written again", {{"dropped_so_far", dropped.load()}});
    complaint_open = false;
    return true;
  }

  void note_over_limit(const std::string& prefix) REQUIRES(mutex) {
    ++over_limit;
    const auto now = std::chrono::steady_clock::now();
    if (over_limit_said && now - *over_limit_said < kComplaintInterval) return;
    over_limit_said = now;
    log::warning("requests over the limit of one address are not recorded; raise `per_address` in [requests] if they are listeners",
                 {{"prefix", prefix}, {"not_recorded_so_far", over_limit.load()}});
  }

  void complain(const Error& error) REQUIRES(mutex) {
    const auto now = std::chrono::steady_clock::now();
    if (complained_at && now - *complained_at < kComplaintInterval) return;
    complained_at = now;
    complaint_open = true;
    log::error("the request log cannot be written; requests wait in memory, and beyond the limit they are lost to all counting",
               {{"reason", error.message}, {"waiting", waiting.size()}, {"limit", kMostWaiting}, {"dropped", dropped.load()}});
  }

  const ListenerKey key;
  const CountryOf country;

  Mutex mutex;
  Condition wake;
  Condition flushed;
  std::deque<Waiting> waiting GUARDED_BY(mutex);
  std::size_t waiting_bytes GUARDED_BY(mutex) = 0;
  std::uint64_t flushes_wanted GUARDED_BY(mutex) = 0;
  std::uint64_t flushes_done GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  std::atomic<std::uint64_t> dropped = 0;
  RecordLimit limit GUARDED_BY(mutex);
  std::atomic<std::uint64_t> over_limit = 0;
  std::optional<std::chrono::steady_clock::time_point> over_limit_said GUARDED_BY(mutex);

  // Of the writing thread alone.
  SegmentWriter writer;
  std::optional<std::chrono::steady_clock::time_point> complained_at;
  bool complaint_open = false;
  std::thread thread;
};

RequestLog::RequestLog(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

RequestLog::~RequestLog() = default;

Result<std::unique_ptr<RequestLog>> RequestLog::open(const std::filesystem::path& folder, const std::filesystem::path& key_file,
                                                     Random& random, CountryOf country, int per_address) {
  if (auto made = make_folder(folder); !made) return passed_on(made);
  auto key = listener_key(key_file, random);
  if (!key) return passed_on(key);
  auto next = mend_newest(folder);
  if (!next) return passed_on(next);
  return std::unique_ptr<RequestLog>{new RequestLog{std::make_unique<Impl>(folder, *next, *key, std::move(country), per_address)}};
}

void RequestLog::append(const Request& request) { impl_->append(request); }

void RequestLog::flush() { impl_->flush(); }

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
