// See queue.hpp.

#include "certs/keeper/schedule/queue.hpp"

#include <algorithm>

namespace carillon::certs {

void Queue::put(const std::string& name, Plan plan) {
  auto& item = items_.insert_or_assign(name, Item{.plan = std::move(plan), .place = Place::waiting, .wakes = Time::max()}).first->second;
  wait(name, item, item.plan.next);
}

void Queue::wait(const std::string& name, Item& item, Time until) {
  item.wakes = until;
  if (until != Time::max()) waiting_.emplace(until, name);
}

void Queue::make_ready(const std::string& name, Item& item) {
  item.place = Place::ready;
  ready_.emplace(item.plan.urgency, name);
}

std::optional<std::string> Queue::take(const std::string& name) {
  const auto found = items_.find(name);
  if (found == items_.end()) return {};
  auto& item = found->second;
  waiting_.erase({item.wakes, name});
  ready_.erase({item.plan.urgency, name});
  if (item.place == Place::parked) parked_[account_of(item.plan)].erase({item.plan.urgency, name});
  auto admitted_at = std::move(item.admitted_at);
  items_.erase(found);
  return admitted_at;
}

void Queue::promote(Time at) {
  while (!waiting_.empty() && waiting_.begin()->first <= at) {
    const auto name = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    auto& item = items_.find(name)->second;
    if (item.place == Place::parked) {
      // It waits for an order, but something else about it is due.
      parked_[account_of(item.plan)].erase({item.plan.urgency, name});
      item.beside_order = true;
    } else if (item.plan.order && item.plan.order->due <= at) {
      // An order needs room in the account's budget, and the most urgent of all names that wait for it gets it first: all of them go
      // through the queue.
      item.place = Place::parked;
      parked_[account_of(item.plan)].emplace(item.plan.urgency, name);
      wait(name, item, item.plan.beside_order);
      continue;
    }
    make_ready(name, item);
  }
}

std::optional<std::string> Queue::issuer_with_room(const Account& account, Time at, OrderRoom& room) {
  const auto first = room.next_order(account.issuer, account.kind);
  if (first <= at) return account.issuer;
  if (first <= at + kLongWait) return {};
  for (const auto& other : account.others) {
    if (room.next_order(other, account.kind) <= at) return other;
  }
  return {};
}

Time Queue::room_from(const Account& account, Time now, OrderRoom& room) {
  auto from = room.next_order(account.issuer, account.kind);
  if (from <= now + kLongWait) return from;
  for (const auto& other : account.others) from = std::min(from, room.next_order(other, account.kind));
  return from;
}

bool Queue::admit_one(Time at, OrderRoom& room) {
  // Orders of both kinds share what an account may place in a moment: the queue with the most urgent name is served, not the first one.
  Ordered* queue = nullptr;
  std::string issuer;
  for (auto& [account, names] : parked_) {
    if (names.empty() || (queue && *queue->begin() < *names.begin())) continue;
    auto with_room = issuer_with_room(account, at, room);
    if (!with_room) continue;
    queue = &names;
    issuer = std::move(*with_room);
  }
  if (!queue) return false;
  const auto name = queue->begin()->second;
  queue->erase(queue->begin());
  auto& item = items_.find(name)->second;
  waiting_.erase({item.wakes, name});
  room.order_placed(issuer, item.plan.order->kind);
  item.admitted_at = std::move(issuer);
  make_ready(name, item);
  return true;
}

std::optional<std::string> Queue::kept_busy(const Plan& plan, Time at) {
  if (plan.renewal <= at) return {};
  return plan.issuer;
}

std::optional<Turn> Queue::pick(Time at, OrderRoom& room) {
  promote(at);
  while (admit_one(at, room)) {}
  for (const auto& [urgency, name] : ready_) {
    const auto& item = items_.find(name)->second;
    auto busy = kept_busy(item.plan, at);
    if (busy && at_[*busy] >= (busy->empty() ? limits_.looks : limits_.at_one_issuer)) continue;
    if (busy) ++at_[*busy];
    Turn turn{.name = name,
              .admitted = item.admitted_at.has_value(),
              .admitted_at = item.admitted_at.value_or(""),
              .beside_order = item.beside_order,
              .keeps_busy = std::move(busy)};
    take(turn.name);
    return turn;
  }
  return {};
}

void Queue::done(const Turn& turn) {
  if (turn.keeps_busy) --at_[*turn.keeps_busy];
}

std::optional<Time> Queue::next(Time now, OrderRoom& room) const {
  auto next = ready_.empty() ? Time::max() : now;
  if (!waiting_.empty()) next = std::min(next, waiting_.begin()->first);
  for (const auto& [account, names] : parked_) {
    if (!names.empty()) next = std::min(next, room_from(account, now, room));
  }
  if (next == Time::max()) return {};
  return next;
}

}  // namespace carillon::certs
