// See inventory.hpp.

#include "certs/keeper/inventory.hpp"

#include "base/log.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "certs/revocation/stored_revocations.hpp"
#include "crypto/certificate.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string sealed_purpose(const std::string& name) { return "certificate-key:" + name; }

}  // namespace

bool Inventory::take_lease(NameState& entry) {
  const auto at = world_.clock.now();
  if (entry.leased_until > at + kLease / 2) return true;
  auto taken = world_.database.write_now(
      [&](db::Session& session) -> Result<std::optional<KeptName>> { return take_name(session, entry.row.name, node_, at, at + kLease); });
  if (!taken || !*taken) {
    if (!taken) log::error("the lease on a name could not be acquired", {{"name", entry.row.name}, {"reason", taken.error().message}});
    // Somebody else is at work on it: until they may be done nothing here concerns us.
    entry.rest_until = at + kLease / 10;
    entry.leased_until = Time{};
    return false;
  }
  const bool moved = (*taken)->revision != entry.row.revision;
  entry.row = std::move(**taken);
  entry.leased_until = at + kLease;
  if (!moved) return true;
  // Another node went on with it meanwhile: begin from what is true now, at the next look at the schedule.
  entry.attempt.admitted = entry.attempt.prechecked = entry.reported.late = entry.reported.expired = false;
  solvers_.restore(entry.row);
  if (const auto read = read_certificates(entry); !read)
    log::error("a certificate could not be read", {{"name", entry.row.name}, {"reason", read.error().message}});
  return false;
}

bool Inventory::commit(NameState& entry, const std::vector<HistoryLine>& lines, const Also& also, bool keep) {
  const auto until = keep ? world_.clock.now() + kLease : Time{};
  bool held = false;
  const auto written = world_.database.write_now([&](db::Session& session) -> Result<> {
    held = write_name(session, entry.row, until);
    if (!held) return {};
    note_change(entry.row.name, lines.size());
    for (const auto& line : lines) add_history(session, entry.row.name, line);
    if (also) return also(session);
    return {};
  });
  if (!written) {
    log::error("the progress of a certificate could not be stored", {{"name", entry.row.name}, {"reason", written.error().message}});
    entry.row.next_try = world_.clock.now() + minutes{1};
    entry.leased_until = Time{};
    return false;
  }
  if (!held) {
    log::warning("another node took over a name", {{"name", entry.row.name}});
    entry.leased_until = Time{};
    entry.row.revision = -1;  // whatever the database says is newer
    entry.row.next_try = world_.clock.now() + seconds{1};
    return false;
  }
  ++entry.row.revision;
  entry.leased_until = until;
  for (const auto& line : lines) {
    told_(entry.row, line);
    if (line.step != "failed" && line.step != "rejected" && line.step != "authorization failed")
      log::info("certificate progress", {{"name", entry.row.name}, {"step", line.step}, {"issuer", line.issuer}, {"detail", line.detail}});
  }
  return true;
}

void Inventory::note_change(const std::string& name, std::size_t lines) {
  world_.database.note_change({.kind = std::string(kCertificateChange), .subject = name, .detail = std::to_string(lines)});
}

Result<> Inventory::serve(const KeptName& row, const StoredCertificate& certificate) {
  const auto handed_out = for_tls(certificate);
  if (!handed_out) return std::unexpected(handed_out.error());
  if (row.is_rsa_beside()) {
    world_.table.put_rsa(std::string(row.host()), *handed_out, row.name);
    return {};
  }
  if (!row.is_group()) {
    world_.table.put(row.name, *handed_out);
    return {};
  }
  const auto hosts = row.hosts();
  for (const auto& host : hosts) {
    if (std::ranges::find(certificate.names, host) != certificate.names.end()) world_.table.put(host, *handed_out, row.name);
  }
  adopt(row);
  world_.table.remove(row.name, hosts);
  return {};
}

Result<Inventory::Shared> Inventory::shared_certificates() const {
  const auto at = world_.clock.now();
  return world_.database.read_now([&](db::Session& session) -> Result<Shared> {
    Shared found;
    for (const auto& [id, names] : shared_certificates_at(session, at)) {
      if (world_.revocations != nullptr) {
        const auto known = find_revocation(session, id);
        if (known && known->status == RevocationStatus::revoked) continue;
      }
      for (const auto& name : names) found[name].push_back(id);
    }
    return found;
  });
}

