#pragma once
// The inside of the keeper, shared by its files: keeper.cpp (what people ask), schedule.cpp (what is due), renewal.cpp (the course of a
// renewal), renewal_at_ca.cpp (its steps at a CA), spare.cpp (the second certificate), looking.cpp (looks from outside and renewal
// information), clocks.cpp (clocks that are wrong), by_hand.cpp (requests and imports). For certs alone.

#include "certs/keeper/keeper.hpp"

#include "acme/client.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/schedule/errands.hpp"
#include "certs/keeper/schedule/queue.hpp"

#include <condition_variable>

namespace carillon::certs {

/// One name in memory. Its state is read and replaced under the mutex; who works on it works on a copy and puts that back.
struct Entry {
  NameState state;
  bool busy = false;
};

/// The right to work on a name, with the copy that is worked on.
struct Held {
  Entry* slot = nullptr;
  NameState state;
  bool gone = false;  ///< forgotten meanwhile: it leaves memory, too
  NameState* operator->() noexcept { return &state; }
  NameState& operator*() noexcept { return state; }
  explicit operator bool() const noexcept { return slot != nullptr; }
};

struct Keeper::Impl {
  Impl(World world_, KeeperSettings settings_);

  World world;
  KeeperSettings settings;
  Issuers issuers;

  mutable std::mutex mutex;
  std::condition_variable idle;  ///< an entry stopped being busy
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries;
  Queue queue;
  std::map<std::string, std::string, std::less<>> clocks;  ///< what was said last of each issuer's clock; "": it agrees with ours
  std::optional<Time> finished_round;
  std::function<void()> notify;
  std::function<void(const KeptName&, const HistoryLine&)> step_told = [](const KeptName&, const HistoryLine&) {};

  [[nodiscard]] Time now() const { return world.clock.now(); }
  double draw();

  // schedule.cpp
  [[nodiscard]] Facts facts_of(const NameState& entry) const;
  [[nodiscard]] Plan plan_of(const NameState& entry) const;
  /// Does what is due first, if anything; `beside_order`: but does not go on with the order.
  void act(NameState& entry, bool beside_order = false);
  void run(NameState& entry, ErrandKind errand);
  /// Waits until `name` is nobody's and takes it; empty when it is not kept.
  Held hold(const std::string& name);
  /// A place for a name that is new, held.
  Held hold_new(KeptName row);
  void release(Held held);
  void changed();

  // keeper.cpp
  Result<> read_current(NameState& entry, bool into_table);
  /// What is in force cannot be read (its key is sealed with another master key, a row is damaged): a new one is due at once. To be asked
  /// whenever the row was read again, for the row knows nothing of it.
  void renew_if_unreadable(NameState& entry) const;
  [[nodiscard]] NameStatus status_of(const NameState& entry) const;
  Result<> load_into_table(const StoredCertificate& certificate);
  [[nodiscard]] Result<std::string> open_key(const StoredCertificate& certificate) const;
  [[nodiscard]] std::string seal_key(const std::string& name, std::string_view der) const;

  // clocks.cpp
  /// Says that our clock and the issuer's differ, or that they agree again; answers how far the issuer's is ahead.
  Duration judge_clock(const KeptName& row, const acme::Client& client);
  /// The same where its own certificate is not valid by our clock, so that its Date cannot be had.
  void suspect_clock(const KeptName& row, const acme::Failure& failure);
  void tell_clock(const KeptName& row, const std::string& text);
  void look_back(NameState& entry);
  void after_set_back(NameState& entry);

  // renewal.cpp
  using Also = std::function<Result<>(db::Session&)>;
  /// Writes the row and what belongs to it in one transaction under our lease; `keep` goes on holding it. False: the lease is lost, the row
  /// was read anew.
  bool commit(NameState& entry, const std::vector<HistoryLine>& lines, const Also& also = {}, bool keep = true);
  bool take_lease(NameState& entry);
  void withdraw_proof(KeptName& row);
  void lay_out_proof(const KeptName& row);  ///< as the row says, after a restart or another node's step
  [[nodiscard]] std::vector<std::string> candidates(const NameState& entry) const;
  void begin(NameState& entry);
  void advance(NameState& entry);
  void step_stored(NameState& entry);
  void step_loaded(NameState& entry);
  void issue_locally(NameState& entry);
  [[nodiscard]] std::optional<Time> capped(const NameState& entry) const;
  void tell_late(NameState& entry);
  void follow(NameState& entry);                                ///< notes whether the order was left alone before this step
  [[nodiscard]] Duration waited(const NameState& entry) const;  ///< how long the step has gone on while somebody was at work on it
  void drop_order(KeptName& row);                               ///< back to `due`; the next order is another one
  /// A certificate that is in the database already is to be served: from `stored` on, whatever was under way.
  void put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer);

  enum class Keep { order, nothing };
  /// Notes a failure, decides when and with whom to go on, and tells the steward where it endangers something.
  void failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep);
  /// How long to wait after so many failures in a row, so that no limit of the CA is burnt.
  [[nodiscard]] Duration pause_for(const NameState& entry, int failures, const acme::Failure& failure);

  // renewal_at_ca.cpp
  [[nodiscard]] Result<std::string> precheck(const NameState& entry);
  void step_due(NameState& entry);
  void place_order(NameState& entry);
  void step_ordered(NameState& entry);
  void step_validated(NameState& entry);
  [[nodiscard]] Result<StoredCertificate> checked(const NameState& entry, const std::string& chain_pem,
                                                  const crypto::PrivateKey& key) const;
  void step_issued(NameState& entry);

  // spare.cpp
  /// Who may issue a spare, in order: trusted as widely as what is in force, and another issuer.
  [[nodiscard]] std::vector<std::string> spare_issuers(const NameState& entry, std::vector<std::string> possible) const;
  void begin_spare(NameState& entry);
  void keep_spare(NameState& entry, const StoredCertificate& certificate);
  void spare_failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep);
  void leave_spare(KeptName& row);  ///< its steps end here, with it or without
  bool swap_in_spare(NameState& entry, const std::string& why);

  // looking.cpp
  void look(NameState& entry);
  [[nodiscard]] bool seen_everywhere(NameState& entry);
  void ask_window(NameState& entry);
  [[nodiscard]] Duration look_pause(const NameState& entry) const;
  void tell_watched(NameState& entry, const std::string& problem);
  void solve_watched(NameState& entry);

  // by_hand.cpp
  void remind(NameState& entry);
};

/// A row is held this long from its last step; a node that died is followed by another after that.
inline constexpr std::chrono::minutes kLease{10};

/// A difference between our clock and an issuer's up to this is the way the answer took, and goes without saying.
inline constexpr std::chrono::minutes kClockNoticed{2};

/// What a key is sealed for.
inline std::string sealed_purpose(const std::string& name) { return "certificate-key:" + name; }

/// Kinds of failures that a CA counts by itself, as Failure::type.
inline constexpr std::string_view kOfAuthorization = "authorization";
inline constexpr std::string_view kOfCertificate = "certificate";
/// How the history calls a failure.
[[nodiscard]] std::string noted_as(const acme::Failure& failure);
/// `pause`, or the share of the lifetime of what is in force that may be waited.
[[nodiscard]] Duration within_lifetime(Duration pause, const std::optional<InForce>& current);
/// An order that gets nowhere for this long is given up and placed anew.
[[nodiscard]] Duration order_patience(const std::optional<InForce>& current);
/// A failure that is none of the CA's answers.
[[nodiscard]] acme::Failure plain_failure(Error error);
[[nodiscard]] acme::Failure plain_failure(std::string message);

}  // namespace carillon::certs
