#pragma once
// A custom domain as a value: its name, required and actual DNS records, and the next step. Pure.

#include "certs/keeper/keeper.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::podcast {

/// How a claim was verified. A TXT record takes precedence over an address: only the owner can change the DNS of a name, while anyone can
/// claim a name that someone else has pointed here.
enum class Proof { none, txt, pointing };
[[nodiscard]] std::string_view name_of(Proof proof) noexcept;  ///< "", "txt", "pointing"
[[nodiscard]] Proof proof_from(std::string_view text) noexcept;

struct Domain {
  std::string name;  ///< lower case, A-labels, no trailing dot
  std::string show_id;
  std::string show;                 ///< its slug
  std::string network;              ///< of the show
  Time created;                     ///< when it was claimed, or lost its verification; an unverified claim expires kClaimLives later
  std::string token = {};           ///< proves ownership if it is in the domain's DNS
  std::optional<Time> proven = {};  ///< since when it is verified; at most one claim of a name is
  Proof proof = Proof::none;
  std::optional<Time> pointed = {};  ///< since when it has pointed here; a certificate is only managed if it also is verified
  std::optional<Time> strayed = {};  ///< since when it has pointed elsewhere again
};

/// Normalizes a domain name as people type it: trims spaces, converts to lower case, removes a trailing dot. `invalid`, with the field
/// "name", for names that can't be a custom domain: addresses, wildcards, single labels, public suffixes (co.uk). Non-ASCII characters
/// become A-labels (RFC 5891, UTS #46), so that all notations of a name are the same value.
[[nodiscard]] Result<std::string> domain_name_from(std::string_view text);

/// Where a name points, as seen from here.
enum class Pointing {
  here,
  partly,  ///< some of its addresses are not ours
  elsewhere,
  nowhere,  ///< it doesn't exist, or has no address
  unknown,  ///< DNS didn't respond
};
struct Look {
  Pointing pointing = Pointing::unknown;
  std::vector<std::string> addresses;  ///< of the name
  std::vector<std::string> ours;
};
/// Only compares addresses, because they also reveal aliases.
[[nodiscard]] Look look_at(const Result<std::vector<std::string>>& its, const Result<std::vector<std::string>>& ours);

struct DnsRecord {
  std::string type, name, value;
  [[nodiscard]] bool operator==(const DnsRecord&) const = default;
};
struct DnsRecords {
  std::vector<DnsRecord> set;      ///< together
  std::vector<DnsRecord> instead;  ///< if a CNAME isn't possible because the name has other records (RFC 1034 §3.6.2)
};
/// `host` is the origin's host, a name or an address; `ours` are its addresses.
[[nodiscard]] DnsRecords records_for(const std::string& name, const std::string& host, const std::vector<std::string>& ours);

/// The TXT record that verifies a claim.
[[nodiscard]] DnsRecord proof_record(const Domain& domain);
/// Whether one of these texts is the one of `proof_record`.
[[nodiscard]] bool proves(const std::vector<std::string>& texts, const Domain& domain);

enum class DomainState { waiting_for_dns, waiting_for_certificate, ready, elsewhere, proven };
[[nodiscard]] std::string_view name_of(DomainState state) noexcept;

/// The current status of a domain.
struct DomainStatus {
  Domain domain;
  Look look;
  DnsRecords records;
  std::optional<certs::NameStatus> certificate;
  DomainState state = DomainState::waiting_for_dns;
  std::string next;   ///< one sentence: what to do, or that nothing is needed
  std::string doubt;  ///< why pointing here doesn't verify it, the end of a sentence; "" if it does
};
[[nodiscard]] DomainStatus status_of(Domain domain, Look look, std::optional<certs::NameStatus> certificate, const std::string& host,
                                     Time now, std::string doubt = {});

/// The pause between checks of a domain: seconds while its publisher is setting it up, hours later.
[[nodiscard]] Duration pause_of(const Domain& domain, Time now);

inline constexpr std::size_t kMaxDomains = 10;  ///< per show
/// How long the certificate of a domain that points elsewhere is still managed, because publishers may switch back and name servers may
/// fail.
inline constexpr std::chrono::days kGivenUpAfter{3};
/// How long an unverified claim is kept, so that no one can block names.
inline constexpr std::chrono::days kClaimLives{7};

}  // namespace carillon::podcast
