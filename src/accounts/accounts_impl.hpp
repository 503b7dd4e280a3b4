#pragma once
// What the parts of Accounts share. For accounts/accounts.cpp, first_run.cpp, sign_in.cpp and people.cpp alone.

#include "accounts/accounts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace carillon::accounts {

struct Accounts::Impl {
  db::Database& database;
  const crypto::MasterKey& master;
  const Clock& clock;
  Random& random;
  Suspensions suspensions{};
  asio::thread_pool hashing{1};  ///< one password at a time: a burst of sign-ins takes no more memory than one

  /// Runs blocking `work` away from the event loop.
  template <class Work>
  auto away(Work work) -> asio::awaitable<std::invoke_result_t<Work>> {
    co_return co_await asio::co_spawn(hashing, done(work), asio::use_awaitable);
  }
  template <class Work>
  static auto done(Work& work) -> asio::awaitable<std::invoke_result_t<Work&>> {
    co_return work();
  }

  [[nodiscard]] std::string secret();  ///< 256 random bits as base64url
  /// `invalid` unless `password` is the person's, or there is none yet.
  asio::awaitable<Result<>> check_current(std::string person_id, std::optional<std::string> password);
  /// One failed attempt less.
  void take_back(db::Session& session, const std::string& subject) const;
  asio::awaitable<Result<>> forgive(std::string account, std::string address);
  /// A session that begins now; nothing is kept yet.
  [[nodiscard]] SignedIn new_session(const Person& person, std::string_view agent, const std::string& address_prefix);
  /// Keeps it, within the caller's transaction.
  void keep_session(db::Session& session, const SignedIn& made) const;
  /// Makes a link, within the caller's transaction.
  OneTimeLink make_link(db::Session& session, std::string_view kind, const std::string& email, const std::string& name,
                        const std::string& network, std::optional<Role> role, Duration lasts);
};

/// Hexadecimal SHA-256 of a secret: what is kept of it.
[[nodiscard]] std::string digest_of(std::string_view secret);
/// In constant time.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);
[[nodiscard]] Result<> check_name(std::string_view name);
/// In lower case; `invalid` when it is none.
[[nodiscard]] Result<std::string> checked_email(std::string_view email);
[[nodiscard]] std::unexpected<Error> no_such_network(const std::string& slug);

}  // namespace carillon::accounts
