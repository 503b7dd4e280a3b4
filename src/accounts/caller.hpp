#pragma once
// Who asks, and what they may do where.

#include "accounts/permission.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace carillon::accounts {

/// Who did something, as the audit trail keeps it.
struct Actor {
  std::string id;              ///< a person's id; "" for whoever sits at the machine, or for the machine itself
  std::string name;            ///< email address; "operator (uid 0)" for whoever sits at the machine, "carillon" for itself
  std::string address_prefix;  ///< "192.0.2.0/24"; "" on the control socket. No full address is kept
};

/// One authenticated (or unknown) caller: a value made once per request.
class Caller {
 public:
  [[nodiscard]] static Caller nobody() { return Caller{}; }
  /// Whoever may open the control socket acts as operator; `user` is the uid of the process at the other end, where the system told it.
  [[nodiscard]] static Caller operator_at_the_socket(std::optional<std::uint32_t> user = {});
  /// A person with a session or, when `scopes` is there, with a token limited to these.
  [[nodiscard]] static Caller person(std::string id, std::string email, bool is_operator, std::map<std::string, Role, std::less<>> roles);

  [[nodiscard]] bool is_known() const noexcept { return known_; }
  /// Whether they act as an operator here, who sees and may do everything in every network as far as the scopes reach. A token of an
  /// operator does only with the scope `operate`; without it, it acts in the networks that they belong to, in their role there.
  [[nodiscard]] bool is_operator() const;
  /// Whether it's a token of an operator that doesn't act as one.
  [[nodiscard]] bool lacks_operate_scope() const { return operator_ && !is_operator(); }
  /// Whether /metrics is theirs: operators, and their tokens with the scope `metrics`.
  [[nodiscard]] bool reads_metrics() const;
  /// In `network` ("" for what belongs to none). A token holds at most what its person holds.
  [[nodiscard]] bool holds(Permission permission, std::string_view network) const;
  /// In any network at all.
  [[nodiscard]] bool holds_somewhere(Permission permission) const;
  /// Whether what belongs to `network` exists for this caller: members and operators see it.
  [[nodiscard]] bool sees(std::string_view network) const;
  [[nodiscard]] const std::map<std::string, Role, std::less<>>& roles() const noexcept { return roles_; }
  /// What they act as in `network`: operators as owners of each, and a token without `own` as no owner, without `manage` as no manager.
  [[nodiscard]] std::optional<Role> role_in(std::string_view network) const;

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& email() const noexcept { return email_; }
  [[nodiscard]] Actor actor() const;

  std::optional<std::set<std::string, std::less<>>> scopes;  ///< of a token; none: everything the person holds
  std::string session;                                       ///< id of the session it came with, "" otherwise
  std::string token;                                         ///< id of the token it came with, "" otherwise
  std::string address_prefix;                                ///< where from
  std::optional<Time> ends;                                  ///< when the session or the token ends by itself
  std::string forged_for;                                    ///< nobody, who came with this person's cookie and without its CSRF token
  std::uint64_t as_of = 0;                                   ///< the last revocation that was known when this was found out

 private:
  bool known_ = false;
  bool operator_ = false;
  std::string id_;
  std::string email_;
  std::map<std::string, Role, std::less<>> roles_;  ///< by the network's slug
  std::optional<std::uint32_t> user_;               ///< at the control socket
};

}  // namespace carillon::accounts
