// Groups of names that share a certificate: which names may be in one, and changes of their names. See keeper.hpp.

#include "base/log.hpp"
#include "base/text.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/keeper_impl.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "dns/names.hpp"
#include "dns/this_machine.hpp"

#include <algorithm>

namespace carillon::certs {

Result<std::vector<std::string>> checked_members(const std::string& group, const std::vector<std::string>& names) {
  if (!is_slug(group))
    return fail(ErrorKind::invalid,
                "“" + group + "” can't be the name of a group; use only lowercase letters, digits and hyphens, e.g. “website”.", "names");
  if (dns::is_this_machine(group))
    return fail(ErrorKind::invalid, "“" + group + "” can't be the name of a group, because it is the name of this machine; choose another.",
                "names");
  std::vector<std::string> members;
  for (const auto& name : names) {
    auto one = dns::certificate_name(name);
    if (!one) return fail(ErrorKind::invalid, "The group “" + group + "” has a name that isn't valid: " + one.error().message, "names");
    if (std::ranges::find(members, *one) == members.end()) members.push_back(std::move(*one));
  }
  if (members.empty())
    return fail(ErrorKind::invalid, "The group “" + group + "” has no names; list the names that share its certificate.", "names");
  if (members.size() > kMaxMembers)
    return fail(ErrorKind::invalid,
                "The group “" + group + "” has " + std::to_string(members.size()) + " names; a certificate can have at most " +
                    std::to_string(kMaxMembers) + ". Split it into several groups.",
                "names");
  return members;
}

Result<std::vector<Member>> Keeper::Impl::members_of(const NameOptions& options) const {
  std::vector<Member> found;
  if (options.members.empty()) {
    const auto name = checked_name(options.name);
    if (!name) return std::unexpected(name.error());
    if (const auto group = names.find(std::string(without_rsa_mark(*name))); group && group->row.is_group() && has_rsa_mark(*name))
      return fail(ErrorKind::conflict,
                  "“" + group->row.name + "” is a group. Certificates with an RSA key are for one name each, e.g. “" +
                      with_rsa_mark(group->row.hosts().front()) + "”.",
                  "name");
    if (const auto group = names.group_of(*name))
      return fail(ErrorKind::conflict,
                  "“" + *name + "” is already in the group “" + *group + "”, whose certificate includes it. Remove it there first.",
                  "name");
    if (const auto group = names.find(*name); group && group->row.is_group())
      return fail(ErrorKind::conflict, "“" + *name + "” is the name of a group.", "name");
    return found;
  }
  const auto checked = checked_members(options.name, options.members);
  if (!checked) return std::unexpected(checked.error());
  if (const auto single = names.find(options.name); single && !single->row.is_group())
    return fail(ErrorKind::conflict, "“" + options.name + "” is managed as a single name; choose another name for the group.", "name");
  for (const auto& name : *checked) {
    if (const auto other = names.find(name); other && other->row.is_group())
      return fail(ErrorKind::conflict, "“" + name + "” is the name of a group, so it can't be a name in a group.", "names");
    if (const auto group = names.group_of(name); group && *group != options.name)
      return fail(ErrorKind::conflict, "“" + name + "” is already in the group “" + *group + "”; a name can be in only one group.",
                  "names");
    found.push_back({.name = name});
  }
  return found;
}

void Keeper::Impl::note_members(const NameState& before, const KeptName& after) {
  std::vector<std::string> added, removed, included;
  for (const auto& one : after.members) {
    if (!before.row.member(one.name)) added.push_back(one.name);
  }
  for (const auto& one : before.row.members) {
    if (after.member(one.name)) continue;
    removed.push_back(one.name);
    if (before.current && is_for(*before.current, before.row, one.name)) included.push_back(one.name);
  }
  if (added.empty() && removed.empty()) return;
  std::string detail;
  if (!added.empty()) detail = "added: " + listed(added);
  if (!removed.empty()) detail += (detail.empty() ? "" : "; ") + ("removed: " + listed(removed));
  if (!included.empty()) {
    const auto which = included == removed ? "which" : "of which";
    detail += std::string(", ") + which + " the active certificate includes " + (included == removed ? "" : listed(included) + " ") +
              "until it is renewed";
  }
  const HistoryLine line{world.clock.now(), "names", {}, detail};
  log::info("a group's names have changed", {{"group", after.name}, {"detail", detail}});
  const auto written = world.database.write_now([&](db::Session& session) -> Result<> {
    add_history(session, after.name, line);
    inventory.note_change(after.name, 1);
    for (const auto& name : removed) {
      for (const auto* kind : {kLeftOut, kNotSeen}) {
        if (auto solved = world.incidents.solve(session, kind, name, name + " was removed from the group “" + after.name + "”."); !solved)
          return solved;
      }
    }
    return {};
  });
  if (written)
    inventory.tell(after, line);
  else
    log::error("a group's history could not be written", {{"group", after.name}, {"reason", written.error().message}});
}

void Keeper::Impl::take_over_names(const NameState& group) {
  if (!group.row.is_group() || !group.current || group.current->revoked || !group.current->validity.holds(world.clock.now())) return;
  for (const auto& host : group.row.hosts()) {
    if (!is_for(*group.current, group.row, host)) continue;
    const auto alone = names.find(host);
    if (!alone || alone->row.is_group()) continue;
    if (auto gone = forget(host, {.successor = group.row.name}); !gone) {
      if (gone.error().kind != ErrorKind::not_found)
        log::error("a name could not be taken over by its group",
                   {{"name", host}, {"group", group.row.name}, {"reason", gone.error().message}});
      continue;
    }
    log::info("a name is now served with the certificate of its group", {{"name", host}, {"group", group.row.name}});
    // A renewal of its own that ended at the same moment may have been served last.
    const auto stored = inventory.find(group.row.current);
    if (!stored || !*stored) continue;
    if (auto served = inventory.serve(group.row, **stored); !served)
      log::error("a certificate could not be served", {{"group", group.row.name}, {"reason", served.error().message}});
  }
}

}  // namespace carillon::certs
