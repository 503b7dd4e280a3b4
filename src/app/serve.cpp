// The composition root: everything is made here, in the order of the layers, and handed to whoever may know it.

#include "app/serve.hpp"

#include "ads/booking/booking.hpp"
#include "ads/booking/creative_files.hpp"
#include "announce/announcer.hpp"
#include "api/events/event_sources.hpp"
#include "api/front.hpp"
#include "api/podcast/owners.hpp"
#include "app/announcing.hpp"
#include "app/answers.hpp"
#include "app/decoding.hpp"
#include "app/housekeeping.hpp"
#include "app/keeping/departed_stewards.hpp"
#include "app/keeping/keeper_handlers.hpp"
#include "app/keeping/keeper_metrics.hpp"
#include "app/keeping/life_sign.hpp"
#include "app/keeping/secrets.hpp"
#include "app/media_references.hpp"
#include "app/nodes/followers.hpp"
#include "app/nodes/membership.hpp"
#include "app/running/ad_serving.hpp"
#include "app/running/configuration_changes.hpp"
#include "app/running/database_watch.hpp"
#include "app/running/server_metrics.hpp"
#include "app/running/service_manager.hpp"
#include "app/running/startup.hpp"
#include "app/running/statistics.hpp"
#include "app/running/traffic.hpp"
#include "app/schema.hpp"
#include "app/shows_domains.hpp"
#include "base/log.hpp"
#include "blob/store.hpp"
#include "jobs/jobs.hpp"
#include "net/asio.hpp"
#include "podcast/production/production.hpp"
#include "podcast/publishing/publishing.hpp"
#include "stats/log/request_log.hpp"
#include "uploads/uploads.hpp"

#include <iostream>

namespace carillon::app {
namespace {

/// SIGTERM drains for this long; longer downloads are cut and can be resumed.
constexpr std::chrono::seconds kDrain{30};
/// They wait for others, mostly.
constexpr std::size_t kAnnounceThreads = 4;
/// Two recordings at a time: encoding takes a core each.
constexpr std::size_t kJobThreads = 2;
/// For what blocks for a moment on the local disk: pieces of uploads, texts, covers, tags. More than two, so that the digest of a long
/// master does not hold up uploads.
constexpr std::size_t kDiskThreads = 4;
/// A publisher waits for it, and a stop.
constexpr std::chrono::seconds kDomainAnswer{2};
constexpr std::chrono::seconds kDepartedRound{10};
constexpr std::chrono::minutes kWeeklyMailsRound{10};

/// The hosts that listeners come to.
std::vector<std::string> own_names_of(const Configuration& configuration, const std::string& origin) {
  std::vector<std::string> names{host_of(origin)};
  for (const auto& former : configuration.former_origins) names.push_back(host_of(former));
  return names;
}

/// An address as it was configured, with the port that was really bound.
std::string in_use(const std::string& configured, std::uint16_t port) {
  return configured.substr(0, configured.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

Result<int> serve(ServeOptions options) {
  auto startup = Startup::begin(options);
  if (!startup) return forward_error(startup);
  const auto& configuration = startup->configuration;
  const SystemClock clock;
  SystemRandom random;

  if (const auto there = check_has_database(options.data); !there) return std::unexpected(there.error());
  auto database = db::Database::open(options.data.database(), schema());
  if (!database) return forward_error(database);
  auto membership = Membership::join(options.data, configuration, **database, clock, random);
  if (!membership) return forward_error(membership);
  auto& node = (*membership)->node();
  auto media = blob::open_disk_store(options.data.media(), random, options.data.node);
  if (!media) return forward_error(media);
  // Before the server, so that they are there as long as any connection.
  jobs::Workers disk{"disk", kDiskThreads};
  TrafficCounter traffic;
  uploads::Uploads uploads{**database, **media, disk, clock, random};
  stats::Places places{place_files_of(configuration, options.data)};
  auto log = stats::RequestLog::open({.folder = options.data.requests(),
                                      .keys = options.data.listener_keys(),
                                      .former_key = options.data.former_listener_key(),
                                      .clock = clock,
                                      .random = random,
                                      .places = [&places](const IpAddress& address) { return places.of(address); },
                                      .per_address = configuration.requests_per_address});
  if (!log) return forward_error(log);

  const auto statistics = Statistics::open(options.data, **database, clock);
  if (!statistics) return std::unexpected(statistics.error());

  api::EventBus events{random};
  api::EventRelay relay{[&events] { events.lose_track(); }};
  DefaultStewardship stewardship{configuration, database->get()};
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
                 .accounts = database->get(),
                 .origin = configuration.effective_origin(startup->ports.https.port()),
                 .link_key = secrets->link_key}};
  AccountMails mails{
      {.channels = channels->of_mail(), .database = **database, .incidents = alerts.incidents(), .clock = clock, .random = random}};
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
    const auto done = (*database)->write_now([&](db::Session& session) -> Result<> {
      jobs::clock_set_back(session, jump, podcast::kPublishJob);
      return {};
    });
    if (!done) log::error("job times could not be corrected after the clock was set back", {{"reason", done.error().message}});
  });
  clock_watch.look();
  std::unique_ptr<KeeperHandlers> keeper_handlers;

