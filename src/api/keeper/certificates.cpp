// /api/v1/certificates and /watches.

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/keeper_api.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "incidents/plan.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// A chain with its key; nobody's is larger.
constexpr std::size_t kLargestImport = 512 * 1024;

/// "host:port", "[v6]:port" → a target.
Result<certs::Target> target_from(std::string_view text, std::string_view starttls) {
  certs::Target target;
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535 || host.empty())
    return fail(ErrorKind::invalid, "“" + std::string(text) + "” is no endpoint: write HOST:PORT, as in mail.example.org:993.", "target");
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  target.host = lower_ascii(host);
  target.port = static_cast<std::uint16_t>(*port);
  if (starttls == "smtp")
    target.starttls = certs::StartTls::smtp;
  else if (starttls == "imap")
    target.starttls = certs::StartTls::imap;
  else if (!starttls.empty())
    return fail(ErrorKind::invalid, "“" + std::string(starttls) + "” cannot be spoken: smtp or imap.", "starttls");
  return target;
}

/// Takes over whom the request puts in charge: people whom mail reaches, or "" for nobody in particular.
Result<> name_in_charge(ObjectReader& reader, incidents::Stewardship& in_charge) {
  for (const auto& [field, person] : {std::pair{"steward", &in_charge.steward}, std::pair{"deputy", &in_charge.deputy}}) {
    const auto named = reader.text(field);
    if (!named) continue;
    if (!named->empty()) {
      if (auto good = checked_mail_address(*named, field); !good) return passed_on(good);
    }
    *person = *named;
  }
  return {};
}

}  // namespace

asio::awaitable<incidents::Stewardship> KeeperApi::default_stewardship() {
  co_return co_await blocking(parts_.workers, [this] { return parts_.in_charge(); });
}

asio::awaitable<http::Response> KeeperApi::list_certificates(http::Request&) {
  auto watches = co_await blocking(parts_.workers, [this] { return parts_.watcher.list(); });
  if (!watches) co_return http::problem(watches.error());
  const auto machine = co_await default_stewardship();
  json::array items;
  for (const auto& status : parts_.keeper.list()) items.push_back(document_of(status, machine));
  for (const auto& watch : *watches) items.push_back(document_of(watch, machine, parts_.clock.now()));
  co_return api::answer(200, {{"items", std::move(items)}, {"in_charge", document_of(machine)}});
}

asio::awaitable<http::Response> KeeperApi::add_certificate(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  certs::Wish wish{.name = lower_ascii(reader->text("name").value_or("")),
                   .source = certs::Source::person,
                   .issuer = reader->text("issuer").value_or(""),
                   .in_charge = {},
                   .port = parts_.port};
  const auto named = name_in_charge(*reader, wish.in_charge);
  if (const auto port = reader->number_or_null("port"); port && *port) wish.port = static_cast<std::uint16_t>(**port);
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!named) co_return http::problem(named.error());
  const auto kept = co_await blocking(parts_.workers, [&] { return parts_.keeper.keep(wish); });
  if (!kept) co_return http::problem(kept.error());
  auto name = wish.name;
  if (name.ends_with('.')) name.pop_back();
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  request.path_parameters.insert_or_assign("name", name);  // what the audit line is about
  auto response = api::answer(201, document_of(*status, co_await default_stewardship()));
  response.fields.set("Location", "/api/v1/certificates/" + status->kept.name);
  co_return response;
}

asio::awaitable<http::Response> KeeperApi::get_certificate(http::Request& request) {
  const auto status = parts_.keeper.find(lower_ascii(request.path_parameter("name")));
  if (!status) co_return http::problem(status.error());
  co_return api::answer(200, document_of(*status, co_await default_stewardship()));
}

