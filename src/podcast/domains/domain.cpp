// See domain.hpp.

#include "podcast/domains/domain.hpp"

#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "dns/names.hpp"
#include "podcast/model/checks.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 §2.3.4, without the final dot
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestGiven = 1024;  // bytes, before they become A-labels
constexpr std::size_t kMaxShown = 80;        // bytes of a refused name that are said again

constexpr std::chrono::seconds kShortestPause{5};
constexpr std::chrono::hours kLongestPause{1};
constexpr std::chrono::hours kSettledPause{6};
/// A domain is looked at ten times while its age grows by itself.
constexpr int kLooksPerAge = 10;

constexpr std::array<std::string_view, 5> kStates{"waiting-for-dns", "waiting-for-certificate", "ready", "elsewhere", "proven"};
constexpr std::string_view kProofPrefix = "carillon-domain=";

/// Below this name stands the proof, so that it needs no record of the domain's own.
constexpr std::string_view kProofLabel = "_carillon.";

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_ipv6(std::string_view address) { return address.contains(':'); }

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

std::string reported(const std::vector<DnsRecord>& records) {
  std::vector<std::string> words;
  words.reserve(records.size());
  for (const auto& record : records) words.push_back(record.type + " " + record.value);
  return list_of(words);
}

/// "the record CNAME pod.example.org (or, where … A 192.0.2.1)".
std::string wanted(const DnsRecords& records) {
  if (records.set.empty()) return "a record that points to this server (ask its operator for the address)";
  auto sentence = std::string(records.set.size() > 1 ? "the records " : "the record ") + reported(records.set);
  if (!records.instead.empty()) sentence += " (if a CNAME can't be set, " + reported(records.instead) + ")";
  return sentence;
}

std::string next_of(const DomainStatus& status) {
  const auto& name = status.domain.name;
  const auto records = wanted(status.records);
  switch (status.state) {
    case DomainState::proven:
      return name + " is verified, but doesn't point here yet: in its DNS, set " + records +
             "; Carillon checks again automatically and then gets a certificate.";
    case DomainState::waiting_for_dns:
      if (status.look.pointing == Pointing::here)
        return name + " points here, but " + (status.doubt.empty() ? "this show's claim isn't verified yet" : status.doubt) +
               ". To verify that the domain is yours, set " + reported({proof_record(status.domain)}) + " for " +
               proof_record(status.domain).name + " in its DNS; Carillon checks again automatically.";
      switch (status.look.pointing) {
        case Pointing::elsewhere:
          return name + " points to " + list_of(status.look.addresses) + " instead of here: in its DNS, replace these addresses with " +
                 records + ".";
        case Pointing::partly:
          return "Not all addresses of " + name + " (" + list_of(status.look.addresses) + ") are this server's: in its DNS, leave only " +
                 records + ".";
        case Pointing::unknown:
          return "The name servers of " + name + " didn't respond; Carillon checks again automatically. The domain needs " + records + ".";
        default:
          return "In the DNS of " + name + ", set " + records + "; Carillon checks again automatically and then gets a certificate.";
      }
    case DomainState::waiting_for_certificate:
      if (!status.certificate || status.certificate->kept.failures == 0)
        return "Nothing to do: " + name + " points here, and its certificate is being issued.";
      return name +
             " points here, but has no certificate yet; Carillon keeps retrying. The last error: " + status.certificate->kept.last_error;
    case DomainState::elsewhere:
      return name + " has a certificate here, but no longer points here: in its DNS, set " + records +
             " again, or remove the domain. After three days, Carillon stops renewing its certificate.";
    case DomainState::ready:
      return "Nothing to do: the show is at https://" + name + "/.";
  }
  return {};
}

}  // namespace

Result<std::string> domain_name_from(std::string_view text) {
  const auto shown = "“" + std::string(cut_to(clean_for_xml(trimmed(text)), kMaxShown)) + "”";
  if (trimmed(text).size() > kLongestGiven) return wrong("name", shown + " is too long for a domain name.");
  const auto ascii = dns::to_ascii(trimmed(text));
  if (!ascii) return wrong("name", shown + " isn't a domain name; use letters, digits and hyphens between dots, e.g. podcast.example.org.");
  auto name = *ascii;
  if (name.ends_with('.')) name.pop_back();
  if (name.empty()) return wrong("name", "The domain name is missing.");
  if (name.size() > kLongestName) return wrong("name", shown + " is too long for a domain name.");
  if (name.contains("//") || name.contains('/'))
    return wrong("name", shown + " is the URL of a page; enter only the domain name, e.g. podcast.example.org.");
  if (name.starts_with("*.")) return wrong("name", shown + " is a wildcard; use a single name.");
  if (crypto::is_ip_address(name)) return wrong("name", shown + " is an IP address, not a name.");
  const auto labels = split(name, '.');
  const auto& last = labels.back();
  const bool has_letter = std::ranges::any_of(last, [](char c) { return c >= 'a' && c <= 'z'; });
  if (!std::ranges::all_of(labels, is_label) || !has_letter)
    return wrong("name", shown + " isn't a domain name; use letters, digits and hyphens between dots, e.g. podcast.example.org.");
  if (labels.size() < 2) return wrong("name", shown + " is a single label; a domain has at least two, e.g. podcast.example.org.");
  if (last == "localhost") return wrong("name", shown + " always means the local machine and can't be used for a show.");
  if (dns::is_public_suffix(name))
    return wrong("name", shown + " is a public suffix, under which anyone can register names; it can't be used for a show.");
  return name;
}

