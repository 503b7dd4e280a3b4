// See names.hpp.

#include "certs/keeper/names.hpp"

#include <algorithm>
#include <set>

namespace carillon::certs {
namespace {

void note_admitted(Names::Slot& slot, std::optional<std::string> issuer) {
  if (!issuer) return;
  slot.state.attempt.admitted = true;
  slot.state.attempt.admitted_at = std::move(*issuer);
}

}  // namespace

Names::Claim Names::claim(const std::string& name) {
  Lock lock{mutex_};
  while (true) {
    const auto found = slots_.find(name);
    if (found == slots_.end()) return {};
    auto& slot = *found->second;
    if (!slot.busy) {
      note_admitted(slot, queue_.take(name));
      slot.busy = true;
      return {.slot = &slot, .state = slot.state};
    }
    released_.wait(lock);
  }
}

Names::Claim Names::claim_new(const KeptName& row) {
  while (true) {
    {
      const Lock lock{mutex_};
      const auto [place, added] = slots_.try_emplace(row.name);
      if (added) {
        place->second = std::make_unique<Slot>(Slot{.state = {.row = row, .in_group = groups_.contains(row.name)}, .busy = true});
        index_members(row.name, row.members);
        place->second->state.rsa_beside = has_rsa_beside(row);
        update_rsa_beside(row.name);
        return {.slot = place->second.get(), .state = place->second->state};
      }
    }
    // Somebody added it at the same moment.
    if (auto claimed = claim(row.name)) {
      claimed->row = row;
      return claimed;
    }
  }
}

Names::Claim Names::claim_next() {
  const Lock lock{mutex_};
  const auto at = clock_.now();
  auto turn = queue_.pick(at, room_);
  if (!turn) {
    last_round_ = at;
    return {};
  }
  auto& slot = *slots_.find(turn->name)->second;
  slot.busy = true;
  if (turn->admitted) note_admitted(slot, turn->admitted_at);
  return {.slot = &slot, .state = slot.state, .turn = std::move(turn)};
}

void Names::release(Claim claim) {
  std::function<void()> notify;
  {
    const Lock lock{mutex_};
    if (claim.turn) queue_.done(*claim.turn);
    const std::string name = claim.slot->state.row.name;
    if (claim.gone) {
      index_members(name, {});
      slots_.erase(name);
      update_rsa_beside(name);
    } else {
      index_members(name, claim.state.row.members);
      claim.slot->state = std::move(claim.state);
      claim.slot->state.in_group = groups_.contains(name);
      claim.slot->state.rsa_beside = has_rsa_beside(claim.slot->state.row);
      claim.slot->busy = false;
      queue_.put(name, plan_(claim.slot->state));
    }
    notify = notify_;
  }
  released_.notify_all();
  if (notify) notify();
}

void Names::put(NameState state) {
  const Lock lock{mutex_};
  const auto name = state.row.name;
  queue_.take(name);
  state.in_group = groups_.contains(name);
  state.rsa_beside = has_rsa_beside(state.row);
  queue_.put(name, plan_(state));
  const auto members = state.row.members;
  slots_.insert_or_assign(name, std::make_unique<Slot>(Slot{.state = std::move(state)}));
  index_members(name, members);
  update_rsa_beside(name);
}

std::optional<NameState> Names::find(const std::string& name) const {
  const Lock lock{mutex_};
  const auto found = slots_.find(name);
  if (found == slots_.end()) return {};
  return found->second->state;
}

std::optional<std::string> Names::group_of(std::string_view name) const {
  const Lock lock{mutex_};
  const auto found = groups_.find(name);
  if (found == groups_.end()) return {};
  return found->second;
}

void Names::index_members(const std::string& group, const std::vector<Member>& members) {
  // Single names are by far the most, and aren't in the index.
  const auto slot = slots_.find(group);
  const bool was_group = slot != slots_.end() && slot->second && slot->second->indexed;
  if (members.empty() && !was_group) return;
  std::set<std::string> changed;
  std::erase_if(groups_, [&](const auto& entry) {
    mutex_.is_held();
    if (entry.second != group) return false;
    changed.insert(entry.first);
    return true;
  });
  for (const auto& member : members) {
    groups_.insert_or_assign(member.name, group);
    changed.insert(member.name);
  }
  if (slot != slots_.end() && slot->second) slot->second->indexed = !members.empty();
  for (const auto& name : changed) update_in_group(name);
}

void Names::update_in_group(const std::string& name) {
  const auto found = slots_.find(name);
  if (found == slots_.end() || !found->second) return;
  auto& slot = *found->second;
  const bool is_in_group = groups_.contains(name);
  if (slot.state.in_group == is_in_group) return;
  slot.state.in_group = is_in_group;
  requeue(name, slot);
}

bool Names::has_rsa_beside(const KeptName& row) const {
  if (row.is_rsa_beside()) return false;
  const auto hosts = row.hosts();
  return std::ranges::any_of(hosts, [&](const std::string& host) {
    mutex_.is_held();
    return slots_.contains(with_rsa_mark(host));
  });
}

void Names::update_rsa_beside(const std::string& name) {
  if (!has_rsa_mark(name)) return;
  const std::string host{without_rsa_mark(name)};
  const auto group = groups_.find(host);
  for (const auto& other : {host, group == groups_.end() ? std::string{} : group->second}) {
    const auto found = slots_.find(other);
    if (found == slots_.end() || !found->second) continue;
    found->second->state.rsa_beside = has_rsa_beside(found->second->state.row);
    requeue(other, *found->second);
  }
}

void Names::requeue(const std::string& name, Slot& slot) {
  if (slot.busy) return;  // release() looks again
  // Its order goes back into the queue, if it had one.
  note_admitted(slot, queue_.take(name));
  queue_.put(name, plan_(slot.state));
}

void Names::read_all(const std::function<void(const Slot& slot)>& read) const {
  const Lock lock{mutex_};
  for (const auto& [name, slot] : slots_) read(*slot);
}

std::vector<std::string> Names::all() const {
  const Lock lock{mutex_};
  std::vector<std::string> names;
  names.reserve(slots_.size());
  for (const auto& [name, slot] : slots_) names.push_back(name);
  return names;
}

std::optional<Time> Names::next() const {
  const Lock lock{mutex_};
  return queue_.next(clock_.now(), room_);
}

std::optional<Time> Names::last_round() const {
  const Lock lock{mutex_};
  return last_round_;
}

void Names::on_change(std::function<void()> notify) {
  const Lock lock{mutex_};
  notify_ = std::move(notify);
}

}  // namespace carillon::certs
