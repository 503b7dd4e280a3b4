// The course of a renewal: who holds it, when it begins, how a step is written, what a failure means; and what needs no CA out there. Each
// step asks one question, writes what came of it in one transaction, and can be begun again after a crash at any point. The steps at a CA
// are in renewal_at_ca.cpp; the last one, seen, is in looking.cpp.

#include "certs/keeper/keeper_impl.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/backoff.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// An order that gets nowhere for this long is given up and placed anew.
constexpr hours kOrderPatience{1};
constexpr seconds kShortestPatience{5};
/// None of our own pauses takes more than this share of a lifetime: a certificate of a minute has no minute to wait.
constexpr int kPauseShare = 20;
/// When it has ended that share may be as long as this.
constexpr minutes kPauseWhenEnded{1};
/// Let's Encrypt takes 5 failed authorizations of a name in an hour: one stays in reserve.
constexpr std::size_t kMostFailedAuthorizations = 4;
constexpr hours kFailedAuthorizationsWindow{1};
/// It issues 5 certificates for the same name in 7 days, and one that cannot be used counts too: after so many that had to be thrown away
/// it gets slow.
constexpr std::size_t kMostRejected = 3;
constexpr hours kRejectedWindow{24 * 7};
constexpr hours kRejectedPause{34};
/// A new certificate rests for this share of its lifetime before the next, unless a person asks: a bug cannot burn a limit.
constexpr int kRestShare = 10;
/// Certificates that ended are kept this long: a way back, and history.
constexpr hours kEndedKept{24 * 90};

}  // namespace

Duration within_lifetime(Duration pause, const std::optional<InForce>& current) {
  return current ? std::min(pause, current->validity.lifetime() / kPauseShare) : pause;
}

Duration order_patience(const std::optional<InForce>& current) {
  return std::max<Duration>(within_lifetime(kOrderPatience, current), kShortestPatience);
}

acme::Failure plain_failure(Error error) { return {.error = std::move(error), .status = 0, .type = {}, .retry_after = {}}; }
acme::Failure plain_failure(std::string message) { return plain_failure(Error{ErrorKind::unavailable, std::move(message), {}}); }

double Keeper::Impl::draw() {
  std::array<std::byte, 4> bytes{};
  {
    const std::lock_guard lock{mutex};
    world.random.fill(bytes);
  }
  std::uint32_t number = 0;
  for (const auto byte : bytes) number = number << 8U | std::to_integer<std::uint32_t>(byte);
  return number / 4294967296.0;
}

std::string Keeper::Impl::seal_key(const std::string& name, std::string_view der) const {
  const std::lock_guard lock{mutex};
  return world.master.seal(der, sealed_purpose(name), world.random);
}

Result<std::string> Keeper::Impl::open_key(const StoredCertificate& certificate) const {
  return world.master.open_sealed(certificate.sealed_key, sealed_purpose(certificate.name));
}

void Keeper::Impl::withdraw_proof(KeptName& row) {
  world.challenges.withdraw(row.name);
  row.proof.clear();
}

void Keeper::Impl::lay_out_proof(const KeptName& row) {
  if (row.proof.empty()) return world.challenges.withdraw(row.name);
  const auto put = world.challenges.put(row.name, row.proof.substr(0, row.proof.find('.')), row.proof);
  if (!put) log::error("a proof could not be laid out", {{"name", row.name}, {"reason", put.error().message}});
}

