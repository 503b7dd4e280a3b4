// See invitations.hpp.

#include "accounts/people/invitations.hpp"

#include "accounts/access/guessing.hpp"
#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/links.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/store/people.hpp"
#include "base/mail_address.hpp"

#include <array>

namespace carillon::accounts {
namespace {

std::unexpected<Error> no_such_invitation(const std::string& id) {
  return fail(ErrorKind::not_found, "There is no invitation with the ID “" + id + "”.");
}

}  // namespace

asio::awaitable<Result<OneTimeLink>> Invitations::invite(Caller by, std::string email, std::string network, Role role) {
  const auto address = checked_mail_address(email, "email");
  if (!address) co_return std::unexpected(address.error());
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<OneTimeLink> {
    const auto into = queries::network(session, network);
    if (!into) return no_such_network(network);
    if (auto good = check_giving(by, network, role); !good) return forward_error(good);
    const auto person = queries::person_with_email(session, *address);
    if (person && person->roles.contains(network))
      return fail(ErrorKind::conflict, "“" + *address + "” already belongs to the network “" + network + "”.", "email");
    const bool disabled = person && person->disabled;
    if (disabled && by.is_operator()) return disabled_account(person->email);
    for (const auto& row : queries::invitations_to(session, network, parts_.clock.now())) {
      if (row.email != *address) continue;
      if (auto good = check_giving(by, network, role_from(row.role).value_or(Role::owner)); !good) return forward_error(good);
    }
    // One invitation each: withdrawing the one that is listed leaves no other.
    queries::remove_invitations_of(session, *address, network);
    if (queries::invitations_to(session, network, parts_.clock.now()).size() >= kMaxOpenInvitations)
      return fail(ErrorKind::conflict, "The network “" + network + "” has " + std::to_string(kMaxOpenInvitations) +
                                           " pending invitations already; withdraw those that are no longer needed.");
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = network, .what = "person.invite", .subject = *address, .was = {}, .became = {{"role", name_of(role)}}});
    auto link =
        accounts::make_link(session, parts_.clock, parts_.random, kInvitation, *address, "", network, role, kInvitationLasts, by.id());
    // That an account is disabled is nobody's business but an operator's: the answer is the same, but there is nothing to send.
    if (disabled) link.secret.clear();
    link.network_name = into->name;
    return link;
  });
}

asio::awaitable<Result<std::chrono::seconds>> Invitations::count_by(Caller by) {
  if (by.id().empty()) co_return std::chrono::seconds{};  // at the machine itself
  const std::array guards{guard_of_invitations(by.id())};
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<std::chrono::seconds> {
    return std::chrono::ceil<std::chrono::seconds>(count_attempt(session, guards, parts_.clock.now()));
  });
}

asio::awaitable<Result<std::chrono::seconds>> Invitations::count_to(std::string email) {
  const auto address = checked_mail_address(email, "email");
  if (!address) co_return std::unexpected(address.error());
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<std::chrono::seconds> {
    return std::chrono::ceil<std::chrono::seconds>(take_turn(session, invited_turns(*address), kMaxInvitationsPerHour, parts_.clock.now()));
  });
}

asio::awaitable<Result<std::vector<Invitation>>> Invitations::list(std::string network) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Invitation>> {
    std::vector<Invitation> found;
    for (const auto& row : queries::invitations_to(session, network, parts_.clock.now())) {
      found.push_back({.id = row.id,
                       .email = row.email,
                       .network = row.network,
                       .role = role_from(row.role).value_or(Role::analyst),
                       .created = row.created,
                       .ends = row.ends});
    }
    return found;
  });
}

asio::awaitable<Result<std::optional<std::string>>> Invitations::network_of(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::optional<std::string>> {
    const auto row = queries::link_with_id(session, id);
    if (!row || row->kind != kInvitation) return std::nullopt;
    return row->network;
  });
}

asio::awaitable<Result<>> Invitations::withdraw(Caller by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::link_with_id(session, id);
    if (!row || row->kind != kInvitation) return no_such_invitation(id);
    if (auto good = check_giving(by, row->network, role_from(row->role).value_or(Role::owner)); !good) return good;
    queries::remove_link(session, id);
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = row->network, .what = "invitation.withdraw", .subject = row->email, .was = {{"role", row->role}}, .became = {}});
    return {};
  });
}

asio::awaitable<Result<OneTimeLink>> Invitations::make_link(Caller by, std::string id) {
  const auto secret = new_secret(parts_.random);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<OneTimeLink> {
    const auto row = queries::link_with_id(session, id);
    const auto now = parts_.clock.now();
    if (!row || row->kind != kInvitation || row->ends <= now) return no_such_invitation(id);
    if (const auto person = queries::person_with_email(session, row->email); person && person->disabled)
      return disabled_account(person->email);
    const OneTimeLink link{.id = row->id, .secret = secret, .email = row->email, .ends = now + kInvitationLasts};
    queries::renew_link(session, link.id, digest_of(secret), link.ends);
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = row->network, .what = "invitation.link", .subject = row->email, .was = {}, .became = {}});
    return link;
  });
}

}  // namespace carillon::accounts