  // Listening comes before the parts that need the origin: a port of 0 is only known afterwards. Nothing is accepted until start().
  net::Server server{server_options_of(configuration, 0)};
  const auto guards = guards_of(configuration, server, certificates.table());
  http::Handler public_handler, plain_handler, control_handler;
  const http::Observer count = [&traffic](const http::Request& request, int status, ByteCount sent) {
    traffic.count(request, status, sent);
  };
  const auto https_port = server.listen_tls(std::move(startup->ports.https), certificates.table(),
                                            connections_of(server, clock, guards, [&] { return public_handler; }, count));
  if (!https_port) return std::unexpected(https_port.error());
  const auto http_port =
      server.listen_plain(std::move(startup->ports.http), connections_of(server, clock, guards, [&] { return plain_handler; }, count));
  if (!http_port) return std::unexpected(http_port.error());
  if (const auto listening = server.listen_local(options.data.control_socket().string(),
                                                 connections_of(server, clock, guards, [&] { return control_handler; }));
      !listening)
    return std::unexpected(listening.error());

  const auto announcing = announcing_of(configuration, *https_port);
  const podcast::Addresses addresses{configuration.effective_origin(*https_port),
                                     {.hubs = announcing.hubs, .podping = announcing.podping.has_value()}};
  const auto port = configuration.public_port(*https_port);
  alerts.incidents().set_origin(addresses.origin());
  if (const auto kept = certificates.keep_configured(configuration, port, true); !kept) return std::unexpected(kept.error());
  podcast::DomainTable domain_table;
  podcast::Catalogue catalogue{**database, **media, addresses};
  jobs::Runner runner{**database, clock, node.life(), kJobThreads};
  const audio::MediaProgram media_program{options.media_program};
  podcast::Publishing publishing{**database, **media, catalogue, runner, disk, clock, random, addresses, media_program};
  podcast::Production production{{.database = **database,
                                  .media = **media,
                                  .acts = publishing.acts,
                                  .tags = publishing.tags,
                                  .schedule = publishing.schedule,
                                  .jobs = runner,
                                  .program = media_program,
                                  .pictures = publishing.pictures,
                                  .clock = clock,
                                  .random = random,
                                  .keep_originals = configuration.keep_originals,
                                  .references = media_references()}};
  production.register_jobs();
  ads::Orders orders{**database};
  ads::Booking booking{
      {.database = **database, .orders = orders, .media = **media, .jobs = runner, .disk = disk, .clock = clock, .random = random}};
  ads::CreativeFiles creative_files{{.database = **database,
                                     .orders = orders,
                                     .media = **media,
                                     .jobs = runner,
                                     .program = media_program,
                                     .clock = clock,
                                     .random = random}};
  creative_files.register_jobs();
  // Hubs may be slow or gone: nothing that publishers wait for shares threads with them.
  jobs::Runner announcements{**database, clock, node.life(), kAnnounceThreads};
  announce::Announcer announcer{**database, announcements, *outside->outgoing, clock, random, addresses, announcing};
  announcer.register_jobs();
  announcer.also_at([&](const podcast::Show& show) {
    std::vector<std::string> feeds;
    for (const auto& name : domain_table.names_of(show.slug))
      feeds.push_back(addresses.at_domain(site::domain_origin(name, addresses)).feed(show));
    return feeds;
  });
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
  accounts::Accounts accounts{**database, secrets->master, clock, random};
  accounts::Refusals refusals{**database, clock, random};
  site::Studio studio{random};
  uptime::StatusBoard board;
  uptime::StatusWatch watch{{.clock = clock,
                             .database = **database,
                             .media = **media,
                             .board = board,
                             .database_file = options.data.database(),
                             .own_names = own_names_of(configuration, addresses.origin())}};
  delivery::Arrangements arrangements{**media, delivery::name_key_of(secrets->link_key)};
  KnownListeners known_listeners{places, (*statistics)->figures()};
  const auto ad_server = open_ad_server(
      {.database = **database,
       .media = **media,
       .clock = clock,
       .random = random,
       .secret = secrets->link_key,
       .orders = orders,
       .figures = (*statistics)->figures(),
       .listeners = known_listeners,
       .keep = configuration.requests_keep_days == 0 ? std::chrono::days{36'500} : std::chrono::days{configuration.requests_keep_days}});
  if (!ad_server) return std::unexpected(ad_server.error());
  site::Site site{catalogue,
                  accounts.suspensions,
                  addresses,
                  arrangements,
                  **ad_server,
                  **log,
                  clock,
                  [&ready] { return ready.load(); },
                  board,
                  configuration.former_origins,
                  [&domain_table](const std::string& host) { return domain_table.show_of(host); }};
  uptime::LostMedia lost_media{{.database = **database, .media = **media, .incidents = alerts.incidents(), .folder = options.data.media()}};
  site::Welcome welcome{accounts.links};
  auto owners = api::podcast_owners();
  owners.merge(api::ads_owners());
  api::Gate gate{{.callers = accounts.callers,
                  .networks = accounts.networks,
                  .invitations = accounts.invitations,
                  .people = accounts.people,
                  .suspensions = accounts.suspensions,
                  .database = **database,
                  .owners = std::move(owners)}};
  api::Quotas quotas{accounts.networks, **database};
  const auto resolver = dns::make_resolver(configuration.dns_servers, kDomainAnswer);
  if (!resolver) return std::unexpected(resolver.error());
  podcast::Domains domains{domain_parts_of({.database = **database,
                                            .clock = clock,
                                            .random = random,
                                            .table = domain_table,
                                            .keeper = certificates.keeper(),
                                            .resolver = **resolver,
                                            .outgoing = *outside->outgoing,
                                            .incidents = alerts.incidents(),
                                            .http_port = *http_port,
                                            .https_port = *https_port},
                                           configuration),
                           domain_settings_of(configuration, addresses.origin(), *https_port)};
  if (const auto begun = domains.start(); !begun) return std::unexpected(begun.error());
  site::OwnDomains own_domains{site};
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
                                           .http = in_use(configuration.http, *http_port),
                                           .https = in_use(configuration.https, *https_port),
                                           .streams = [&events] { return events.streams(); },
                                           .decoding = try_decoding(options.media_program)}}};
  keeper_handlers = std::make_unique<KeeperHandlers>(KeeperHandlers::Parts{
      .database = **database,
      .clock = clock,
      .random = random,
      .data = options.data,
      .stewardship = stewardship,
      .channels = *channels,
      .alerts = alerts,
      .certificates = certificates,
      .accounts = database->get(),
      .link_key = secrets->link_key,
      .origin = addresses.origin(),
      .port = port,
      .ready = [&ready] { return ready.load(); },
      .refused_calendar =
          [&refusals](const http::Request& request) {
            refusals.note({.what = accounts::Refused::calendar, .subject = {}, .address_prefix = region_of(request.peer.address)});
          }});
  api::SendMail mail;
  if (!channels->of_mail().empty())
    mail = [&mails](std::string to, std::string subject, std::string text, Duration worth) {
      return mails.put(std::move(to), std::move(subject), std::move(text), worth);
    };
  api::AccountsApi accounts_api{accounts, refusals, gate, mail, addresses.origin(), random};
  api::Idempotency idempotency{**database, secrets->master, clock, random};
  api::EventsApi events_api{events};
  stats::WeeklyMails weekly_mails{{.database = **database,
                                   .figures = (*statistics)->figures(),
                                   .channels = channels->of_mail(),
                                   .clock = clock,
                                   .random = random,
                                   .origin = [&addresses] { return addresses.origin(); },
                                   .link_key = secrets->link_key}};
  site::Unsubscribe unsubscribe{weekly_mails};
  api::StatsApi stats_api{**database, (*statistics)->figures(), weekly_mails, places, clock};
  api::AdsApi ads_api{gate, booking, (*statistics)->figures(), clock};
  api::Front front{gate,        accounts_api, keeper_handlers->api(), events_api, stats_api, ads_api,
                   podcast_api, idempotency,  accounts.revocations,   refusals,   clock};
  const PublicHandlers handlers{.gate = gate,
                                .api = front,
                                .keeper = keeper_handlers->site(),
                                .studio = studio,
                                .welcome = welcome,
                                .unsubscribe = unsubscribe,
                                .domains = own_domains,
                                .site = site,
                                .metrics = [&]() -> asio::awaitable<std::string> {
                                  // The disk may be slow to say how full it is.
                                  auto text = co_await disk.run([&] { return machine_metrics(**database, options.data, clock.now()); });
                                  text += metrics_of(certificates.keeper(), certificates.watcher(), clock.now()) + traffic.text() +
                                          connection_metrics(server);
                                  co_return text;
                                }};
  public_handler = [&](http::Request& request) { return answer_public(handlers, request); };
  plain_handler = [&](http::Request& request) { return answer_plain(keeper_handlers->site(), site, own_domains, domains, request); };
  control_handler = [&](http::Request& request) { return answer_control(handlers, request); };

