// Orders (RFC 8555 §7.4), with profiles and `replaces` (RFC 9773 §5), and the limits on them.

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "testca/authority_impl.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace carillon::testca {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxNames = 100;
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

/// A host name as a public CA takes it: lower case, two labels or more, "*." at most in front.
bool is_orderable(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto labels = split(name, '.');
  return name.size() <= kLongestName && labels.size() >= 2 && std::ranges::all_of(labels, [](std::string_view label) {
           return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
                  label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
         });
}

json::object identifier_of(const std::string& name) { return {{"type", crypto::is_ip_address(name) ? "ip" : "dns"}, {"value", name}}; }

}  // namespace

std::string orders_key(Number account) { return "o" + std::to_string(account); }
std::string failures_key(Number account, const std::string& name) { return "f" + std::to_string(account) + " " + name; }
std::string domain_key(const std::string& domain) { return "d" + domain; }

std::string names_key(const std::vector<std::string>& names) {
  std::string key = "n";
  for (const auto& name : names) key.append(name).append(",");
  return key;
}

std::string Authority::Impl::domain_of(std::string_view name) const {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (settings.registered_domain) return settings.registered_domain(name);
  if (crypto::is_ip_address(name)) return std::string(name);
  const auto last = name.rfind('.');
  const auto before = last == std::string_view::npos || last == 0 ? last : name.rfind('.', last - 1);
  return std::string(before == std::string_view::npos ? name : name.substr(before + 1));
}

std::optional<Problem> Authority::Impl::over_limits(const Account& account, const std::vector<std::string>& names, Time now) const {
  const auto& limits = settings.limits;
  if (!limits.enforced) return {};
  const auto over = [&](const std::string& key, const Limit& limit, const std::string& what) -> std::optional<Problem> {
    const auto wait = buckets.wait(key, limit, now);
    if (!wait) return {};
    return Problem{.status = 429,
                   .type = "rateLimited",
                   .detail = "Too many " + what + "; retry after " + to_rfc3339(now + *wait) + ".",
                   .retry_after = wait};
  };
  if (auto problem = over(orders_key(account.number), limits.orders_per_account, "new orders of this account")) return problem;
  for (const auto& name : names)
    if (auto problem = over(failures_key(account.number, name), limits.failures_per_name, "failed authorizations of " + name))
      return problem;
  if (auto problem = over(names_key(names), limits.certificates_per_names, "certificates for exactly these names")) return problem;
  for (const auto& name : names) {
    const auto domain = domain_of(name);
    if (auto problem = over(domain_key(domain), limits.certificates_per_domain, "certificates for " + domain)) return problem;
  }
  return {};
}

