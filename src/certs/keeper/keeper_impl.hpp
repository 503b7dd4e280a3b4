#pragma once
// The inside of the keeper, shared by its files: keeper.cpp (what people ask), schedule.cpp (what is due), renewal.cpp (the course of a
// renewal), renewal_at_ca.cpp (its steps at a CA), spare.cpp (the second certificate), looking.cpp (looks from outside and renewal
// information), clocks.cpp (clocks that are wrong), by_hand.cpp (requests and imports). For certs alone.

#include "certs/keeper/keeper.hpp"

#include "acme/client.hpp"
#include "certs/keeper/inventory_queries.hpp"

#include <condition_variable>
#include <set>

namespace carillon::certs {

/// What is in force for a name, as far as decisions need it; chain and key stay in the database and the table.
struct InForce {
  std::string id;
  std::string issuer;
  Rank rank = Rank::local;
  std::string serial;
  Validity validity;
  std::string ari_id;
};

/// One name in memory. It is read and replaced under the mutex; who works on it works on a copy and puts that back.
struct Entry {
  KeptName row;
  std::optional<InForce> current;
  std::optional<InForce> spare;
  Time held_until{};  ///< our lease on the row

  bool busy = false;
  bool gone = false;         ///< forgotten while it was busy
  bool admitted = false;     ///< the account's budget has let this order through
  bool asked = false;        ///< a person wants this renewal: the rest after the last one does not count
  bool prechecked = false;   ///< the self-check of this renewal has been made
  bool looked_back = false;  ///< an earlier certificate was looked for, since the one in force is not valid yet
  bool late_told = false;    ///< the incident of a late renewal is open
  bool expiry_told = false;
  Time tell_from{};           ///< after the database refused an incident: not again before
  Time rest_until{};          ///< another node is at work on it: nothing before
  bool aside = false;         ///< taken out of the queue for an order because of something else
  bool watched_told = false;  ///< the incident about what is served is open

  std::string followed;     ///< URL of the order that this process goes on with
  Time followed_from{};     ///< since when
  bool left_alone = false;  ///< this is the first step on that order after a long time without one

  std::optional<Time> window_at;  ///< when to ask for renewal information next
  int window_failures = 0;
  std::optional<Time> look_at;
  int looks_failed = 0;
  std::vector<AddressSeen> last_seen;

  // Where the schedule has it.
  Time next{};
  Time urgency{};
  enum class Place { waiting, ready, parked, busy } place = Place::busy;
  std::pair<std::string, OrderKind> parked_at;
};

/// The right to work on a name, with the copy that is worked on.
struct Held {
  Entry* slot = nullptr;
  Entry entry;
  Entry* operator->() noexcept { return &entry; }
  Entry& operator*() noexcept { return entry; }
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
  using Ordered = std::set<std::pair<Time, std::string>>;
  Ordered waiting;                                              ///< by the time of what is next
  Ordered ready;                                                ///< by urgency
  std::map<std::pair<std::string, OrderKind>, Ordered> parked;  ///< by urgency, per account and kind of order
  std::map<std::string, int, std::less<>> under_way;            ///< steps just now, per issuer
  std::map<std::string, std::string, std::less<>> clocks;       ///< what was said last of each issuer's clock; "": it agrees with ours
  int looking = 0;                                              ///< looks just now
  std::optional<Time> finished_round;
  std::function<void()> notify;
  std::function<void(const KeptName&, const HistoryLine&)> step_told = [](const KeptName&, const HistoryLine&) {};

  [[nodiscard]] Time now() const { return world.clock.now(); }
  double draw();

  // schedule.cpp
  void place(Entry& entry);     ///< mutex held: puts it where its dates say
  void take_out(Entry& entry);  ///< mutex held
  void promote(Time at);        ///< mutex held: what has become due is ready
  bool admit_one(Time at);      ///< mutex held: lets the most urgent of those that wait for an order through, if there is room
  Entry* pick(Time at);         ///< mutex held: the most urgent of what is ready, made busy
  [[nodiscard]] Time next_of(const Entry& entry) const;
  [[nodiscard]] Time next_beside(const Entry& entry) const;  ///< looks and tellings, which no queue for an order holds up
  [[nodiscard]] Time late_of(const Entry& entry) const;
  [[nodiscard]] bool only_looks(const Entry& entry) const;  ///< what it needs now is a look, not a step
  [[nodiscard]] bool in_progress(const Entry& entry) const;
  /// Whether what is served is being renewed: the steps for a spare leave that, its looks and its dates alone.
  [[nodiscard]] bool renewing(const Entry& entry) const { return in_progress(entry) && !entry.row.for_spare; }
  /// Whom its steps keep busy; "" when it leaves the spare for something more urgent.
  [[nodiscard]] const std::string& asks(const Entry& entry) const;
  void act(Entry& entry);
  /// Waits until `name` is nobody's and takes it; empty when it is not kept.
  Held hold(const std::string& name);
  /// A place for a name that is new, held.
  Held hold_new(KeptName row);
  void release(Held held);
  void changed();