bool Keeper::Impl::take_lease(NameState& entry) {
  const auto at = now();
  if (entry.leased_until > at + kLease / 2) return true;
  auto taken = world.database.write_now([&](db::Session& session) -> Result<std::optional<KeptName>> {
    return take_name(session, entry.row.name, settings.node, at, at + kLease);
  });
  if (!taken || !*taken) {
    if (!taken) log::error("a name could not be taken", {{"name", entry.row.name}, {"reason", taken.error().message}});
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
  lay_out_proof(entry.row);
  if (const auto read = read_current(entry, true); !read)
    log::error("a certificate could not be read", {{"name", entry.row.name}, {"reason", read.error().message}});
  return false;
}

bool Keeper::Impl::commit(NameState& entry, const std::vector<HistoryLine>& lines, const Also& also, bool keep) {
  const auto until = keep ? now() + kLease : Time{};
  bool held = false;
  const auto written = world.database.write_now([&](db::Session& session) -> Result<> {
    held = write_name(session, entry.row, until);
    if (!held) return {};
    for (const auto& line : lines) add_history(session, entry.row.name, line);
    if (also) return also(session);
    return {};
  });
  if (!written) {
    log::error("a step of a certificate was not written", {{"name", entry.row.name}, {"reason", written.error().message}});
    entry.row.next_try = now() + minutes{1};
    entry.leased_until = Time{};
    return false;
  }
  if (!held) {
    log::warning("a name was taken over by another node", {{"name", entry.row.name}});
    entry.leased_until = Time{};
    entry.row.revision = -1;  // whatever the database says is newer
    entry.row.next_try = now() + seconds{1};
    return false;
  }
  ++entry.row.revision;
  entry.leased_until = until;
  for (const auto& line : lines) {
    step_told(entry.row, line);
    if (line.step != "failed" && line.step != "rejected" && line.step != "authorization failed")
      log::info("certificate", {{"name", entry.row.name}, {"step", line.step}, {"issuer", line.issuer}, {"detail", line.detail}});
  }
  return true;
}

std::vector<std::string> Keeper::Impl::candidates(const NameState& entry) const {
  return issuers.candidates(entry.row.name, entry.row.wish);
}

std::optional<Time> Keeper::Impl::capped(const NameState& entry) const {
  if (!entry.current) return {};
  const auto at = now();
  const auto lifetime = entry.current->validity.lifetime();
  const auto stored = world.database.read_now([&](db::Session& session) -> Result<std::pair<int, std::optional<Time>>> {
    // The spare comes from another issuer and counts for itself.
    auto newest = certificates_of(session, entry.row.name, 2);
    std::erase_if(newest, [&](const StoredCertificate& one) { return one.id == entry.row.spare; });
    return std::pair{stored_since(session, entry.row.name, entry.row.spare, at - hours{24}),
                     newest.empty() ? std::nullopt : std::optional{newest.front().stored}};
  });
  if (!stored) return at + minutes{1};
  const auto& [count, newest] = *stored;
  // The CA may want it early (a revocation), and so may a person; the window is bound to this very certificate, so it cannot run away.
  const bool wanted_early = entry.asked || entry.current->validity.not_before > at ||
                            (entry.row.window && entry.row.window->certificate == entry.current->ari_id && entry.row.window->start <= at);
  if (!wanted_early && newest && *newest + lifetime / kRestShare > at) return *newest + lifetime / kRestShare;
  if (count >= most_issuances_per_day(lifetime)) return at + hours{1};
  return {};
}

void Keeper::Impl::begin(NameState& entry) {
  if (!take_lease(entry)) return;
  const auto at = now();
  auto possible = candidates(entry);
  if (entry.current && entry.current->validity.holds(at)) {
    std::erase_if(possible, [&](const std::string& issuer) { return issuers.rank_of(issuer) < entry.current->rank; });
  }
  if (possible.empty()) {
    entry.row.renew_at = at + hours{1};
    commit(entry, {}, {}, false);
    return;
  }
  if (const auto until = capped(entry)) {
    entry.row.renew_at = *until;
    commit(entry, {{at, "waits", entry.row.issuer, "issued too recently; goes on in " + span_text(*until - at)}}, {}, false);
    return;
  }
  auto& row = entry.row;
  // Whatever was under way, for a spare too, is left: what is served comes first.
  drop_order(row);
  row.for_spare = false;
  row.next_try = at;
  row.issuer = possible.front();
  row.issuer_failures = 0;
  row.without_replaces = false;
  entry.attempt.admitted = entry.attempt.prechecked = entry.asked = false;
  const auto detail = entry.current
                          ? span_text(entry.current->validity.not_after - at) + " left of " + span_text(entry.current->validity.lifetime())
                          : "no certificate yet";
  // The moment is over: the next one is set when the new certificate is known. Until then the step carries it.
  row.renew_at = std::min(row.renew_at, at);
  commit(entry, {{at, std::string(name_of(Step::due)), row.issuer, detail}});
}

void Keeper::Impl::follow(NameState& entry) {
  const auto& row = entry.row;
  entry.attempt.left_alone = false;
  if (row.order_url.empty() || entry.attempt.order == row.order_url) return;
  // Found, not placed: this process was started again, or has taken the name over.
  entry.attempt.order = row.order_url;
  entry.attempt.order_since = now();
  entry.attempt.left_alone = entry.attempt.order_since - row.step_at > kOrderPatience;
}

Duration Keeper::Impl::waited(const NameState& entry) const {
  const bool followed = !entry.row.order_url.empty() && entry.attempt.order == entry.row.order_url;
  return now() - (followed ? std::max(entry.row.step_at, entry.attempt.order_since) : entry.row.step_at);
}

void Keeper::Impl::drop_order(KeptName& row) {
  withdraw_proof(row);
  row.step = Step::due;
  row.step_at = now();
  row.order_url.clear();
  row.order_key.clear();
}

void Keeper::Impl::put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer) {
  drop_order(row);
  row.for_spare = false;
  row.issuer = issuer;
  row.fresh = certificate;
  row.step = Step::stored;
  row.next_try = row.step_at;
}