Outcome<std::vector<std::string>> Authority::Impl::names_wanted(const json::object& payload, const std::string& profile) const {
  const auto* identifiers = payload.if_contains("identifiers");
  if (identifiers == nullptr || !identifiers->is_array() || identifiers->get_array().empty())
    return problem(400, "malformed", "The order has no identifiers.");
  if (payload.contains("notBefore") || payload.contains("notAfter"))
    return problem(400, "malformed", "This CA doesn't accept notBefore or notAfter.");
  std::vector<std::string> names;
  for (const auto& identifier : identifiers->get_array()) {
    const auto type = identifier.is_object() ? text_member(identifier.get_object(), "type") : "";
    auto name = identifier.is_object() ? text_member(identifier.get_object(), "value") : "";
    if (type != "dns" && type != "ip")
      return problem(400, "unsupportedIdentifier", "Identifiers must be of type dns or ip, not \"" + type + "\".");
    const bool address = crypto::is_ip_address(name);
    if (address != (type == "ip") || (!address && !is_orderable(name)))
      return problem(400, "rejectedIdentifier", "\"" + name + "\" isn't a name that this CA can issue for.");
    if (address && profile != "shortlived") return problem(400, "rejectedIdentifier", "IP addresses require the profile \"shortlived\".");
    if (settings.blocked_names.contains(name)) return problem(400, "rejectedIdentifier", "This CA doesn't issue for " + name + ".");
    names.push_back(std::move(name));
  }
  if (names.size() > kMaxNames)
    return problem(400, "malformed", "At most " + std::to_string(kMaxNames) + " names are allowed in an order.");
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Outcome<void> Authority::Impl::check_replaces(const Call& call, const std::string& identifier, const std::vector<std::string>& names) {
  const auto found = memory.certificate_by_identifier.find(identifier);
  if (found == memory.certificate_by_identifier.end())
    return problem(404, "malformed", "\"replaces\" isn't a certificate that this CA issued.");
  const auto& certificate = memory.certificates.at(found->second);
  if (certificate.account != call.account->number)
    return problem(403, "unauthorized", "The certificate to be replaced belongs to another account.");
  if (std::ranges::none_of(names,
                           [&](const std::string& name) { return std::ranges::find(certificate.names, name) != certificate.names.end(); }))
    return problem(400, "malformed", "The certificate to be replaced has no name in common with the order.");
  const auto earlier = memory.orders.find(certificate.replaced_by);
  const bool taken = certificate.replaced_by != 0 && (earlier == memory.orders.end() || earlier->second.state != State::invalid);
  if (taken || faults.strike(FaultKind::replaces_refused, RequestKind::any, names, call.now))
    return problem(409, "alreadyReplaced", "The certificate was already replaced by another order.");
  return {};
}

Reply Authority::Impl::new_order(Call& call) {
  const auto payload = read_object(call.message.payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  auto profile = text_member(*payload, "profile");
  if (profile.empty()) profile = settings.default_profile;
  std::vector<std::string> names;
  const auto refuse = [&](Problem problem) -> Reply {
    note({.time = call.now,
          .act = Act::refused,
          .account = call.account->number,
          .names = names,
          .type = problem.type,
          .detail = problem.detail});
    return std::unexpected(std::move(problem));
  };
  if (!settings.profiles.contains(profile))
    return refuse({.status = 400, .type = "invalidProfile", .detail = "There is no profile \"" + profile + "\".", .retry_after = {}});
  auto wanted = names_wanted(*payload, profile);
  if (!wanted) return refuse(std::move(wanted.error()));
  names = *wanted;
  if (settings.profile_of && text_member(*payload, "profile").empty()) profile = settings.profile_of(names.front());
  const auto replaces = text_member(*payload, "replaces");
  if (!replaces.empty())
    if (auto good = check_replaces(call, replaces, names); !good) return refuse(std::move(good.error()));
  if (replaces.empty())
    if (auto over = over_limits(*call.account, names, call.now)) return refuse(std::move(*over));

  const auto number = next++;
  Order made{.number = number,
             .account = call.account->number,
             .names = names,
             .profile = profile,
             .replaces = replaces,
             .expires = call.now + settings.order_lifetime};
  for (const auto& name : names) made.authorizations.push_back(authorization_for(*call.account, name, call.now));
  if (replaces.empty() && settings.limits.enforced)
    buckets.spend(orders_key(call.account->number), settings.limits.orders_per_account, call.now);
  if (!replaces.empty()) memory.certificates.at(memory.certificate_by_identifier.at(replaces)).replaced_by = number;
  note({.time = call.now,
        .act = Act::order,
        .account = call.account->number,
        .names = names,
        .type = {},
        .detail = profile,
        .exempt = !replaces.empty()});
  auto& kept = memory.orders[number] = std::move(made);
  refresh(kept, call.now);
  return order_answer(201, kept);
}

void Authority::Impl::refresh(Order& order, Time now) {
  if (order.state != State::pending && order.state != State::ready) return;
  const auto spoil = [&order](std::string type, std::string detail) {
    order.state = State::invalid;
    order.error = Problem{.status = 403, .type = std::move(type), .detail = std::move(detail), .retry_after = {}};
  };
  if (now >= order.expires) return spoil("malformed", "The order has expired.");
  bool all_valid = true;
  for (const auto number : order.authorizations) {
    const auto found = memory.authorizations.find(number);
    if (found == memory.authorizations.end()) return spoil("unauthorized", "An authorization no longer exists.");
    const auto& authorization = found->second;
    if (authorization.state == State::pending) {
      all_valid = false;
    } else if (authorization.state != State::valid) {
      for (const auto& challenge : authorization.challenges)
        if (challenge.error) return spoil(challenge.error->type, challenge.error->detail);
      return spoil("unauthorized", "The authorization of " + authorization.name + " is " + std::string(name_of(authorization.state)) + ".");
    }
  }
  if (all_valid) order.state = State::ready;
}

http::OutgoingAnswer Authority::Impl::order_answer(int status, const Order& order) const {
  json::array identifiers, authorizations;
  for (const auto& name : order.names) identifiers.push_back(identifier_of(name));
  for (const auto number : order.authorizations) authorizations.emplace_back(url("authorization", number));
  const auto here = url("order", order.number);
  json::object document{{"status", name_of(order.state)},        {"expires", to_rfc3339(order.expires)},
                        {"identifiers", std::move(identifiers)}, {"authorizations", std::move(authorizations)},
                        {"finalize", here + "/finalize"},        {"profile", order.profile}};
  if (!order.replaces.empty()) document["replaces"] = order.replaces;
  if (order.certificate != 0) document["certificate"] = url("certificate", order.certificate);
  if (order.error) document["error"] = json::parse(document_of(*order.error));
  auto answer = json_answer(status, document);
  answer.fields.set("Location", here);
  if (order.state == State::processing && settings.poll_after > Duration{})
    answer.fields.set("Retry-After", retry_after_text(settings.poll_after));
  return answer;
}

Reply Authority::Impl::order(Call& call) {
  auto found = own(memory.orders, call);
  if (!found) return std::unexpected(std::move(found.error()));
  if (auto empty = must_be_empty(call); !empty) return std::unexpected(std::move(empty.error()));
  refresh(**found, call.now);
  return order_answer(200, **found);
}

Reply Authority::Impl::finalize(Call& call) {
  auto found = own(memory.orders, call);
  if (!found) return std::unexpected(std::move(found.error()));
  auto& order = **found;
  const auto refuse = [&](int status, std::string type, std::string detail) -> Reply {
    note({.time = call.now, .act = Act::refused, .account = order.account, .names = order.names, .type = type, .detail = detail});
    return problem(status, std::move(type), std::move(detail));
  };
  refresh(order, call.now);
  if (order.state != State::ready)
    return refuse(403, "orderNotReady", "The order is " + std::string(name_of(order.state)) + ", not ready.");
  const auto payload = read_object(call.message.payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  const auto der = from_base64url(text_member(*payload, "csr"));
  if (!der) return refuse(400, "badCSR", "The signing request isn't base64url.");
  auto request = read_signing_request(as_text(*der), settings.verify_signatures);
  if (!request) return refuse(400, "badCSR", request.error().message);
  if (request->names != order.names) return refuse(400, "badCSR", "The signing request's names don't match the order's.");
  if (EVP_PKEY_eq(request->key.get(), call.account->key.native.get()) == 1)
    return refuse(400, "badCSR", "The signing request uses the account key.");

  order.state = State::processing;
  order.public_key_der = std::move(request->public_key_der);
  const auto done_at = call.now + settings.processing_time;
  const auto strikes = [&](FaultKind kind) { return faults.strike(kind, RequestKind::any, order.names, call.now).has_value(); };
  if (strikes(FaultKind::hung_order)) return order_answer(200, order);
  if (strikes(FaultKind::invalid_order)) {
    events.emplace(done_at, Event{.kind = Event::Kind::spoil, .number = order.number});
  } else if (settings.processing_time == Duration{}) {
    issue(order.number, call.now);
  } else {
    events.emplace(done_at, Event{.kind = Event::Kind::issue, .number = order.number});
  }
  return order_answer(200, order);
}

}  // namespace carillon::testca
