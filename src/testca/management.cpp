// See management.hpp.

#include "testca/management.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace carillon::testca {
namespace {

namespace json = boost::json;

/// A JSON object read member by member; the first wrong one is remembered.
class Reader {
 public:
  explicit Reader(json::object members) : members_{std::move(members)} {}
  [[nodiscard]] bool has(std::string_view name) const { return members_.contains(name); }
  std::string text(std::string_view name) {
    const auto* value = members_.if_contains(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    wrong_ = "\"" + std::string(name) + "\" isn't text";
    return {};
  }
  std::optional<double> number(std::string_view name) {
    const auto* value = members_.if_contains(name);
    if (value == nullptr) return {};
    boost::system::error_code error;
    const auto number = value->to_number<double>(error);
    if (!error) return number;
    wrong_ = "\"" + std::string(name) + "\" isn't a number";
    return {};
  }
  std::optional<Duration> seconds(std::string_view name) {
    const auto count = number(name);
    if (!count) return {};
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{*count});
  }
  std::optional<bool> flag(std::string_view name) const {
    const auto* value = members_.if_contains(name);
    return value != nullptr && value->is_bool() ? std::optional{value->get_bool()} : std::nullopt;
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  json::object members_;
  std::string wrong_;
};

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }
Management::Answer done(const json::object& document = {}) { return {.status = 200, .body = json_text(document)}; }
Management::Answer refused(const std::string& why) { return {.status = 400, .body = json_text(json::object{{"error", why}})}; }

Management::Answer roots(const Authority& authority) {
  return done({{"roots", texts(authority.roots_pem())}, {"intermediates", texts(authority.intermediates_pem())}});
}

Management::Answer ledger(Authority& authority, std::string_view since_text) {
  const auto since = parse_number(since_text).value_or(0);
  json::array entries;
  authority.read_ledger(
      [&entries](const LedgerEntry& entry) {
        entries.push_back(json::object{{"time", to_rfc3339(entry.time)},
                                       {"act", name_of(entry.act)},
                                       {"account", entry.account},
                                       {"names", texts(entry.names)},
                                       {"type", entry.type},
                                       {"detail", entry.detail},
                                       {"exempt", entry.exempt}});
      },
      since);
  json::object requests;
  const auto counts = authority.requests();
  for (std::size_t kind = 0; kind < counts.size(); ++kind) requests[name_of(static_cast<RequestKind>(kind))] = counts[kind];
  const auto next = since + entries.size();
  return done({{"next", next}, {"entries", std::move(entries)}, {"requests", std::move(requests)}});
}

Management::Answer certificates(const Authority& authority, std::string_view name) {
  json::array list;
  for (const auto& view : authority.certificates(std::string(name)))
    list.push_back(json::object{{"identifier", view.identifier},
                                {"serial", view.serial},
                                {"account", view.account},
                                {"names", texts(view.names)},
                                {"profile", view.profile},
                                {"not_before", to_rfc3339(view.not_before)},
                                {"not_after", to_rfc3339(view.not_after)},
                                {"revoked", view.revoked},
                                {"replaced", view.replaced},
                                {"pem", view.pem}});
  return done({{"certificates", std::move(list)}});
}

Management::Answer faults(const Authority& authority) {
  json::array list;
  for (const auto& [number, fault, struck] : authority.faults())
    list.push_back(json::object{
        {"number", number}, {"kind", name_of(fault.kind)}, {"at", name_of(fault.at)}, {"name", fault.name}, {"struck", struck}});
  return done({{"faults", std::move(list)}});
}

Management::Answer add_fault(Authority& authority, Time now, Reader& reader) {
  const auto kind = fault_kind_from(reader.text("kind"));
  if (!kind) return refused("There is no fault \"" + reader.text("kind") + "\".");
  Fault fault{.kind = *kind, .name = reader.text("name")};
  if (reader.has("at")) {
    const auto at = request_kind_from(reader.text("at"));
    if (!at) return refused("There is no request \"" + reader.text("at") + "\".");
    fault.at = *at;
  }
  if (const auto count = reader.number("count")) fault.count = static_cast<std::uint32_t>(*count);
  if (const auto after = reader.seconds("after_seconds")) fault.from = now + *after;
  if (const auto length = reader.seconds("for_seconds")) fault.until = fault.from.value_or(now) + *length;
  fault.status = static_cast<int>(reader.number("status").value_or(fault.status));
  fault.retry_after = reader.seconds("retry_after_seconds");
  fault.delay = reader.seconds("delay_seconds").value_or(Duration{});
  if (!reader.wrong().empty()) return refused(reader.wrong());
  return done({{"number", authority.add_fault(std::move(fault))}});
}

/// The identifier that "certificate" or "name" means; "" when there is none.
std::string certificate_meant(const Authority& authority, Reader& reader) {
  if (reader.has("certificate")) return reader.text("certificate");
  const auto list = authority.certificates(reader.text("name"));
  return list.empty() ? "" : list.back().identifier;
}

Management::Answer set_renewal_info(Authority& authority, Reader& reader) {
  const auto identifier = certificate_meant(authority, reader);
  if (identifier.empty()) return refused("The certificate doesn't exist.");
  RenewalAnswer info{.explanation = reader.text("explanation"), .retry_after = reader.seconds("retry_after_seconds")};
  for (const auto& [name, time] : {std::pair{"start", &info.start}, {"end", &info.end}}) {
    if (!reader.has(name)) continue;
    const auto parsed = parse_rfc3339(reader.text(name));
    if (!parsed) return refused(parsed.error().message);
    *time = *parsed;
  }
  if (reader.has("raw")) info.raw = reader.text("raw");
  info.status = static_cast<int>(reader.number("status").value_or(info.status));
  if (!reader.wrong().empty()) return refused(reader.wrong());
  authority.set_renewal_info(identifier, std::move(info));
  return done({{"certificate", identifier}});
}

Management::Answer change_settings(Authority& authority, OffsetClock& clock, Ground& ground, Reader& reader) {
  const auto port = [&reader](std::string_view name) -> std::optional<std::uint16_t> {
    const auto number = reader.number(name);
    return number ? std::optional{static_cast<std::uint16_t>(*number)} : std::nullopt;
  };
  ground.set_ports(port("http_port"), port("tls_port"));
  authority.change([&reader](Settings& settings) {
    settings.bad_nonce_share = reader.number("bad_nonce_share").value_or(settings.bad_nonce_share);
    settings.validation_time = reader.seconds("validation_seconds").value_or(settings.validation_time);
    settings.processing_time = reader.seconds("processing_seconds").value_or(settings.processing_time);
    settings.authorization_reuse = reader.seconds("authorization_reuse_seconds").value_or(settings.authorization_reuse);
    settings.poll_after = reader.seconds("poll_after_seconds").value_or(settings.poll_after);
    settings.renew_at = reader.number("renew_at").value_or(settings.renew_at);
    settings.renew_short_at = reader.number("renew_short_at").value_or(settings.renew_short_at);
    settings.limits.enforced = reader.flag("limits").value_or(settings.limits.enforced);
  });
  if (const auto offset = reader.seconds("clock_offset_seconds")) clock.set_offset(*offset);
  return reader.wrong().empty() ? done() : refused(reader.wrong());
}

Management::Answer fail_name(Ground& ground, Reader& reader) {
  const auto name = reader.text("name");
  if (name.empty()) return refused("The name is missing.");
  const auto type = reader.text("type");
  const auto detail = reader.has("detail") ? reader.text("detail") : name + " fails as requested by a test.";
  ground.set_failure(name,
                     type.empty() ? std::nullopt : std::optional{Error{.kind = ErrorKind::refused, .message = detail, .field = type}});
  return done();
}

}  // namespace

