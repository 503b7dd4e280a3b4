// What a whole issuance costs at the authority's side: a year of a large fleet is simulated with some 180,000 of them.

#include "testca/issuing.hpp"
#include "testca/testing/world.hpp"

#include <benchmark/benchmark.h>

#include <ctime>

namespace carillon::testca {
namespace {

/// Measures the time spent inside the authority alone.
class Stopwatch final : public http::Outgoing {
 public:
  explicit Stopwatch(Authority& authority) : authority_{authority} {}
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    const double start = cpu_seconds();
    auto answer = authority_.exchange(request);
    spent_ += cpu_seconds() - start;
    return answer;
  }
  [[nodiscard]] double take_seconds() { return std::exchange(spent_, 0); }

 private:
  /// Of this thread: neighbours on a busy machine do not count.
  static double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  Authority& authority_;
  double spent_ = 0;
};

void issuance(benchmark::State& state) {
  World world{{.authorization_reuse = {}, .verify_signatures = state.range(0) != 0, .limits = {.enforced = false}}};
  Stopwatch stopwatch{*world.authority};
  ScriptedClient client{stopwatch, world.origin};
  client.register_account();
  int number = 0;
  for (auto _ : state) {
    (void)stopwatch.take_seconds();
    (void)client.issue({.names = {"n" + std::to_string(number++ % 5000) + ".example.org"}});
    state.SetIterationTime(stopwatch.take_seconds());
    world.clock.advance(std::chrono::minutes{3});
  }
}
BENCHMARK(issuance)->ArgName("verify_signatures")->Arg(1)->Arg(0)->UseManualTime()->Unit(benchmark::kMicrosecond);

void reading_a_signing_request(benchmark::State& state) {
  const auto request = signing_request({"a.example.org"}, new_key());
  for (auto _ : state) benchmark::DoNotOptimize(read_signing_request(request, state.range(0) != 0));
}
BENCHMARK(reading_a_signing_request)->ArgName("verify")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);

void signing_a_leaf(benchmark::State& state) {
  carillon::testing::SeededRandom random;
  const carillon::testing::ManualClock clock;
  const auto issuing = needed(Issuing::create(random, clock.now()));
  const auto request = needed(read_signing_request(signing_request({"a.example.org"}, new_key()), true));
  const Issuing::IssueOptions options{.names = request.names, .not_before = clock.now(), .not_after = clock.now() + std::chrono::days{90}};
  for (auto _ : state) benchmark::DoNotOptimize(issuing.issue(options, request.public_key_der, random));
}
BENCHMARK(signing_a_leaf)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace carillon::testca
