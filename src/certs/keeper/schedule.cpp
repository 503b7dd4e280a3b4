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

OrderKind kind_of(const Entry& entry) {
  const auto& before = followed_by(entry);
  const bool follows = before && before->issuer == entry.row.issuer && !before->ari_id.empty() && !entry.row.without_replaces;
  return follows ? OrderKind::renewal : OrderKind::fresh;
}

}  // namespace

Time Keeper::Impl::late_of(const Entry& entry) const {
  // From what the certificate itself says: a renewal that is put off again and again is no less late for it.
  return late_after(renewal_time(entry.current->ari_id, entry.current->validity, entry.row.window), entry.current->validity);
}

bool Keeper::Impl::only_looks(const Entry& entry) const {
  const bool steps = in_progress(entry) && entry.row.step != Step::loaded;
  return !steps && (candidates(entry).empty() || entry.row.renew_at > now());
}

bool Keeper::Impl::in_progress(const Entry& entry) const {
  switch (entry.row.step) {
    case Step::none:
    case Step::seen:
      return false;
    case Step::due:
    case Step::ordered:
    case Step::validated:
    case Step::issued:
    case Step::stored:
    case Step::loaded:
      return true;
  }
  return false;
}

Time Keeper::Impl::next_of(const Entry& entry) const {
  Time next = Time::max();
  const auto consider = [&](const std::optional<Time>& time) {
    if (time) next = std::min(next, *time);
  };
  const bool automatic = !candidates(entry).empty();
  if (in_progress(entry)) consider(entry.row.next_try);
  if (automatic && (!renewing(entry) || entry.row.step == Step::loaded)) consider(entry.row.renew_at);
  if (!automatic) consider(next_reminder(entry));
  if (entry.current && automatic && !renewing(entry)) consider(entry.window_at);
  consider(spare_due(entry));
  return std::max(std::min(next, next_beside(entry)), entry.rest_until);
}

Time Keeper::Impl::next_beside(const Entry& entry) const {
  auto next = swap_due(entry).value_or(Time::max());
  if (entry.row.for_spare) next = std::min({next, entry.row.renew_at, entry.window_at.value_or(Time::max())});
  if (!entry.current) return std::max(next, entry.rest_until);
  if (entry.current->validity.not_before > now() && !entry.looked_back) next = std::min(next, entry.tell_from);
  next = std::min(next, entry.look_at.value_or(Time::max()));
  if (!entry.late_told && !candidates(entry).empty()) next = std::min(next, std::max(late_of(entry), entry.tell_from));
  if (!entry.expiry_told) next = std::min(next, std::max(entry.current->validity.not_after, entry.tell_from));
  return std::max(next, entry.rest_until);
}

const std::string& Keeper::Impl::asks(const Entry& entry) const {
  static const std::string nobody;
  return entry.row.for_spare && entry.row.renew_at <= now() ? nobody : entry.row.issuer;
}

void Keeper::Impl::place(Entry& entry) {
  entry.urgency = entry.current             ? entry.current->validity.not_after
                  : entry.row.failures == 0 ? entry.row.added + kUrgencyOfNew
                                            : Time::max();
  // A spare waits for everybody who has nothing yet, or soon has not.
  if (entry.row.for_spare && entry.row.renew_at > now()) entry.urgency = Time::max();
  entry.next = next_of(entry);
  entry.place = Entry::Place::waiting;
  if (entry.next != Time::max()) waiting.emplace(entry.next, entry.row.name);
}

void Keeper::Impl::take_out(Entry& entry) {
  switch (entry.place) {
    case Entry::Place::waiting:
      waiting.erase({entry.next, entry.row.name});
      break;
    case Entry::Place::ready:
      ready.erase({entry.urgency, entry.row.name});
      break;
    case Entry::Place::parked:
      parked[entry.parked_at].erase({entry.urgency, entry.row.name});
      waiting.erase({entry.next, entry.row.name});
      break;
    case Entry::Place::busy:
      break;
  }
}

void Keeper::Impl::promote(Time at) {
  while (!waiting.empty() && waiting.begin()->first <= at) {
    auto& entry = *entries.find(waiting.begin()->second)->second;
    waiting.erase(waiting.begin());
    if (entry.place == Entry::Place::parked) {
      // It waits for an order, but something else about it is due.
      parked[entry.parked_at].erase({entry.urgency, entry.row.name});
      entry.aside = true;
      entry.place = Entry::Place::ready;
      ready.emplace(entry.urgency, entry.row.name);
      continue;
    }
    // An order needs room in the account's budget, and whoever is most urgent of all that wait for it gets it first: everybody goes through
    // the queue.
    const bool wants_order =
        entry.row.step == Step::due && entry.row.next_try <= at && !entry.admitted && issuers.find(entry.row.issuer) != nullptr;
    if (wants_order) {
      entry.place = Entry::Place::parked;
      entry.parked_at = {entry.row.issuer, kind_of(entry)};
      parked[entry.parked_at].emplace(entry.urgency, entry.row.name);
      entry.next = next_beside(entry);
      if (entry.next != Time::max()) waiting.emplace(entry.next, entry.row.name);
      continue;
    }
    entry.place = Entry::Place::ready;
    ready.emplace(entry.urgency, entry.row.name);
  }
  while (admit_one(at)) {}
}