  // The status page has to know something before the first one looks.
  watch.look();
  stats::Retention retention{options.data.requests(), std::chrono::days{configuration.requests_keep_days}};
  Rounds rounds;
  add_housekeeping(rounds, {.clock = clock,
                            .database = **database,
                            .node = node,
                            .incidents = alerts.incidents(),
                            .refusals = refusals,
                            .idempotency = idempotency,
                            .retention = retention,
                            .log = **log,
                            .places = places,
                            .mails = mails,
                            .domains = domains,
                            .status = watch,
                            .lost_media = lost_media,
                            .clock_watch = clock_watch});
  rounds.add(clock, stats::kRecountEvery, node.turn("figures"),
             [&figures = (*statistics)->figures()]() -> std::optional<Time> { return figures.work(); });
  rounds.add(clock, kWeeklyMailsRound, node.turn("weekly mails"), [&weekly_mails]() -> std::optional<Time> { return weekly_mails.work(); });
  rounds.add(clock, ads::kFormatsChecked, node.turn("creatives"), [&creative_files]() -> std::optional<Time> {
    if (const auto done = creative_files.round(); !done)
      log::warning("the formats of creatives could not be checked", {{"reason", done.error().message}});
    return {};
  });
  rounds.add(clock, kDepartedRound, node.turn("departed stewards"), [&]() -> std::optional<Time> {
    tell_of_departed({.database = **database,
                      .incidents = alerts.incidents(),
                      .keeper = certificates.keeper(),
                      .watcher = certificates.watcher(),
                      .machine = [&stewardship] { return stewardship.now(); }});
    return {};
  });
  add_database_checks(rounds, **database, options.data.database(), alerts.incidents(), clock, node.turn("database check"));

