// What is due, and in which order: what expires soonest goes first, and who waits for an account's budget holds nobody up. See
// keeper_impl.hpp.

#include "certs/keeper/keeper_impl.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// A name without a certificate is as urgent as one that ends in this time after it was added: new customers do not push aside what is
/// about to expire. One that has failed has nothing to lose and goes last: it must never delay another.
constexpr std::chrono::hours kUrgencyOfNew{72};

OrderKind kind_of(const NameState& entry) {
  const auto& before = entry.predecessor();
  const bool follows = before && before->issuer == entry.row.issuer && !before->ari_id.empty() && !entry.row.without_replaces;
  return follows ? OrderKind::renewal : OrderKind::fresh;
}

}  // namespace

Facts Keeper::Impl::facts_of(const NameState& entry) const {
  auto possible = candidates(entry);
  const bool automatic = !possible.empty();
  return {.now = now(),
          .automatic = automatic,
          .spare_possible = !spare_issuers(entry, std::move(possible)).empty(),
          .failures_before_next = settings.failures_before_next};
}

Plan Keeper::Impl::plan_of(const NameState& entry) const {
  const auto facts = facts_of(entry);
  const Errands errands{entry, facts};
  const auto& row = entry.row;
  Plan plan{.next = errands.next(), .beside_order = errands.next_beside_order()};
  plan.urgency = entry.current ? entry.current->validity.not_after : row.failures == 0 ? row.added + kUrgencyOfNew : Time::max();
  // A spare waits for everybody who has nothing yet, or soon has not.
  if (row.for_spare && row.renew_at > facts.now) plan.urgency = Time::max();
  if (entry.in_progress() && row.step != Step::loaded) plan.issuer = row.issuer;
  plan.renewal = errands.due(ErrandKind::begin_renewal).value_or(Time::max());
  if (row.step == Step::due && !entry.attempt.admitted && issuers.find(row.issuer))
    plan.order = {.issuer = row.issuer, .kind = kind_of(entry), .due = row.next_try};
  return plan;
}

bool Keeper::work() {
  auto& impl = *impl_;
  Held held;
  std::optional<Turn> turn;
  {
    const std::lock_guard lock{impl.mutex};
    turn = impl.queue.pick(impl.now(), impl.issuers);
    if (!turn) {
      impl.finished_round = impl.now();
      return false;
    }
    auto& slot = *impl.entries.find(turn->name)->second;
    slot.busy = true;
    held = {&slot, slot.state};
  }
  if (turn->admitted) held->attempt.admitted = true;
  try {
    impl.act(*held, turn->beside_order);
  } catch (const std::exception& error) {
    log::error("a step of a certificate broke off", {{"name", held->row.name}, {"reason", error.what()}});
    const auto later = impl.now() + std::chrono::minutes{1};
    held->row.next_try = std::max(held->row.next_try, later);
    held->row.renew_at = std::max(held->row.renew_at, later);
    held->looks.next = held->window_poll.next = held->reported.again_from = later;
  }
  {
    const std::lock_guard lock{impl.mutex};
    impl.queue.done(*turn);
  }
  impl.release(std::move(held));
  return true;
}

void Keeper::Impl::act(NameState& entry, bool beside_order) {
  const auto facts = facts_of(entry);
  if (const auto errand = Errands{entry, facts}.first_due(facts.now, beside_order)) run(entry, *errand);
}

void Keeper::Impl::run(NameState& entry, ErrandKind errand) {
  switch (errand) {
    case ErrandKind::swap_in_spare:
      swap_in_spare(entry, entry.current ? "what is served ends or is to be replaced, and no other certificate has come"
                                         : "what was served cannot be used any more");
      return;
    case ErrandKind::look_back:
      return look_back(entry);
    case ErrandKind::begin_renewal:
      return begin(entry);
    case ErrandKind::advance:
      return advance(entry);
    case ErrandKind::remind:
      return remind(entry);
    case ErrandKind::report_expired:
    case ErrandKind::report_late:
      return tell_late(entry);
    case ErrandKind::begin_spare:
      return begin_spare(entry);
    case ErrandKind::ask_window:
      return ask_window(entry);
    case ErrandKind::look:
      return look(entry);
  }
}

Held Keeper::Impl::hold(const std::string& name) {
  std::unique_lock lock{mutex};
  while (true) {
    const auto found = entries.find(name);
    if (found == entries.end()) return {};
    auto& slot = *found->second;
    if (!slot.busy) {
      if (queue.take(name)) slot.state.attempt.admitted = true;
      slot.busy = true;
      return {&slot, slot.state};
    }
    idle.wait(lock);
  }
}

Held Keeper::Impl::hold_new(KeptName row) {
  while (true) {
    {
      const std::lock_guard lock{mutex};
      const auto [place, added] = entries.try_emplace(row.name);
      if (added) {
        place->second = std::make_unique<Entry>(Entry{.state = {.row = row}, .busy = true});
        return {place->second.get(), place->second->state};
      }
    }
    // Somebody added it at the same moment.
    if (auto held = hold(row.name)) {
      held->row = row;
      return held;
    }
  }
}

void Keeper::Impl::release(Held held) {
  {
    const std::lock_guard lock{mutex};
    const std::string name = held.slot->state.row.name;
    if (held.gone) {
      entries.erase(name);
    } else {
      held.slot->state = std::move(held.state);
      held.slot->busy = false;
      queue.put(name, plan_of(held.slot->state));
    }
  }
  idle.notify_all();
  changed();
}

void Keeper::Impl::changed() {
  std::function<void()> call;
  {
    const std::lock_guard lock{mutex};
    call = notify;
  }
  if (call) call();
}

std::optional<Time> Keeper::next() const {
  const std::lock_guard lock{impl_->mutex};
  return impl_->queue.next(impl_->now(), impl_->issuers);
}

std::optional<Time> Keeper::last_round() const {
  const std::lock_guard lock{impl_->mutex};
  return impl_->finished_round;
}

void Keeper::on_step(std::function<void(const KeptName& name, const HistoryLine& line)> told) { impl_->step_told = std::move(told); }

void Keeper::on_change(std::function<void()> notify) {
  const std::lock_guard lock{impl_->mutex};
  impl_->notify = std::move(notify);
}

}  // namespace carillon::certs