Result<> Ground::validate(const Validation& validation) const {
  ProvingGround place;
  {
    const Lock lock{mutex_};
    if (const auto failing = failing_.find(validation.name); failing != failing_.end()) return std::unexpected(failing->second);
    place = place_;
  }
  return prove(validation, place);
}

void Ground::set_ports(std::optional<std::uint16_t> http, std::optional<std::uint16_t> tls) {
  const Lock lock{mutex_};
  place_.http_port = http.value_or(place_.http_port);
  place_.tls_port = tls.value_or(place_.tls_port);
}

void Ground::set_failure(const std::string& name, std::optional<Error> failure) {
  const Lock lock{mutex_};
  failing_.erase(name);
  if (failure) failing_.emplace(name, std::move(*failure));
}

Management::Answer Management::answer(http::Method method, std::string_view path, std::string_view query, std::string_view body) {
  boost::system::error_code error;
  auto parsed = body.empty() ? json::value(json::object{}) : json::parse(body, error);
  if (error || !parsed.is_object()) return refused("The request isn't a JSON object.");
  Reader reader{std::move(parsed.get_object())};
  const bool get = method == http::Method::get, post = method == http::Method::post, remove = method == http::Method::del;
  if (get && path == "/roots") return roots(authority_);
  if (get && path == "/ledger") return ledger(authority_, query);
  if (get && path == "/certificates") return certificates(authority_, query);
  if (get && path == "/faults") return faults(authority_);
  if (post && path == "/faults") return add_fault(authority_, clock_.now(), reader);
  if (post && path == "/renewal-info") return set_renewal_info(authority_, reader);
  if (post && path == "/settings") return change_settings(authority_, clock_, ground_, reader);
  if (post && path == "/names") return fail_name(ground_, reader);
  if (post && path == "/forget") return authority_.forget_everything(), done();
  if (post && path == "/revoke") {
    const auto revoked = authority_.revoke(certificate_meant(authority_, reader));
    return revoked ? done() : refused(revoked.error().message);
  }
  if (remove && path == "/faults") return authority_.clear_faults(), done();
  if (remove && path.starts_with("/faults/")) return authority_.remove_fault(parse_number(path.substr(8)).value_or(0)), done();
  if (remove && path.starts_with("/renewal-info/")) return authority_.set_renewal_info(std::string(path.substr(14)), {}), done();
  return {.status = 404, .body = json_text(json::object{{"error", "There is nothing at " + std::string(path) + "."}})};
}

}  // namespace carillon::testca
