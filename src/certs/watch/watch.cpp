// What a look at somebody else's endpoint means, in sentences.

#include "certs/watch/watch.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "certs/probe/handshake.hpp"
#include "certs/probe/words.hpp"
#include "incidents/reminders.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using crypto::Finding;

/// "mail.example.org:993", and where of it, if not everywhere.
std::string place(const Watch& watch, const std::vector<const Judgement*>& where, std::size_t of) {
  if (where.size() == of) return watch.subject();
  std::string addresses;
  for (const auto* judgement : where) addresses += (addresses.empty() ? "" : ", ") + judgement->address;
  return watch.subject() + " (at " + addresses + ")";
}

std::string no_longer_needed(const Watch& watch) {
  return " If it is no longer needed: carillon cert unwatch " + watch_arguments(watch.target);
}

/// Collects what is wrong with the looks at one watch.
class Assessor {
 public:
  Assessor(Assessment& assessment, std::vector<Judgement> judgements, Time now, Duration longest_notice)
      : assessment_{assessment}, judgements_{std::move(judgements)}, now_{now}, longest_notice_{longest_notice} {}

  void unreachable(const std::string& resolution_failure) {
    const auto missing = those([](const Judgement& one) { return one.verdict == Verdict::unreachable; });
    auto& watch = assessment_.watch;
    watch.misses = missing.empty() && resolution_failure.empty() ? 0 : std::min(watch.misses + 1, 1'000'000);
    if (watch.misses == 0) return solved(kWatchedUnreachable, watch.subject() + " is responding again.");
    if (watch.misses < kMissesBeforeItCounts && !watch.trouble.contains(kWatchedUnreachable)) return;
    const std::string why = resolution_failure.empty() ? missing.front()->why : resolution_failure;
    const auto where = resolution_failure.empty() ? place(watch, missing, judgements_.size()) : watch.subject();
    report(kWatchedUnreachable, where + " served no certificate " + std::to_string(watch.misses) + " times in a row: " + why,
           "Its current certificate is unknown and may expire unnoticed; clients that connect there probably fail too.",
           "Check that the service is running, and that this machine can reach it." + no_longer_needed(watch), {});
  }

  void ended() {
    const auto over = those([this](const Judgement& one) { return one.not_after && *one.not_after <= now_; });
    if (over.empty()) return solved(kWatchedExpired, what_is_served());
    const auto& worst = **std::ranges::min_element(over, {}, [](const auto* one) { return *one->not_after; });
    report(kWatchedExpired,
           place(assessment_.watch, over, judgements_.size()) + " serves a certificate that expired " + span_text(now_ - *worst.not_after) +
               " ago.",
           "Every client that checks certificates has failed to connect there since " + moment_text(*worst.not_after) + ".", renew(worst),
           worst.not_after);
  }

  void broken() {
    // What has ended is said once, and better.
    const auto others = [this](const Judgement& one) {
      auto findings = one.findings;
      if (one.not_after && *one.not_after <= now_) std::erase(findings, Finding::expired);
      std::erase(findings, Finding::revoked);
      return findings;
    };
    const auto bad = those([&](const Judgement& one) { return !others(one).empty(); });
    if (bad.empty()) return solved(kWatchedBroken, what_is_served());
    const auto findings = others(*bad.front());
    report(kWatchedBroken,
           place(assessment_.watch, bad, judgements_.size()) +
               " serves a certificate that clients reject or will reject: " + explained(findings) + ".",
           "Some or all clients that check certificates fail to connect there.",
           std::string(remedy_for(findings.front())) + " Carillon will notice within ten minutes and resolve the incident." +
               no_longer_needed(assessment_.watch),
           now_);
  }

  /// `how`: what the CA says about the first of them.
  void revoked(const std::string& how) {
    const auto bad = those([](const Judgement& one) { return std::ranges::find(one.findings, Finding::revoked) != one.findings.end(); });
    if (bad.empty()) return solved(kWatchedRevoked, what_is_served());
    report(kWatchedRevoked,
           place(assessment_.watch, bad, judgements_.size()) + " serves a certificate that its CA has revoked (serial " +
               bad.front()->serial + "). " + how,
           "Browsers and apps that check for revocation fail to connect there.",
           "Get a new certificate with a new key from its issuer (" + bad.front()->issuer +
               "), and install it there. Carillon will notice within ten minutes and resolve the incident." +
               no_longer_needed(assessment_.watch),
           now_);
  }

