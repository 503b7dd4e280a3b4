// The authority's face, and the way of a request through it.

#include "testca/authority.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "testca/authority_impl.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace carillon::testca {
namespace {

namespace json = boost::json;

/// Memory is swept once in so many exchanges.
constexpr std::uint64_t kSweepEvery = 4096;
constexpr std::size_t kNonceBytes = 16;

struct Place {
  std::string_view first;
  std::size_t parts;
  std::string_view last;  ///< of three parts
  RequestKind kind;
};
constexpr Place kPlaces[] = {{"directory", 1, "", RequestKind::directory},     {"new-nonce", 1, "", RequestKind::new_nonce},
                             {"new-account", 1, "", RequestKind::new_account}, {"new-order", 1, "", RequestKind::new_order},
                             {"revoke-cert", 1, "", RequestKind::revoke},      {"key-change", 1, "", RequestKind::key_change},
                             {"account", 2, "", RequestKind::account},         {"order", 2, "", RequestKind::order},
                             {"order", 3, "finalize", RequestKind::finalize},  {"authorization", 2, "", RequestKind::authorization},
                             {"challenge", 3, "", RequestKind::challenge},     {"certificate", 2, "", RequestKind::certificate},
                             {"certificate", 3, "", RequestKind::certificate}, {"renewal-info", 2, "", RequestKind::renewal_info}};

RequestKind kind_of(const std::vector<std::string_view>& parts) {
  for (const auto& place : kPlaces)
    if (parts.front() == place.first && parts.size() == place.parts && (place.last.empty() || parts.back() == place.last))
      return place.kind;
  return RequestKind::any;
}

}  // namespace

std::string_view name_of(State state) noexcept {
  switch (state) {
    case State::pending:
      return "pending";
    case State::ready:
      return "ready";
    case State::processing:
      return "processing";
    case State::valid:
      return "valid";
    case State::invalid:
      return "invalid";
    case State::deactivated:
      return "deactivated";
    case State::expired:
      return "expired";
  }
  return "";
}

std::string Nonces::make(Random& random) {
  std::array<std::byte, kNonceBytes> bytes;
  random.fill(bytes);
  auto nonce = to_base64url(bytes);
  out_.insert(nonce);
  order_.push_back(nonce);
  if (order_.size() > kMax) {
    out_.erase(order_.front());
    order_.pop_front();
  }
  return nonce;
}

http::OutgoingAnswer json_answer(int status, const json::object& document) {
  http::OutgoingAnswer answer{.status = status, .fields = {}, .body = json_text(document)};
  answer.fields.set("Content-Type", "application/json");
  return answer;
}

Authority::Impl::Impl(const Clock& clock_given, Random& random_given, Validator validator_given, Settings settings_given,
                      Issuing issuing_given)
    : clock{clock_given},
      random{random_given},
      validator{std::move(validator_given)},
      settings{std::move(settings_given)},
      issuing{std::move(issuing_given)} {}

std::string Authority::Impl::url(std::string_view resource, Number number) const {
  return settings.origin + "/" + std::string(resource) + "/" + std::to_string(number);
}

std::string Authority::Impl::random_text(std::size_t bytes) {
  Bytes text(bytes);
  random.fill(text);
  return to_base64url(text);
}

std::optional<Number> Authority::Impl::number_in(const Call& call) {
  return call.parts.size() < 2 ? std::nullopt : parse_number(call.parts[1]);
}

http::OutgoingAnswer Authority::Impl::directory() const {
  json::object profiles;
  for (const auto& [name, lifetime] : settings.profiles)
    profiles[name] = "certificates valid for " + std::to_string(std::chrono::floor<std::chrono::seconds>(lifetime).count()) + " seconds";
  json::object meta{{"profiles", std::move(profiles)},
                    {"caaIdentities", json::array(settings.caa_identities.begin(), settings.caa_identities.end())},
                    {"externalAccountRequired", settings.external_account_required}};
  if (!settings.terms_of_service.empty()) meta["termsOfService"] = settings.terms_of_service;
  const auto at = [this](std::string_view resource) { return settings.origin + "/" + std::string(resource); };
  return json_answer(200, {{"newNonce", at("new-nonce")},
                           {"newAccount", at("new-account")},
                           {"newOrder", at("new-order")},
                           {"revokeCert", at("revoke-cert")},
                           {"keyChange", at("key-change")},
                           {"renewalInfo", at("renewal-info")},
                           {"meta", std::move(meta)}});
}