void Keeper::Impl::advance(NameState& entry) {
  if (!take_lease(entry)) return;
  follow(entry);
  switch (entry.row.step) {
    case Step::due:
      return step_due(entry);
    case Step::ordered:
      return step_ordered(entry);
    case Step::validated:
      return step_validated(entry);
    case Step::issued:
      return step_issued(entry);
    case Step::stored:
      return step_stored(entry);
    case Step::loaded:
      return step_loaded(entry);
    case Step::none:
    case Step::seen:
      return;
  }
}

void Keeper::Impl::issue_locally(NameState& entry) {
  auto& row = entry.row;
  if (!world.local_ca) return failed(entry, "There is no local CA", plain_failure("This process runs without a local CA."), Keep::nothing);
  const auto leaf = world.local_ca->issue(row.name);
  if (!leaf) return failed(entry, "The local CA did not issue", plain_failure(leaf.error()), Keep::nothing);
  const auto certificate = crypto::Certificate::from_der(leaf->for_tls.chain_der.front());
  if (!certificate) return failed(entry, "The local CA issued what cannot be read", plain_failure(certificate.error()), Keep::nothing);
  const auto pem = certificate->to_pem();
  if (!pem) return failed(entry, "The local CA issued what cannot be written", plain_failure(pem.error()), Keep::nothing);
  const auto at = now();
  const StoredCertificate stored{.id = crypto::fingerprint(*certificate),
                                 .name = row.name,
                                 .issuer = row.issuer,
                                 .rank = Rank::local,
                                 .serial = certificate->serial_hex(),
                                 .validity = {certificate->not_before(), certificate->not_after()},
                                 .ari_id = {},
                                 .chain = *pem,
                                 .sealed_key = seal_key(row.name, leaf->for_tls.key_der),
                                 .stored = at,
                                 .seen = {}};
  row.fresh = stored.id;
  row.step = Step::stored;
  row.step_at = row.next_try = at;
  commit(entry,
         {{at, std::string(name_of(Step::issued)), row.issuer, "by the local CA"},
          {at, std::string(name_of(Step::stored)), row.issuer,
           "serial " + stored.serial + ", until " + to_rfc3339(stored.validity.not_after)}},
         [&](db::Session& session) -> Result<> {
           put_certificate(session, stored);
           return {};
         });
}

