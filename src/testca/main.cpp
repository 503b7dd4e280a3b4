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
  app.add_option("--https", https, "where the directory is served");
  app.add_option("--management", management, "where it is commanded (plain HTTP, JSON)");
  app.add_option("--root-file", options.root_file, "where the root of its own HTTPS is written")->required();
  app.add_option("--http-port", options.ground.http_port, "where every name answers HTTP-01, on 127.0.0.1");
  app.add_option("--tls-port", options.ground.tls_port, "where every name answers TLS-ALPN-01, on 127.0.0.1");
  app.add_option("--dns", options.ground.name_servers,
                 "ADDRESS:PORT: a name server that is asked for DNS-01; all of them have to have the record");
  app.add_option("--profile", profiles, "NAME=SECONDS: a profile and its lifetime");
  app.add_option("--default-profile", default_profile, "the profile of orders that name none");
  app.add_option("--external-account", external_accounts, "KEYID=KEY (base64url): accounts have to be bound to one of these");
  app.add_flag("--with-crl", options.with_revocation_list, "certificates name its CRL, which is served at the management port");
  app.add_flag("--without-limits", without_limits, "refuse nothing for its number");
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
