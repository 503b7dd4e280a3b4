// See certificates.hpp.

#include "api/keeper/certificates.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/in_charge.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// A certificate file and a key file of up to crypto::kLargestCertificateFile each, as base64 in JSON.
constexpr std::size_t kLargestImport = 768 * 1024;

/// The files to import.
struct ImportFiles {
  std::string certificate, key;
  std::optional<std::string> passphrase;
  bool bare = false;  ///< the body is the file itself
};

/// Scripts may send the file itself or JSON that contains it. A body that isn't JSON is treated as the file.
Result<ImportFiles> import_files(std::string& body) {
  if (!trimmed(body).starts_with('{')) return ImportFiles{.certificate = std::move(body), .key = {}, .passphrase = {}, .bare = true};
  auto reader = ObjectReader::parse(body);
  if (!reader)
    return fail(ErrorKind::invalid,
                "The request must be the certificate file itself, or JSON with “certificate” as PEM or base64 (and “key” and “passphrase” "
                "if needed). " +
                    reader.error().message);
  ImportFiles files{.certificate = reader->text("certificate").value_or(""),
                    .key = reader->text("key").value_or(""),
                    .passphrase = reader->text("passphrase")};
  if (const auto finished = reader->finish(); !finished) return std::unexpected(finished.error());
  return files;
}

std::string name_in(const Request& request) { return certs::managed_name(request.path_parameter("name")); }

}  // namespace

std::span<const KeeperRoute<CertificatesApi>> CertificatesApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<CertificatesApi>{{get, "/api/v1/certificates", operate, &CertificatesApi::list}, ""},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/certificates", operate, &CertificatesApi::add}, "certificate.add"},
      KeeperRoute<CertificatesApi>{{get, "/api/v1/certificates/{name}", operate, &CertificatesApi::get}, ""},
      KeeperRoute<CertificatesApi>{{del, "/api/v1/certificates/{name}", operate, &CertificatesApi::remove}, "certificate.remove"},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/certificates/{name}/csr", operate, &CertificatesApi::signing_request},
                                   "certificate.csr"},
      KeeperRoute<CertificatesApi>{{get, "/api/v1/certificates/{name}/history", operate, &CertificatesApi::history}, ""},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/certificates/{name}/import", operate, &CertificatesApi::import_certificate},
                                   "certificate.import"},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/certificates/{name}/renew", operate, &CertificatesApi::renew}, "certificate.renew"},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/certificates/{name}/use-spare", operate, &CertificatesApi::use_spare},
                                   "certificate.use-spare"},
      KeeperRoute<CertificatesApi>{{post, "/api/v1/issuers/{issuer}/rollover", operate, &CertificatesApi::roll_over_account},
                                   "issuer.rollover"},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> CertificatesApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> CertificatesApi::list(Request&) {
  auto watches = co_await blocking(parts_.workers, [this] { return parts_.watcher.list(); });
  if (!watches) co_return http::problem(watches.error());
  const auto machine = co_await machine_in_charge(parts_);
  json::array items;
  for (const auto& status : parts_.keeper.list()) items.push_back(document_of(status, machine));
  for (const auto& watch : *watches) items.push_back(document_of(watch, machine, parts_.clock.now()));
  co_return api::answer(200, {{"items", std::move(items)}, {"in_charge", document_of(machine)}});
}

asio::awaitable<http::Response> CertificatesApi::add(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  certs::NameOptions name_options{.name = reader->text("name").value_or(""),
                                  .source = certs::Source::person,
                                  .issuer = reader->text("issuer").value_or(""),
                                  .in_charge = {},
                                  .port = parts_.port};
  const auto named = name_in_charge(*reader, name_options.in_charge);
  if (const auto port = reader->number_or_null("port"); port && *port)
    name_options.port = static_cast<std::uint16_t>(**port);
  else if (certs::has_rsa_mark(name_options.name)) {
    // A second certificate is served where the first one is.
    const auto first = parts_.keeper.find(certs::managed_name(certs::without_rsa_mark(name_options.name)));
    if (first) name_options.port = first->kept.port;
  }
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!named) co_return http::problem(named.error());
  const auto kept = co_await blocking(parts_.workers, [&] { return parts_.keeper.keep(name_options); });
  if (!kept) co_return http::problem(kept.error());
  const auto name = certs::managed_name(name_options.name);
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  request.path_parameters.insert_or_assign("name", name);  // what the audit line is about
  auto response = api::answer(201, document_of(*status, co_await machine_in_charge(parts_)));
  response.fields.set("Location", "/api/v1/certificates/" + status->kept.name);
  co_return response;
}