Reply Authority::Impl::answer(Call& call) {
  using enum RequestKind;
  const auto method = call.request.method;
  if (call.kind == directory || call.kind == renewal_info) {
    if (method != http::Method::get) return problem(405, "malformed", "This resource requires GET.");
    return call.kind == directory ? Reply{this->directory()} : this->renewal_info(call);
  }
  if (call.kind == new_nonce) {
    if (method != http::Method::get && method != http::Method::head) return problem(405, "malformed", "Nonces require HEAD or GET.");
    http::OutgoingAnswer fresh{.status = method == http::Method::head ? 200 : 204, .fields = {}, .body = {}};
    fresh.fields.set("Cache-Control", "no-store");
    return fresh;
  }
  if (call.kind == any) return problem(404, "malformed", "There is nothing at " + call.request.url + ".");
  if (auto admitted = admit(call); !admitted) return std::unexpected(std::move(admitted.error()));
  switch (call.kind) {
    case new_account:
      return this->new_account(call);
    case account:
      return this->account(call);
    case key_change:
      return this->key_change(call);
    case new_order:
      return this->new_order(call);
    case order:
      return this->order(call);
    case finalize:
      return this->finalize(call);
    case authorization:
      return this->authorization(call);
    case challenge:
      return this->challenge(call);
    case certificate:
      return this->certificate(call);
    case revoke:
      return this->revoke(call);
    default:
      return problem(404, "malformed", "There is nothing at " + call.request.url + ".");
  }
}

Delivery Authority::Impl::deliver(const http::OutgoingRequest& request) {
  Call call{.request = request, .now = clock.now()};
  std::string_view path = std::string_view{request.url}.substr(settings.origin.size());
  if (path.starts_with('/')) path.remove_prefix(1);
  call.parts = split(path, '/');
  call.kind = kind_of(call.parts);
  ++requests[static_cast<std::size_t>(call.kind)];
  if (++exchanges % kSweepEvery == 0) sweep(call.now);

  const auto names = faults.ask_for_names() ? names_about(call) : std::vector<std::string>{};
  Delivery delivery;
  if (auto struck = struck_down(call, names)) {
    delivery = std::move(*struck);
  } else {
    auto reply = answer(call);
    delivery.answer = reply ? std::move(*reply) : answer_of(reply.error());
  }
  spoil_answer(call, names, delivery);
  return delivery;
}

void Authority::Impl::settle() {
  while (true) {
    Event event;
    unsigned memory_of = 0;
    {
      const std::scoped_lock lock{mutex};
      if (events.empty() || events.begin()->first > clock.now()) return;
      const auto due = events.begin()->first;
      event = events.begin()->second;
      events.erase(events.begin());
      memory_of = forgotten;
      if (event.kind == Event::Kind::issue) issue(event.number, due);
      if (event.kind == Event::Kind::spoil) {
        auto& spoiled = memory.orders[event.number];
        spoiled.state = State::invalid;
        spoiled.error =
            Problem{.status = 500, .type = "serverInternal", .detail = "The certificate could not be created.", .retry_after = {}};
      }
    }
    if (event.kind == Event::Kind::validate) run_validation(event, memory_of);
  }
}

void Authority::Impl::sweep(Time now) {
  const auto limit = now - settings.retention;
  std::erase_if(memory.orders,
                [limit](const auto& entry) { return entry.second.expires < limit && entry.second.state != State::processing; });
  std::erase_if(memory.authorizations,
                [limit](const auto& entry) { return entry.second.expires < limit && entry.second.state != State::processing; });
  std::erase_if(memory.reusable, [this](const auto& entry) { return !memory.authorizations.contains(entry.second); });
  std::erase_if(memory.certificates, [limit](const auto& entry) { return entry.second.not_after < limit; });
  std::erase_if(memory.certificate_by_identifier, [this](const auto& entry) { return !memory.certificates.contains(entry.second); });
}