  // keeper.cpp
  Result<> read_current(Entry& entry, bool into_table);
  /// What is in force cannot be read (its key is sealed with another master key, a row is damaged): a new one is due at once. To be asked
  /// whenever the row was read again, for the row knows nothing of it.
  void renew_if_unreadable(Entry& entry) const;
  [[nodiscard]] NameStatus status_of(const Entry& entry) const;
  Result<> load_into_table(const StoredCertificate& certificate);
  [[nodiscard]] Result<std::string> open_key(const StoredCertificate& certificate) const;
  [[nodiscard]] std::string seal_key(const std::string& name, std::string_view der) const;

  // clocks.cpp
  /// Says that our clock and the issuer's differ, or that they agree again; answers how far the issuer's is ahead.
  Duration judge_clock(const KeptName& row, const acme::Client& client);
  /// The same where its own certificate is not valid by our clock, so that its Date cannot be had.
  void suspect_clock(const KeptName& row, const acme::Failure& failure);
  void tell_clock(const KeptName& row, const std::string& text);
  void look_back(Entry& entry);
  void after_set_back(Entry& entry);

  // renewal.cpp
  using Also = std::function<Result<>(db::Session&)>;
  /// Writes the row and what belongs to it in one transaction under our lease; `keep` goes on holding it. False: the lease is lost, the row
  /// was read anew.
  bool commit(Entry& entry, const std::vector<HistoryLine>& lines, const Also& also = {}, bool keep = true);
  bool take_lease(Entry& entry);
  void withdraw_proof(KeptName& row);
  void lay_out_proof(const KeptName& row);  ///< as the row says, after a restart or another node's step
  [[nodiscard]] std::vector<std::string> candidates(const Entry& entry) const;
  void begin(Entry& entry);
  void advance(Entry& entry);
  void step_stored(Entry& entry);
  void step_loaded(Entry& entry);
  void issue_locally(Entry& entry);
  [[nodiscard]] std::optional<Time> capped(const Entry& entry) const;
  void tell_late(Entry& entry);
  void follow(Entry& entry);                                ///< notes whether the order was left alone before this step
  [[nodiscard]] Duration waited(const Entry& entry) const;  ///< how long the step has gone on while somebody was at work on it
  void drop_order(KeptName& row);                           ///< back to `due`; the next order is another one
  /// A certificate that is in the database already is to be served: from `stored` on, whatever was under way.
  void put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer);

  enum class Keep { order, nothing };
  /// Notes a failure, decides when and with whom to go on, and tells the steward where it endangers something.
  void failed(Entry& entry, const std::string& what, const acme::Failure& failure, Keep keep);
  /// How long to wait after so many failures in a row, so that no limit of the CA is burnt.
  [[nodiscard]] Duration pause_for(const Entry& entry, int failures, const acme::Failure& failure);

  // renewal_at_ca.cpp
  [[nodiscard]] Result<std::string> precheck(const Entry& entry);
  void step_due(Entry& entry);
  void place_order(Entry& entry);
  void step_ordered(Entry& entry);
  void step_validated(Entry& entry);
  [[nodiscard]] Result<StoredCertificate> checked(const Entry& entry, const std::string& chain_pem, const crypto::PrivateKey& key) const;
  void step_issued(Entry& entry);

  // spare.cpp
  /// Who may issue a spare, in order: trusted as widely as what is in force, and another issuer.
  [[nodiscard]] std::vector<std::string> spare_issuers(const Entry& entry) const;
  [[nodiscard]] std::optional<Time> spare_due(const Entry& entry) const;  ///< when its steps begin; none: not as things are
  [[nodiscard]] std::optional<Time> swap_due(const Entry& entry) const;   ///< when it has to take over; none: there is none, or no need
  void begin_spare(Entry& entry);
  void keep_spare(Entry& entry, const StoredCertificate& certificate);
  void spare_failed(Entry& entry, const std::string& what, const acme::Failure& failure, Keep keep);
  void leave_spare(KeptName& row);  ///< its steps end here, with it or without
  bool swap_in_spare(Entry& entry, const std::string& why);

  // looking.cpp
  void look(Entry& entry);
  [[nodiscard]] bool seen_everywhere(Entry& entry);
  void ask_window(Entry& entry);
  [[nodiscard]] Duration look_pause(const Entry& entry) const;
  void tell_watched(Entry& entry, const std::string& problem);
  void solve_watched(Entry& entry);

  // by_hand.cpp
  void remind(Entry& entry);
  [[nodiscard]] std::optional<Time> next_reminder(const Entry& entry) const;
};

/// Which certificate the steps under way make a new one of.
[[nodiscard]] inline const std::optional<InForce>& followed_by(const Entry& entry) noexcept {
  return entry.row.for_spare ? entry.spare : entry.current;
}
[[nodiscard]] InForce in_force_of(const StoredCertificate& certificate);

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