asio::awaitable<http::Response> CertificatesApi::get(Request& request) {
  const auto status = parts_.keeper.find(name_in(request));
  if (!status) co_return http::problem(status.error());
  co_return api::answer(200, document_of(*status, co_await machine_in_charge(parts_)));
}

asio::awaitable<http::Response> CertificatesApi::remove(Request& request) {
  const auto name = name_in(request);
  if (const auto status = parts_.keeper.find(name); status && status->kept.source == certs::Source::configuration)
    co_return http::problem(409, "conflict", name + " is set in the configuration; remove it there and reload (SIGHUP).", "name");
  const auto gone = co_await blocking(parts_.workers, [&] { return parts_.keeper.forget(name); });
  if (!gone) co_return http::problem(gone.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> CertificatesApi::renew(Request& request) {
  const auto name = name_in(request);
  const auto by = request.caller.email();
  const auto asked = co_await blocking(parts_.workers, [&] { return parts_.keeper.renew(name, by); });
  if (!asked) co_return http::problem(asked.error());
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  co_return api::answer(202, document_of(*status, co_await machine_in_charge(parts_)));
}

asio::awaitable<http::Response> CertificatesApi::use_spare(Request& request) {
  const auto name = name_in(request);
  const auto by = request.caller.email();
  const auto used = co_await blocking(parts_.workers, [&] { return parts_.keeper.use_spare(name, by); });
  if (!used) co_return http::problem(used.error());
  const auto status = parts_.keeper.find(name);
  if (!status) co_return http::problem(status.error());
  co_return api::answer(202, document_of(*status, co_await machine_in_charge(parts_)));
}

asio::awaitable<http::Response> CertificatesApi::history(Request& request) {
  const auto name = name_in(request);
  const auto lines = co_await blocking(parts_.workers, [&] { return parts_.keeper.history(name); });
  if (!lines) co_return http::problem(lines.error());
  json::array items;
  for (const auto& line : *lines) items.push_back(document_of(line));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> CertificatesApi::signing_request(Request& request) {
  const auto name = name_in(request);
  const auto pem = co_await blocking(parts_.workers, [&] { return parts_.keeper.signing_request(name); });
  if (!pem) co_return http::problem(pem.error());
  co_return api::answer(200, {{"name", name}, {"request", *pem}});
}

asio::awaitable<http::Response> CertificatesApi::roll_over_account(Request& request) {
  const std::string issuer{request.path_parameter("issuer")};
  const auto account = co_await blocking(parts_.workers, [&] { return parts_.keeper.roll_over_account(issuer); });
  if (!account) co_return http::problem(account.error());
  co_return api::answer(200, json::object{{"issuer", issuer}, {"account", *account}});
}

asio::awaitable<http::Response> CertificatesApi::import_certificate(Request& request) {
  const auto name = name_in(request);
  auto body = co_await request.body->read_all(ByteCount{kLargestImport});
  if (!body) co_return http::problem(body.error());
  const auto files = import_files(*body);
  if (!files) co_return http::problem(files.error());
  auto result = co_await blocking(
      parts_.workers, [&] { return parts_.keeper.import_certificate(name, files->certificate, files->key, files->passphrase); });
  if (!result) {
    if (files->bare && result.error().field == "passphrase")
      result.error().message += " Send JSON with “certificate” as base64 and “passphrase”.";
    co_return http::problem(result.error());
  }
  // The checks are the answer, whether all passed or not: `imported` says.
  co_return api::answer(result->certificate ? 200 : 422, document_of(*result));
}

}  // namespace carillon::api