  void ending() {
    auto& watch = assessment_.watch;
    const auto going = those([this](const Judgement& one) {
      return one.ends && *one.ends > now_ && incidents::first_reminder(*one.ends - one.lifetime, *one.ends, longest_notice_) <= now_;
    });
    if (going.empty()) return solved(kWatchedExpiring, what_is_served());
    const auto& first = **std::ranges::min_element(going, {}, [](const auto* one) { return *one->ends; });
    const auto reported = watch.reminded_of == first.ends ? watch.reminded : std::nullopt;
    const auto due = incidents::next_reminder(*first.ends - first.lifetime, *first.ends, now_, reported, longest_notice_);
    if (!due || *due > now_) {
      still(kWatchedExpiring);
      return;
    }
    watch.reminded = now_;
    watch.reminded_of = first.ends;
    const bool is_intermediate = first.ends != first.not_after;
    report(kWatchedExpiring,
           place(watch, going, judgements_.size()) +
               (is_intermediate ? " sends an intermediate certificate that expires in " : " serves a certificate that expires in ") +
               span_text(*first.ends - now_) + ", on " + moment_text(*first.ends) + ", and it hasn't been renewed yet.",
           "From then on, every client that checks certificates will fail to connect there.", renew(first), first.ends);
    assessment_.reports.back().reminder = incidents::is_still_reminder(*first.ends, now_);
  }

 private:
  template <class Condition>
  [[nodiscard]] std::vector<const Judgement*> those(Condition condition) const {
    std::vector<const Judgement*> found;
    for (const auto& judgement : judgements_) {
      if (condition(judgement)) found.push_back(&judgement);
    }
    return found;
  }
  /// For a closing message; "" when not everything was seen: what is hidden may be what was wrong.
  [[nodiscard]] std::string what_is_served() const {
    std::optional<Time> ends;
    for (const auto& judgement : judgements_) {
      if (judgement.verdict == Verdict::unreachable) return {};
      if (judgement.ends) ends = ends ? std::min(*ends, *judgement.ends) : judgement.ends;
    }
    if (!ends) return {};
    if (*ends <= now_) return assessment_.watch.subject() + " serves an expired certificate; this is now tracked as a separate incident.";
    return assessment_.watch.subject() + " now serves a certificate that is valid until " + moment_text(*ends) + ".";
  }
  [[nodiscard]] std::string renew(const Judgement& judgement) const {
    return "Renew it with its issuer (" + judgement.issuer +
           ") and install it there. Carillon will notice within ten minutes and resolve the incident." +
           no_longer_needed(assessment_.watch);
  }
  void report(std::string_view kind, std::string what, std::string consequence, std::string remedy, std::optional<Time> noticed_at) {
    still(kind);
    assessment_.reports.push_back({std::string(kind), assessment_.watch.subject(), assessment_.watch.in_charge, std::move(what),
                                   std::move(consequence), std::move(remedy), noticed_at});
  }
  void still(std::string_view kind) { assessment_.watch.trouble.insert(std::string(kind)); }
  void solved(std::string_view kind, std::string how) {
    if (how.empty() || assessment_.watch.trouble.erase(std::string(kind)) == 0) return;
    assessment_.solved.push_back({std::string(kind), std::move(how)});
  }

  Assessment& assessment_;
  std::vector<Judgement> judgements_;
  Time now_;
  Duration longest_notice_;
};

/// What the CA says about the first certificate that was revoked.
std::string first_sentence(std::span<const std::optional<Revocation>> revocations) {
  for (const auto& one : revocations) {
    if (one && one->status == RevocationStatus::revoked) return one->sentence();
  }
  return {};
}

/// What is known about its revocation.
void add_revocation(Judgement& judgement, const std::optional<Revocation>& known, Time now) {
  if (!known || judgement.verdict == Verdict::unreachable) return;
  if (known->status == RevocationStatus::revoked) {
    judgement.findings.push_back(Finding::revoked);
    return;
  }
  auto silence = known->silence(now);
  if (silence.empty()) return;
  // In the middle of a sentence.
  silence.front() = lower_ascii(silence.substr(0, 1)).front();
  silence.pop_back();
  judgement.remark += (judgement.remark.empty() ? "" : "; ") + silence;
}

/// A twentieth of the shortest lifetime that is served there.
Duration rest_after(const std::vector<Judgement>& judgements) {
  Duration rest = kUsualRest;
  for (const auto& judgement : judgements) {
    if (judgement.not_after) rest = std::min<Duration>(rest, judgement.lifetime / 20);
  }
  return std::max<Duration>(rest, kShortestRest);
}

}  // namespace

std::string watch_name(const Target& target) {
  if (target.starttls == StartTls::none) return target.text();
  return target.text() + " (" + std::string(name_of(target.starttls)) + ")";
}

