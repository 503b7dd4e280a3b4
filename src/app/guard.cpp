// The composition root of `carillon guard`. See guard.hpp.

#include "app/guard.hpp"

#include "api/events/events_api.hpp"
#include "app/certificate_keeping.hpp"
#include "app/clock_watch.hpp"
#include "app/keeping/keeper_metrics.hpp"
#include "app/running/database_watch.hpp"
#include "app/running/listeners.hpp"
#include "app/running/process.hpp"
#include "app/running/signals.hpp"
#include "app/schema.hpp"
#include "base/log.hpp"
#include "jobs/repeater.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <cstdlib>
#include <iostream>

namespace carillon::app {
namespace {

constexpr std::chrono::seconds kGuardDrain{5};
constexpr std::chrono::seconds kClockEvery{5};

asio::awaitable<http::Response> answer_control(CertificateKeeping& keeping, api::EventsApi& events, http::Request& request) {
  if (request.path == "/metrics") co_return metrics_answer(keeping.metrics());
  request.caller = accounts::Caller::operator_at_the_socket(request.peer.user);
  if (api::EventsApi::owns(request.path)) co_return co_await events.answer(request);
  if (!api::KeeperApi::owns(request.path))
    co_return http::problem(404, "not-found",
                            "This is a guard: it looks after certificates and has no shows, people or networks. Ask a server that "
                            "publishes (carillon serve).");
  co_return co_await keeping.api().answer(request);
}

}  // namespace

Result<int> guard(const ServeOptions& options) {
  const auto signals = block_signals();
  const auto read = [&] {
    return read_configuration(options.configuration, [](const char* name) -> const char* { return std::getenv(name); }, options.overrides);
  };
  auto configuration = read();
  if (!configuration) return passed_on(configuration);
  prepare_process();
  // Who gives up root takes the ports before that, and the data folder after it.
  std::optional<Result<Ports>> ports;
  if (!configuration->user.empty()) {
    ports = Ports::bind(*configuration);
    if (!*ports) return passed_on(*ports);
    if (const auto given_up = give_up_root(*configuration, options.data); !given_up) return std::unexpected(given_up.error());
  }
  const auto lock = take(options.data);
  if (!lock) return std::unexpected(lock.error());
  if (!ports) ports = Ports::bind(*configuration);
  if (!*ports) return passed_on(*ports);
  const SystemClock clock;
  SystemRandom random;
  for (const auto& path : open_to_others(options.data))
    log::warning("other users of this machine can read a file that holds secrets; `carillon doctor` says what to do",
                 {{"path", path.string()}});
  auto database = db::Database::open(options.data.guard_database(), guard_schema());
  if (!database) return passed_on(database);
  api::EventBus events{random};
  api::EventsApi events_api{events};
  api::EventRelay relay{[&events] { events.lose_track(); }};
  auto keeping = CertificateKeeping::create(
      {.data = options.data, .clock = clock, .random = random, .database = **database, .events = events, .relay = relay}, *configuration,
      configuration->effective_origin((*ports)->https.port()));
  if (!keeping) return passed_on(keeping);
  ClockWatch clock_watch{**database, clock};
  clock_watch.on_set_back([&](const SetBack& jump) { (*keeping)->clock_set_back(jump); });
  clock_watch.look();

  // One loop is plenty: a guard answers challenges and operators.
  net::Server server{server_options_of(*configuration, 1)};
  const auto guards = guards_of(*configuration, server, (*keeping)->table());
  std::atomic<bool> ready = false;
  const auto serve_with = [&server, &clock, &guards](http::Handler handler) -> net::ConnectionHandler {
    return [&server, &clock, guards, handler = std::move(handler)](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
      return http::serve(std::move(transport), handler, http::Deadlines{}, [&server] { return server.draining(); }, clock, guards);
    };
  };
  auto& parts = **keeping;
  const auto https_port = server.listen_tls(std::move((*ports)->https), parts.table(),
                                            serve_with([&parts](http::Request& request) { return parts.site().answer_guard(request); }));
  if (!https_port) return std::unexpected(https_port.error());
  const auto http_port = server.listen_plain(
      std::move((*ports)->http), serve_with([&parts](http::Request& request) { return parts.site().answer_guard_plain(request); }));
  if (!http_port) return std::unexpected(http_port.error());
  if (const auto listening = server.listen_local(
          options.data.control_socket().string(),
          serve_with([&parts, &events_api](http::Request& request) { return answer_control(parts, events_api, request); }));
      !listening)
    return std::unexpected(listening.error());

  const auto origin = configuration->effective_origin(*https_port);
  if (const auto kept = parts.keep_configured(*configuration, configuration->public_port(*https_port)); !kept)
    return std::unexpected(kept.error());
  parts.open_doors(origin, [&ready] { return ready.load(); });
  jobs::Repeater checking_database{clock, kDatabaseCheckInterval, [&, begun = false]() mutable -> std::optional<Time> {
                                     if (!std::exchange(begun, true)) return clock.now() + kDatabaseCheckDelay;
                                     check_database(**database, options.data.guard_database(), parts.incidents());
                                     return clock.now() + kDatabaseCheckInterval;
                                   }};
  relay.start();
  server.start();
  parts.start();
  checking_database.start();
  jobs::Repeater watching_clock{clock, kClockEvery, [&]() -> std::optional<Time> {
                                  clock_watch.look();
                                  return {};
                                }};
  watching_clock.start();
  ready = true;
  log::info("guarding", {{"origin", origin}, {"http", *http_port}, {"https", *https_port}, {"data", options.data.root.string()}});
  std::cout << "ready " << origin << std::endl;

  wait_for_stop(signals, read, [&](const Configuration& again) {
    const auto kept = parts.keep_configured(again, configuration->public_port(*https_port));
    if (!kept)
      log::error("names of the configuration not taken over", {{"reason", kept.error().message}});
    else
      log::info("configuration re-read", {{"note", "names and stewards are in force; issuers, channels and addresses need a restart"}});
  });
  ready = false;
  server.drain(kGuardDrain);
  checking_database.stop();
  watching_clock.stop();
  parts.stop();
  relay.stop();
  log::info("stopped");
  return 0;
}

}  // namespace carillon::app
