#pragma once
// Networks, people, and how they are known: sessions, tokens, one-time links, second factor.

#include "accounts/audit.hpp"
#include "accounts/revocations.hpp"
#include "accounts/suspensions.hpp"
#include "base/bytes.hpp"
#include "crypto/sealing.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace carillon::accounts {

namespace asio = boost::asio;

struct Network {
  std::string slug;  ///< never changes
  std::string name;
  Time created;
  ByteCount storage_quota;  ///< of originals and masters; 0: none
  int show_quota = 0;       ///< 0: none
  int upload_quota = 0;     ///< unfinished uploads at once; 0: none
  std::string suspended;    ///< why its shows are not served, "" while they are
  std::int64_t revision = 1;
};
struct NetworkEdit {
  std::optional<std::string> name;
  std::optional<ByteCount> storage_quota;
  std::optional<int> show_quota, upload_quota;
};

struct Person {
  std::string id;
  std::string email;  ///< lower case
  std::string name;
  bool is_operator = false;
  bool has_password = false;
  bool has_second_factor = false;
  std::map<std::string, Role, std::less<>> roles;  ///< by network
  Time created;
  std::optional<Time> disabled{};  ///< since when nobody gets in as this person
};

struct Session {
  std::string id;
  std::string agent;  ///< the browser's own words, cut
  std::string address_prefix;
  Time created, last_used, ends;
};

struct Token {
  std::string id;
  std::string name;
  std::vector<std::string> scopes;  ///< empty: all that its person may
  Time created;
  std::optional<Time> last_used, ends;
};

struct Invitation {
  std::string id;
  std::string email;
  std::string network;
  Role role = Role::producer;
  Time created, ends;
};

/// A link that works once. `secret` is its last segment, and is not kept.
struct OneTimeLink {
  std::string id;
  std::string secret;
  std::string email;
  Time ends;
};

struct Credentials {
  std::string email, password;
  std::optional<std::string> code{};  ///< of the second factor, or a recovery code
  std::string device{};               ///< the secret of a device that signed in before; "" for none
};
struct SignedIn {
  Person person;
  Session session;
  std::string secret;    ///< for the cookie
  std::string csrf;      ///< for the header that writes need
  std::string device{};  ///< for the device's cookie; "" where the one it has stays good
};
/// What came of an attempt to sign in. Whether an account exists is never told.
struct SignIn {
  enum class Outcome { signed_in, wrong, code_needed, throttled } outcome = Outcome::wrong;
  std::optional<SignedIn> signed_in;
  std::chrono::seconds again_in{};  ///< when throttled
  bool used_recovery_code = false;  ///< when signed in
};

inline constexpr std::chrono::hours kInvitationLasts{7 * 24};
inline constexpr std::chrono::hours kResetLasts{1};
inline constexpr std::chrono::hours kHandedLinkLasts{24};          ///< made by an operator for somebody who has an account
inline constexpr std::chrono::hours kDeviceLasts{365 * 24};        ///< without signing in there again
inline constexpr std::chrono::hours kSessionLasts{14 * 24};        ///< without use
inline constexpr std::chrono::hours kSessionLastsAtMost{90 * 24};  ///< with use
inline constexpr int kRecoveryCodes = 10;
inline constexpr std::size_t kMostTokens = 100;  ///< of one person
inline constexpr std::size_t kMaxDevices = 20;   ///< of one person: those that signed in last
/// Password links that were mailed for one account and still work. More mails would be a flood, and what was mailed still works.
inline constexpr std::size_t kMaxOpenResets = 5;
/// Open invitations of one network: its members must not make this server send mails without end.
inline constexpr std::size_t kMaxOpenInvitations = 200;
/// Invitations to one address, from all inviters and networks together: nobody's mailbox is filled in our name.
inline constexpr int kMaxInvitationsPerHour = 5;
/// Open sessions of one person; the one that was used least recently ends for a new one. They bound what signing in over and over takes.
inline constexpr std::size_t kMaxSessions = 50;

