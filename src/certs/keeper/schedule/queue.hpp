#pragma once
// The queue of names: due tasks with the most urgent name first, limits for parallel work, and which name gets the next order of an
// account. Pure: it knows names, times and urgencies, but nothing about certificates.

#include "certs/keeper/schedule/order_budget.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace carillon::certs {

/// How many orders may be placed.
class OrderRoom {
 public:
  OrderRoom() = default;
  OrderRoom(const OrderRoom&) = delete;
  OrderRoom& operator=(const OrderRoom&) = delete;
  virtual ~OrderRoom() = default;
  /// When the next order of this kind may be placed; not later than now: immediately.
  [[nodiscard]] virtual Time next_order(const std::string& issuer, OrderKind kind) = 0;
  virtual void order_placed(const std::string& issuer, OrderKind kind) = 0;
};

/// The data about a name for the queue.
struct Plan {
  Time next = Time::max();          ///< when its next task is due; Time::max(): never
  Time beside_order = Time::max();  ///< when the next task is due that needn't wait for its order
  Time urgency = Time::max();       ///< the earlier, the sooner its turn
  std::string issuer;               ///< the issuer that its steps use; "": it needs a check
  Time renewal = Time::max();       ///< when its renewal starts, which uses no issuer
  struct Order {
    std::string issuer;
    OrderKind kind = OrderKind::fresh;
    Time due;
    std::vector<std::string> others{};  ///< issuers that can be used instead if `issuer` has no room for a long time, in order
    bool operator<(const Order& other) const { return std::tie(issuer, kind, others) < std::tie(other.issuer, other.kind, other.others); }
  };
  std::optional<Order> order;  ///< the order that isn't admitted yet
};

/// One name's turn.
struct Turn {
  std::string name;
  bool admitted = false;                  ///< its order is admitted and counts as placed
  std::string admitted_at{};              ///< at this issuer
  bool beside_order = false;              ///< its order isn't admitted yet; perform another task
  std::optional<std::string> keeps_busy;  ///< an issuer, or "" for a check; none: neither
};

/// One thread at a time.
class Queue {
 public:
  /// An order that its issuer could take only after this goes to another one, if its plan has any.
  static constexpr std::chrono::minutes kLongWait{5};
  struct Limits {
    int at_one_issuer = 6;  ///< parallel turns, so that a hanging issuer leaves room for others
    int looks = 4;          ///< at once
  };
  explicit Queue(Limits limits) : limits_{limits} {}

  /// Adds a name that isn't in the queue, or was removed by pick() or take().
  void put(const std::string& name, Plan plan);
  /// Removes a name; returns the issuer at which its order was admitted, if it was.
  std::optional<std::string> take(const std::string& name);
  /// Removes the most urgent name that has a due task and is within the limits; report it with done().
  [[nodiscard]] std::optional<Turn> pick(Time at, OrderRoom& room);
  void done(const Turn& turn);
  /// When pick() may find something; none: currently never.
  [[nodiscard]] std::optional<Time> next(Time now, OrderRoom& room) const;

 private:
  using Ordered = std::set<std::pair<Time, std::string>>;
  /// Orders that can be admitted at the same accounts. Without the time.
  using Account = Plan::Order;
  enum class Place { waiting, ready, parked };
  struct Item {
    Plan plan;
    Place place = Place::waiting;
    Time wakes;  ///< its key in waiting_
    std::optional<std::string> admitted_at{};
    bool beside_order = false;
  };

  void wait(const std::string& name, Item& item, Time until);
  void make_ready(const std::string& name, Item& item);
  void promote(Time at);
  bool admit_one(Time at, OrderRoom& room);
  [[nodiscard]] static std::optional<std::string> kept_busy(const Plan& plan, Time at);
  [[nodiscard]] static Account account_of(const Plan& plan) { return *plan.order; }
  /// The issuer that has room for such an order now, if there is one.
  [[nodiscard]] static std::optional<std::string> issuer_with_room(const Account& account, Time at, OrderRoom& room);
  /// When there is room.
  [[nodiscard]] static Time room_from(const Account& account, Time now, OrderRoom& room);

  Limits limits_;
  std::map<std::string, Item, std::less<>> items_;
  Ordered waiting_;                             ///< by the time of the next task
  Ordered ready_;                               ///< by urgency
  std::map<Account, Ordered> parked_;           ///< waiting for room for an order; by urgency
  std::map<std::string, int, std::less<>> at_;  ///< current turns per issuer; "": checks
};

}  // namespace carillon::certs
