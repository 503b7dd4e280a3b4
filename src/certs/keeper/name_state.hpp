#pragma once
// What one process knows of one name: its row in the database, the certificates it speaks of, and what need not survive a restart.

#include "certs/keeper/kept_name.hpp"

namespace carillon::certs {

/// A certificate as far as decisions need it; chain and key stay in the database and in the table of what is served.
struct InForce {
  std::string id;
  std::string issuer;
  Rank rank = Rank::local;
  std::string serial;
  Validity validity;
  std::string ari_id;
};
[[nodiscard]] inline InForce in_force_of(const StoredCertificate& certificate) {
  return {certificate.id, certificate.issuer, certificate.rank, certificate.serial, certificate.validity, certificate.ari_id};
}

/// A value: who works on a name works on a copy and puts that back.
struct NameState {
  KeptName row;
  std::optional<InForce> current;  ///< what is served
  std::optional<InForce> spare;

  Time leased_until{};       ///< our lease on the row
  Time rest_until{};         ///< another node works on it: nothing before
  bool asked = false;        ///< a person wants this renewal: it need not wait because the last one was recent
  bool looked_back = false;  ///< an earlier certificate was looked for, since the one in force is not valid yet

  /// The order under way.
  struct Attempt {
    bool admitted = false;        ///< the account's budget has room for it
    bool prechecked = false;      ///< the self-check before it has been made
    std::string order;            ///< URL of the order that this process works on
    Time order_since{};           ///< since when it does
    std::optional<Time> begun{};  ///< when this process began the renewal: how long it takes is measured
    bool left_alone = false;      ///< this is the first step on that order after a long time without one
  } attempt;

  /// The incidents about it that this process has opened.
  struct Reported {
    bool late = false;
    bool expired = false;
    bool not_seen = false;
    Time again_from{};  ///< the database refused one: not again before
  } reported;

  /// What is served, looked at from outside.
  struct Looks {
    std::optional<Time> next;
    int failed = 0;  ///< in a row
    std::vector<AddressSeen> seen;
  } looks;

  /// The issuer's renewal information.
  struct WindowPoll {
    std::optional<Time> next;
    int failures = 0;  ///< in a row
  } window_poll;

  /// Whether a renewal or a spare is under way.
  [[nodiscard]] bool in_progress() const noexcept { return row.step != Step::none && row.step != Step::seen; }
  /// Whether what is served is being renewed: the steps for a spare leave that, its looks and its dates alone.
  [[nodiscard]] bool renewing() const noexcept { return in_progress() && !row.for_spare; }
  /// Which certificate the steps under way make a new one of.
  [[nodiscard]] const std::optional<InForce>& predecessor() const noexcept { return row.for_spare ? spare : current; }
  [[nodiscard]] std::optional<Validity> validity() const { return current ? std::optional{current->validity} : std::nullopt; }
};

}  // namespace carillon::certs
