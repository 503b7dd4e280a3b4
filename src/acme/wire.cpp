// See wire.hpp.

#include "acme/wire.hpp"

#include "base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace carillon::acme::wire {
namespace {

namespace json = boost::json;

constexpr std::string_view kErrorPrefix = "urn:ietf:params:acme:error:";

constexpr std::array<std::pair<std::string_view, Status>, 8> kStatuses{{{"pending", Status::pending},
                                                                        {"ready", Status::ready},
                                                                        {"processing", Status::processing},
                                                                        {"valid", Status::valid},
                                                                        {"invalid", Status::invalid},
                                                                        {"deactivated", Status::deactivated},
                                                                        {"expired", Status::expired},
                                                                        {"revoked", Status::revoked}}};

std::unexpected<Error> unreadable(std::string why) { return fail(ErrorKind::unavailable, std::move(why)); }

Result<json::object> object_of(std::string_view document) {
  json::parse_options options;
  options.max_depth = kDeepestDocument;
  boost::system::error_code wrong;
  auto value = json::parse({document.data(), document.size()}, wrong, {}, options);
  if (wrong) return unreadable("the document isn't JSON (" + wrong.message() + ")");
  if (!value.is_object()) return unreadable("the document isn't a JSON object");
  return std::move(value.as_object());
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

const json::object* object_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? nullptr : value->if_array();
}

bool flag_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// Prose of a stranger that people will read in a mail or a log: one line, no control characters, not too long.
std::string one_line(std::string_view text) {
  std::string line{trimmed(cut_to(text, kLongestSentence))};
  for (auto& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

std::optional<Status> status_in(const json::object& object) {
  const auto text = text_in(object, "status");
  for (const auto& [name, status] : kStatuses)
    if (name == text) return status;
  return {};
}

/// "urn:ietf:params:acme:error:rateLimited" → "rateLimited".
std::string short_type(std::string_view type) {
  if (!type.starts_with(kErrorPrefix)) return {};
  const auto last = type.substr(kErrorPrefix.size());
  const bool plain =
      std::ranges::all_of(last, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  return plain && last.size() <= 64 ? std::string(last) : std::string{};
}

std::string without_full_stop(std::string line) {
  while (line.ends_with('.') || line.ends_with(' ')) line.pop_back();
  return line;
}

Problem problem_of(const json::object& document) {
  Problem problem{.type = short_type(text_in(document, "type")), .sentence = without_full_stop(one_line(text_in(document, "detail")))};
  if (problem.sentence.empty()) problem.sentence = without_full_stop(one_line(text_in(document, "title")));
  std::string parts;
  std::size_t count = 0;
  if (const auto* subproblems = array_in(document, "subproblems")) {
    for (const auto& entry : *subproblems) {
      const auto* object = entry.if_object();
      if (object == nullptr || ++count > kMaxSubproblems || parts.size() > kLongestSentence) continue;
      const auto* identifier = object_in(*object, "identifier");
      const auto name = identifier == nullptr ? std::string{} : one_line(text_in(*identifier, "value"));
      const auto detail = without_full_stop(one_line(text_in(*object, "detail")));
      if (detail.empty()) continue;
      if (!parts.empty()) parts += "; ";
      if (!name.empty()) parts.append(name).append(": ");
      if (!name.empty()) problem.of_names.insert_or_assign(lower_ascii(name), detail);
      parts += detail;
    }
  }
  if (!parts.empty()) problem.sentence += (problem.sentence.empty() ? "" : " — ") + parts;
  if (problem.sentence.empty()) problem.sentence = "it gave no reason";
  if (!problem.type.empty()) problem.sentence += " (" + problem.type + ")";
  return problem;
}

std::string url_in(const json::object& object, std::string_view name, std::string_view directory) {
  const auto url = text_in(object, name);
  return is_url_of_ca(url, directory) ? std::string(url) : std::string{};
}

/// Domain names in lower case, without a dot at the end; none if any isn't one, or there are none or too many.
std::optional<std::vector<std::string>> issuer_domains_in(const json::object& object, std::string_view name) {
  const auto* array = array_in(object, name);
  if (array == nullptr || array->empty() || array->size() > kMaxIssuerDomains) return {};
  std::vector<std::string> domains;
  for (const auto& entry : *array) {
    const auto* text = entry.if_string();
    if (text == nullptr || text->empty() || text->size() > kLongestIssuerDomain) return {};
    std::string domain{text->data(), text->size()};
    if (domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != std::string::npos || domain.ends_with('.')) return {};
    domains.push_back(std::move(domain));
  }
  return domains;
}

constexpr std::string_view kDnsPersist = "dns-persist-01";

std::optional<Challenge> challenge_of(const json::value& value, std::string_view directory) {
  const auto* object = value.if_object();
  if (object == nullptr) return {};
  const auto status = status_in(*object);
  Challenge challenge{.type = one_line(text_in(*object, "type")),
                      .url = url_in(*object, "url", directory),
                      .token = std::string(text_in(*object, "token"))};
  // The token becomes a path on our port: nothing but its own alphabet gets there.
  if (!status || challenge.type.empty() || challenge.url.empty()) return {};
  if (challenge.type == kDnsPersist) {
    challenge.token.clear();
    // Until draft 01, the name was another one, and the account's URL wasn't hashed.
    auto domains = issuer_domains_in(*object, "issuerDomainNames");
    challenge.hashes_accounts = domains.has_value();
    if (!domains) domains = issuer_domains_in(*object, "issuer-domain-names");
    if (!domains) return {};
    challenge.issuer_domains = std::move(*domains);
  } else if (!is_base64url(challenge.token)) {
    return {};
  }
  challenge.status = *status;
  if (const auto* error = object_in(*object, "error")) challenge.error = problem_of(*error).sentence;
  return challenge;
}

}  // namespace

bool is_base64url(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_url_of_ca(std::string_view url, std::string_view directory) {
  constexpr std::string_view kSecure = "https://";
  constexpr std::string_view kPlain = "http://";
  const bool plain_allowed = directory.starts_with(kPlain);
  const auto scheme = url.starts_with(kSecure) ? kSecure : url.starts_with(kPlain) && plain_allowed ? kPlain : std::string_view{};
  if (scheme.empty() || url.size() > kLongestUrl || url.size() == scheme.size() || url[scheme.size()] == '/') return false;
  return std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>'; });
}

Result<Directory> parse_directory(std::string_view document, std::string_view directory) {
  const auto object = object_of(document);
  if (!object) return std::unexpected(object.error());
  Directory result;
  for (const auto& [name, target] :
       {std::pair{"newNonce", &result.new_nonce}, {"newAccount", &result.new_account}, {"newOrder", &result.new_order}}) {
    *target = url_in(*object, name, directory);
    if (target->empty()) return unreadable(std::string("the directory has no valid ") + name);
  }
  // Not every CA has these; what needs one says so when it is asked for.
  result.revoke_certificate = url_in(*object, "revokeCert", directory);
  result.key_change = url_in(*object, "keyChange", directory);
  result.renewal_info = url_in(*object, "renewalInfo", directory);
  const auto* meta = object_in(*object, "meta");
  if (meta == nullptr) return result;
  result.external_account_required = flag_in(*meta, "externalAccountRequired");
  result.terms_of_service = url_in(*meta, "termsOfService", directory);
  result.issuer_domains = issuer_domains_in(*meta, "issuerDomainNames").value_or(std::vector<std::string>{});
  result.account_hash_prefix = url_in(*meta, "accountHashPrefix", directory);
  if (const auto* identities = array_in(*meta, "caaIdentities")) {
    for (const auto& identity : *identities)
      if (const auto* text = identity.if_string(); text != nullptr && result.caa_identities.size() < kMaxCaaIdentities)
        result.caa_identities.push_back(lower_ascii(one_line({text->data(), text->size()})));
  }
  if (const auto* profiles = object_in(*meta, "profiles")) {
    for (const auto& [name, description] : *profiles) {
      const auto* text = description.if_string();
      if (result.profiles.size() < kMaxProfiles)
        result.profiles[one_line({name.data(), name.size()})] = text == nullptr ? "" : one_line({text->data(), text->size()});
    }
  }
  return result;
}

Result<Order> parse_order(std::string_view document, std::string_view directory) {
  const auto object = object_of(document);
  if (!object) return std::unexpected(object.error());
  const auto status = status_in(*object);
  if (!status || *status == Status::deactivated || *status == Status::expired || *status == Status::revoked)
    return unreadable("the order has no valid status");
  Order order{
      .status = *status, .finalize = url_in(*object, "finalize", directory), .certificate = url_in(*object, "certificate", directory)};
  const auto* authorizations = array_in(*object, "authorizations");
  if (order.finalize.empty() || authorizations == nullptr || authorizations->empty() || authorizations->size() > kMaxAuthorizations)
    return unreadable("the order has no authorization or finalize URL");
  for (const auto& entry : *authorizations) {
    const auto* text = entry.if_string();
    if (text == nullptr || !is_url_of_ca({text->data(), text->size()}, directory))
      return unreadable("the URL of an authorization isn't valid");
    order.authorizations.emplace_back(text->data(), text->size());
  }
  if (order.status == Status::valid && order.certificate.empty()) return unreadable("the order is valid but has no certificate URL");
  if (order.status != Status::valid) order.certificate.clear();
  if (const auto expires = parse_rfc3339(text_in(*object, "expires"))) order.expires = *expires;
  if (const auto* error = object_in(*object, "error")) {
    auto problem = problem_of(*error);
    order.error = std::move(problem.sentence);
    order.error_type = std::move(problem.type);
    order.error_of_names = std::move(problem.of_names);
  }
  return order;
}

Result<Authorization> parse_authorization(std::string_view document, std::string_view directory) {
  const auto object = object_of(document);
  if (!object) return std::unexpected(object.error());
  const auto status = status_in(*object);
  if (!status || *status == Status::ready || *status == Status::processing) return unreadable("the authorization has no valid status");
  const auto* identifier = object_in(*object, "identifier");
  Authorization authorization{.name = identifier == nullptr ? std::string{} : lower_ascii(one_line(text_in(*identifier, "value"))),
                              .wildcard = flag_in(*object, "wildcard"),
                              .status = *status};
  if (authorization.name.empty()) return unreadable("the authorization has no identifier");
  if (const auto* challenges = array_in(*object, "challenges")) {
    for (const auto& entry : *challenges)
      if (auto challenge = challenge_of(entry, directory); challenge && authorization.challenges.size() < kMaxChallenges)
        authorization.challenges.push_back(std::move(*challenge));
  }
  return authorization;
}

Result<Status> parse_account_status(std::string_view document) {
  const auto object = object_of(document);
  if (!object) return std::unexpected(object.error());
  const auto status = status_in(*object);
  if (!status) return unreadable("the account has no valid status");
  return *status;
}

Result<RenewalInfo> parse_renewal_info(std::string_view document, std::optional<Duration> retry_after) {
  const auto object = object_of(document);
  if (!object) return std::unexpected(object.error());
  const auto* window = object_in(*object, "suggestedWindow");
  const auto start = parse_rfc3339(window == nullptr ? std::string_view{} : text_in(*window, "start"));
  const auto end = parse_rfc3339(window == nullptr ? std::string_view{} : text_in(*window, "end"));
  if (!start || !end) return unreadable("the renewal window has no valid start and end");
  if (*end <= *start)
    return fail(ErrorKind::invalid, "the renewal window ends at " + to_rfc3339(*end) + ", not after its start at " + to_rfc3339(*start));
  const auto explanation = text_in(*object, "explanationURL");
  return RenewalInfo{
      .start = *start,
      .end = *end,
      .explanation =
          is_url_of_ca(explanation, "http://") ? std::string(explanation) : std::string{},  // for people: its scheme does not matter
      .retry_after = std::clamp<Duration>(retry_after.value_or(kRenewalPollUnlessSaid), kShortestRenewalPoll, kLongestRenewalPoll)};
}

Problem parse_problem(std::string_view document) {
  const auto object = object_of(document);
  if (!object) return {.type = {}, .sentence = "it gave no reason"};
  return problem_of(*object);
}

std::optional<Duration> parse_retry_after(std::string_view value, std::optional<Time> date) {
  value = trimmed(value);
  const Duration longest = kLongestRetryAfter;
  if (const auto seconds = parse_number(value)) {
    const auto most = static_cast<std::uint64_t>(std::chrono::seconds(kLongestRetryAfter).count());
    return std::chrono::seconds{std::min(*seconds, most)};
  }
  const auto moment = parse_http_date(value);
  if (!moment || !date) return {};
  return std::clamp(*moment - *date, Duration{}, longest);
}

}  // namespace carillon::acme::wire