/// The cookie of a browser that its person signed in with before: no session, it only keeps strangers from holding its next attempt up.
inline constexpr std::string_view kDeviceCookie = "__Host-carillon-device";
/// The value of the Set-Cookie field that makes a browser keep `device`.
[[nodiscard]] std::string device_cookie(std::string_view device);

/// Proof that somebody knew their current password, and their code where one was asked for. Only Accounts::confirm makes one.
class Confirmed {
 public:
  [[nodiscard]] const std::string& person_id() const noexcept { return person_id_; }
  /// Whether a code of the second factor was asked for, and right.
  [[nodiscard]] bool by_code() const noexcept { return by_code_; }

 private:
  friend class Accounts;
  Confirmed(std::string person_id, bool by_code) : person_id_{std::move(person_id)}, by_code_{by_code} {}
  std::string person_id_;
  bool by_code_;
};
struct Confirmation {
  enum class Outcome { confirmed, wrong_password, code_needed, wrong_code, no_password, throttled } outcome = Outcome::wrong_password;
  std::optional<Confirmed> confirmed{};
  std::chrono::seconds again_in{};  ///< when throttled
};

/// Any thread; coroutines resume on the caller's executor. Every act leaves its line in the audit trail, in the same transaction.
/// Errors name the failing field.
class Accounts {
 public:
  /// `master` seals the secrets of second factors. Everything must live longer. What is suspended is read at once: throws when it cannot
  /// be.
  Accounts(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random);
  ~Accounts();

