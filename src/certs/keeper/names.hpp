#pragma once
// The names in memory: what is known of each, who works on it, and whose turn it is.

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
  /// `plan`: what a name's state means for the queue; called under the mutex, so it neither blocks nor calls back.
  Names(Queue::Limits limits, OrderRoom& room, const Clock& clock, std::function<Plan(const NameState&)> plan)
      : room_{room}, clock_{clock}, plan_{std::move(plan)}, queue_{limits} {}

  struct Slot {
    NameState state;
    bool busy = false;
  };
  /// The right to work on a name, with the copy that is worked on; to be given back with release().
  struct Claim {
    Slot* slot = nullptr;
    NameState state{};
    bool gone = false;           ///< no longer kept: it leaves memory, too
    std::optional<Turn> turn{};  ///< why it was claimed, if it was its turn
    NameState* operator->() noexcept { return &state; }
    NameState& operator*() noexcept { return state; }
    explicit operator bool() const noexcept { return slot != nullptr; }
  };

  /// Waits until nobody works on `name` and claims it; empty when it is not kept.
  [[nodiscard]] Claim claim(const std::string& name);
  /// A place for a name that is new, claimed.
  [[nodiscard]] Claim claim_new(const KeptName& row);
  /// The name whose turn it is; empty when it is nobody's.
  [[nodiscard]] Claim claim_next();
  void release(Claim claim);
  /// Puts a name in, in place of what may be there. Before anybody works.
  void put(NameState state);

  /// As it was when last released.
  [[nodiscard]] std::optional<NameState> find(const std::string& name) const;
  /// Reads all names in the order of their bytes; `read` neither blocks nor calls back.
  void read_all(const std::function<void(const Slot& slot)>& read) const;
  [[nodiscard]] std::vector<std::string> all() const;

  /// When it will be somebody's turn; none: nobody's as things are.
  [[nodiscard]] std::optional<Time> next() const;
  /// When it was last nobody's turn.
  [[nodiscard]] std::optional<Time> last_round() const;
  /// Called, from any thread, when next() may have moved nearer.
  void on_change(std::function<void()> notify);

 private:
  OrderRoom& room_;
  const Clock& clock_;
  std::function<Plan(const NameState&)> plan_;
  mutable Mutex mutex_;
  Condition released_;
  std::map<std::string, std::unique_ptr<Slot>, std::less<>> slots_ GUARDED_BY(mutex_);
  Queue queue_ GUARDED_BY(mutex_);
  std::optional<Time> last_round_ GUARDED_BY(mutex_);
  std::function<void()> notify_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