void Keeper::Impl::step_stored(NameState& entry) {
  auto& row = entry.row;
  const auto stored = world.database.read_now(
      [&](db::Session& session) -> Result<std::optional<StoredCertificate>> { return find_certificate(session, row.fresh); });
  if (!stored) return failed(entry, "The new certificate cannot be read", plain_failure(stored.error()), Keep::order);
  if (!*stored) {
    row.fresh.clear();
    return failed(entry, "The new certificate is gone from the database", plain_failure("It has to be ordered again."), Keep::nothing);
  }
  if (const auto from = (*stored)->validity.not_before; from > now() && entry.current) {
    const auto at = now();
    if (entry.current->validity.holds(at)) {
      // What is served is good: the new one takes over when it is valid, or when the other ends.
      const auto until = std::min(from, entry.current->validity.not_after);
      const bool said = row.next_try == until;
      row.next_try = until;
      if (!said)
        commit(entry, {{at, "waits", row.issuer, "not valid before " + to_rfc3339(from) + "; until then the present one is served"}}, {},
               false);
      return;
    }
    if (entry.spare && entry.spare->validity.holds(at)) {
      swap_in_spare(entry, "the new certificate is not valid before " + to_rfc3339(from));
      return;
    }
  }
  if (auto loaded = load_into_table(**stored); !loaded)
    return failed(entry, "The new certificate cannot be used", plain_failure(loaded.error()), Keep::nothing);
  for (const auto& wanted : settings.exports) {
    if (wanted.name != row.name) continue;
    const auto der = open_key(**stored);
    auto key = der ? crypto::PrivateKey::from_der(*der) : Result<crypto::PrivateKey>{std::unexpected(der.error())};
    const auto pem = key ? key->to_pem() : Result<std::string>{std::unexpected(key.error())};
    auto exported = pem ? run_export(wanted, (*stored)->chain, *pem) : Result<>{std::unexpected(pem.error())};
    if (exported) continue;
    const auto told = world.database.write_now([&](db::Session& session) -> Result<> {
      auto reported = world.incidents.report(session, export_report(row, wanted, exported.error().message, (*stored)->validity, now()));
      if (!reported) return passed_on(reported);
      return {};
    });
    if (!told) log::error("an incident was not opened", {{"kind", "export-failed"}, {"reason", told.error().message}});
    return failed(entry, "The export to " + wanted.folder.string() + " failed", plain_failure(exported.error()), Keep::order);
  }
  const auto at = now();
  const auto before = entry.current;
  entry.current = InForce{(*stored)->id, (*stored)->issuer, (*stored)->rank, (*stored)->serial, (*stored)->validity, (*stored)->ari_id};
  row.current = (*stored)->id;
  row.window.reset();
  row.renew_at = renewal_time(entry.current->ari_id, entry.current->validity, {});
  row.step = Step::loaded;
  row.step_at = row.next_try = at;
  entry.reported.late = entry.reported.expired = entry.looked_back = false;
  entry.window_poll.next = at;
  entry.looks.failed = 0;
  const bool kept =
      commit(entry, {{at, std::string(name_of(Step::loaded)), row.issuer, "handed to the listeners; no connection was closed"}},
             [&](db::Session& session) -> Result<> {
               prune_certificates(session, row.name, row.current, row.fresh, at - kEndedKept);
               return world.incidents.solve(session, "export-failed", row.name, "The certificate was exported.");
             });
  if (!kept) entry.current = before;
}

std::string noted_as(const acme::Failure& failure) {
  return failure.type == kOfAuthorization ? "authorization failed" : failure.type == kOfCertificate ? "rejected" : "failed";
}

Duration Keeper::Impl::pause_for(const NameState& entry, int failures, const acme::Failure& failure) {
  const auto at = now();
  auto left = entry.current ? std::optional<Duration>{entry.current->validity.not_after - at} : std::nullopt;
  const bool ended = left && *left <= Duration{};
  // Nothing gets worse by waiting as long as usual when it has ended, or when it is the spare that is waited for.
  if (ended || entry.row.for_spare) left.reset();
  auto pause = pause_after(failures, draw(), failure.retry_after, left);
  const auto share = std::max<Duration>(within_lifetime(pause, entry.current), ended ? kPauseWhenEnded : Duration{});
  pause = std::min(pause, std::max(share, failure.retry_after.value_or(Duration{})));
  const bool of_authorization = failure.type == kOfAuthorization, of_certificate = failure.type == kOfCertificate;
  if (!of_authorization && !of_certificate) return pause;
  const Duration window = of_authorization ? kFailedAuthorizationsWindow : kRejectedWindow;
  auto before = world.database.read_now([&](db::Session& session) -> Result<std::vector<Time>> {
    return noted_since(session, entry.row.name, entry.row.issuer, noted_as(failure), at - window);
  });
  if (before) before->push_back(at);
  if (of_authorization && before && before->size() >= kMostFailedAuthorizations)
    pause = std::max<Duration>(pause, (*before)[before->size() - kMostFailedAuthorizations] + window - at + seconds{1});
  if (of_certificate && before && before->size() >= kMostRejected) pause = std::max<Duration>(pause, kRejectedPause);
  return pause;
}

