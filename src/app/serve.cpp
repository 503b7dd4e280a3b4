// The composition root: everything is made here, in the order of the layers, and handed to whoever may know it.

#include "app/serve.hpp"

#include "api/podcast/owners.hpp"

#include "announce/announcer.hpp"
#include "api/events/event_sources.hpp"
#include "api/front.hpp"
#include "app/certificate_keeping.hpp"
#include "app/clock_watch.hpp"
#include "app/keeping/keeper_metrics.hpp"
#include "app/media_references.hpp"
#include "app/running/database_watch.hpp"
#include "app/running/listeners.hpp"
#include "app/running/process.hpp"
#include "app/running/signals.hpp"
#include "app/schema.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "blob/store.hpp"
#include "certs/serving/local_ca.hpp"
#include "dns/resolver.hpp"
#include "incidents/token_reminders.hpp"
#include "jobs/jobs.hpp"
#include "jobs/repeater.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"
#include "podcast/domains/domains.hpp"
#include "podcast/production/production.hpp"
#include "podcast/publishing/publishing.hpp"
#include "site/domains/own_domain.hpp"
#include "site/keeper/welcome.hpp"
#include "site/site.hpp"
#include "site/studio/studio.hpp"
#include "stats/log/places.hpp"
#include "stats/log/request_log.hpp"
#include "stats/log/retention.hpp"
#include "uploads/uploads.hpp"
#include "uptime/status_watch.hpp"

#include <cstdlib>
#include <iostream>

