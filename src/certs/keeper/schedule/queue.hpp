#pragma once
// Whose turn it is: what is due, the most urgent name first; how many may be at it at once; and who gets the next order that an account may
// place. Pure: it knows names, times and urgencies, and nothing of certificates.

#include "certs/keeper/schedule/order_budget.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace carillon::certs {

/// How many orders may be placed.
class OrderRoom {
 public:
  OrderRoom() = default;
  OrderRoom(const OrderRoom&) = delete;
  OrderRoom& operator=(const OrderRoom&) = delete;
  virtual ~OrderRoom() = default;
  /// When the next order of this kind may go out; not later than now: at once.
  [[nodiscard]] virtual Time next_order(const std::string& issuer, OrderKind kind) = 0;
  virtual void order_placed(const std::string& issuer, OrderKind kind) = 0;
};

/// What the queue has to know of a name.
struct Plan {
  Time next = Time::max();          ///< when anything is to be done for it; Time::max(): never
  Time beside_order = Time::max();  ///< when something is that need not wait for its order
  Time urgency = Time::max();       ///< the earlier, the sooner it has its turn
  std::string issuer;               ///< whom its steps keep busy; "": what it needs is a look
  Time renewal = Time::max();       ///< its renewal begins then, which keeps nobody busy
  struct Order {
    std::string issuer;
    OrderKind kind = OrderKind::fresh;
    Time due;
  };
  std::optional<Order> order;  ///< the one it has no room for yet
};

/// One name's turn.
struct Turn {
  std::string name;
  bool admitted = false;                  ///< there is room for its order, which counts as placed
  bool beside_order = false;              ///< its order has no room yet: something else is to be done
  std::optional<std::string> keeps_busy;  ///< an issuer, or "" for a look; none: nobody
};

/// One thread at a time.
class Queue {
 public:
  struct Limits {
    int at_one_issuer = 6;  ///< turns at once, so that one that hangs leaves others
    int looks = 4;          ///< at once
  };
  explicit Queue(Limits limits) : limits_{limits} {}

  /// A name that is not in the queue, or was taken out by pick() or take().
  void put(const std::string& name, Plan plan);
  /// Takes a name out, wherever it is; answers whether room for its order had been found.
  bool take(const std::string& name);
  /// Takes out the most urgent of the names for which something is due and which find room; to be told with done().
  [[nodiscard]] std::optional<Turn> pick(Time at, OrderRoom& room);
  void done(const Turn& turn);
  /// When pick() may find something; none: never as things are.
  [[nodiscard]] std::optional<Time> next(Time now, OrderRoom& room) const;

 private:
  using Ordered = std::set<std::pair<Time, std::string>>;
  using Account = std::pair<std::string, OrderKind>;
  enum class Place { waiting, ready, parked };
  struct Item {
    Plan plan;
    Place place = Place::waiting;
    Time wakes;  ///< its key in waiting_
    bool admitted = false;
    bool beside_order = false;
  };

  void wait(const std::string& name, Item& item, Time until);
  void make_ready(const std::string& name, Item& item);
  void promote(Time at);
  bool admit_one(Time at, OrderRoom& room);
  [[nodiscard]] static std::optional<std::string> kept_busy(const Plan& plan, Time at);
  [[nodiscard]] static Account account_of(const Plan& plan) { return {plan.order->issuer, plan.order->kind}; }

  Limits limits_;
  std::map<std::string, Item, std::less<>> items_;
  Ordered waiting_;                             ///< by the time of what is next
  Ordered ready_;                               ///< by urgency
  std::map<Account, Ordered> parked_;           ///< for room for an order; by urgency
  std::map<std::string, int, std::less<>> at_;  ///< turns just now, per issuer; "": looks
};

}  // namespace carillon::certs