void Keeper::Impl::failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep) {
  if (entry.row.for_spare) return spare_failed(entry, what, failure, keep);
  auto& row = entry.row;
  const auto at = now();
  const bool of_certificate = failure.type == kOfCertificate;
  if (std::exchange(entry.attempt.left_alone, false) && keep == Keep::nothing && !of_certificate) {
    // Orders end at the CA when nobody goes on with them: that is no failure of the name, and a pause would put it behind others that end
    // later. The next order is one of this process, so this happens once for each; it goes through the queue like all.
    drop_order(row);
    row.next_try = at;
    entry.attempt.admitted = entry.attempt.prechecked = false;
    commit(entry, {{at, "left alone", row.issuer, "the order had been waiting while no node was at work: " + failure.error.message}});
    return;
  }
  ++row.failures;
  ++row.issuer_failures;
  if (!row.first_failure) row.first_failure = at;
  row.last_error = what + ": " + failure.error.message;
  const auto issuer = row.issuer;
  auto pause = pause_for(entry, row.failures, failure);
  if (keep == Keep::nothing || (row.step != Step::stored && row.step != Step::loaded && waited(entry) > order_patience(entry.current)))
    drop_order(row);
  entry.attempt.admitted = entry.attempt.prechecked = false;
  // After some failures in a row the next issuer is asked, at once unless all have been.
  if (row.issuer_failures >= settings.failures_before_next && row.step == Step::due) {
    auto possible = candidates(entry);
    if (entry.current && entry.current->validity.not_after > at)
      std::erase_if(possible, [&](const std::string& candidate) { return issuers.rank_of(candidate) < entry.current->rank; });
    const auto here = std::ranges::find(possible, row.issuer);
    if (possible.size() > 1) {
      const auto index = here == possible.end() ? 0 : static_cast<std::size_t>(here - possible.begin() + 1) % possible.size();
      row.issuer = possible[index];
      row.issuer_failures = 0;
      if (index != 0) pause = Duration{};
    }
  }
  row.next_try = at + pause;
  const bool tell = endangers(row, entry.validity(), at);
  log::warning(
      "a step of a certificate failed",
      {{"name", row.name}, {"issuer", issuer}, {"failures", row.failures}, {"again_in", span_text(pause)}, {"reason", row.last_error}});
  std::vector<HistoryLine> lines{{at, noted_as(failure), issuer, row.last_error}};
  if (issuer != row.issuer)
    lines.push_back(
        {at, "next issuer", row.issuer, "after " + std::to_string(settings.failures_before_next) + " failures with “" + issuer + "”"});
  const bool kept = commit(entry, lines, [&](db::Session& session) -> Result<> {
    if (!tell) return {};
    auto reported = world.incidents.report(session, renewal_report(row, entry.validity(), at, settings.mend_command));
    if (!reported) return passed_on(reported);
    return {};
  });
  if (kept && tell) entry.reported.late = true;
}

void Keeper::Impl::tell_late(NameState& entry) {
  // Under the lease, and only if nobody has gone on with it: an incident about a certificate that another node has renewed meanwhile would
  // never be solved.
  if (!take_lease(entry)) return;
  const auto at = now();
  const bool told = commit(
      entry, {},
      [&](db::Session& session) -> Result<> {
        const auto validity = entry.validity();
        // What a person renews is a person's matter when it ends, too.
        auto reported =
            world.incidents.report(session, candidates(entry).empty() ? manual_report(entry.row, validity, at, settings.mend_command)
                                                                      : renewal_report(entry.row, validity, at, settings.mend_command));
        if (!reported) return passed_on(reported);
        return {};
      },
      entry.in_progress());
  if (!told) {
    entry.reported.again_from = at + minutes{1};
    return;
  }
  entry.reported.late = true;
  if (entry.current && entry.current->validity.not_after <= at) entry.reported.expired = true;
}

}  // namespace carillon::certs
