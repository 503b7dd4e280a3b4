#pragma once
// The simulated world of a drill: an adjustable clock, an in-memory CA that fails on request, a name that resolves, a probe that gets the
// certificate that listeners would serve, and a channel that only records messages. Only for drills.

#include "certs/drill/drill.hpp"
#include "testca/authority.hpp"

#include <atomic>

namespace carillon::certs {

class TurnedClock final : public Clock {
 public:
  explicit TurnedClock(Time start) : now_{start} {}
  [[nodiscard]] Time now() const override { return now_.load(); }
  void turn_to(Time time) { now_ = std::max(time, now_.load()); }

 private:
  std::atomic<Time> now_;
};

/// Records messages instead of sending them.
class NotedChannel final : public notify::Channel {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "drill"; }
  [[nodiscard]] notify::Delivery deliver(const notify::Message& message) override {
    sent.push_back(message);
    return {notify::Outcome::delivered, "recorded"};
  }
  std::vector<notify::Message> sent;
};

/// One simulated world; collects events. One thread.
class Stage {
 public:
  static Result<std::unique_ptr<Stage>> build(const std::string& name, const DrillParts& parts, const std::filesystem::path& folder);
  ~Stage();

  void note(std::string what, std::string detail = {});
  /// Runs the simulation until `done`, or until `within` of simulated time has passed; returns whether it was done.
  bool go_on(Duration within, const std::function<bool()>& done = {});
  [[nodiscard]] bool is_seen() const;
  [[nodiscard]] std::string serial() const;  ///< of the certificate that listeners would serve
  [[nodiscard]] Time now() const { return clock.now(); }
  /// Manages the name with ACME, or manually with an imported certificate of `lifetime`.
  Result<> keep_by_acme();
  Result<> keep_by_hand(Duration lifetime);
  Result<> import(Duration lifetime);
  /// All events in order: notes, steps of the history, messages.
  [[nodiscard]] std::vector<DrillEvent> events();
  [[nodiscard]] std::vector<HistoryLine> history() const;

  std::string name;
  const DrillParts& parts;
  TurnedClock clock;
  Time began;
  NotedChannel channel;
  std::unique_ptr<dns::Resolver> resolver;
  std::unique_ptr<acme::ChallengeBoard> board;
  std::unique_ptr<CertificateTable> table;
  std::unique_ptr<Prober> prober;
  std::unique_ptr<testca::Authority> ca;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<crypto::MasterKey> master;
  std::unique_ptr<incidents::Incidents> incidents;
  std::unique_ptr<Keeper> keeper;

 private:
  Stage(std::string name_, const DrillParts& parts_)
      : name{std::move(name_)}, parts{parts_}, clock{parts_.clock.now()}, began{clock.now()} {}
  std::vector<DrillEvent> notes_;
};

}  // namespace carillon::certs
