#pragma once
// The world of a drill: a clock that is turned, a CA in memory that misbehaves on request, a name that resolves, a look that sees what
// listeners would hand out, and a channel that only writes down. For drills alone.

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

/// Writes down what would have been sent.
class NotedChannel final : public notify::Channel {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "drill"; }
  [[nodiscard]] notify::Delivery deliver(const notify::Message& message) override {
    sent.push_back(message);
    return {notify::Outcome::delivered, "recorded"};
  }
  std::vector<notify::Message> sent;
};

/// One scratch world; events are collected as they happen. One thread.
class Stage {
 public:
  static Result<std::unique_ptr<Stage>> build(const std::string& name, const DrillParts& parts, const std::filesystem::path& folder);
  ~Stage();

  void note(std::string what, std::string detail = {});
  /// Lets the world go on until `done` or until `within` has passed there; answers whether it was done.
  bool go_on(Duration within, const std::function<bool()>& done = {});
  [[nodiscard]] bool is_seen() const;
  [[nodiscard]] std::string serial() const;  ///< of what listeners would hand out
  [[nodiscard]] Time now() const { return clock.now(); }
  /// Kept under ACME, or by hand with a certificate of `lifetime` imported.
  Result<> keep_by_acme();
  Result<> keep_by_hand(Duration lifetime);
  Result<> import(Duration lifetime);
  /// Everything that happened, in its order: our notes, the steps of the history, the messages.
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
