// See life_sign.hpp.

#include "app/keeping/life_sign.hpp"

namespace carillon::app {
namespace {

constexpr std::chrono::milliseconds kRound{60'000};

}  // namespace

LifeSign::LifeSign(const Configuration& configuration, const certs::Keeper& keeper, http::Outgoing& outgoing, const Clock& clock)
    // Each node has a keeper that may hang.
    : keeper_{keeper}, round_{clock, kRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
                                beat();
                                return {};
                              }} {
  if (!configuration.heartbeat.empty())
    heartbeat_.emplace(notify::HeartbeatSettings{.url = configuration.heartbeat, .trust = {}}, outgoing);
}

void LifeSign::start() {
  if (heartbeat_) round_.start();
}

void LifeSign::stop() { round_.stop(); }

/// Only a keeper that still finishes its rounds is alive; a process that merely runs is not.
void LifeSign::beat() {
  const auto round = keeper_.last_round();
  if (!round || round == beaten_) return;
  beaten_ = round;
  heartbeat_->beat();
}

}  // namespace carillon::app