bool Keeper::Impl::admit_one(Time at) {
  // Orders of both kinds share what an account may place in a moment: the queue with the most urgent name is served, not the first one.
  Ordered* queue = nullptr;
  for (auto& [account, names] : parked) {
    if (names.empty() || issuers.next_order(account.first, account.second) > at) continue;
    if (!queue || *names.begin() < *queue->begin()) queue = &names;
  }
  if (!queue) return false;
  auto& entry = *entries.find(queue->begin()->second)->second;
  queue->erase(queue->begin());
  waiting.erase({entry.next, entry.row.name});
  issuers.order_placed(entry.parked_at.first, entry.parked_at.second);
  entry.admitted = true;
  entry.place = Entry::Place::ready;
  ready.emplace(entry.urgency, entry.row.name);
  return true;
}

Entry* Keeper::Impl::pick(Time at) {
  promote(at);
  for (const auto& [urgency, name] : ready) {
    auto& entry = *entries.find(name)->second;
    const bool looks = only_looks(entry);
    if (looks ? looking >= settings.most_looks : in_progress(entry) && under_way[asks(entry)] >= settings.most_at_one_issuer) continue;
    ready.erase({urgency, name});
    entry.place = Entry::Place::busy;
    entry.busy = true;
    return &entry;
  }
  return nullptr;
}

bool Keeper::work() {
  auto& impl = *impl_;
  Held held;
  std::string issuer;
  bool looks = false;
  {
    const std::lock_guard lock{impl.mutex};
    auto* slot = impl.pick(impl.now());
    if (!slot) {
      impl.finished_round = impl.now();
      return false;
    }
    held = {slot, *slot};
    looks = impl.only_looks(*held);
    issuer = impl.asks(*held);
    ++(looks ? impl.looking : impl.under_way[issuer]);
  }
  try {
    impl.act(*held);
  } catch (const std::exception& error) {
    log::error("a step of a certificate broke off", {{"name", held->row.name}, {"reason", error.what()}});
    const auto later = impl.now() + std::chrono::minutes{1};
    held->row.next_try = std::max(held->row.next_try, later);
    held->row.renew_at = std::max(held->row.renew_at, later);
    held->look_at = held->window_at = held->tell_from = later;
  }
  {
    const std::lock_guard lock{impl.mutex};
    --(looks ? impl.looking : impl.under_way[issuer]);
  }
  impl.release(std::move(held));
  return true;
}

void Keeper::Impl::act(Entry& entry) {
  const auto at = now();
  const bool aside = std::exchange(entry.aside, false);
  const bool automatic = !candidates(entry).empty();
  if (swap_due(entry).value_or(Time::max()) <= at) {
    swap_in_spare(entry, entry.current ? "what is served ends or is to be replaced, and no other certificate has come"
                                       : "what was served cannot be used any more");
    return;
  }
  if (entry.current && entry.current->validity.not_before > at && !entry.looked_back && entry.tell_from <= at) return look_back(entry);
  const bool renewal_due = automatic && entry.row.renew_at <= at && (!renewing(entry) || entry.row.step == Step::loaded);
  if (renewal_due) return begin(entry);
  if (!aside && in_progress(entry) && entry.row.next_try <= at) return advance(entry);
  if (!automatic && next_reminder(entry).value_or(Time::max()) <= at) return remind(entry);
  if (entry.current) {
    if (entry.tell_from <= at) {
      if (!entry.expiry_told && entry.current->validity.not_after <= at) return tell_late(entry);
      if (automatic && !entry.late_told && late_of(entry) <= at) return tell_late(entry);
    }
    if (spare_due(entry).value_or(Time::max()) <= at) return begin_spare(entry);
    if (automatic && !renewing(entry) && entry.window_at.value_or(Time::max()) <= at) return ask_window(entry);
    if (entry.look_at.value_or(Time::max()) <= at) return look(entry);
  }
}

Held Keeper::Impl::hold(const std::string& name) {
  std::unique_lock lock{mutex};
  while (true) {
    const auto found = entries.find(name);
    if (found == entries.end()) return {};
    auto& entry = *found->second;
    if (!entry.busy) {
      take_out(entry);
      entry.place = Entry::Place::busy;
      entry.busy = true;
      return {&entry, entry};
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
        place->second = std::make_unique<Entry>();
        place->second->row = row;
        place->second->busy = true;
        return {place->second.get(), *place->second};
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
    const std::string name = held.slot->row.name;
    if (held->gone) {
      entries.erase(name);
    } else {
      *held.slot = std::move(held.entry);
      held.slot->busy = false;
      place(*held.slot);
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
  const auto& impl = *impl_;
  const std::lock_guard lock{impl.mutex};
  Time next = Time::max();
  if (!impl.ready.empty()) next = impl.now();
  if (!impl.waiting.empty()) next = std::min(next, impl.waiting.begin()->first);
  for (const auto& [account, queue] : impl.parked) {
    if (!queue.empty()) next = std::min(next, impl_->issuers.next_order(account.first, account.second));
  }
  if (next == Time::max()) return {};
  return next;
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