DnsRecord proof_record(const Domain& domain) {
  return {.type = "TXT", .name = std::string(kProofLabel) + domain.name, .value = std::string(kProofPrefix) + domain.token};
}

bool proves(const std::vector<std::string>& texts, const Domain& domain) {
  return !domain.token.empty() &&
         std::ranges::any_of(texts, [&](const std::string& text) { return trimmed(text) == proof_record(domain).value; });
}

Look look_at(const Result<std::vector<std::string>>& its, const Result<std::vector<std::string>>& ours) {
  Look look{.pointing = Pointing::unknown,
            .addresses = its.value_or(std::vector<std::string>{}),
            .ours = ours.value_or(std::vector<std::string>{})};
  if (!its) {
    if (its.error().kind == ErrorKind::not_found) look.pointing = Pointing::nowhere;
    return look;
  }
  if (look.addresses.empty()) {
    look.pointing = Pointing::nowhere;
    return look;
  }
  if (look.ours.empty()) return look;
  const auto is_ours = [&](const std::string& address) { return std::ranges::find(look.ours, address) != look.ours.end(); };
  const auto found = static_cast<std::size_t>(std::ranges::count_if(look.addresses, is_ours));
  look.pointing = found == look.addresses.size() ? Pointing::here : found > 0 ? Pointing::partly : Pointing::elsewhere;
  return look;
}

DnsRecords records_for(const std::string& name, const std::string& host, const std::vector<std::string>& ours) {
  std::vector<DnsRecord> addresses;
  for (const auto& address : ours) addresses.push_back({.type = is_ipv6(address) ? "AAAA" : "A", .name = name, .value = address});
  // A name of two labels is mostly the domain itself, which has records of its own. Where that is so below a suffix of several labels
  // (example.co.uk), whoever sets the record finds out, and the other way stands beside it.
  const bool is_apex = std::ranges::count(name, '.') == 1;
  if (is_apex || crypto::is_ip_address(host)) return {.set = std::move(addresses), .instead = {}};
  return {.set = {{.type = "CNAME", .name = name, .value = host + "."}}, .instead = std::move(addresses)};
}

std::string_view name_of(Proof proof) noexcept {
  switch (proof) {
    case Proof::txt:
      return "txt";
    case Proof::pointing:
      return "pointing";
    case Proof::none:
      break;
  }
  return "";
}

Proof proof_from(std::string_view text) noexcept {
  for (const auto proof : {Proof::txt, Proof::pointing}) {
    if (name_of(proof) == text) return proof;
  }
  return Proof::none;
}

std::string_view name_of(DomainState state) noexcept { return kStates[static_cast<std::size_t>(state)]; }

DomainStatus status_of(Domain domain, Look look, std::optional<certs::NameStatus> certificate, const std::string& host, Time now,
                       std::string doubt) {
  DomainStatus status{.domain = std::move(domain),
                      .look = std::move(look),
                      .records = {},
                      .certificate = std::move(certificate),
                      .next = {},
                      .doubt = std::move(doubt)};
  status.records = records_for(status.domain.name, host, status.look.ours);
  const bool served = status.certificate && status.certificate->current && status.certificate->current->validity.not_after > now;
  const auto pointing = status.look.pointing;
  const bool here = pointing == Pointing::here || (pointing == Pointing::unknown && status.domain.pointed && !status.domain.strayed);
  if (!status.domain.proven)
    status.state = DomainState::waiting_for_dns;
  else if (served)
    status.state = here ? DomainState::ready : DomainState::elsewhere;
  else
    status.state = here ? DomainState::waiting_for_certificate : DomainState::proven;
  status.next = next_of(status);
  return status;
}

Duration pause_of(const Domain& domain, Time now) {
  if (domain.strayed) return kLongestPause;
  if (domain.pointed && domain.proven) return kSettledPause;
  return std::clamp<Duration>((now - domain.created) / kLooksPerAge, kShortestPause, kLongestPause);
}

}  // namespace carillon::podcast
