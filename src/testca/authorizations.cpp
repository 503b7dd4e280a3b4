// Authorizations and challenges (RFC 8555 §7.5, §8).

#include "base/text.hpp"
#include "testca/authority_impl.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace carillon::testca {
namespace {

namespace json = boost::json;

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kDnsPersist = "dns-persist-01";

std::string reuse_key(Number account, std::string_view name) { return std::to_string(account) + " " + std::string(name); }

Problem problem_of(const Error& error) {
  std::string type = error.field;
  if (type.empty()) type = error.kind == ErrorKind::unavailable ? "connection" : "unauthorized";
  const int status = type == "unauthorized" || type == "caa" ? 403 : 400;
  return {.status = status, .type = std::move(type), .detail = error.message, .retry_after = {}};
}

}  // namespace

Number Authority::Impl::authorization_for(const Account& account, const std::string& name, Time now) {
  const auto key = reuse_key(account.number, name);
  if (const auto known = memory.reusable.find(key); known != memory.reusable.end()) {
    const auto found = memory.authorizations.find(known->second);
    if (found != memory.authorizations.end() && found->second.state == State::valid && now < found->second.reusable_until)
      return found->first;
  }
  const auto number = next++;
  auto& made = memory.authorizations[number];
  made = {.number = number,
          .account = account.number,
          .name = name,
          .wildcard = name.starts_with("*."),
          .expires = now + settings.order_lifetime};
  if (made.wildcard) made.name.erase(0, 2);
  for (const auto& type : settings.challenge_types) {
    // A wildcard is only proven in DNS; an address never is (RFC 8738 §7).
    const bool in_dns = type == "dns-01" || type == kDnsPersist;
    if (made.wildcard && !in_dns) continue;
    if (in_dns && crypto::is_ip_address(made.name)) continue;
    made.challenges.push_back({.type = type, .token = type == kDnsPersist ? std::string{} : random_text(kTokenBytes)});
  }
  return number;
}

json::object Authority::Impl::challenge_document(const Authorization& authorization, const Challenge& challenge) const {
  json::object document{{"type", challenge.type},
                        {"url", url("challenge", authorization.number) + "/" + challenge.type},
                        {"status", name_of(challenge.state)}};
  if (challenge.type == kDnsPersist) {
    json::array domains;
    for (const auto& domain : settings.caa_identities) domains.push_back(json::value(domain));
    document["issuer-domain-names"] = std::move(domains);
  } else {
    document["token"] = challenge.token;
  }
  if (challenge.validated) document["validated"] = to_rfc3339(*challenge.validated);
  if (challenge.error) document["error"] = json::parse(document_of(*challenge.error));
  return document;
}

Reply Authority::Impl::authorization(Call& call) {
  auto found = own(memory.authorizations, call);
  if (!found) return std::unexpected(std::move(found.error()));
  auto& authorization = **found;
  if (!call.message.payload.empty()) {
    const auto payload = read_object(call.message.payload, "payload");
    if (!payload) return std::unexpected(payload.error());
    if (text_member(*payload, "status") != "deactivated")
      return problem(400, "malformed", "The only possible change to an authorization is deactivating it.");
    authorization.state = State::deactivated;
  }
  if (call.now >= authorization.expires && (authorization.state == State::pending || authorization.state == State::valid))
    authorization.state = State::expired;
  json::array challenges;
  bool in_progress = false;
  for (const auto& challenge : authorization.challenges) {
    // Once one is decided the others are of no interest (RFC 8555 §7.1.4).
    if (authorization.state != State::pending && challenge.state == State::pending) continue;
    in_progress = in_progress || challenge.state == State::processing;
    challenges.push_back(challenge_document(authorization, challenge));
  }
  json::object document{{"status", name_of(authorization.state)},
                        {"expires", to_rfc3339(authorization.expires)},
                        {"identifier", {{"type", crypto::is_ip_address(authorization.name) ? "ip" : "dns"}, {"value", authorization.name}}},
                        {"challenges", std::move(challenges)}};
  if (authorization.wildcard) document["wildcard"] = true;
  auto answer = json_answer(200, document);
  if (in_progress && settings.poll_after > Duration{}) answer.fields.set("Retry-After", retry_after_text(settings.poll_after));
  return answer;
}

