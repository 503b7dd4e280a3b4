// carillon-test-ca: the authority for tests of whole programs. Prints `ready {json}` and serves until SIGTERM.

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "testca/authority_server.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <csignal>
#include <iostream>

namespace {

using namespace carillon;
using namespace carillon::testca;

int complain(const std::string& sentence) {
  std::cerr << "carillon-test-ca: " << sentence << std::endl;
  return 1;
}

/// "NAME=VALUE"
std::pair<std::string, std::string> halves(const std::string& text) {
  const auto at = text.find('=');
  return {text.substr(0, at), at == std::string::npos ? "" : text.substr(at + 1)};
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{"An in-memory ACME CA for tests that injects faults on request. Don't use it in production."};
  std::string https = "127.0.0.1:0", management = "127.0.0.1:0", default_profile;
  AuthorityServerOptions options;
  std::vector<std::string> profiles, external_accounts;
  bool without_limits = false;
  app.add_option("--https", https, "Address and port for the ACME directory");
  app.add_option("--management", management, "Address and port for the management API (plain HTTP, JSON)");
  app.add_option("--root-file", options.root_file, "Write the root certificate of its HTTPS server to this file")->required();
  app.add_option("--http-port", options.ground.http_port, "Port on 127.0.0.1 for the HTTP-01 validation of all names");
  app.add_option("--tls-port", options.ground.tls_port, "Port on 127.0.0.1 for the TLS-ALPN-01 validation of all names");
  app.add_option("--dns", options.ground.name_servers, "Name server for DNS-01 validation, as ADDRESS:PORT; each one must have the record");
  app.add_option("--profile", profiles, "A profile and the lifetime of its certificates, as NAME=SECONDS");
  app.add_option("--default-profile", default_profile, "Profile for orders that don't specify one");
  app.add_option("--external-account", external_accounts, "Require accounts to be bound to one of these, as KEYID=KEY (base64url)");
  app.add_flag("--with-crl", options.with_revocation_list, "Name the CA's CRL in certificates and serve it on the management port");
  app.add_flag("--without-limits", without_limits, "Turn off rate limits");
  CLI11_PARSE(app, count, arguments);

  for (const auto& [name, seconds] : {std::pair{&https, &options.https}, {&management, &options.management}}) {
    const auto endpoint = net::Endpoint::parse(*name);
    if (!endpoint) return complain(endpoint.error().message);
    *seconds = *endpoint;
  }
  for (const auto& profile : profiles) {
    const auto [name, seconds] = halves(profile);
    const auto lifetime = parse_number(seconds);
    if (!lifetime) return complain("\"" + profile + "\" isn't NAME=SECONDS.");
    options.settings.profiles[name] = std::chrono::seconds{*lifetime};
  }
  if (!default_profile.empty()) options.settings.default_profile = default_profile;
  for (const auto& account : external_accounts) {
    const auto [id, key] = halves(account);
    const auto bytes = from_base64url(key);
    if (!bytes) return complain("the key of " + id + " isn't base64url.");
    options.settings.external_accounts[id] = as_text(*bytes);
    options.settings.external_account_required = true;
  }
  options.settings.limits.enforced = !without_limits;

  // Signals are taken by this thread alone, with sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto root_file = options.root_file;
  const auto server = AuthorityServer::start(std::move(options));
  if (!server) return complain(server.error().message);
  const boost::json::object ready{
      {"directory", (*server)->directory_url()}, {"management", (*server)->management_url()}, {"root_file", root_file.string()}};
  std::cout << "ready " << json_text(ready) << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}
