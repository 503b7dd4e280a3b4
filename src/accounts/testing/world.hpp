#pragma once
// Accounts in a database of their own, with a clock that is moved by hand: for tests.

#include "accounts/people/accounts.hpp"
#include "accounts/schema.hpp"
#include "base/testing/testing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace carillon::accounts::testing {

class AccountsWorld {
 protected:
  /// `more`: what a test keeps in the same database, from number 10 on.
  explicit AccountsWorld(const std::vector<db::Migration>& more = {}) {
    auto migrations = std::vector(kMigrations.begin(), kMigrations.end());
    migrations.insert(migrations.end(), more.begin(), more.end());
    database_ = db::Database::open(folder_.path() / "accounts.db", migrations).value();
    accounts_.emplace(*database_, master_, clock_, random_);
  }

  Accounts& accounts() { return *accounts_; }
  carillon::testing::ManualClock& clock() { return clock_; }
  db::Database& database() { return *database_; }

  /// Runs one call to its end.
  template <class T>
  T wait(asio::awaitable<T> call) {
    asio::io_context loop;
    std::optional<T> result;
    asio::co_spawn(
        loop, [&]() -> asio::awaitable<void> { result.emplace(co_await std::move(call)); },
        [](std::exception_ptr thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
    loop.run();
    return std::move(*result);
  }

  static Caller the_operator() { return Caller::operator_at_the_socket(); }

  /// Somebody new with a role.
  Caller member(const std::string& email, const std::string& network, Role role) {
    const auto made = wait(accounts_->people.create(the_operator(), email, "", false, network, role)).value();
    return Caller::person(made.person.id, email, false, made.person.roles);
  }
  Person person_with_password(const std::string& email, const std::string& password, const std::string& network, Role role) {
    const auto made = wait(accounts_->people.create(the_operator(), email, "", false, network, role)).value();
    return use_link(made.link.secret, password).value().person;
  }
  /// As nobody, unless said otherwise.
  Result<Links::LinkUsed> use_link(const std::string& secret, std::optional<std::string> password, const Caller& by = Caller::nobody()) {
    return wait(accounts_->links.use(by, secret, {}, std::move(password)));
  }
  SignIn sign_in(const std::string& email, const std::string& password, std::optional<std::string> code = {},
                 const std::string& from = "192.0.2.0/24", const std::string& device = {}) {
    return wait(accounts_->sessions.sign_in({.email = email, .password = password, .code = std::move(code), .device = device}, "a browser",
                                            from))
        .value();
  }
  SignIn::Outcome outcome_of(const std::string& email, const std::string& password) { return sign_in(email, password).outcome; }

 private:
  static constexpr std::array kMigrations{db::Migration{1, "audit", kAuditSchema},
                                          db::Migration{2, "accounts", kSchema},
                                          db::Migration{3, "reminders of tokens", kTokenRemindersSchema},
                                          db::Migration{4, "settings", kSettingsSchema},
                                          db::Migration{5, "devices", kDevicesSchema},
                                          db::Migration{6, "people who left", kDepartedSchema},
                                          db::Migration{7, "audit by act", kAuditActsSchema},
                                          db::Migration{8, "who made a link", kLinkMakersSchema}};
  carillon::testing::TemporaryFolder folder_{carillon::testing::TemporaryFolder::On::memory};
  carillon::testing::ManualClock clock_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<db::Database> database_;
  crypto::MasterKey master_ = crypto::MasterKey::of({});
  std::optional<Accounts> accounts_;
};

}  // namespace carillon::accounts::testing
