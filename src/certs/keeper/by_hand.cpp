// See by_hand.hpp.

#include "certs/keeper/by_hand.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/reports.hpp"
#include "crypto/files/certificate_file.hpp"
#include "crypto/inspection.hpp"
#include "crypto/key_kind.hpp"
#include "crypto/signing_request.hpp"
#include "incidents/reminders.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace carillon::certs {
namespace {

/// A chain is completed by at most so many fetched links.
constexpr int kMaxFetched = 3;
constexpr ByteCount kLargestIssuer{64 << 10};
constexpr std::chrono::milliseconds kFetchDeadline{10'000};
std::string manual_purpose(const std::string& name) { return "manual-key:" + name; }

/// Collects checks in the order they are shown.
class Checks {
 public:
  explicit Checks(std::vector<Keeper::Check>& checks) : checks_{checks} {}
  bool that(bool passed, std::string good, std::string bad, std::string advice) {
    checks_.push_back({passed ? std::move(good) : std::move(bad), passed, passed ? std::string{} : std::move(advice)});
    all_ = all_ && passed;
    return passed;
  }
  [[nodiscard]] bool all() const noexcept { return all_; }

 private:
  std::vector<Keeper::Check>& checks_;
  bool all_ = true;
};

std::optional<crypto::Certificate> fetch_issuer(http::Outgoing& outgoing, const crypto::Certificate& of) {
  for (const auto& url : crypto::issuer_urls(of)) {
    // Somebody else wrote this address into a certificate: it may lead to the public net alone.
    const auto answer = outgoing.exchange(
        {.url = url, .deadline = kFetchDeadline, .most = kLargestIssuer, .redirects = 2, .reach = http::Reach::public_only});
    if (!answer || answer->status != 200) continue;
    if (auto issuer = crypto::Certificate::from_der(answer->body)) return std::move(*issuer);
    if (auto chain = crypto::Certificate::chain_from_pem(answer->body)) return std::move(chain->front());
  }
  return {};
}

std::unexpected<Error> not_kept(const std::string& name) {
  return fail(ErrorKind::not_found,
              "No certificate is managed for “" + name + "”; add it first: `carillon cert add " + name + " --issuer manual`.");
}

/// Reads an imported file. Sets the field of an error.
Result<crypto::CertificateFile> read_given(std::string_view bytes, crypto::FileContent expected,
                                           const std::optional<std::string>& passphrase) {
  auto file = crypto::read_certificate_file(bytes, {.passphrase = passphrase, .expected = expected});
  if (!file && file.error().field.empty()) file.error().field = expected == crypto::FileContent::key ? "key" : "certificate";
  return file;
}

/// The indexes of the certificate to serve and of its key.
struct Pair {
  std::size_t certificate;
  std::size_t key;
};
/// If several pairs match, prefers certificates that are valid for `name`, then the one that expires last.
std::optional<Pair> pair_of(std::span<const crypto::Certificate> certificates, std::span<const crypto::PrivateKey> keys,
                            std::string_view name) {
  std::optional<Pair> best;
  const auto worth = [&](std::size_t at) { return std::pair{crypto::is_good_for(certificates[at], name), certificates[at].not_after()}; };
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const auto key = std::ranges::find_if(keys, [&](const crypto::PrivateKey& one) { return certificates[i].matches(one); });
    if (key == keys.end() || (best && worth(i) <= worth(best->certificate))) continue;
    best = Pair{i, static_cast<std::size_t>(key - keys.begin())};
  }
  return best;
}

bool has(const std::vector<crypto::Finding>& findings, crypto::Finding finding) {
  return std::ranges::find(findings, finding) != findings.end();
}

}  // namespace

Result<std::optional<crypto::PrivateKey>> ByHand::waiting_key(const std::string& name) const {
  const auto waiting = parts_.world.database.read_now(
      [&](db::Session& session) -> Result<std::optional<std::string>> { return find_manual_key(session, name); });
  if (!waiting) return std::unexpected(waiting.error());
  if (!*waiting) return std::optional<crypto::PrivateKey>{};
  const auto der = parts_.world.master.open_sealed(**waiting, manual_purpose(name));
  if (!der) return std::unexpected(der.error());
  auto key = crypto::PrivateKey::from_der(*der);
  if (!key) return forward_error(key);
  return std::optional{std::move(*key)};
}

