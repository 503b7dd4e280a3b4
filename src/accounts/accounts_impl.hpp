#pragma once
// What the parts of Accounts share. For the files of accounts/ alone.

#include "accounts/accounts.hpp"
#include "accounts/hashing.hpp"
#include "base/mail_address.hpp"

namespace carillon::accounts {

struct Accounts::Impl {
  db::Database& database;
  const crypto::MasterKey& master;
  const Clock& clock;
  Random& random;
  Suspensions suspensions{};
  Revocations revocations{};
  HashingQueue hashing{};

  [[nodiscard]] std::string secret() const;  ///< 256 random bits as base64url
  /// Takes a code of the second factor, or a recovery code: each works once. False when it is neither, or the factor is another by now.
  /// `sealed` is the factor as it was kept when `factor` was opened.
  [[nodiscard]] bool take_code(db::Session& session, const std::string& person_id, const std::string& sealed, const std::string& factor,
                               std::string_view code) const;
  /// Tells it once the caller's transaction is committed.
  void revoke(Revocation revocation);
  /// A line about a person in each of their networks, within the caller's transaction; the subject is filled in.
  void record_of_person(db::Session& session, const Caller& by, const Person& person, Act act);
  /// A session that begins now, on a device that is known from then on; nothing is kept yet.
  [[nodiscard]] SignedIn new_session(const Person& person, std::string_view agent, const std::string& address_prefix);
  /// Keeps it, within the caller's transaction, in the place of the one used least recently when there are kMaxSessions.
  void keep_session(db::Session& session, const SignedIn& made);
  /// Makes the device with this secret known, within the caller's transaction.
  void keep_device(db::Session& session, const std::string& person_id, const std::string& secret) const;
  /// A new person, within the caller's transaction. The link that lets the first one in has done its work then.
  static void insert_person(db::Session& session, const Person& person);
  /// Makes a link, within the caller's transaction.
  OneTimeLink make_link(db::Session& session, std::string_view kind, const std::string& email, const std::string& name,
                        const std::string& network, std::optional<Role> role, Duration lasts, const std::string& made_by = {});
};

/// Hexadecimal SHA-256 of a secret: what is kept of it.
[[nodiscard]] std::string digest_of(std::string_view secret);
/// In constant time.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);
[[nodiscard]] Result<> check_name(std::string_view name);
[[nodiscard]] std::unexpected<Error> no_such_network(const std::string& slug);
/// Whether `by` may give or take `given`: operators may give every role.
[[nodiscard]] Result<> check_giving(const Caller& by, const std::string& network, Role given);

inline constexpr std::size_t kMaxEmailBytes = kMaxMailAddressBytes;
inline constexpr std::string_view kInvitation = "invitation";
inline constexpr std::string_view kPassword = "password";
/// The setting with the digest of the link that lets the first person in, while there is nobody.
inline constexpr std::string_view kFirstRun = "first_run";

}  // namespace carillon::accounts
