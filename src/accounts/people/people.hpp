#pragma once
// People, and the roles they have in networks.

#include "accounts/caller.hpp"
#include "accounts/people/link_making.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
class People {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
  };
  explicit People(const Parts& parts) : parts_{parts} {}

  struct NewPerson {
    Person person;
    OneTimeLink link;
  };
  /// A person with a link to set the password. `role` needs a network; none of both with `is_operator`.
  asio::awaitable<Result<NewPerson>> create(Caller by, std::string email, std::string name, bool is_operator,
                                            std::optional<std::string> network, std::optional<Role> role);
  asio::awaitable<Result<Person>> find(std::string id);
  asio::awaitable<Result<Person>> with_email(std::string email);
  /// Of one network, or all; by email address, after `after`.
  asio::awaitable<Result<std::vector<Person>>> list(std::optional<std::string> network, std::string after, std::size_t limit);
  /// Gives a role in a network to somebody who has one there, or (none) takes it away. The last owner stays.
  asio::awaitable<Result<Person>> set_role(Caller by, std::string network, std::string person_id, std::optional<Role> role);
  /// A network through which `by` sees this person, one that they own before others; "" for operators; none when the person is nobody to
  /// them.
  asio::awaitable<Result<std::optional<std::string>>> network_shared_with(Caller by, std::string person_id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