Result<crypto::PrivateKey> ByHand::make_key(const KeptName& row) {
  auto made = crypto::generate_key(row.is_rsa_beside() ? crypto::KeyKind::rsa2048 : crypto::KeyKind::p256);
  if (!made) return forward_error(made);
  const auto der = made->to_der();
  if (!der) return std::unexpected(der.error());
  const auto sealed = parts_.world.master.seal(*der, manual_purpose(row.name), parts_.random);
  // Kept before the request leaves: an answer without its key would be of no use.
  const HistoryLine line{parts_.world.clock.now(), "requested", std::string(kManualIssuer), "a key and a signing request were created"};
  const auto kept = parts_.world.database.write_now([&](db::Session& session) -> Result<> {
    put_manual_key(session, row.name, sealed, line.at);
    add_history(session, row.name, line);
    parts_.inventory.note_change(row.name, 1);
    return {};
  });
  if (!kept) return std::unexpected(kept.error());
  parts_.inventory.tell(row, line);
  return made;
}

Result<std::string> ByHand::signing_request(const std::string& name) {
  const auto kept = parts_.names.find(name);
  if (!kept) return not_kept(name);
  auto waiting = waiting_key(name);
  if (!waiting) return std::unexpected(waiting.error());
  auto key = *waiting ? Result<crypto::PrivateKey>{std::move(**waiting)} : make_key(kept->row);
  if (!key) return std::unexpected(key.error());
  const auto der = crypto::make_signing_request(kept->row.hosts(), *key);
  if (!der) return std::unexpected(der.error());
  return crypto::signing_request_pem(*der);
}

ByHand::Wait ByHand::wait_of(const NameState& name, Time begin) const {
  // If nothing that clients accept is served, nothing gets worse.
  if (!name.current || name.current->revoked || !name.current->validity.holds(parts_.world.clock.now())) return {};
  const auto& served = name.current->validity;
  if (served.not_after < begin)
    return {
        ", but the active certificate is valid only until " + moment_text(served.not_after) + ": in between, no certificate would be valid",
        "Get one that is valid before the active certificate expires, or import this one after that."};
  // Where a CA renews what is served, that must not have to wait for this one.
  if (!parts_.issuers.candidates(name.row).empty() && emergency_from(served) <= begin)
    return {
        ", but the active certificate is valid only until " + moment_text(served.not_after) + " and is renewed automatically before then",
        "Import it when it's valid."};
  return {};
}