Authority::Authority(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Authority::~Authority() = default;

Result<std::unique_ptr<Authority>> Authority::create(const Clock& clock, Random& random, Validator validator, Settings settings) {
  if (!settings.profiles.contains(settings.default_profile))
    return fail(ErrorKind::invalid, "The test CA's default profile \"" + settings.default_profile + "\" isn't one of its profiles.");
  auto issuing = Issuing::create(random, clock.now());
  if (!issuing) return forward_error(issuing);
  return std::unique_ptr<Authority>{
      new Authority{std::make_unique<Impl>(clock, random, std::move(validator), std::move(settings), std::move(*issuing))}};
}

Delivery Authority::deliver(const http::OutgoingRequest& request) {
  impl_->settle();
  const std::scoped_lock lock{impl_->mutex};
  return impl_->deliver(request);
}

Result<http::OutgoingAnswer> Authority::exchange(const http::OutgoingRequest& request) {
  // The origin never changes, so it is read without the lock.
  if (!request.url.starts_with(impl_->settings.origin + "/"))
    return fail(ErrorKind::unavailable, "No server responds at " + request.url + ".");
  auto delivery = deliver(request);
  if (delivery.wire == Delivery::Wire::cut_before)
    return fail(ErrorKind::unavailable, "The connection to " + request.url + " was refused.");
  if (delivery.wire == Delivery::Wire::cut_halfway)
    return fail(ErrorKind::unavailable, "The response from " + request.url + " was cut off.");
  if (delivery.wire == Delivery::Wire::slow && delivery.delay > request.deadline)
    return fail(ErrorKind::unavailable, "The response from " + request.url + " timed out.");
  if (delivery.answer.body.size() > request.most.value)
    return fail(ErrorKind::too_large, "The response from " + request.url + " is too long.");
  if (request.method == http::Method::head) delivery.answer.body.clear();
  return std::move(delivery.answer);
}

void Authority::run_validations_with(std::function<void(Duration, std::function<void()>)> runner) { impl_->runner = std::move(runner); }
void Authority::settle() { impl_->settle(); }
std::string Authority::directory_url() const { return impl_->settings.origin + "/directory"; }

std::vector<std::string> Authority::roots_pem() const {
  std::vector<std::string> roots;
  roots.reserve(Issuing::kChains);
  for (std::size_t chain = 0; chain < Issuing::kChains; ++chain) roots.push_back(impl_->issuing.root_pem(chain));
  return roots;
}

std::vector<std::string> Authority::intermediates_pem() const {
  std::vector<std::string> intermediates;
  intermediates.reserve(Issuing::kChains);
  for (std::size_t chain = 0; chain < Issuing::kChains; ++chain) intermediates.push_back(impl_->issuing.intermediate_pem(chain));
  return intermediates;
}

std::string Authority::revocation_list() const {
  const std::scoped_lock lock{impl_->mutex};
  std::vector<Issuing::RevokedSerial> revoked;
  for (const auto& [number, certificate] : impl_->memory.certificates) {
    if (certificate.revoked_at) revoked.push_back({certificate.serial, *certificate.revoked_at});
  }
  return impl_->issuing.revocation_list(revoked, impl_->clock.now());
}

void Authority::change(const std::function<void(Settings&)>& edit) {
  const std::scoped_lock lock{impl_->mutex};
  const auto origin = impl_->settings.origin;
  edit(impl_->settings);
  impl_->settings.origin = origin;
}

std::uint64_t Authority::add_fault(Fault fault) {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->faults.add(std::move(fault));
}

void Authority::remove_fault(std::uint64_t number) {
  const std::scoped_lock lock{impl_->mutex};
  impl_->faults.remove(number);
}

void Authority::clear_faults() {
  const std::scoped_lock lock{impl_->mutex};
  impl_->faults.clear();
}

std::vector<Faults::Active> Authority::faults() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->faults.list();
}

void Authority::forget_everything() {
  const std::scoped_lock lock{impl_->mutex};
  impl_->memory = {};
  impl_->events.clear();
  ++impl_->forgotten;
  impl_->note({.time = impl_->clock.now(), .act = Act::forgotten});
}

void Authority::read_ledger(const std::function<void(const LedgerEntry&)>& reader, std::size_t since) {
  settle();
  const std::scoped_lock lock{impl_->mutex};
  for (std::size_t at = since; at < impl_->ledger.size(); ++at) reader(impl_->ledger[at]);
}

std::vector<LedgerEntry> Authority::ledger(std::size_t since) {
  std::vector<LedgerEntry> entries;
  read_ledger([&entries](const LedgerEntry& entry) { entries.push_back(entry); }, since);
  return entries;
}

std::array<std::uint64_t, kRequestKinds> Authority::requests() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->requests;
}

std::vector<CertificateView> Authority::certificates(const std::string& name) const {
  const std::scoped_lock lock{impl_->mutex};
  std::vector<CertificateView> views;
  for (const auto& [number, certificate] : impl_->memory.certificates) {
    if (!name.empty() && std::ranges::find(certificate.names, name) == certificate.names.end()) continue;
    views.push_back({.identifier = certificate.identifier,
                     .serial = certificate.serial,
                     .account = certificate.account,
                     .names = certificate.names,
                     .profile = certificate.profile,
                     .not_before = certificate.not_before,
                     .not_after = certificate.not_after,
                     .revoked = certificate.revoked_at.has_value(),
                     .replaced = certificate.replaced_by != 0,
                     .pem = certificate_pem(certificate.der)});
  }
  return views;
}

void Authority::set_renewal_info(const std::string& identifier, std::optional<RenewalAnswer> answer) {
  const std::scoped_lock lock{impl_->mutex};
  const auto found = impl_->memory.certificate_by_identifier.find(identifier);
  if (found != impl_->memory.certificate_by_identifier.end()) impl_->memory.certificates.at(found->second).renewal = std::move(answer);
}

Result<> Authority::revoke(const std::string& identifier) {
  const std::scoped_lock lock{impl_->mutex};
  const auto found = impl_->memory.certificate_by_identifier.find(identifier);
  if (found == impl_->memory.certificate_by_identifier.end())
    return fail(ErrorKind::not_found, "The test CA has no certificate " + identifier + ".");
  impl_->revoke_now(impl_->memory.certificates.at(found->second), impl_->clock.now());
  return {};
}

Time Authority::shown_time() const {
  const std::scoped_lock lock{impl_->mutex};
  auto shown = impl_->clock.now();
  // Looked at without being counted: the wire asks once for each answer, beside the fault's own strike.
  for (const auto& [number, fault, struck] : impl_->faults.list())
    if (fault.kind == FaultKind::date_off && (!fault.from || shown >= *fault.from) && (!fault.until || shown < *fault.until))
      return shown + fault.delay;
  return shown;
}

}  // namespace carillon::testca