  // Who asks.
  /// The caller with this session; `nobody` when it has ended or never was. `csrf` of the request, for `needs_csrf`: without the right one
  /// a session is nobody, so that no foreign page writes with it.
  asio::awaitable<Result<Caller>> with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix);
  asio::awaitable<Result<Caller>> with_token(std::string secret, std::string address_prefix);

  // The first person, where there is nobody yet.
  /// The secret of a link that lets the first person in; an earlier one is worth nothing any more. None once there is somebody.
  asio::awaitable<Result<std::optional<std::string>>> first_run_link();
  asio::awaitable<Result<bool>> is_first_run_link(std::string secret);
  struct Beginning {
    std::string link;
    std::string name, email, password;
    std::string network_name;  ///< of the network that is there from the start
    std::string steward;       ///< who is in charge of certificates by default; "" for the same person
  };
  /// Makes the first operator, owner of the first network, and signs them in. `not_found` for a link that is not good.
  asio::awaitable<Result<SignedIn>> begin(Beginning beginning, std::string agent, std::string address_prefix);

  // Signing in, and what is one's own.
  asio::awaitable<Result<SignIn>> sign_in(Credentials credentials, std::string agent, std::string address_prefix);
  /// The id of the device with this secret, whosever it is; "" when it is not known (any more).
  asio::awaitable<Result<std::string>> known_device(std::string secret);
  asio::awaitable<Result<std::vector<Session>>> sessions(std::string person_id);
  asio::awaitable<Result<>> end_session(Caller by, std::string id);
  asio::awaitable<Result<std::string>> csrf_of(std::string session_id);
  /// Checks the current password again and, with `with_code`, the code or a recovery code of whoever has a second factor. Slowed down like
  /// signing in, per person.
  asio::awaitable<Result<Confirmation>> confirm(Caller by, std::optional<std::string> password, std::optional<std::string> code,
                                                bool with_code);
  struct NewPassword {
    std::string password;
    Confirmed confirmed;
    std::string device{};  ///< the secret of the device that stays known, "" for none
  };
  /// A new password ends all other sessions, and forgets all other devices and every password link.
  asio::awaitable<Result<Person>> edit_self(Caller by, std::optional<std::string> name, std::optional<NewPassword> password);
  /// Checks `code` against `secret`, keeps it; answers the recovery codes, told once. `conflict` when there is a factor by now and no code
  /// of it was given.
  asio::awaitable<Result<std::vector<std::string>>> set_second_factor(Caller by, Confirmed confirmed, std::string secret, std::string code);
  asio::awaitable<Result<>> remove_second_factor(Caller by, Confirmed confirmed);

  // One-time links.
  struct Reset {
    std::optional<OneTimeLink> link{};  ///< none when nobody has this address, or enough links were mailed to it; the caller must not tell
    std::chrono::seconds again_in{};    ///< not 0: this address prefix asks too often
  };
  /// Earlier links stay good: a stranger who asks takes nothing away.
  asio::awaitable<Result<Reset>> reset_password(std::string email, std::string address_prefix);
  /// A link that sets the password, for an operator to hand over. Earlier ones stay good.
  asio::awaitable<Result<OneTimeLink>> make_password_link(Caller by, std::string person_id);
  struct LinkNote {
    std::string kind, email, network;
    bool needs_password = false;
    bool needs_sign_in = false;  ///< an invitation for somebody who has an account
  };
  asio::awaitable<Result<LinkNote>> link(std::string secret);
  struct LinkUsed {
    Person person;
    std::string device{};  ///< for the device's cookie; "" where no password was set
    bool replaced_password = false;
  };
  /// A password link sets the password, ends all sessions and forgets all devices. An invitation makes the person, with `password`, or
  /// gives its role to the one there is, who must be the one who asks: it sets no password of anybody who exists (`refused`).
  asio::awaitable<Result<LinkUsed>> use_link(Caller by, std::string secret, std::optional<std::string> name,
                                             std::optional<std::string> password);

  struct NewToken {
    Token token;
    std::string secret;
  };
  asio::awaitable<Result<NewToken>> create_token(Caller by, std::string person_id, std::string name, std::vector<std::string> scopes,
                                                 std::optional<Time> ends);
  asio::awaitable<Result<std::vector<Token>>> tokens(std::string person_id);
  asio::awaitable<Result<>> remove_token(Caller by, std::string id);

  // Networks.
  asio::awaitable<Result<Network>> create_network(Caller by, std::string slug, std::string name);
  asio::awaitable<Result<Network>> network(std::string slug);
  /// Those that `by` sees, by slug, after `after`.
  asio::awaitable<Result<std::vector<Network>>> networks(Caller by, std::string after, std::size_t limit);
  asio::awaitable<Result<Network>> edit_network(Caller by, std::string slug, NetworkEdit edit, std::optional<std::int64_t> revision);
  /// Takes a network's shows off the air (451 with the reason), or lets them back when `reason` is empty.
  asio::awaitable<Result<Network>> suspend_network(Caller by, std::string slug, std::string reason);
  /// The same for one show; that it exists was found out before.
  asio::awaitable<Result<>> suspend_show(Caller by, std::string network, std::string slug, std::string reason);
  /// What is in force now.
  [[nodiscard]] const Suspensions& suspensions() const noexcept;

  // People.
  struct NewPerson {
    Person person;
    OneTimeLink link;
  };
  /// A person with a link to set the password. `role` needs a network; none of both with `is_operator`.
  asio::awaitable<Result<NewPerson>> create_person(Caller by, std::string email, std::string name, bool is_operator,
                                                   std::optional<std::string> network, std::optional<Role> role);
  asio::awaitable<Result<Person>> person(std::string id);
  asio::awaitable<Result<Person>> person_with_email(std::string email);
  /// Of one network, or all; by e-mail address, after `after`.
  asio::awaitable<Result<std::vector<Person>>> people(std::optional<std::string> network, std::string after, std::size_t limit);
  /// Gives a role in a network to somebody who has one there, or (none) takes it away. The last owner stays.
  asio::awaitable<Result<Person>> set_role(Caller by, std::string network, std::string person_id, std::optional<Role> role);

  // Putting people out (administration.cpp). Operators may do it to everybody; an owner to whoever belongs to no other network than those
  // they own, and operates nothing: everybody else is `refused`. The last operator, and the last owner of a network, stay (`conflict`).
  // What is taken away ends at once.
  struct AccountEdit {
    std::optional<bool> disabled;
    std::optional<bool> is_operator;  ///< for operators to change
  };
  /// Disabling ends the person's sessions, tokens and open links for good.
  asio::awaitable<Result<Person>> edit_person(Caller by, std::string person_id, AccountEdit edit);
  /// The audit trail, and what the person made, stay.
  asio::awaitable<Result<>> delete_person(Caller by, std::string person_id);
  /// All but the one `by` came with; answers how many.
  asio::awaitable<Result<std::size_t>> end_sessions(Caller by, std::string person_id);
  /// Ends the person's sessions, too: whoever has lost a phone may have lost it to somebody. Answers their address.
  asio::awaitable<Result<std::string>> reset_second_factor(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Session>>> sessions_of(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Token>>> tokens_of(Caller by, std::string person_id);
  asio::awaitable<Result<>> remove_token_of(Caller by, std::string person_id, std::string id);
  /// A network through which `by` sees this person, one that they own before others; "" for operators; none when the person is nobody to
  /// them.
  asio::awaitable<Result<std::optional<std::string>>> network_shared_with(Caller by, std::string person_id);
  /// Who lost what.
  [[nodiscard]] Revocations& revocations() noexcept;

  /// An earlier invitation of the same address to the same network works no more; whoever may not give its role may not replace it.
  /// Invitations end with their inviter: when they are put out, or lose what let them give the role.
  /// For a disabled account `conflict` for operators, and for
  /// others a link without a secret, which works for nobody: they are not told.
  asio::awaitable<Result<OneTimeLink>> invite(Caller by, std::string email, std::string network, Role role);
  /// A new link for an invitation that is open, for an operator to hand over; the one before works no more.
  asio::awaitable<Result<OneTimeLink>> make_invitation_link(Caller by, std::string id);
  /// Counts that `by` is about to invite somebody; how long to wait when that is too often.
  asio::awaitable<Result<std::chrono::seconds>> count_invitation(Caller by);
  /// Counts that somebody is about to be invited, whoever does it and to whichever network: at most kMaxInvitationsPerHour mails reach one
  /// address; how long to wait when that is too many. `invalid` when it is no address.
  asio::awaitable<Result<std::chrono::seconds>> count_invitation_to(std::string email);
  asio::awaitable<Result<std::vector<Invitation>>> invitations(std::string network);
  asio::awaitable<Result<>> withdraw_invitation(Caller by, std::string id);
  /// The network an invitation is for; none when there is no such invitation.
  asio::awaitable<Result<std::optional<std::string>>> network_of_invitation(std::string id);

  asio::awaitable<Result<std::vector<AuditLine>>> audit(std::optional<std::string> network, std::string before, std::size_t limit);

  /// Drops what has ended: sessions, links, devices, old failures. What was begun in the future, by a clock that was ahead, is taken to
  /// begin now, with the time it was given. Blocks; worker threads.
  Result<> sweep_now();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Who was put in charge of certificates at the beginning; "" for nobody. Blocks.
[[nodiscard]] Result<std::string> steward_now(db::Database& database);
/// Addresses of those who have to be told when something is wrong. Block.
[[nodiscard]] Result<std::vector<std::string>> operators_now(db::Database& database);
[[nodiscard]] Result<std::vector<std::string>> owners_now(db::Database& database, const std::string& network);
/// Addresses of people who are disabled or were deleted. Blocks.
[[nodiscard]] Result<std::vector<std::string>> departed_now(db::Database& database);
/// Whether whoever had this address at `since` is put out by now: disabled or deleted, also where the address was given to somebody else
/// again. Blocks.
[[nodiscard]] Result<bool> has_left_now(db::Database& database, const std::string& email, Time since);
/// Whether there is such a person, who operates this server and is not disabled. Blocks.
[[nodiscard]] Result<bool> is_operator_now(db::Database& database, const std::string& person_id);

}  // namespace carillon::accounts
