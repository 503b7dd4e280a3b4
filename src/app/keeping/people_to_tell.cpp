// See people_to_tell.hpp.

#include "app/keeping/people_to_tell.hpp"

#include "accounts/store/contacts.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

/// Those of the configuration are told even when the database can't be read.
std::vector<std::string> known(Result<std::vector<std::string>> read) {
  if (read) return std::move(*read);
  log::error("the list of people to notify could not be read", {{"reason", read.error().message}});
  return {};
}

}  // namespace

std::vector<std::string> PeopleToTell::operators() {
  auto all = configured_.operators();
  if (!accounts_) return all;
  for (auto& one : known(accounts::operators_now(*accounts_))) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> PeopleToTell::owners(const std::string& network) {
  return accounts_ ? known(accounts::owners_now(*accounts_, network)) : std::vector<std::string>{};
}

std::vector<std::string> PeopleToTell::departed() {
  return accounts_ ? known(accounts::departed_now(*accounts_)) : std::vector<std::string>{};
}

}  // namespace carillon::app
