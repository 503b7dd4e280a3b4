// What a record costs: the event loop that hands it over, the whole log, and the disk before and after sealing.

#include "base/testing/testing.hpp"
#include "stats/log/request_log.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <random>

namespace carillon::stats {
namespace {

constexpr std::size_t kRequests = 200'000;
const Time kDay = parse_rfc3339("2026-11-24T00:00:01Z").value();

/// A day of a host with 200 episodes, 400 apps and 50,000 addresses; two thirds of the requests are for a range, half say which playback
/// they are of. Few episodes and apps have most requests.
std::vector<Request> requests() {
  std::mt19937_64 engine{7};
  const auto few = [&](std::size_t size) {
    return static_cast<std::size_t>(std::pow(static_cast<double>(size), std::uniform_real_distribution<>{0, 0.999}(engine))) - 1;
  };
  std::vector<Digest> media(200);
  for (auto& digest : media)
    for (auto& byte : digest.bytes) byte = static_cast<std::byte>(engine());
  std::vector<std::string> addresses(50'000);
  for (auto& address : addresses) address = fmt::format("{}.{}.{}.{}", 11 + engine() % 200, engine() % 256, engine() % 256, engine() % 256);
  std::vector<Request> all(kRequests);
  auto time = kDay;
  for (auto& request : all) {
    time += Duration{engine() % (170'000'000'000 / kRequests)};
    const auto episode = few(media.size());
    request.time = time;
    request.episode = fmt::format("01m8mrr33j4ae1heb{:09x}", episode * 7919);
    request.media = media[episode];
    request.method = "GET";
    request.status = 200;
    if (engine() % 3 != 0) {
      request.status = 206;
      request.range = engine() % 2 == 0 ? std::string{"bytes=0-1"} : fmt::format("bytes={}-", engine() % 60'000'000);
    }
    request.sent = ByteCount{engine() % 60'000'000};
    request.address = addresses[engine() % addresses.size()];
    request.user_agent = fmt::format("AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us) App/{}", few(400));
    if (engine() % 20 == 0) request.referrer = "https://example.org/some/page";
    request.whole = ByteCount{60'000'000 + episode};
    request.first = ByteCount{0};
    request.host = "pod.example.org";
    request.http = Http::http_1_1;
    request.took = std::chrono::microseconds{engine() % 100'000'000};
    if (engine() % 2 == 0) request.session = fmt::format("{:08X}-0000-4000-8000-{:012X}", engine() & 0xFFFFFFFF, engine() & 0xFFFFFFFFFFFF);
  }
  return all;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double bytes_in(const std::filesystem::path& folder) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) bytes += static_cast<double>(entry.file_size());
  return bytes;
}

void recording(benchmark::State& state) {
  const auto all = requests();
  const testing::ManualClock clock{kDay};
  double handing_over = 0, open = 0, sealed = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const testing::TemporaryFolder folder;
    SystemRandom random;
    auto given = all;
    auto log =
        RequestLog::open({.folder = folder.path() / "requests", .keys = folder.path() / "keys", .clock = clock, .random = random}).value();
    state.ResumeTiming();
    for (std::size_t i = 0; i < given.size(); ++i) {
      const double start = cpu_seconds();
      log->append(std::move(given[i]));
      handing_over += cpu_seconds() - start;
      if (i % 20'000 == 0) log->flush();
    }
    log->flush();
    state.PauseTiming();
    open = bytes_in(folder.path() / "requests");
    log.reset();
    log =
        RequestLog::open({.folder = folder.path() / "requests", .keys = folder.path() / "keys", .clock = clock, .random = random}).value();
    while (log->tend()) {}
    sealed = bytes_in(folder.path() / "requests");
    state.ResumeTiming();
  }
  const auto records = static_cast<double>(state.iterations()) * static_cast<double>(kRequests);
  state.SetItemsProcessed(static_cast<std::int64_t>(records));
  state.counters["event_loop_us"] = handing_over / records * 1e6;
  state.counters["bytes_open"] = open / static_cast<double>(kRequests);
  state.counters["bytes_sealed"] = sealed / static_cast<double>(kRequests);
}
BENCHMARK(recording)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace carillon::stats
