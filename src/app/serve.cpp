// The composition root: everything is made here, in the order of the layers, and handed to whoever may know it.

#include "app/serve.hpp"

#include "api/api.hpp"
#include "app/schema.hpp"
#include "base/log.hpp"
#include "blob/store.hpp"
#include "certs/certificate_table.hpp"
#include "certs/local_ca.hpp"
#include "certs/local_keeper.hpp"
#include "http/h1/server.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"
#include "podcast/publishing.hpp"
#include "site/site.hpp"
#include "stats/request_log.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

namespace carillon::app {
namespace {

/// SIGTERM drains for this long; longer downloads are cut and can be resumed.
constexpr std::chrono::seconds kDrain{30};
/// Two recordings at a time: encoding takes a core each.
constexpr std::size_t kJobThreads = 2;

std::string host_of(std::string_view origin) {
  origin.remove_prefix(origin.find("//") + 2);
  if (origin.starts_with('[')) return std::string(origin.substr(1, origin.find(']') - 1));
  return std::string(origin.substr(0, origin.find(':')));
}

std::vector<std::string> names_to_keep(const Configuration& configuration) {
  std::vector<std::string> names{host_of(configuration.effective_origin(0))};
  const auto add = [&](std::string name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (const auto& origin : configuration.former_origins) add(host_of(origin));
  for (const auto& name : configuration.certificate_names) add(name);
  add("localhost");
  return names;
}

/// Signals are taken by the main thread alone, with sigwait: no handler interrupts anybody.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

}  // namespace

Result<int> serve(const ServeOptions& options) {
  const auto signals = block_signals();
  const auto environment = [](const char* name) -> const char* { return std::getenv(name); };
  auto configuration = read_configuration(options.configuration, environment, options.overrides);
  if (!configuration) return passed_on(configuration);
  const auto http_endpoint = net::Endpoint::parse(configuration->http);
  if (!http_endpoint) return std::unexpected(http_endpoint.error());
  const auto https_endpoint = net::Endpoint::parse(configuration->https);
  if (!https_endpoint) return std::unexpected(https_endpoint.error());

  const auto lock = take(options.data);
  if (!lock) return std::unexpected(lock.error());
  const SystemClock clock;
  SystemRandom random;

  auto database = db::Database::open(options.data.database(), schema());
  if (!database) return passed_on(database);
  auto media = blob::open_disk_store(options.data.media(), random);
  if (!media) return passed_on(media);
  auto log = stats::RequestLog::open(options.data.requests(), options.data.listener_key(), random);
  if (!log) return passed_on(log);

  certs::CertificateTable certificates;
  auto authority = certs::LocalCa::open(options.data.authority(), clock, random);
  if (!authority) return passed_on(authority);
  certs::LocalKeeper keeper{certificates, **authority, clock, names_to_keep(*configuration)};
  if (const auto ensured = keeper.ensure(); !ensured) return std::unexpected(ensured.error());

  // Listening comes before the parts that need the origin: a port of 0 is only known afterwards. Nothing is accepted until start().
  net::Server server{0};
  std::function<http::Handler()> public_handler, plain_handler, control_handler;
  const auto serve_with = [&server, &clock](std::function<http::Handler()>& handler) -> net::ConnectionHandler {
    return [&server, &clock, &handler](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
      return http::h1::serve(std::move(transport), handler(), http::h1::Deadlines{}, [&server] { return server.draining(); }, clock);
    };
  };
  const auto https_port = server.listen_tls(*https_endpoint, certificates, serve_with(public_handler));
  if (!https_port) return std::unexpected(https_port.error());
  const auto http_port = server.listen_plain(*http_endpoint, serve_with(plain_handler));
  if (!http_port) return std::unexpected(http_port.error());
  if (const auto listening = server.listen_local(options.data.control_socket().string(), serve_with(control_handler)); !listening)
    return std::unexpected(listening.error());

  const podcast::Addresses addresses{configuration->effective_origin(*https_port)};
  podcast::Catalogue catalogue{**database, **media, addresses};
  jobs::Runner runner{**database, clock, "local", kJobThreads};
  const audio::MediaProgram media_program{options.media_program};
  podcast::Publishing publishing{**database, **media, catalogue, runner, media_program, clock, random, addresses};
  publishing.register_jobs();

  std::atomic<bool> ready = false;
  site::Site site{catalogue, addresses, **log, clock, [&ready] { return ready.load(); }};
  api::Api api{publishing, **database, runner, clock, addresses};
  public_handler = [&site] { return http::Handler{[&site](http::Request& request) { return site.answer(request); }}; };
  plain_handler = [&site] { return http::Handler{[&site](http::Request& request) { return site.answer_plain(request); }}; };
  control_handler = [&api] {
    return http::Handler{[&api](http::Request& request) { return api.answer(request, accounts::Granted::operator_over_all()); }};
  };

  runner.start();
  server.start();
  auto keeping = asio::co_spawn(server.main_loop(), keeper.run(), asio::use_future);
  ready = true;
  log::info("serving", {{"origin", addresses.origin()}, {"http", *http_port}, {"https", *https_port}, {"data", options.data.root.string()}});
  std::cout << "ready " << addresses.origin() << std::endl;

  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    const auto again = read_configuration(options.configuration, environment, options.overrides);
    if (!again) {
      log::error("configuration not re-read, the old one stays in force", {{"reason", again.error().message}});
      continue;
    }
    const bool needs_restart = again->origin != configuration->origin || again->http != configuration->http || again->https != configuration->https;
    keeper.set_names(names_to_keep(*again));
    configuration->certificate_names = again->certificate_names;
    configuration->former_origins = again->former_origins;
    log::info("configuration re-read", {{"needs_restart", needs_restart ? "origin, http or https changed: restart to use it" : "no"}});
  }

  log::info("draining", {{"for_at_most_seconds", kDrain.count()}});
  ready = false;
  keeper.stop();
  server.drain(kDrain);
  keeping.wait();
  runner.stop();
  (*log)->flush();
  log::info("stopped");
  return 0;
}

}  // namespace carillon::app
