// The composition root of `carillon guard`. See guard.hpp.

#include "app/guard.hpp"

#include "api/events/events_api.hpp"
#include "app/clock_watch.hpp"
#include "app/keeping/keeper_handlers.hpp"
#include "app/keeping/keeper_metrics.hpp"
#include "app/keeping/life_sign.hpp"
#include "app/keeping/secrets.hpp"
#include "app/nodes/followers.hpp"
#include "app/nodes/membership.hpp"
#include "app/running/configuration_changes.hpp"
#include "app/running/database_watch.hpp"
#include "app/running/service_manager.hpp"
#include "app/running/startup.hpp"
#include "app/schema.hpp"
#include "base/ip/address.hpp"
#include "base/log.hpp"
#include "net/asio.hpp"

#include <malloc.h>

#include <iostream>

namespace carillon::app {
namespace {

constexpr std::chrono::seconds kGuardDrain{5};
constexpr std::chrono::seconds kClockEvery{5};
/// A guard has many threads that rarely allocate: an arena for each would cost more than they ever wait for each other.
constexpr int kMostArenas = 2;

asio::awaitable<http::Response> answer_control(api::KeeperApi& api, api::EventsApi& events, Certificates& certificates, const Clock& clock,
                                               http::Request& request) {
  if (request.path == "/metrics") co_return metrics_answer(metrics_of(certificates.keeper(), certificates.watcher(), clock.now()));
  api::Asked asked{request, accounts::Caller::operator_at_the_socket(request.peer.user)};
  if (api::EventsApi::owns(request.path)) co_return co_await events.answer(asked);
  if (!api::KeeperApi::owns(request.path))
    co_return http::problem(404, "not-found",
                            "This is a guard: it only manages certificates and has no shows, people or networks. Send this request to a "
                            "podcast server (carillon serve).");
  co_return co_await api.answer(asked);
}

/// A guard that accepts HTTPS only from this machine is behind a web server, which serves the origin and forwards some paths to the guard.
bool serves_origin(const Configuration& configuration) {
  if (configuration.origin.empty()) return true;
  const auto endpoint = net::Endpoint::parse(configuration.https);
  if (!endpoint) return true;
  const auto address = IpAddress::parse(endpoint->address);
  return !address || !is_loopback(*address);
}

}  // namespace

Result<int> guard(ServeOptions options) {
  ::mallopt(M_ARENA_MAX, kMostArenas);
  auto startup = Startup::begin(options);
  if (!startup) return forward_error(startup);
  const auto& configuration = startup->configuration;
  const SystemClock clock;
  SystemRandom random;
  auto database = db::Database::open(options.data.guard_database(), guard_schema());
  if (!database) return forward_error(database);
  auto membership = Membership::join(options.data, configuration, **database, clock, random);
  if (!membership) return forward_error(membership);
  auto& node = (*membership)->node();
  api::EventBus events{random};
  api::EventsApi events_api{events};
  api::EventRelay relay{[&events] { events.lose_track(); }};
  DefaultStewardship stewardship{configuration, nullptr};
  const auto secrets = Secrets::open(options.data, configuration, random);
  if (!secrets) return std::unexpected(secrets.error());
  const auto outside = Outside::open(configuration);
  if (!outside) return std::unexpected(outside.error());
  const auto channels = Channels::open(configuration, *outside->outgoing, clock);
  if (!channels) return std::unexpected(channels.error());
  Alerts alerts{{.database = **database,
                 .clock = clock,
                 .random = random,
                 .stewardship = stewardship,
                 .channels = *channels,
                 .events = events,
                 .relay = relay,
                 .node = node,
                 .accounts = nullptr,
                 .origin = configuration.effective_origin(startup->ports.https.port()),
                 .link_key = secrets->link_key}};
  const auto opened = Certificates::open({.data = options.data,
                                          .clock = clock,
                                          .random = random,
                                          .database = **database,
                                          .outside = *outside,
                                          .incidents = alerts.incidents(),
                                          .master = secrets->master,
                                          .events = events,
                                          .node = node},
                                         configuration);
  if (!opened) return std::unexpected(opened.error());
  auto& certificates = **opened;
  LifeSign life_sign{configuration, certificates.keeper(), *outside->outgoing, clock};
  ClockWatch clock_watch{**database, clock, node.name()};
  clock_watch.on_set_back([&](const SetBack& jump) {
    if (const auto done = alerts.incidents().clock_set_back(jump); !done)
      log::error("stored times could not be corrected after the clock was set back", {{"reason", done.error().message}});
    certificates.clock_set_back(jump);
  });
  clock_watch.look();
  std::unique_ptr<KeeperHandlers> handlers;  // nothing is accepted before it is there

  // One loop is plenty: a guard answers challenges and operators.
  net::Server server{server_options_of(configuration, 1)};
  const auto guards = guards_of(configuration, server, certificates.table());
  std::atomic<bool> ready = false;
  const auto serve_with = [&](http::Handler handler) {
    return connections_of(server, clock, guards, [handler = std::move(handler)] { return handler; });
  };
  const auto https_port = server.listen_tls(std::move(startup->ports.https), certificates.table(),
                                            serve_with([&](http::Request& request) { return handlers->site().answer_guard(request); }));
  if (!https_port) return std::unexpected(https_port.error());
  const auto http_port = server.listen_plain(
      std::move(startup->ports.http), serve_with([&](http::Request& request) { return handlers->site().answer_guard_plain(request); }));
  if (!http_port) return std::unexpected(http_port.error());
  if (const auto listening = server.listen_local(options.data.control_socket().string(), serve_with([&](http::Request& request) {
                                                   return answer_control(handlers->api(), events_api, certificates, clock, request);
                                                 }));
      !listening)
    return std::unexpected(listening.error());

  const auto origin = configuration.effective_origin(*https_port);
  const auto port = configuration.public_port(*https_port);
  alerts.incidents().set_origin(origin);
  if (const auto kept = certificates.keep_configured(configuration, port, serves_origin(configuration)); !kept)
    return std::unexpected(kept.error());
  handlers = std::make_unique<KeeperHandlers>(KeeperHandlers::Parts{.database = **database,
                                                                    .clock = clock,
                                                                    .random = random,
                                                                    .data = options.data,
                                                                    .stewardship = stewardship,
                                                                    .channels = *channels,
                                                                    .alerts = alerts,
                                                                    .certificates = certificates,
                                                                    .accounts = nullptr,
                                                                    .link_key = secrets->link_key,
                                                                    .origin = origin,
                                                                    .port = port,
                                                                    .ready = [&ready] { return ready.load(); }});
  Rounds rounds;
  add_database_checks(rounds, **database, options.data.guard_database(), alerts.incidents(), clock, node.turn("database check"));
  rounds.add(clock, kClockEvery, jobs::Turn::of_each_node(), [&]() -> std::optional<Time> {
    clock_watch.look();
    return {};
  });
  follow_keeping(**membership, alerts, certificates);
  (*membership)->start();
  startup->starting.reset();
  relay.start();
  server.start();
  alerts.start();
  certificates.start();
  life_sign.start();
  rounds.start();
  ready = true;
  log::info("guarding", {{"origin", origin}, {"http", *http_port}, {"https", *https_port}, {"data", options.data.root.string()}});
  std::cout << "ready " << origin << std::endl;
  tell_service_manager("READY=1");

  auto last_read = configuration;
  wait_for_stop(startup->signals, startup->read, [&](const Configuration& again) {
    stewardship.configure(again);
    if (const auto kept = certificates.keep_configured(again, port, serves_origin(configuration)); !kept)
      log::error("the certificate names in the configuration could not be applied", {{"reason", kept.error().message}});
    log_reload(configuration, last_read, again);
    last_read = again;
  });
  tell_service_manager("STOPPING=1");
  ready = false;
  server.drain(kGuardDrain);
  (*membership)->stop_following();
  rounds.stop();
  life_sign.stop();
  alerts.stop();
  certificates.stop();
  relay.stop();
  (*membership)->stop();
  if (auto outcome = (*membership)->outcome(); !outcome) return forward_error(outcome);
  log::info("stopped");
  return 0;
}

}  // namespace carillon::app
