#pragma once
// People, and the roles they have in networks.

#include "accounts/caller.hpp"
#include "accounts/people/link_making.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
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
  /// Creates a person with a link to set the password. `role` needs a network; operators need neither.
  asio::awaitable<Result<NewPerson>> create(Caller by, std::string email, std::string name, bool is_operator,
                                            std::optional<std::string> network, std::optional<Role> role);
  asio::awaitable<Result<Person>> find(std::string id);
  asio::awaitable<Result<Person>> with_email(std::string email);
  /// The people of one network or of all, sorted by email address, after `after`.
  asio::awaitable<Result<std::vector<Person>>> list(std::optional<std::string> network, std::string after, std::size_t limit);
  /// Changes a member's role in a network, or removes it (none). The last owner can't be removed.
  asio::awaitable<Result<Person>> set_role(Caller by, std::string network, std::string person_id, std::optional<Role> role);
  /// A network through which `by` can see this person, preferably one that `by` owns; "" for operators; none if they can't see the person.
  asio::awaitable<Result<std::optional<std::string>>> network_shared_with(Caller by, std::string person_id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
