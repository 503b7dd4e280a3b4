#pragma once
// The caller of a request, and what they may do where.

#include "accounts/permission.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace carillon::accounts {

/// Who did something, as the audit trail keeps it.
struct Actor {
  std::string id;              ///< a person's ID; "" for an operator on the machine, or for the machine itself
  std::string name;            ///< email address; "operator (uid 0)" for an operator on the machine, "carillon" for the server itself
  std::string address_prefix;  ///< "192.0.2.0/24"; "" on the control socket. full addresses aren't stored
};

/// An authenticated (or unknown) caller: a value created once per request.
class Caller {
 public:
  [[nodiscard]] static Caller nobody() { return Caller{}; }
  /// Everyone who can open the control socket acts as an operator; `user` is the uid of the connecting process, if known.
  [[nodiscard]] static Caller operator_at_the_socket(std::optional<std::uint32_t> user = {});
  /// A person with a session or, if `scopes` is set, with a token limited to these scopes.
  [[nodiscard]] static Caller person(std::string id, std::string email, bool is_operator, std::map<std::string, Role, std::less<>> roles);

  [[nodiscard]] bool is_known() const noexcept { return known_; }
  /// Whether they act as an operator, who can see and do everything in every network within the token's scopes. An operator's token acts as
  /// one only with the scope `operate`; without it, it acts in the person's networks with their role there.
  [[nodiscard]] bool is_operator() const;
  /// Whether it's a token of an operator that doesn't act as one.
  [[nodiscard]] bool lacks_operate_scope() const { return operator_ && !is_operator(); }
  /// Whether they can read /metrics: operators, and their tokens with the scope `metrics`.
  [[nodiscard]] bool reads_metrics() const;
  /// Whether they have `permission` in `network` ("" for things without a network). A token never has more permissions than its owner.
  [[nodiscard]] bool holds(Permission permission, std::string_view network) const;
  /// Whether they have `permission` in any network.
  [[nodiscard]] bool holds_somewhere(Permission permission) const;
  /// Whether what belongs to `network` exists for this caller: members and operators see it.
  [[nodiscard]] bool sees(std::string_view network) const;
  [[nodiscard]] const std::map<std::string, Role, std::less<>>& roles() const noexcept { return roles_; }
  /// Their effective role in `network`: operators act as owners everywhere; a token without `own` doesn't act as an owner, nor one without
  /// `manage` as a manager.
  [[nodiscard]] std::optional<Role> role_in(std::string_view network) const;

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& email() const noexcept { return email_; }
  [[nodiscard]] Actor actor() const;

  std::optional<std::set<std::string, std::less<>>> scopes;  ///< of a token; none: all permissions of the person
  std::string session;                                       ///< id of the session it came with, "" otherwise
  std::string token;                                         ///< id of the token it came with, "" otherwise
  std::string address_prefix;                                ///< where from
  std::optional<Time> ends;                                  ///< when the session or token expires
  std::string forged_for;                                    ///< set if the request had this person's cookie but not its CSRF token
  std::uint64_t as_of = 0;                                   ///< the last revocation known when the caller was identified

 private:
  bool known_ = false;
  bool operator_ = false;
  std::string id_;
  std::string email_;
  std::map<std::string, Role, std::less<>> roles_;  ///< by the network's slug
  std::optional<std::uint32_t> user_;               ///< at the control socket
};

}  // namespace carillon::accounts