Reply Authority::Impl::challenge(Call& call) {
  auto found = own(memory.authorizations, call);
  if (!found) return std::unexpected(std::move(found.error()));
  auto& authorization = **found;
  const auto challenge = std::ranges::find(authorization.challenges, call.parts[2], &Challenge::type);
  if (challenge == authorization.challenges.end()) return problem(404, "malformed", "There is no challenge " + call.request.url + ".");
  if (!call.message.payload.empty()) {
    const auto payload = read_object(call.message.payload, "payload");
    if (!payload || !payload->empty()) return problem(400, "malformed", "A challenge response must be the empty object {}.");
    const bool busy =
        std::ranges::any_of(authorization.challenges, [](const Challenge& other) { return other.state == State::processing; });
    if (authorization.state == State::pending && challenge->state == State::pending && !busy && call.now < authorization.expires) {
      challenge->state = State::processing;
      const Event event{.kind = Event::Kind::validate,
                        .number = authorization.number,
                        .challenge = static_cast<std::size_t>(challenge - authorization.challenges.begin())};
      if (runner) {
        runner(settings.validation_time, [this, event, memory_of = forgotten] { run_validation(event, memory_of); });
      } else {
        events.emplace(call.now + settings.validation_time, event);
      }
    }
  }
  auto answer = json_answer(200, challenge_document(authorization, *challenge));
  answer.fields.add("Link", "<" + url("authorization", authorization.number) + ">;rel=\"up\"");
  if (challenge->state == State::processing && settings.poll_after > Duration{})
    answer.fields.set("Retry-After", retry_after_text(settings.poll_after));
  return answer;
}

void Authority::Impl::run_validation(const Event& event, unsigned memory_of) {
  Validation validation;
  {
    const std::scoped_lock lock{mutex};
    const auto found = memory.authorizations.find(event.number);
    if (memory_of != forgotten || found == memory.authorizations.end()) return;
    const auto& challenge = found->second.challenges.at(event.challenge);
    const auto& account = memory.accounts.at(found->second.account);
    validation = {.name = found->second.name,
                  .type = challenge.type,
                  .token = challenge.token,
                  .key_authorization = challenge.token + "." + account.key.thumbprint,
                  .wildcard = found->second.wildcard,
                  .account = url("account", account.number),
                  .issuer_domains = settings.caa_identities};
  }
  const auto verdict = validator(validation);
  const std::scoped_lock lock{mutex};
  const auto found = memory.authorizations.find(event.number);
  if (memory_of != forgotten || found == memory.authorizations.end() || found->second.state != State::pending) return;
  conclude(found->second, found->second.challenges.at(event.challenge), verdict);
}

void Authority::Impl::conclude(Authorization& authorization, Challenge& challenge, const Result<>& verdict) {
  const auto now = clock.now();
  const auto name = (authorization.wildcard ? "*." : "") + authorization.name;
  if (verdict) {
    challenge.state = authorization.state = State::valid;
    challenge.validated = now;
    authorization.reusable_until = now + settings.authorization_reuse;
    // The order that asked for it may take its time, even where nobody else may use it again.
    authorization.expires = std::max(authorization.reusable_until, authorization.expires);
    memory.reusable[reuse_key(authorization.account, name)] = authorization.number;
    note({.time = now, .act = Act::authorization, .account = authorization.account, .names = {name}, .type = {}, .detail = challenge.type});
    return;
  }
  challenge.state = authorization.state = State::invalid;
  challenge.error = problem_of(verdict.error());
  if (settings.limits.enforced) buckets.spend(failures_key(authorization.account, name), settings.limits.failures_per_name, now);
  note({.time = now,
        .act = Act::authorization_failure,
        .account = authorization.account,
        .names = {name},
        .type = challenge.error->type,
        .detail = challenge.error->detail});
}

}  // namespace carillon::testca
