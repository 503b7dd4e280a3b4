#pragma once
// The names in memory: their state, claims and turns.

#include "base/mutex.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/schedule/queue.hpp"

#include <functional>
#include <map>
#include <memory>

namespace carillon::certs {

/// Any thread.
class Names {
 public:
  /// `plan` converts a name's state for the queue; called under the mutex, so it must not block or call back.
  Names(Queue::Limits limits, OrderRoom& room, const Clock& clock, std::function<Plan(const NameState&)> plan)
      : room_{room}, clock_{clock}, plan_{std::move(plan)}, queue_{limits} {}

  struct Slot {
    NameState state;
    bool busy = false;
    bool indexed = false;  ///< its members are in groups_
  };
  /// The right to work on a name, with a working copy; return it with release().
  struct Claim {
    Slot* slot = nullptr;
    NameState state{};
    bool gone = false;           ///< no longer managed: it is removed from memory, too
    std::optional<Turn> turn{};  ///< its turn, if it was claimed for one
    NameState* operator->() noexcept { return &state; }
    NameState& operator*() noexcept { return state; }
    explicit operator bool() const noexcept { return slot != nullptr; }
  };

  /// Waits until `name` is free and claims it; empty if it isn't managed.
  [[nodiscard]] Claim claim(const std::string& name);
  /// Adds a new name and claims it.
  [[nodiscard]] Claim claim_new(const KeptName& row);
  /// Claims the name whose turn it is; empty if there is none.
  [[nodiscard]] Claim claim_next();
  void release(Claim claim);
  /// Adds or replaces a name. Before any work starts.
  void put(NameState state);

  /// Its state when it was last released.
  [[nodiscard]] std::optional<NameState> find(const std::string& name) const;
  /// The group that contains `name`, if it is in one.
  [[nodiscard]] std::optional<std::string> group_of(std::string_view name) const;
  /// Reads all names in byte order; `read` must not block or call back.
  void read_all(const std::function<void(const Slot& slot)>& read) const;
  [[nodiscard]] std::vector<std::string> all() const;

  /// When the next turn is; none: currently never.
  [[nodiscard]] std::optional<Time> next() const;
  /// When it was last no name's turn.
  [[nodiscard]] std::optional<Time> last_round() const;
  /// Sets a function to call, from any thread, if next() may have become earlier.
  void on_change(std::function<void()> notify);

 private:
  OrderRoom& room_;
  const Clock& clock_;
  std::function<Plan(const NameState&)> plan_;
  mutable Mutex mutex_;
  Condition released_;
  std::map<std::string, std::unique_ptr<Slot>, std::less<>> slots_ GUARDED_BY(mutex_);
  void index_members(const std::string& group, const std::vector<Member>& members) REQUIRES(mutex_);
  /// Tells those that serve the same host that there's a certificate with an RSA key beside theirs, or no longer is.
  void update_rsa_beside(const std::string& name) REQUIRES(mutex_);
  [[nodiscard]] bool has_rsa_beside(const KeptName& row) const REQUIRES(mutex_);
  /// Applies a change of what a name that isn't busy has to do.
  void requeue(const std::string& name, Slot& slot) REQUIRES(mutex_);
  /// Tells the name that it is in a group, or no longer is.
  void update_in_group(const std::string& name) REQUIRES(mutex_);
  std::map<std::string, std::string, std::less<>> groups_ GUARDED_BY(mutex_);  ///< by the names in them
  Queue queue_ GUARDED_BY(mutex_);
  std::optional<Time> last_round_ GUARDED_BY(mutex_);
  std::function<void()> notify_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