Result<Keeper::Import> ByHand::import_certificate(const std::string& name, std::string_view certificate_file, std::string_view key_file,
                                                  const std::optional<std::string>& passphrase) {
  const auto known = parts_.names.find(name);
  if (!known) return not_kept(name);
  const auto hosts = known->row.hosts();
  auto file = read_given(certificate_file, crypto::FileContent::certificate, passphrase);
  if (!file) return std::unexpected(file.error());
  auto* given = &file->certificates;

  // The keys: as given, or the one that was made for the request.
  std::vector<crypto::PrivateKey> keys;
  if (!key_file.empty()) {
    auto more = read_given(key_file, crypto::FileContent::key, passphrase);
    if (!more) return std::unexpected(more.error());
    keys = std::move(more->keys);
  }
  std::ranges::move(file->keys, std::back_inserter(keys));
  const bool with_key = !keys.empty();
  auto waiting = waiting_key(name);
  if (!waiting) return std::unexpected(waiting.error());
  if (*waiting) keys.push_back(std::move(**waiting));
  if (keys.empty())
    return fail(ErrorKind::invalid,
                "No pending key for " + name + ": provide one with --key, or start with `carillon cert csr " + name + "`.", "key");

  Keeper::Import result;
  Checks check{result.checks};
  const auto at = parts_.world.clock.now();
  // The leaf is the one the key belongs to, wherever it stands in the file.
  const auto pair = pair_of(*given, keys, hosts.front());
  if (!check.that(pair.has_value(), "The key matches the certificate", "The key doesn't match the certificate",
                  !with_key ? "The certificate was issued for a different request. Import it with its own key (--key), or request a new "
                              "certificate: `carillon cert csr " +
                                  name + "`."
                            : "Provide the key that was used to create the request."))
    return result;
  const auto& key = keys[pair->key];
  const bool in_order = pair->certificate == 0 && crypto::ordered(*given).size() == given->size();
  const auto leaf_at = given->begin() + static_cast<std::ptrdiff_t>(pair->certificate);
  std::rotate(given->begin(), leaf_at, leaf_at + 1);
  std::vector<crypto::Certificate> chain;
  // `leaf` below stays where it is while links are added.
  chain.reserve(given->size() + kMaxFetched);
  {
    const auto order = crypto::ordered(*given);
    if (order.size() > crypto::kLongestChain)
      return fail(
          ErrorKind::invalid,
          "The chain has more than " + std::to_string(crypto::kLongestChain) + " certificates; remove those that don't belong to it.",
          "certificate");
    for (const auto index : order) chain.push_back(std::move((*given)[index]));
  }
  std::string order_text = in_order ? "The chain is in order" : "The chain was in the wrong order and was sorted";
  if (const auto others = given->size() - chain.size(); others > 0)
    order_text += "; " + std::to_string(others) +
                  (others == 1 ? " other certificate in the file was" : " other certificates in the file were") + " left out";
  check.that(true, std::move(order_text), {}, {});

  const auto& leaf = chain.front();
  const auto names = leaf.names();
  const auto roots = crypto::system_roots().value_or(std::vector<crypto::Certificate>{});
  std::string named;
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) named += (i ? ", " : "") + names[i];
  // What is not valid yet is judged by the day on which it is.
  const auto judged_at = std::max(at, leaf.not_before());
  auto findings = crypto::inspect(chain, hosts.front(), roots, judged_at);
  for (const auto& host : hosts)
    check.that(crypto::is_good_for(leaf, host), "It is valid for " + host,
               "It isn't valid for " + host + ", but for " + (named.empty() ? "no name at all" : named),
               "Ask the CA for a certificate that includes " + host + ".");
  check.that(leaf.not_after() > at, "It hasn't expired: it is valid until " + moment_text(leaf.not_after()),
             "It expired on " + moment_text(leaf.not_after()), "Ask the CA for a new one.");
  if (leaf.not_before() <= at) {
    check.that(true, "It is already valid", {}, {});
  } else {
    const auto wait = wait_of(*known, leaf.not_before());
    check.that(wait.problem.empty(),
               "It isn't valid before " + moment_text(leaf.not_before()) +
                   ": it is stored and will be installed then. If it should be valid already, check this machine's clock with `timedatectl "
                   "status`",
               "It isn't valid before " + moment_text(leaf.not_before()) + wait.problem,
               wait.advice + " If it should be valid already, check this machine's clock with `timedatectl status`.");
  }
  if (known->row.is_rsa_beside())
    check.that(leaf.has_rsa_key(), "Its key is an RSA key", "Its key isn't an RSA key, so clients that need one couldn't use it",
               "Create a request with an RSA key: `carillon cert csr " + name + "`.");
  check.that(!has(findings, crypto::Finding::weak_key), "Its key is strong enough", "Its key is too weak: clients reject it",
             "Create a new key and request: `carillon cert csr " + name + "`.");
  check.that(!has(findings, crypto::Finding::weak_signature), "Its signatures are strong enough",
             "It, or a certificate in its chain, is signed with SHA-1 or MD5: clients reject it",
             "Ask the CA for one signed with SHA-256.");

  // A missing link is fetched from where the certificate says it can be had (RFC 5280 §4.2.2.1).
  int fetched = 0;
  while (has(findings, crypto::Finding::incomplete_chain) && fetched < kMaxFetched) {
    auto issuer = fetch_issuer(parts_.world.outgoing, chain.back());
    if (!issuer) break;
    ++fetched;
    chain.push_back(std::move(*issuer));
    findings = crypto::inspect(chain, hosts.front(), roots, judged_at);
  }
  // A root adds nothing that a client would believe.
  while (chain.size() > 1 && crypto::is_self_issued(chain.back())) chain.pop_back();
  const bool self_signed = chain.size() == 1 && crypto::is_self_issued(chain.front());
  const bool trusted = !has(crypto::inspect(chain, hosts.front(), roots, judged_at), crypto::Finding::untrusted) &&
                       !has(findings, crypto::Finding::incomplete_chain) && !self_signed;
  const bool incomplete = has(findings, crypto::Finding::incomplete_chain);
  // A certificate that came alone and names no place where its issuer can be had may be whole: a private CA can sign without intermediates.
  const bool nobody_can_tell = incomplete && crypto::issuer_urls(chain.back()).empty();
  std::string ending = "The chain is complete";
  if (nobody_can_tell)
    ending = "The file contains no other certificate, and “" + crypto::issuer_of(chain.back()) +
             "” isn't known here. If this issuer is an intermediate CA, add its certificate below yours and import the file again";
  else if (fetched > 0)
    ending = "The chain was missing " + std::to_string(fetched) +
             (fetched == 1 ? " certificate, which was downloaded" : " certificates, which were downloaded");
  check.that(!incomplete || nobody_can_tell, std::move(ending),
             "The chain lacks the certificate of “" + crypto::issuer_of(chain.back()) + "”, and it could not be downloaded",
             "Add the CA's intermediate certificate below yours in the file.");
  check.that(true,
             trusted ? "It chains to a root that this system trusts"
                     : "It doesn't chain to a root that this system trusts: only clients that trust the CA will accept it",
             {}, {});
  if (!check.all()) return result;

  std::string pem;
  for (const auto& link : chain) {
    const auto text = link.to_pem();
    if (!text) return std::unexpected(text.error());
    pem += *text;
  }
  const auto leaf_der = leaf.to_der();
  const auto key_der = key.to_der();
  if (!leaf_der) return std::unexpected(leaf_der.error());
  if (!key_der) return std::unexpected(key_der.error());
  const StoredCertificate certificate{.id = crypto::fingerprint(leaf),
                                      .name = name,
                                      .issuer = std::string(kManualIssuer),
                                      .rank = trusted ? Rank::everywhere : Rank::own,
                                      .serial = leaf.serial_hex(),
                                      .validity = {leaf.not_before(), leaf.not_after()},
                                      .ari_id = {},
                                      .chain = pem,
                                      .sealed_key = parts_.inventory.seal_key(name, *key_der),
                                      .stored = at,
                                      .seen = {},
                                      .names = known->row.is_group() ? hosts : std::vector<std::string>{}};
  auto entry = parts_.names.claim(name);
  if (!entry) return fail(ErrorKind::not_found, "“" + name + "” was removed in the meantime.");
  bool stored = false;
  if (parts_.inventory.take_lease(*entry)) {
    parts_.attempts.put_in_place(entry->row, certificate.id, std::string(kManualIssuer));
    stored = parts_.inventory.commit(*entry,
                                     {{at, std::string(name_of(Step::stored)), std::string(kManualIssuer),
                                       "imported: serial " + certificate.serial + ", until " + to_rfc3339(certificate.validity.not_after)}},
                                     [&](db::Session& session) -> Result<> {
                                       put_certificate(session, certificate);
                                       remove_manual_key(session, name);
                                       return {};
                                     });
    // Swapped in before we answer; being seen takes its time.
    if (stored) parts_.act(*entry);
  }
  parts_.names.release(std::move(entry));
  if (!stored) return fail(ErrorKind::unavailable, "The certificate for " + name + " is being processed; try again in a minute.");
  result.certificate = certificate;
  return result;
}

void ByHand::remind(NameState& entry) {
  const auto at = parts_.world.clock.now();
  if (!parts_.inventory.take_lease(entry)) return;  // whoever holds the name reminds of it; if that one died, it is our turn in a minute
  entry.row.reminded = at;
  const auto validity = entry.validity();
  auto report = manual_report(entry.row, validity, at, parts_.settings.mend_command, parts_.issuers.why_nobody_issues(entry.row),
                              parts_.inventory.served_until(entry));
  report.reminder = !validity || incidents::is_still_reminder(validity->not_after, at);
  parts_.inventory.commit(
      entry, {{at, "reminded", std::string(kManualIssuer), report.what}},
      [&](db::Session& session) -> Result<> {
        auto reported = parts_.world.incidents.report(session, report);
        if (!reported) return forward_error(reported);
        return {};
      },
      false);
}

}  // namespace carillon::certs