std::optional<Time> Inventory::served_until(const NameState& entry) const {
  const auto& row = entry.row;
  if (entry.current || row.is_group() || row.is_rsa_beside() || !world_.table.has(row.name)) return {};
  const auto shared = shared_certificates();
  if (!shared) return {};
  std::optional<Time> until;
  if (const auto known = shared->find(row.name); known != shared->end()) {
    for (const auto& id : known->second) {
      // After a restart, adopt() uses the newest one that can be read.
      const auto certificate = find(id);
      if (!certificate || !*certificate || !for_tls(**certificate)) continue;
      until = (*certificate)->validity.not_after;
      break;
    }
  }
  return until;
}

void Inventory::adopt(const KeptName& row, const Shared* shared) {
  if (row.is_rsa_beside()) return;
  Result<Shared> read;
  for (const auto& host : row.hosts()) {
    const auto owner = world_.table.owner_of(host);
    if (owner == row.name || owner == host) continue;
    if (!owner.empty()) {
      world_.table.hand_over(host, row.name);
      continue;
    }
    if (!shared) {
      if (!row.is_group()) return;
      read = shared_certificates();
      if (!read) return log::error("the certificates of groups could not be read", {{"name", row.name}, {"reason", read.error().message}});
      shared = &*read;
    }
    const auto known = shared->find(host);
    if (known == shared->end()) continue;
    for (const auto& id : known->second) {
      const auto certificate = find(id);
      if (!certificate || !*certificate) continue;
      const auto handed_out = for_tls(**certificate);
      if (!handed_out) continue;
      world_.table.put(host, *handed_out, row.name);
      break;
    }
  }
}

Result<std::shared_ptr<const net::CertificateForTls>> Inventory::for_tls(const StoredCertificate& certificate) const {
  const auto chain = crypto::Certificate::chain_from_pem(certificate.chain);
  if (!chain) return std::unexpected(chain.error());
  auto key = open_key(certificate.name, certificate.sealed_key);
  if (!key)
    return fail(key.error().kind,
                "The private key of the certificate for " + certificate.name + " can't be decrypted: " + key.error().message);
  auto handed_out = std::make_shared<net::CertificateForTls>();
  for (const auto& link : *chain) {
    auto der = link.to_der();
    if (!der) return forward_error(der);
    handed_out->chain_der.push_back(std::move(*der));
  }
  handed_out->key_der = std::move(*key);
  return handed_out;
}

Result<> Inventory::read_certificates(NameState& entry) {
  entry.current.reset();
  entry.spare.reset();
  if (!entry.row.spare.empty()) {
    auto spare = find(entry.row.spare);
    if (!spare) return forward_error(spare);
    if (*spare) entry.spare = in_force_of(**spare);
    read_revocations(entry);
  }
  if (entry.row.current.empty()) return {};
  const auto stored = find(entry.row.current);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return fail(ErrorKind::corrupt, "The certificate for " + entry.row.name + " is no longer in the database.");
  entry.current = in_force_of(**stored);
  read_revocations(entry);
  const auto at = world_.clock.now();
  entry.looks.next = at;
  entry.window_poll.next = at;
  return serve(entry.row, **stored);
}

void Inventory::read_revocations(NameState& entry) const {
  if (world_.revocations == nullptr) return;
  for (auto* one : {&entry.current, &entry.spare}) {
    if (!*one) continue;
    const auto state = world_.database.read_now(
        [&](db::Session& session) -> Result<std::optional<Revocation>> { return find_revocation(session, (*one)->id); });
    if (state) (*one)->revoked = *state && (*state)->status == RevocationStatus::revoked;
  }
}

void Inventory::renew_if_unreadable(NameState& entry) const {
  if (entry.current || entry.row.current.empty()) return;
  entry.row.renew_at = std::min(entry.row.renew_at, world_.clock.now());
}

Result<std::optional<KeptName>> Inventory::read_row(const std::string& name) const {
  return world_.database.read_now([&](db::Session& session) -> Result<std::optional<KeptName>> { return find_name(session, name); });
}

Result<std::optional<StoredCertificate>> Inventory::find(const std::string& id) const {
  return world_.database.read_now(
      [&](db::Session& session) -> Result<std::optional<StoredCertificate>> { return find_certificate(session, id); });
}

std::string Inventory::seal_key(const std::string& name, std::string_view der) const {
  return world_.master.seal(der, sealed_purpose(name), random_);
}

Result<std::string> Inventory::open_key(const std::string& name, std::string_view sealed) const {
  return world_.master.open_sealed(sealed, sealed_purpose(name));
}

}  // namespace carillon::certs
