#pragma once
// A show's own domain as a value: its name, what DNS should say of it, what it says, and what is to be done next. Pure.

#include "certs/keeper/keeper.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::podcast {

/// How a claim was proven. A TXT record beats an address: whoever writes into the DNS of a name owns it, while anybody can claim a name
/// that somebody else has pointed here.
enum class Proof { none, txt, pointing };
[[nodiscard]] std::string_view name_of(Proof proof) noexcept;  ///< "", "txt", "pointing"
[[nodiscard]] Proof proof_from(std::string_view text) noexcept;

struct Domain {
  std::string name;  ///< lower case, A-labels, no dot at the end
  std::string show_id;
  std::string show;                 ///< its slug
  std::string network;              ///< of the show
  Time created;                     ///< when it was claimed, or lost its proof: an unproven claim lives kClaimLives from then on
  std::string token = {};           ///< whoever can write it into the domain's DNS owns the domain
  std::optional<Time> proven = {};  ///< since when it is known to be the show's; at most one claim of a name is
  Proof proof = Proof::none;
  std::optional<Time> pointed = {};  ///< since when it has been known to lead here; only then, and proven, a certificate is kept
  std::optional<Time> strayed = {};  ///< since when it has led elsewhere again
};

/// What somebody wrote as a domain's name: blanks around it, capitals and a dot at the end do not count. `invalid`, about "name", for what
/// could not be one of a show's: addresses, wildcards, single labels, suffixes under which anybody registers names (co.uk). Letters beyond
/// ASCII become A-labels (RFC 5891, UTS #46), so that a name is one value however it is written.
[[nodiscard]] Result<std::string> domain_name_from(std::string_view text);

/// Where a name leads, seen from here.
enum class Pointing {
  here,
  partly,  ///< some of its addresses are not ours
  elsewhere,
  nowhere,  ///< it does not exist, or has no address
  unknown,  ///< nobody could say
};
struct Look {
  Pointing pointing = Pointing::unknown;
  std::vector<std::string> addresses;  ///< of the name
  std::vector<std::string> ours;
};
/// An alias shows in its addresses, so those are all that is compared.
[[nodiscard]] Look look_at(const Result<std::vector<std::string>>& its, const Result<std::vector<std::string>>& ours);

struct DnsRecord {
  std::string type, name, value;
  [[nodiscard]] bool operator==(const DnsRecord&) const = default;
};
struct DnsRecords {
  std::vector<DnsRecord> set;      ///< together
  std::vector<DnsRecord> instead;  ///< where a CNAME cannot stand, since the name has records of its own (RFC 1034 §3.6.2)
};
/// `host` is the origin's, a name or an address; `ours` its addresses.
[[nodiscard]] DnsRecords records_for(const std::string& name, const std::string& host, const std::vector<std::string>& ours);

/// The TXT record that proves a claim.
[[nodiscard]] DnsRecord proof_record(const Domain& domain);
/// Whether one of these texts is what `proof_record` asks for.
[[nodiscard]] bool proves(const std::vector<std::string>& texts, const Domain& domain);

enum class DomainState { waiting_for_dns, waiting_for_certificate, ready, elsewhere, proven };
[[nodiscard]] std::string_view name_of(DomainState state) noexcept;

/// Everything that can be said of a domain now.
struct DomainStatus {
  Domain domain;
  Look look;
  DnsRecords records;
  std::optional<certs::NameStatus> certificate;
  DomainState state = DomainState::waiting_for_dns;
  std::string next;   ///< one sentence: what to do, or that there is nothing to do
  std::string doubt;  ///< why a name that leads here is no proof, the end of a sentence; "" when it would be one
};
[[nodiscard]] DomainStatus status_of(Domain domain, Look look, std::optional<certs::NameStatus> certificate, const std::string& host,
                                     Time now, std::string doubt = {});

/// How long after its last look a domain is looked at again: seconds while its publisher is at it, hours later.
[[nodiscard]] Duration pause_of(const Domain& domain, Time now);

inline constexpr std::size_t kMaxDomains = 10;  ///< of one show
/// A domain that leads elsewhere keeps its certificate so long: people move back, and name servers have bad days.
inline constexpr std::chrono::days kGivenUpAfter{3};
/// A claim without a proof is dropped after this: nobody occupies names.
inline constexpr std::chrono::days kClaimLives{7};

}  // namespace carillon::podcast