Result<WatchReference> watch_reference(std::string_view text) {
  constexpr std::string_view kAs = " as ", kOpening = " (";
  text = trimmed(text);
  std::optional<StartTls> kind;
  if (const auto at = text.rfind(kOpening); text.ends_with(')') && at != std::string_view::npos) {
    const auto word = text.substr(at + kOpening.size(), text.size() - at - kOpening.size() - 1);
    auto named = starttls_named(word);
    if (!named) return forward_error(named);
    kind = *named;
    text = text.substr(0, at);
  }
  const auto as = text.find(kAs);
  auto target = endpoint_from(text.substr(0, as));
  if (!target) return forward_error(target);
  if (as != std::string_view::npos) target->server_name = trimmed(text.substr(as + kAs.size()));
  target->starttls = kind.value_or(starttls_at(target->port));
  return WatchReference{std::move(*target), !kind};
}

std::string watch_arguments(const Target& target) {
  auto arguments = endpoint_text(target.host, target.port);
  if (!target.server_name.empty()) arguments += " --name " + target.server_name;
  if (target.starttls != starttls_at(target.port))
    arguments += " --starttls " + (target.starttls == StartTls::none ? std::string("none") : std::string(name_of(target.starttls)));
  return arguments;
}

std::optional<Time> Watch::ends() const {
  std::optional<Time> ends;
  for (const auto& one : seen) {
    if (one.not_after && (!ends || *one.not_after < *ends)) ends = one.not_after;
  }
  return ends;
}

std::string_view Watch::state(Time now) const {
  const auto first = ends();
  if (!first) return "none";
  if (*first <= now) return "expired";
  const bool unwell = std::ranges::any_of(seen, [](const LastSeen& one) { return !one.failure.empty() || !one.findings.empty(); });
  return unwell || !failure.empty() || !trouble.empty() ? "late" : "ok";
}

std::string Watch::problem(Time now) const {
  if (!last_look) return "It has not been checked yet.";
  std::string text;
  const auto add = [&](const std::string& sentence) {
    text += (text.empty() ? "" : " ") + sentence;
    if (!text.ends_with('.')) text += ".";
  };
  if (!failure.empty()) add(failure);
  for (const auto& one : seen) {
    if (!one.failure.empty()) add(one.failure);
    if (one.not_after && *one.not_after <= now)
      add(one.address + " serves a certificate that expired " + span_text(now - *one.not_after) + " ago");
    auto findings = one.findings;
    if (one.not_after && *one.not_after <= now) std::erase(findings, Finding::expired);
    if (!findings.empty()) add(one.address + ": " + explained(findings));
  }
  if (const auto first = ends(); first && *first > now && trouble.contains(kWatchedExpiring))
    add("It expires in " + span_text(*first - now) + " and hasn't been renewed yet");
  if (text.empty() && trouble.contains(kWatchedUnreachable)) add("It didn't respond " + std::to_string(misses) + " times in a row");
  return text;
}

Assessment assess(Watch watch, const Result<std::vector<Sighting>>& looked, const crypto::Trust& trust, Time now, Duration longest_notice,
                  std::span<const std::optional<Revocation>> revocations) {
  Assessment assessment{.watch = std::move(watch), .reports = {}, .solved = {}};
  std::vector<Judgement> judgements;
  if (looked) judgements = judge(*looked, {assessment.watch.target.asked_name(), {}}, trust, now);
  for (std::size_t i = 0; i < std::min(judgements.size(), revocations.size()); ++i) add_revocation(judgements[i], revocations[i], now);
  for (auto& judgement : judgements)
    std::erase_if(judgement.findings,
                  [&](Finding one) { return std::ranges::find(assessment.watch.accepted, one) != assessment.watch.accepted.end(); });
  drop_out_of_reach(judgements);
  auto& changed = assessment.watch;
  changed.last_look = now;
  changed.failure = looked ? std::string{} : looked.error().message;
  changed.next_look = now + rest_after(judgements);
  if (looked) changed.seen.clear();
  for (const auto& judgement : judgements) {
    changed.seen.push_back({judgement.address, now, judgement.serial, judgement.issuer, judgement.not_after, judgement.findings,
                            judgement.verdict == Verdict::unreachable ? judgement.why : std::string{}, judgement.remark});
  }
  Assessor assessor{assessment, std::move(judgements), now, longest_notice};
  assessor.unreachable(looked ? std::string{} : looked.error().message);
  assessor.ended();
  assessor.broken();
  assessor.revoked(first_sentence(revocations));
  assessor.ending();
  return assessment;
}

}  // namespace carillon::certs