asio::awaitable<http::Response> KeeperApi::remove_certificate(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  if (const auto status = parts_.keeper.find(name); status && status->kept.source == certs::Source::configuration)
    co_return http::problem(409, "conflict", name + " stands in the configuration; take it out there and reload (SIGHUP).", "name");
  const auto gone = co_await blocking(parts_.workers, [&] { return parts_.keeper.forget(name); });
  if (!gone) co_return http::problem(gone.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> KeeperApi::renew_certificate(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  const auto by = request.caller.email();
  const auto asked = co_await blocking(parts_.workers, [&] { return parts_.keeper.renew(name, by); });
  if (!asked) co_return http::problem(asked.error());
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  co_return api::answer(202, document_of(*status, co_await default_stewardship()));
}

asio::awaitable<http::Response> KeeperApi::use_spare(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  const auto by = request.caller.email();
  const auto used = co_await blocking(parts_.workers, [&] { return parts_.keeper.use_spare(name, by); });
  if (!used) co_return http::problem(used.error());
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  co_return api::answer(202, document_of(*status, co_await default_stewardship()));
}

asio::awaitable<http::Response> KeeperApi::history(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  const auto lines = co_await blocking(parts_.workers, [&] { return parts_.keeper.history(name); });
  if (!lines) co_return http::problem(lines.error());
  json::array items;
  for (const auto& line : *lines) items.push_back(document_of(line));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> KeeperApi::signing_request(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  const auto pem = co_await blocking(parts_.workers, [&] { return parts_.keeper.signing_request(name); });
  if (!pem) co_return http::problem(pem.error());
  co_return api::answer(200, {{"name", name}, {"request", *pem}});
}

asio::awaitable<http::Response> KeeperApi::import_certificate(http::Request& request) {
  const auto name = lower_ascii(request.path_parameter("name"));
  const auto text = co_await request.body->read_all(ByteCount{kLargestImport});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto certificate = reader->text("certificate").value_or("");
  const auto key = reader->text("key").value_or("");
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto result = co_await blocking(parts_.workers, [&] { return parts_.keeper.import_certificate(name, certificate, key); });
  if (!result) co_return http::problem(result.error());
  // The checks are the answer, whether all passed or not: `imported` says.
  co_return api::answer(result->certificate ? 200 : 422, document_of(*result));
}

asio::awaitable<http::Response> KeeperApi::list_watches(http::Request&) {
  const auto watches = co_await blocking(parts_.workers, [this] { return parts_.watcher.list(); });
  if (!watches) co_return http::problem(watches.error());
  const auto machine = co_await default_stewardship();
  json::array items;
  for (const auto& watch : *watches) items.push_back(document_of(watch, machine, parts_.clock.now()));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> KeeperApi::add_watch(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto target = target_from(reader->text("target").value_or(""), reader->text("starttls").value_or(""));
  incidents::Stewardship in_charge;
  const auto named = name_in_charge(*reader, in_charge);
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!target) co_return http::problem(target.error());
  if (!named) co_return http::problem(named.error());
  const auto added = co_await blocking(parts_.workers, [&] { return parts_.watcher.add(*target, in_charge); });
  if (!added) co_return http::problem(added.error());
  request.path_parameters.insert_or_assign("target", target->text());
  in_charge = incidents::or_machine(std::move(in_charge), co_await default_stewardship());
  co_return api::answer(201, {{"target", target->text()}, {"steward", in_charge.steward}, {"deputy", in_charge.deputy}});
}

asio::awaitable<http::Response> KeeperApi::remove_watch(http::Request& request) {
  const auto starttls = request.query_parameter("starttls").value_or("");
  auto target = target_from(request.path_parameter("target"), starttls);
  if (!target) co_return http::problem(target.error());
  const auto removed = co_await blocking(parts_.workers, [&]() -> Result<> {
    if (!starttls.empty()) return parts_.watcher.remove(*target);
    // Without a word on STARTTLS whatever is watched there is meant.
    auto watches = parts_.watcher.list();
    if (!watches) return passed_on(watches);
    for (const auto& watch : *watches) {
      if (watch.target.host == target->host && watch.target.port == target->port) return parts_.watcher.remove(watch.target);
    }
    return parts_.watcher.remove(*target);
  });
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
