// See departed_stewards.hpp.

#include "app/keeping/departed_stewards.hpp"

#include "accounts/store/contacts.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "incidents/plan.hpp"

#include <map>
#include <set>

namespace carillon::app {
namespace {

/// So many names are told; the rest are counted.
constexpr std::size_t kMaxNamesTold = 5;

std::string list_of(const std::set<std::string>& names) {
  std::string text;
  std::size_t noted = 0;
  for (const auto& name : names) {
    if (noted == kMaxNamesTold) return text + " and " + std::to_string(names.size() - noted) + " more";
    text += (noted++ == 0 ? "" : ", ") + name;
  }
  return text;
}

incidents::Report report_of(const std::string& email, const std::set<std::string>& names) {
  return {.kind = kStewardDeparted,
          .subject = email,
          .in_charge = {},
          .what = "“" + email + "” is still the steward or deputy of " + list_of(names) + ", but their account was disabled or deleted.",
          .consequence =
              "This person gets no messages about these certificates; without another steward or deputy, only the operators are notified.",
          .remedy =
              "Choose someone else: `steward` and `deputy` under [certificates] in the configuration, or carillon cert add NAME --steward "
              "EMAIL"};
}

/// By address in small letters: what each of `departed` is in charge of.
Result<std::map<std::string, std::set<std::string>>> left_in_charge(const Stewards& stewards, const std::set<std::string>& departed) {
  std::map<std::string, std::set<std::string>> found;
  const auto add = [&](const incidents::Stewardship& in_charge, const std::string& what) {
    for (const auto& address : {lower_ascii(in_charge.steward), lower_ascii(in_charge.deputy)}) {
      if (departed.contains(address)) found[address].insert(what);
    }
  };
  const auto machine = stewards.machine();
  add(machine, "this server");
  for (const auto& name : stewards.keeper.list()) add(incidents::or_machine(name.kept.in_charge, machine), name.kept.name);
  const auto watches = stewards.watcher.list();
  if (!watches) return std::unexpected(watches.error());
  for (const auto& watch : *watches) add(incidents::or_machine(watch.in_charge, machine), watch.subject());
  return found;
}

}  // namespace

void tell_of_departed(const Stewards& stewards) {
  const auto failed = [](const Error& error) { log::error("departed stewards could not be checked", {{"reason", error.message}}); };
  const auto addresses = accounts::departed_now(stewards.database);
  if (!addresses) return failed(addresses.error());
  const auto open = stewards.incidents.list(false);
  if (!open) return failed(open.error());
  const auto left = left_in_charge(stewards, {addresses->begin(), addresses->end()});
  if (!left) return failed(left.error());
  std::map<std::string, std::string> noted;
  for (const auto& incident : *open) {
    if (incident.report.kind == kStewardDeparted) noted[incident.report.subject] = incident.report.what;
  }
  if (left->empty() && noted.empty()) return;
  const auto done = stewards.database.write_now([&](db::Session& session) -> Result<> {
    for (const auto& [email, names] : *left) {
      const auto report = report_of(email, names);
      if (const auto known = noted.find(email); known != noted.end() && known->second == report.what) continue;
      if (auto opened = stewards.incidents.report(session, report); !opened) return forward_error(opened);
    }
    for (const auto& [email, what] : noted) {
      if (left->contains(email)) continue;
      auto solved = stewards.incidents.solve(session, kStewardDeparted, email,
                                             "Someone else is responsible now, or the account has been enabled again.");
      if (!solved) return solved;
    }
    return {};
  });
  if (!done) failed(done.error());
}

}  // namespace carillon::app
