// See roster.hpp.

#include "net/roster.hpp"

namespace carillon::net {
namespace {

Roster::Line line_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::idle:
      return Roster::Line::idle;
    case Phase::waiting:
    case Phase::arriving:
      return Roster::Line::arriving;
    case Phase::exchange:
    case Phase::stream:
      return Roster::Line::exchange;
  }
  return Roster::Line::exchange;
}

}  // namespace

void Roster::publish(Line which) noexcept {
  const auto& connections = line(which);
  longest_[static_cast<std::size_t>(which)].store(connections.empty() ? Clock::time_point::max() : connections.front()->place_.since,
                                                  std::memory_order_relaxed);
  if (which == Line::exchange) exchanging_.store(connections.size(), std::memory_order_relaxed);
}

void Roster::add(std::shared_ptr<Connection> connection) {
  auto& place = connection->place_;
  const auto which = line_of(connection->phase_);
  place = {.roster = this, .line = static_cast<std::size_t>(which), .since = Clock::now(), .at = {}, .leaving = false};
  place.at = line(which).insert(line(which).end(), connection);
  publish(which);
}

void Roster::remove(Connection& connection) {
  auto& place = connection.place_;
  if (place.roster != this) return;
  place.roster = nullptr;
  if (place.leaving) {
    leaving_.erase(place.at);
    return;
  }
  const auto which = static_cast<Line>(place.line);
  line(which).erase(place.at);
  publish(which);
}

void Roster::enter(Connection& connection, Phase phase) {
  auto& place = connection.place_;
  const auto before = static_cast<Line>(place.line), after = line_of(phase);
  // Whoever goes on arriving has waited since it began.
  if (place.leaving || before == after) return;
  place.line = static_cast<std::size_t>(after);
  place.since = Clock::now();
  line(after).splice(line(after).end(), line(before), place.at);
  publish(before);
  publish(after);
}

void Roster::progressed(Connection& connection) {
  auto& place = connection.place_;
  if (place.leaving) return;
  const auto which = static_cast<Line>(place.line);
  place.since = Clock::now();
  line(which).splice(line(which).end(), line(which), place.at);
  publish(which);
}

bool Roster::cut_longest_in(Line which) {
  auto& connections = line(which);
  if (connections.empty()) return false;
  auto& connection = *connections.front();
  connection.place_.leaving = true;
  leaving_.splice(leaving_.end(), connections, connections.begin());
  publish(which);
  connection.cut();
  return true;
}

void Roster::cut(bool only_waiting) {
  const auto cut_in = [only_waiting](const Connections& connections) {
    for (const auto& connection : connections) {
      if (!only_waiting)
        connection->cut();
      else if (!connection->drains_itself() && connection->waits())
        connection->cut();
    }
  };
  for (const auto& connections : lines_) cut_in(connections);
  cut_in(leaving_);
}

}  // namespace carillon::net