namespace carillon::app {
namespace {

/// SIGTERM drains for this long; longer downloads are cut and can be resumed.
constexpr std::chrono::seconds kDrain{30};
/// They wait for others, mostly.
constexpr std::size_t kAnnounceThreads = 4;
/// Two recordings at a time: encoding takes a core each.
constexpr std::size_t kJobThreads = 2;
constexpr std::chrono::hours kSweepEvery{1};
/// A domain that was just added is looked at every few seconds.
constexpr std::chrono::seconds kDomainsRound{5};
/// Keys are destroyed in time, and a segment is compressed soon after it is complete; one after the other, with a breath in between.
constexpr std::chrono::seconds kTendEvery{60};
constexpr std::chrono::seconds kTendNext{1};
constexpr std::chrono::hours kTokensRound{1};
constexpr std::chrono::seconds kRefusalsRound{1};
/// A publisher waits for it, and a stop.
constexpr std::chrono::seconds kDomainAnswer{2};
constexpr std::chrono::milliseconds kDomainFetch{3'000};
constexpr ByteCount kDomainProof{1 << 10};
/// For what blocks for a moment on the local disk: pieces of uploads, texts, covers, tags. More than two, so that the digest of a long
/// master does not hold up uploads.
constexpr std::size_t kDiskThreads = 4;
constexpr std::chrono::seconds kLookEvery{10};
constexpr std::chrono::seconds kClockEvery{5};

/// What the machine measures of itself is its operators' business; a token for it needs the scope that names it.
asio::awaitable<http::Response> answer_metrics(api::Gate& gate, CertificateKeeping& keeping, http::Request& request) {
  if (auto refused = co_await gate.identify(request)) co_return std::move(*refused);
  const auto& caller = request.caller;
  if (auto refused =
          http::AdmitByPermission::refusal_of(caller.scopes ? accounts::Permission::everyone : accounts::Permission::operate, caller))
    co_return std::move(*refused);
  if (!caller.sees_everything() || (caller.scopes && !caller.scopes->contains("metrics")))
    co_return http::problem(403, "scope-missing", "Metrics are for an operator's token with the scope “metrics”.");
  co_return metrics_answer(keeping.metrics());
}

/// The keeper with what shows' domains need of it.
podcast::Domains::Certificates certificates_of(certs::Keeper& keeper) {
  return {.keep = [&keeper](const certs::Wish& wish) { return keeper.keep(wish); },
          .forget = [&keeper](const std::string& name) { return keeper.forget(name); },
          .find = [&keeper](const std::string& name) -> std::optional<certs::NameStatus> {
            auto status = keeper.find(name);
            if (!status) return {};
            return std::move(*status);
          },
          .list = [&keeper] { return keeper.list(); }};
}

/// Where the world reaches us over plain HTTP: at its own port, where HTTPS is at its own, else where we listen.
std::uint16_t http_port_of(const Configuration& configuration, std::uint16_t http_port, std::uint16_t https_port) {
  constexpr std::uint16_t kHttps = 443, kHttp = 80;
  return configuration.public_port(https_port) == kHttps ? kHttp : http_port;
}

/// Asks a name of a tenant's for something, at an address that was looked up, and at none that is not public.
podcast::Domains::Fetch fetch_of(http::Outgoing& outgoing, std::uint16_t port) {
  return [&outgoing, port](const std::string& name, const std::string& address, const std::string& path) -> Result<std::string> {
    auto answer = outgoing.exchange({.url = "http://" + name + ":" + std::to_string(port) + path,
                                     .deadline = kDomainFetch,
                                     .most = kDomainProof,
                                     .connect_to = address,
                                     .reach = http::Reach::public_only});
    if (!answer) return passed_on(answer);
    if (answer->status != 200) return fail(ErrorKind::refused, name + " answered with status " + std::to_string(answer->status) + ".");
    return std::move(answer->body);
  };
}

/// What a network was told of a domain once is no trouble for ever.
void close_old_notices(incidents::Incidents& incidents, db::Database& database, Time before) {
  const auto open = incidents.list(false);
  if (!open) return log::warning("what was told of domains cannot be closed now", {{"reason", open.error().message}});
  for (const auto& incident : *open) {
    const auto& kind = incident.report.kind;
    const bool is_notice = kind == podcast::kDomainUnproven || kind == podcast::kDomainLeft || kind == podcast::kDomainLost;
    if (!is_notice || incident.opened_at > before) continue;
    const auto closed = database.write_now([&](db::Session& session) {
      return incidents.solve(session, kind, incident.report.subject, "This notice was a week old; nothing was done about the domain.");
    });
    if (!closed) log::warning("an incident was not closed", {{"kind", kind}, {"reason", closed.error().message}});
  }
}

podcast::Domains::Telling telling_of(incidents::Incidents& incidents, db::Database& database) {
  return {.report = [&incidents](db::Session& session, const incidents::Report& report) -> Result<> {
            auto reported = incidents.report(session, report);
            if (!reported) return passed_on(reported);
            return {};
          },
          .solve = [&incidents](db::Session& session, const std::string& kind, const std::string& subject,
                                const std::string& how) { return incidents.solve(session, kind, subject, how); },
          .close_old = [&incidents, &database](Time before) { close_old_notices(incidents, database, before); }};
}

/// Hosts that are ours and no show's.
std::vector<std::string> reserved_hosts(const Configuration& configuration) {
  std::vector<std::string> hosts;
  for (const auto& origin : configuration.former_origins) hosts.push_back(lower_ascii(host_of(origin)));
  return hosts;
}

/// What answers over HTTPS.
struct Doors {
  api::Front& api;
  site::KeeperSite& keeper;
  site::Studio& studio;
  site::Welcome& welcome;
  site::OwnDomains& domains;
  site::Site& site;
};

/// A show's own domain has that show alone; then the keeper's addresses (the calendar's secret is in its address), then the API, the
/// studio, one-time links, then the site's.
asio::awaitable<http::Response> answer_public(Doors doors, http::Request& request) {
  if (doors.domains.owns(request)) co_return co_await doors.domains.answer(request);
  if (auto ours = co_await doors.keeper.answer(request)) co_return std::move(*ours);
  if (api::Front::owns(request.path)) co_return co_await doors.api.answer(request);
  if (auto page = doors.studio.answer(request)) co_return std::move(*page);
  if (auto page = co_await doors.welcome.answer(request)) co_return std::move(*page);
  co_return co_await doors.site.answer(request);
}

asio::awaitable<http::Response> answer_plain(site::KeeperSite& keeper, site::Site& site, const site::OwnDomains& domains,
                                             const podcast::Domains& claims, http::Request& request) {
  if (auto proof = keeper.challenge(request)) co_return std::move(*proof);
  if (const auto place = claims.proof_of_place(request.path)) {
    http::Response response{.status = 200};
    response.fields.set("Content-Type", "text/plain");
    response.fields.set("Cache-Control", "no-store");
    response.body = Body::of(*place);
    co_return response;
  }
  if (domains.owns(request) && !request.path.starts_with("/.well-known/")) co_return domains.answer_plain(request);
  co_return co_await site.answer_plain(request);
}

asio::awaitable<http::Response> answer_control(CertificateKeeping& keeping, api::Front& api, http::Request& request) {
  if (request.path == "/metrics") co_return metrics_answer(keeping.metrics());
  co_return co_await api.answer(request);
}

/// Whom the configuration wants told, as long as there is somebody who could read the feed: what cannot be reached is announced to nobody.
announce::AnnouncerSettings announcing_of(const Configuration& configuration, std::uint16_t https_port) {
  if (configuration.hubs.empty() && configuration.podping.endpoint.empty()) return {};
  const auto origin = configuration.effective_origin(https_port);
  if (!certs::is_public_name(host_of(origin))) {
    log::warning("nothing is announced: hubs could not read feeds at an address that is not public", {{"origin", origin}});
    return {};
  }
  announce::AnnouncerSettings settings{.hubs = configuration.hubs, .podping = {}};
  if (const auto& podping = configuration.podping; !podping.endpoint.empty())
    settings.podping = announce::Podping{.endpoint = podping.endpoint, .token = podping.token};
  return settings;
}

/// The hosts that listeners come to.
std::vector<std::string> own_names_of(const Configuration& configuration, const std::string& origin) {
  std::vector<std::string> names{host_of(origin)};
  for (const auto& former : configuration.former_origins) names.push_back(host_of(former));
  return names;
}

/// Databases of places and networks: where the configuration says, else in the data folder.
stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data) {
  const auto file = [&](const std::string& configured, const char* name) {
    return configured.empty() ? data.lists() / name : std::filesystem::path{configured};
  };
  for (const auto& configured : {configuration.places, configuration.networks, configuration.data_centres}) {
    std::error_code none;
    if (!configured.empty() && !std::filesystem::exists(configured, none))
      log::error("a file of [requests] isn't there; requests are recorded without what it would tell", {{"file", configured}});
  }
  return {.places = file(configuration.places, "places.mmdb"),
          .networks = file(configuration.networks, "networks.mmdb"),
          .data_centres = file(configuration.data_centres, "data-centres.csv")};
}

/// Makes a master once, so that what is wrong or missing is known before the first publisher comes.
Result<std::vector<audio::ConfinementLayer>> try_decoding(const std::filesystem::path& program) {
  auto layers = audio::MediaProgram{program}.probe();
  if (!layers) {
    log::error("recordings cannot be decoded", {{"reason", layers.error().message}});
    return layers;
  }
  std::string in_force, missing;
  for (const auto& layer : *layers) {
    auto& list = layer.missing.empty() ? in_force : missing;
    list += (list.empty() ? "" : "; ") + layer.name + (layer.missing.empty() ? "" : " (" + layer.missing + ")");
  }
  if (missing.empty())
    log::info("the media program is confined", {{"layers", in_force}});
  else
    log::warning("the media program is confined less than it could be", {{"layers", in_force}, {"missing", missing}});
  return layers;
}

}  // namespace

Result<int> serve(const ServeOptions& options) {
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
  if (const auto there = check_has_database(options.data); !there) return std::unexpected(there.error());
  auto database = db::Database::open(options.data.database(), schema());
  if (!database) return passed_on(database);
  auto media = blob::open_disk_store(options.data.media(), random);
  if (!media) return passed_on(media);
  // Before the server, so that they are there as long as any connection.
  jobs::Workers disk{"disk", kDiskThreads};
  uploads::Uploads uploads{**database, **media, disk, clock, random};
  stats::Places places{place_files_of(*configuration, options.data)};
  auto log = stats::RequestLog::open({.folder = options.data.requests(),
                                      .keys = options.data.listener_keys(),
                                      .former_key = options.data.former_listener_key(),
                                      .clock = clock,
                                      .random = random,
                                      .places = [&places](const IpAddress& address) { return places.of(address); },
                                      .per_address = configuration->requests_per_address});
  if (!log) return passed_on(log);

  api::EventBus events{random};
  api::EventRelay relay{[&events] { events.lose_track(); }};
  auto made = CertificateKeeping::create({.data = options.data,
                                          .clock = clock,
                                          .random = random,
                                          .database = **database,
                                          .events = events,
                                          .relay = relay,
                                          .has_accounts = true},
                                         *configuration, configuration->effective_origin((*ports)->https.port()));
  if (!made) return passed_on(made);
  auto& keeping = **made;
  ClockWatch clock_watch{**database, clock};
  clock_watch.on_set_back([&](const SetBack& jump) {
    keeping.clock_set_back(jump);
    const auto done = (*database)->write_now([&](db::Session& session) -> Result<> {
      jobs::clock_set_back(session, jump, podcast::kPublishJob);
      return {};
    });
    if (!done) log::error("the dates of jobs could not be put right", {{"reason", done.error().message}});
  });
  clock_watch.look();

  // Listening comes before the parts that need the origin: a port of 0 is only known afterwards. Nothing is accepted until start().
  net::Server server{server_options_of(*configuration, 0)};
  const auto guards = guards_of(*configuration, server, keeping.table());
  std::function<http::Handler()> public_handler, plain_handler, control_handler;
  const auto serve_with = [&server, &clock, &guards](std::function<http::Handler()>& handler) -> net::ConnectionHandler {
    return [&server, &clock, guards, &handler](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
      return http::serve(std::move(transport), handler(), http::Deadlines{}, [&server] { return server.draining(); }, clock, guards);
    };
  };
  const auto https_port = server.listen_tls(std::move((*ports)->https), keeping.table(), serve_with(public_handler));
  if (!https_port) return std::unexpected(https_port.error());
  const auto http_port = server.listen_plain(std::move((*ports)->http), serve_with(plain_handler));
  if (!http_port) return std::unexpected(http_port.error());
  if (const auto listening = server.listen_local(options.data.control_socket().string(), serve_with(control_handler)); !listening)
    return std::unexpected(listening.error());

  const auto announcing = announcing_of(*configuration, *https_port);
  const podcast::Addresses addresses{configuration->effective_origin(*https_port),
                                     {.hubs = announcing.hubs, .podping = announcing.podping.has_value()}};
  if (const auto kept = keeping.keep_configured(*configuration, configuration->public_port(*https_port)); !kept)
    return std::unexpected(kept.error());
  podcast::Catalogue catalogue{**database, **media, addresses};
  jobs::Runner runner{**database, clock, "local", kJobThreads};
  const audio::MediaProgram media_program{options.media_program};
  podcast::Publishing publishing{**database, **media, catalogue, runner, disk, clock, random, addresses};
  podcast::Production production{{.database = **database,
                                  .media = **media,
                                  .acts = publishing.acts,
                                  .tags = publishing.tags,
                                  .schedule = publishing.schedule,
                                  .jobs = runner,
                                  .program = media_program,
                                  .clock = clock,
                                  .random = random,
                                  .references = media_references()}};
  production.register_jobs();
  // Hubs may be slow or gone: nothing that publishers wait for shares threads with them.
  jobs::Runner announcements{**database, clock, "local announcements", kAnnounceThreads};
  announce::Announcer announcer{**database, announcements, keeping.outgoing(), clock, random, addresses, announcing};
  announcer.register_jobs();
  announcer.wait_while([&](const std::string& show_id) { return publishing.acts.is_behind(show_id); });
  api::EventSources sources{relay, events, **database};
  publishing.acts.on_change(
      [&](const podcast::Change& change) {
        sources.changed(change);
        announcements.wake();
      },
      [&](db::Session& session, const std::string& show_id) { return announcer.note(session, show_id); });
  for (auto* one : {&runner, &announcements}) one->on_change([&](const std::string& id) { sources.job_changed(id); });
  jobs::Runners runners{**database, clock, {&runner, &announcements}};

  std::atomic<bool> ready = false;
  accounts::Accounts accounts{**database, keeping.master(), clock, random};
  accounts::Refusals refusals{**database, clock, random};
  site::Studio studio{random};
  uptime::StatusBoard board;
  uptime::StatusWatch watch{{.clock = clock,
                             .database = **database,
                             .media = **media,
                             .board = board,
                             .database_file = options.data.database(),
                             .own_names = own_names_of(*configuration, addresses.origin())}};
  site::Site site{catalogue, accounts.suspensions,         addresses, **log, clock, [&ready] { return ready.load(); },
                  board,     configuration->former_origins};
  site::Welcome welcome{accounts.links};
  api::Gate gate{{.callers = accounts.callers,
                  .networks = accounts.networks,
                  .invitations = accounts.invitations,
                  .people = accounts.people,
                  .suspensions = accounts.suspensions,
                  .database = **database,
                  .owners = api::podcast_owners()}};
  api::Quotas quotas{accounts.networks, **database};
  const auto resolver = dns::make_resolver(configuration->dns_servers, kDomainAnswer);
  if (!resolver) return std::unexpected(resolver.error());
  podcast::DomainTable domain_table;
  podcast::Domains domains{{.database = **database,
                            .clock = clock,
                            .random = random,
                            .table = domain_table,
                            .certificates = certificates_of(keeping.keeper()),
                            .addresses = [&resolver = **resolver](const std::string& name) { return resolver.addresses(name); },
                            .texts = [&resolver = **resolver](const std::string& name) { return resolver.txt(name); },
                            .fetch = fetch_of(keeping.outgoing(), http_port_of(*configuration, *http_port, *https_port)),
                            .telling = telling_of(keeping.incidents(), **database)},
                           {.origin = addresses.origin(),
                            .host = lower_ascii(host_of(addresses.origin())),
                            .reserved = reserved_hosts(*configuration),
                            .port = configuration->public_port(*https_port)}};
  if (const auto begun = domains.start(); !begun) return std::unexpected(begun.error());
  site::OwnDomains own_domains{domain_table, site, addresses.origin()};
  api::PodcastApi podcast_api{{.gate = gate,
                               .quotas = quotas,
                               .publishing = publishing,
                               .uploads = uploads,
                               .domains = domains,
                               .database = **database,
                               .runners = runners,
                               .clock = clock,
                               .random = random,
                               .addresses = addresses,
                               .machine = {.version = CARILLON_VERSION,
                                           .started = clock.now(),
                                           .data = options.data.root,
                                           .database = options.data.database(),
                                           .streams = [&events] { return events.streams(); },
                                           .decoding = try_decoding(options.media_program)}}};
  keeping.open_doors(
      addresses.origin(), [&ready] { return ready.load(); },
      [&refusals](const http::Request& request) {
        refusals.note({.what = accounts::Refused::calendar, .subject = {}, .address_prefix = region_of(request.peer.address)});
      });
  api::SendMail mail;
  if (keeping.can_send_mail())
    mail = [&keeping](std::string to, std::string subject, std::string text, Duration worth) {
      return keeping.send_mail(std::move(to), std::move(subject), std::move(text), worth);
    };
  api::AccountsApi accounts_api{accounts, refusals, gate, mail, addresses.origin(), random};
  api::Idempotency idempotency{**database, keeping.master(), clock, random};
  api::EventsApi events_api{events};
  api::Front front{gate, accounts_api, keeping.api(), events_api, podcast_api, idempotency, accounts.revocations, refusals, clock};
  public_handler = [&] {
    return http::Handler{[&](http::Request& request) {
      if (request.path == "/metrics") return answer_metrics(gate, keeping, request);
      return answer_public({front, keeping.site(), studio, welcome, own_domains, site}, request);
    }};
  };
  plain_handler = [&] {
    return http::Handler{[&](http::Request& request) { return answer_plain(keeping.site(), site, own_domains, domains, request); }};
  };
  control_handler = [&] { return http::Handler{[&](http::Request& request) { return answer_control(keeping, front, request); }}; };

  relay.start();
  stats::Retention retention{options.data.requests(), std::chrono::days{configuration->requests_keep_days}};
  // What has ended is dropped now and then: sessions, links, answers kept for repeated writes, old requests.
  jobs::Repeater sweeping{
      clock, kSweepEvery, [&]() -> std::optional<Time> {
        for (const auto& swept : {accounts::sweep_now(**database, clock), idempotency.sweep_now(), refusals.sweep_now()}) {
          if (!swept) log::warning("what has ended could not be dropped", {{"reason", swept.error().message}});
        }
        if (const auto removed = retention.remove_old(clock.now(), std::chrono::steady_clock::now()); !removed)
          log::warning("old requests could not be removed", {{"reason", removed.error().message}});
        return clock.now() + kSweepEvery;
      }};

  // Aside from the sweeping, so that compressing keeps nothing waiting.
  jobs::Repeater tending_log{clock, kTendEvery, [&]() -> std::optional<Time> {
                               places.refresh();
                               return clock.now() + ((*log)->tend() ? kTendNext : kTendEvery);
                             }};

  jobs::Repeater telling_refusals{clock, kRefusalsRound, [&]() -> std::optional<Time> {
                                    if (const auto told = refusals.flush_now(); !told)
                                      log::warning("refusals could not be written to the audit trail", {{"reason", told.error().message}});
                                    return {};
                                  }};

  jobs::Repeater reminding_of_tokens{clock, kTokensRound, [&]() -> std::optional<Time> {
                                       incidents::remind_of_tokens(**database, keeping.incidents(), clock);
                                       return {};
                                     }};
  jobs::Repeater minding_domains{clock, kDomainsRound, [&domains] { return domains.work(); }};
  jobs::Repeater watching_clock{clock, kClockEvery, [&]() -> std::optional<Time> {
                                  clock_watch.look();
                                  return {};
                                }};
  // The status page has to know something before the first one looks.
  watch.look();
  jobs::Repeater looking{clock, kLookEvery, [&]() -> std::optional<Time> {
                           watch.look();
                           return clock.now() + kLookEvery;
                         }};

  jobs::Repeater checking_database{clock, kDatabaseCheckInterval, [&, begun = false]() mutable -> std::optional<Time> {
                                     if (!std::exchange(begun, true)) return clock.now() + kDatabaseCheckDelay;
                                     check_database(**database, options.data.database(), keeping.incidents());
                                     return clock.now() + kDatabaseCheckInterval;
                                   }};

  runner.start();
  announcements.start();
  server.start();
  keeping.start();
  sweeping.start();
  tending_log.start();
  telling_refusals.start();
  minding_domains.start();
  reminding_of_tokens.start();
  looking.start();
  checking_database.start();
  watching_clock.start();
  ready = true;
  log::info("serving", {{"origin", addresses.origin()},
                        {"http", *http_port},
                        {"https", *https_port},
                        {"data", options.data.root.string()},
                        {"most_connections", server.most_connections()}});
  std::cout << "ready " << addresses.origin() << std::endl;

  wait_for_stop(signals, read, [&](const Configuration& again) {
    const bool needs_restart =
        again.origin != configuration->origin || again.http != configuration->http || again.https != configuration->https ||
        again.user != configuration->user || again.group != configuration->group || again.connections != configuration->connections ||
        again.connections_per_address != configuration->connections_per_address || again.exempt != configuration->exempt ||
        again.trusted_proxies != configuration->trusted_proxies || again.proxy_field != configuration->proxy_field;
    const auto kept = keeping.keep_configured(again, configuration->public_port(*https_port));
    if (!kept) log::error("names of the configuration not taken over", {{"reason", kept.error().message}});
    log::info("configuration re-read",
              {{"needs_restart", needs_restart ? "[server], [limits] or [proxy] changed: restart to use it"
                                               : "issuers, channels and announcements need a restart; names do not"}});
  });

  log::info("draining", {{"for_at_most_seconds", kDrain.count()}});
  ready = false;
  server.drain(kDrain);
  domains.stop();
  minding_domains.stop();
  reminding_of_tokens.stop();
  looking.stop();
  checking_database.stop();
  watching_clock.stop();
  (*log)->stop_tending();
  tending_log.stop();
  sweeping.stop();
  telling_refusals.stop();
  if (const auto told = refusals.flush_now(); !told)
    log::warning("refusals could not be written to the audit trail", {{"reason", told.error().message}});
  keeping.stop();
  runner.stop();
  announcements.stop();
  relay.stop();
  (*log)->flush();
  log::info("stopped");
  return 0;
}

}  // namespace carillon::app