  follow_ads(**membership, **ad_server);
  follow_keeping(**membership, alerts, certificates);
  follow_podcasts(**membership, {.database = **database,
                                 .acts = publishing.acts,
                                 .domains = domains,
                                 .accounts = accounts,
                                 .orders = orders,
                                 .job_changed = [&sources](const std::string& id) { sources.job_changed(id); },
                                 .lose_track = [&events] { events.lose_track(); }});
  (*ad_server)->start();
  relay.start();
  (*membership)->start();
  startup->starting.reset();
  runner.start();
  announcements.start();
  server.start();
  alerts.start();
  certificates.start();
  life_sign.start();
  rounds.start();
  ready = true;
  log::info("serving", {{"origin", addresses.origin()},
                        {"http", *http_port},
                        {"https", *https_port},
                        {"data", options.data.root.string()},
                        {"most_connections", server.most_connections()}});
  std::cout << "ready " << addresses.origin() << std::endl;
  tell_service_manager("READY=1");

  auto last_read = configuration;
  wait_for_stop(startup->signals, startup->read, [&](const Configuration& again) {
    stewardship.configure(again);
    if (const auto kept = certificates.keep_configured(again, port, true); !kept)
      log::error("the certificate names in the configuration could not be applied", {{"reason", kept.error().message}});
    log_reload(configuration, last_read, again);
    last_read = again;
  });

  tell_service_manager("STOPPING=1");
  log::info("draining", {{"for_at_most_seconds", kDrain.count()}});
  ready = false;
  server.drain(kDrain);
  (*membership)->stop_following();
  domains.stop();
  (*ad_server)->stop();
  (*log)->stop_tending();
  rounds.stop();
  tell_refusals(refusals);
  if (const auto lost = mails.waiting(); lost > 0) log::warning("emails waiting for a retry were dropped", {{"mails", lost}});
  life_sign.stop();
  alerts.stop();
  certificates.stop();
  runner.stop();
  announcements.stop();
  relay.stop();
  (*log)->flush();
  (*membership)->stop();
  if (auto outcome = (*membership)->outcome(); !outcome) return forward_error(outcome);
  log::info("stopped");
  return 0;
}

}  // namespace carillon::app
