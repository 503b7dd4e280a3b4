#pragma once
// The state of one name in one process: its row in the database, its certificates, and data that need not survive a restart.

#include "certs/keeper/kept_name.hpp"

#include <map>
#include <set>

namespace carillon::certs {

/// The data of a certificate that decisions need; chain and key are in the database and in the certificate table.
struct InForce {
  std::string id;
  std::string issuer;
  Rank rank = Rank::local;
  std::string serial;
  Validity validity;
  std::string ari_id;
  bool revoked = false;              ///< its CA says so
  std::vector<std::string> names{};  ///< see StoredCertificate
  bool has_rsa_key = false;
};
[[nodiscard]] InForce in_force_of(const StoredCertificate& certificate);

/// A value: code that works on a name uses a copy and puts it back.
struct NameState {
  KeptName row;
  std::optional<InForce> current;  ///< the served certificate
  std::optional<InForce> spare;

  Time leased_until{};    ///< our lease on the row
  Time rest_until{};      ///< another node is working on it until then
  bool asked = false;     ///< a person requested this renewal, so it needn't wait even if the last one was recent
  bool in_group = false;  ///< the name is in a group, which takes it over with a certificate that includes it (Names keeps this up to date)
  bool rsa_beside = false;  ///< one of its hosts also has a certificate with an RSA key, which isn't this one (Names keeps this up to date)
  bool looked_back = false;  ///< an earlier certificate was searched, because the active one isn't valid yet

  /// The current order.
  struct Attempt {
    bool admitted = false;        ///< the account's order budget admits it
    std::string admitted_at{};    ///< at this issuer, which may be another one than the row's; "": the row's
    bool stays = false;           ///< it can't be ordered from other issuers than the row's
    bool prechecked = false;      ///< its self-check was done
    std::string order;            ///< URL of the order that this process is working on
    Time order_since{};           ///< since when
    std::optional<Time> begun{};  ///< when this process started the renewal, to measure how long it takes
    std::set<std::string>
        without{};            ///< names of a group that failed at the spare's issuer; the next order for a spare is placed without them
    bool left_alone = false;  ///< this is the first step of that order after a long pause
  } attempt;

  /// The incidents that this process has opened for it.
  struct Reported {
    bool late = false;
    bool expired = false;
    std::set<std::string> not_seen{};  ///< the hosts
    std::set<std::string> lacking{};   ///< the names of a group for which no issuer can issue
    bool revoked = false;
    Time again_from{};  ///< when to retry after a database error
  } reported;

  /// Checks from outside.
  struct Looks {
    std::optional<Time> next;
    std::map<std::string, int> failed{};  ///< in a row, by host
    std::vector<AddressSeen> seen;
  } looks;

  /// Our own checks of a name that is left out of orders, which notice early that it can be verified again.
  struct SelfCheck {
    Time next{};
    bool failing = false;
  };
  std::map<std::string, SelfCheck> self_checks;  ///< by name

  Time next_permission_check{};   ///< of the standing records in DNS, if its first issuer verifies it with them
  bool lacks_permission = false;  ///< one of these records was missing or wrong

  /// The issuer's renewal information.
  struct WindowPoll {
    std::optional<Time> next;
    int failures = 0;  ///< in a row
  } window_poll;

  /// Whether a renewal or a spare is in progress.
  [[nodiscard]] bool in_progress() const noexcept { return row.step != Step::none && row.step != Step::seen; }
  /// Whether the served certificate is being renewed: the steps for a spare leave that, its looks and its dates alone.
  [[nodiscard]] bool renewing() const noexcept { return in_progress() && !row.for_spare; }
  /// The certificate that the current steps replace.
  [[nodiscard]] const std::optional<InForce>& predecessor() const noexcept { return row.for_spare ? spare : current; }
  [[nodiscard]] std::optional<Validity> validity() const { return current ? std::optional{current->validity} : std::nullopt; }
};

}  // namespace carillon::certs
