// See certificate_keeping.hpp.

#include "app/certificate_keeping.hpp"

#include "accounts/store/contacts.hpp"
#include "api/keeper/keeper_documents.hpp"
#include "app/account_mails.hpp"
#include "app/keeping/default_stewardship.hpp"
#include "app/keeping/departed_stewards.hpp"
#include "app/keeping/keeper_metrics.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/drill/drill.hpp"
#include "certs/keeper/keeper_runner.hpp"
#include "certs/keeper/kept_calendar.hpp"
#include "certs/watch/peer_watch.hpp"
#include "certs/watch/watcher.hpp"
#include "crypto/hmac.hpp"
#include "crypto/inspection.hpp"
#include "jobs/repeater.hpp"
#include "notify/heartbeat.hpp"
#include "notify/smtp.hpp"
#include "notify/webhook.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace carillon::app {
namespace {

/// Steps of renewals under way at once; each waits mostly for somebody else.
constexpr std::size_t kKeeperThreads = 8;
/// For what the API asks and must wait for.
constexpr std::size_t kWorkers = 2;
constexpr std::string_view kMailChannel = "smtp";
/// Incidents are reported by others without a word to the engine: it looks this often.
constexpr std::chrono::milliseconds kIncidentsRound{1'000};
constexpr std::chrono::milliseconds kWatcherRound{5'000};
/// Somebody may sit and wait for a mail.
constexpr std::chrono::milliseconds kMailsRound{250};
constexpr std::chrono::milliseconds kHeartbeatRound{60'000};
constexpr std::size_t kCalendarToken = 32;  // hexadecimal digits: 128 bits
constexpr std::chrono::milliseconds kDepartedRound{10'000};
constexpr std::chrono::milliseconds kExternalRound{3'600'000};
constexpr std::chrono::hours kExternalWarning{24 * 30};

Result<certs::IssuerSettings> issuer_of(const IssuerSection& section) {
  certs::IssuerSettings issuer{.name = section.name,
                               .directory = section.directory,
                               .contact = section.contact,
                               .profile = section.profile,
                               .directory_trust = section.directory_ca_file,
                               .trust = section.trust,
                               .challenge = section.challenge,
                               .external = {},
                               .external_ends = {}};
  if (!section.eab_key_id.empty()) {
    const auto key = from_base64url(section.eab_hmac_key);
    if (!key)
      return fail(ErrorKind::invalid, "“certificates.issuers.eab_hmac_key” of “" + section.name + "” is not base64url, as CAs hand it out.",
                  "certificates.issuers.eab_hmac_key");
    issuer.external = acme::ExternalAccount{section.eab_key_id, std::string(as_text(*key))};
  }
  if (!section.eab_ends.empty()) issuer.external_ends = *parse_rfc3339(section.eab_ends);
  return issuer;
}

/// Where the master key lies: as configured, else systemd's credential, else beside the data, where it protects nothing but loose backups.
std::filesystem::path master_key_of(const Configuration& configuration, const DataFolder& data) {
  if (!configuration.master_key_file.empty()) return configuration.master_key_file;
  if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY")) {
    const auto file = std::filesystem::path(credentials) / "carillon-master-key";
    std::error_code none;
    if (std::filesystem::exists(file, none)) return file;
  }
  return data.master_key();
}

/// Those of the configuration, and those who have an account.
class PeopleToTell final : public incidents::People {
 public:
  PeopleToTell(const DefaultStewardship& configured, db::Database* accounts) : configured_{configured}, accounts_{accounts} {}

  std::vector<std::string> operators() override {
    auto all = configured_.operators();
    if (!accounts_) return all;
    for (auto& one : known(accounts::operators_now(*accounts_))) {
      if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
    }
    return all;
  }
  std::vector<std::string> owners(const std::string& network) override {
    return accounts_ ? known(accounts::owners_now(*accounts_, network)) : std::vector<std::string>{};
  }
  std::vector<std::string> departed() override {
    return accounts_ ? known(accounts::departed_now(*accounts_)) : std::vector<std::string>{};
  }

 private:
  /// Those of the configuration are told even when the database can't be read.
  static std::vector<std::string> known(Result<std::vector<std::string>> read) {
    if (read) return std::move(*read);
    log::error("people who have to be told could not be read", {{"reason", read.error().message}});
    return {};
  }

  const DefaultStewardship& configured_;
  db::Database* accounts_;
};

}  // namespace

std::string host_of(std::string_view origin) {
  origin.remove_prefix(origin.find("//") + 2);
  if (origin.starts_with('[')) return std::string(origin.substr(1, origin.find(']') - 1));
  return std::string(origin.substr(0, origin.find(':')));
}

std::vector<crypto::Certificate> roots_of(const Configuration& configuration) {
  std::vector<crypto::Certificate> roots;
  for (const auto& issuer : configuration.issuers) {
    if (issuer.trust.empty() || issuer.trust == "public") continue;
    const auto pem = read_file(issuer.trust);
    auto read = pem ? crypto::roots_from_pem(*pem) : Result<std::vector<crypto::Certificate>>{std::unexpected(pem.error())};
    if (!read)
      log::error("the roots of an issuer cannot be read", {{"issuer", issuer.name}, {"reason", read.error().message}});
    else
      std::ranges::move(*read, std::back_inserter(roots));
  }
  return roots;
}

struct CertificateKeeping::Impl {
  Impl(const Parts& parts_, crypto::MasterKey master_, const Configuration& configuration)
      : parts{parts_}, master{std::move(master_)}, stewardship{configuration, parts_.has_accounts ? &parts_.database : nullptr} {}

  Parts parts;
  crypto::MasterKey master;
  DefaultStewardship stewardship;
  std::uint16_t port = 443;
  std::string link_key;
  std::unique_ptr<http::Outgoing> outgoing;
  std::unique_ptr<dns::Resolver> resolver;
  std::unique_ptr<certs::Prober> prober;
  std::unique_ptr<certs::LocalCa> local_ca;
  acme::ChallengeBoard challenges;
  certs::CertificateTable table{&challenges};
  std::unique_ptr<PeopleToTell> people;
  std::vector<std::unique_ptr<notify::Channel>> channels;
  std::vector<notify::Channel*> channel_list;
  std::unique_ptr<incidents::ChannelOrders> channel_orders;
  std::unique_ptr<incidents::Incidents> incidents;
  std::unique_ptr<certs::Keeper> keeper;
  std::unique_ptr<certs::Watcher> watcher;
  std::unique_ptr<certs::PeerWatch> peers;
  std::unique_ptr<AccountMails> mails;
  std::unique_ptr<notify::Heartbeat> heartbeat;
  std::optional<Time> beaten;

  std::optional<jobs::Workers> workers{std::in_place, "keeper", kWorkers};
  std::unique_ptr<incidents::Acknowledging> acknowledging;
  std::unique_ptr<site::KeeperSite> site;
  std::unique_ptr<api::KeeperApi> api;

  std::unique_ptr<certs::KeeperRunner> runner;
  std::vector<std::unique_ptr<jobs::Repeater>> rounds;

  /// "incident": as GET /incidents/ID has it, but for whom messages reached.
  void tell_incident(const std::string& id) {
    const auto incident = incidents->find(id);
    if (!incident) return log::error("an event could not be delivered", {{"incident", id}, {"reason", incident.error().message}});
    auto document = api::document_of(*incident);
    document.erase("messages");
    parts.events.publish("incident", incident->report.in_charge.network, std::move(document));
  }

  /// "certificate": a line of its history.
  void tell_step(const certs::KeptName& name, const certs::HistoryLine& line) {
    auto document = api::document_of(line);
    document["name"] = name.name;
    parts.events.publish("certificate", name.in_charge.network, std::move(document));
  }

  /// Keys of external accounts end, too, and without them nothing is ordered.
  void tell_of_external_accounts() {
    for (const auto& issuer : issuers) {
      if (!issuer.external_ends) continue;
      const auto left = *issuer.external_ends - parts.clock.now();
      const auto done = parts.database.write_now([&](db::Session& session) -> Result<> {
        if (left > kExternalWarning)
          return incidents->solve(session, "external-account", issuer.name, "A new key of the external account is configured.");
        auto reported = incidents->report(
            session,
            {.kind = "external-account",
             .subject = issuer.name,
             .in_charge = {},
             .what = "The key of the external account with “" + issuer.name + "” " + (left > Duration{} ? "ends on " : "ended on ") +
                     day_text(*issuer.external_ends) + ".",
             .consequence =
                 "Afterwards the CA takes no new account from here; a new installation or a lost account key could not order certificates.",
             .remedy = "Ask the CA for a new key, put it into `eab_hmac_key_file` and its end into `eab_ends`, and restart.",
             .noticed_at = issuer.external_ends});
        if (!reported) return passed_on(reported);
        return {};
      });
      if (!done) log::error("an incident was not opened", {{"kind", "external-account"}, {"reason", done.error().message}});
    }
  }

  std::vector<certs::IssuerSettings> issuers;

  /// What a calendar program shows in the place of signing in: one for each operator, which ends with them, and the machine's own.
  [[nodiscard]] std::string calendar_token_of(const std::string& person_id) const {
    const auto purpose = person_id.empty() ? std::string{"calendar of the machine"} : "calendar of " + person_id;
    const auto mac = crypto::hmac_sha256(as_bytes(link_key), as_bytes(purpose)).hex().substr(0, kCalendarToken);
    return person_id.empty() ? mac : person_id + "-" + mac;
  }
  /// Blocks.
  [[nodiscard]] bool opens_calendar(const std::string& token) const {
    const auto dash = token.find('-');
    const auto person_id = dash == std::string::npos ? std::string{} : token.substr(0, dash);
    const auto wanted = calendar_token_of(person_id);
    if (token.size() != wanted.size() || CRYPTO_memcmp(token.data(), wanted.data(), wanted.size()) != 0) return false;
    return person_id.empty() || (parts.has_accounts && accounts::is_operator_now(parts.database, person_id).value_or(false));
  }

  [[nodiscard]] certs::Wish wish_for(std::string name) const {
    return {.name = std::move(name), .source = certs::Source::configuration, .issuer = {}, .in_charge = {}, .port = port};
  }
};

CertificateKeeping::CertificateKeeping(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

CertificateKeeping::~CertificateKeeping() {
  stop();
  impl_->workers.reset();  // finishes its work while everything that may need is still there
}

Result<std::unique_ptr<CertificateKeeping>> CertificateKeeping::create(const Parts& parts, const Configuration& configuration,
                                                                       const std::string& origin) {
  if (auto made = make_folder(parts.data.secrets()); !made) return passed_on(made);
  auto master = crypto::MasterKey::open(master_key_of(configuration, parts.data), parts.random, configuration.master_key_file.empty());
  if (!master) return passed_on(master);
  auto impl = std::make_unique<Impl>(parts, std::move(*master), configuration);

  auto outgoing = http::make_outgoing({.allow = configuration.outgoing_allow});
  if (!outgoing) return passed_on(outgoing);
  impl->outgoing = std::move(*outgoing);
  auto resolver = dns::make_resolver(configuration.dns_servers);
  if (!resolver) return passed_on(resolver);
  impl->resolver = std::move(*resolver);
  std::vector<IpNetwork> allowed;
  for (const auto& text : configuration.outgoing_allow) {
    auto network = IpNetwork::parse(text);
    if (!network) return passed_on(network);
    allowed.push_back(*network);
  }
  auto prober = certs::make_prober(*impl->resolver, std::move(allowed));
  if (!prober) return passed_on(prober);
  impl->prober = std::move(*prober);
  auto local = certs::LocalCa::open(parts.data.authority(), parts.clock, parts.random);
  if (!local) return passed_on(local);
  impl->local_ca = std::move(*local);

  if (!configuration.smtp.host.empty()) {
    const auto& smtp = configuration.smtp;
    const auto security = smtp.security == "tls"    ? notify::SmtpSecurity::tls
                          : smtp.security == "none" ? notify::SmtpSecurity::none
                                                    : notify::SmtpSecurity::starttls;
    auto channel = notify::make_smtp_channel({.host = smtp.host,
                                              .port = static_cast<std::uint16_t>(smtp.port),
                                              .security = security,
                                              .user = smtp.user,
                                              .password = smtp.password,
                                              .from = smtp.from,
                                              .ca_file = smtp.ca_file});
    if (!channel) return passed_on(channel);
    impl->channels.push_back(std::move(*channel));
  }
  if (!configuration.webhook.url.empty())
    impl->channels.push_back(notify::make_webhook_channel(
        {.url = configuration.webhook.url, .secret = configuration.webhook.secret, .reach = http::Reach::anywhere, .trust = {}},
        *impl->outgoing, parts.clock));
  for (const auto& channel : impl->channels) impl->channel_list.push_back(channel.get());

  const auto link_key = secret_in(parts.data.link_key(), parts.random);
  if (!link_key) return std::unexpected(link_key.error());
  impl->link_key = *link_key;
  impl->people = std::make_unique<PeopleToTell>(impl->stewardship, parts.has_accounts ? &parts.database : nullptr);
  impl->channel_orders = std::make_unique<incidents::ChannelOrders>(parts.database, impl->channel_list);
  impl->incidents = incidents::make_incidents(
      parts.database, parts.clock, parts.random, *impl->people,
      {.channels = impl->channel_list,
       .channels_of = [&orders = *impl->channel_orders](const std::string& person) { return orders.channels_of(person); },
       .machine = [&stewardship = impl->stewardship] { return stewardship.now(); },
       .changed = [&impl =
                       *impl](const std::string& id) { impl.parts.relay.note("incident " + id, [&impl, id] { impl.tell_incident(id); }); },
       .origin = origin,
       .link_key = impl->link_key});
  std::vector<notify::Channel*> mail_channels;  // a link that opens an account is for nobody else's eyes
  std::ranges::copy_if(impl->channel_list, std::back_inserter(mail_channels),
                       [](const auto* channel) { return channel->name() == kMailChannel; });
  impl->mails = std::make_unique<AccountMails>(AccountMails::Parts{.channels = std::move(mail_channels),
                                                                   .database = parts.database,
                                                                   .incidents = *impl->incidents,
                                                                   .clock = parts.clock,
                                                                   .random = parts.random});

  certs::KeeperSettings settings;
  for (const auto& section : configuration.issuers) {
    auto issuer = issuer_of(section);
    if (!issuer) return passed_on(issuer);
    impl->issuers.push_back(*issuer);
    settings.issuers.push_back(std::move(*issuer));
  }
  for (const auto& section : configuration.exports)
    settings.exports.push_back(
        {.name = section.name, .folder = section.folder, .command = section.command, .port = static_cast<std::uint16_t>(section.port)});
  impl->keeper = std::make_unique<certs::Keeper>(certs::World{.clock = parts.clock,
                                                              .random = parts.random,
                                                              .database = parts.database,
                                                              .outgoing = *impl->outgoing,
                                                              .resolver = *impl->resolver,
                                                              .prober = *impl->prober,
                                                              .incidents = *impl->incidents,
                                                              .table = impl->table,
                                                              .challenges = impl->challenges,
                                                              .master = impl->master,
                                                              .local_ca = impl->local_ca.get()},
                                                 std::move(settings));
  impl->keeper->on_step([&impl = *impl](const certs::KeptName& name, const certs::HistoryLine& line) { impl.tell_step(name, line); });
  if (auto started = impl->keeper->start(); !started) return passed_on(started);

  // What is watched may be signed by our own CA, too, or by one of the issuers whose roots the configuration names.
  auto roots = crypto::system_roots().value_or(std::vector<crypto::Certificate>{});
  for (auto& root : roots_of(configuration)) roots.push_back(std::move(root));
  if (const auto der = impl->local_ca->root().to_der()) {
    if (auto own = crypto::Certificate::from_der(*der)) roots.push_back(std::move(*own));
  }
  auto trust = crypto::Trust::in(roots);
  if (!trust) return passed_on(trust);
  impl->watcher = std::make_unique<certs::Watcher>(
      certs::Watcher::Parts{.database = parts.database, .prober = *impl->prober, .incidents = *impl->incidents, .clock = parts.clock},
      std::move(*trust));
  if (!configuration.peers.empty()) {
    std::vector<certs::Peer> peers;
    for (const auto& peer : configuration.peers) peers.push_back({.url = peer.url, .token = peer.token, .ca_file = peer.ca_file});
    impl->peers = std::make_unique<certs::PeerWatch>(certs::PeerWatch::Parts{.outgoing = *impl->outgoing,
                                                                             .database = parts.database,
                                                                             .incidents = *impl->incidents,
                                                                             .watcher = *impl->watcher,
                                                                             .clock = parts.clock},
                                                     std::move(peers));
    if (auto begun = impl->peers->begin(); !begun) return passed_on(begun);
  }
  if (!configuration.heartbeat.empty())
    impl->heartbeat =
        std::make_unique<notify::Heartbeat>(notify::HeartbeatSettings{.url = configuration.heartbeat, .trust = {}}, *impl->outgoing);
  return std::unique_ptr<CertificateKeeping>{new CertificateKeeping{std::move(impl)}};
}

Result<> CertificateKeeping::keep_configured(const Configuration& configuration, std::uint16_t port) {
  impl_->port = port;
  impl_->stewardship.configure(configuration);
  std::vector<certs::Wish> wishes;
  const auto add = [&](std::string name, std::uint16_t at) {
    for (const auto& wish : wishes) {
      if (wish.name == name) return;
    }
    wishes.push_back(impl_->wish_for(std::move(name)));
    wishes.back().port = at;
  };
  // Where the certificate goes to another server, that one is looked at.
  for (const auto& wanted : configuration.exports) add(wanted.name, static_cast<std::uint16_t>(wanted.port));
  const auto own = host_of(configuration.effective_origin(port));
  add(own, port);
  for (const auto& origin : configuration.former_origins) add(host_of(origin), port);
  for (const auto& name : configuration.certificate_names) add(name, port);
  add("localhost", port);
  impl_->table.set_default(own);
  return impl_->keeper->keep_only(certs::Source::configuration, wishes);
}

void CertificateKeeping::open_doors(const std::string& origin, std::function<bool()> ready,
                                    std::function<void(const http::Request& request)> refused_calendar) {
  auto& impl = *impl_;
  impl.incidents->set_origin(origin);
  incidents::Holders holders{
      .has_left = {}, .acknowledged = [&impl](const std::string& incident, const std::string& person, const std::string& address_prefix) {
        const auto recorded = impl.parts.database.write_now([&](db::Session& session) -> Result<> {
          accounts::record(session, impl.parts.clock, impl.parts.random, {.id = "", .name = person, .address_prefix = address_prefix},
                           {.network = "", .what = "incident.acknowledge", .subject = incident, .was = {}, .became = {{"by", "link"}}});
          return {};
        });
        if (!recorded)
          log::error("an entry is missing from the audit trail",
                     {{"act", "incident.acknowledge"}, {"subject", incident}, {"reason", recorded.error().message}});
      }};
  if (impl.parts.has_accounts)
    holders.has_left = [&impl](const std::string& address, Time when) {
      return accounts::has_left_now(impl.parts.database, address, when);
    };
  impl.acknowledging =
      std::make_unique<incidents::Acknowledging>(impl.parts.database, *impl.incidents, impl.parts.clock, impl.link_key, std::move(holders));
  impl.site = std::make_unique<site::KeeperSite>(
      site::KeeperSite::Parts{.challenges = impl.challenges,
                              .acknowledging = *impl.acknowledging,
                              .keeper = *impl.keeper,
                              .workers = *impl.workers,
                              .clock = impl.parts.clock,
                              .origin = origin,
                              .ready = std::move(ready),
                              .opens_calendar = [&impl](const std::string& token) { return impl.opens_calendar(token); },
                              .refused_calendar = std::move(refused_calendar),
                              .calendar = [&impl] { return certs::kept_calendar(*impl.keeper, *impl.watcher, impl.parts.clock); }});
  impl.api = std::make_unique<api::KeeperApi>(
      api::KeeperParts{.keeper = *impl.keeper,
                       .watcher = *impl.watcher,
                       .incidents = *impl.incidents,
                       .database = impl.parts.database,
                       .channels = impl.channel_list,
                       .channel_orders = *impl.channel_orders,
                       .workers = *impl.workers,
                       .clock = impl.parts.clock,
                       .random = impl.parts.random,
                       .in_charge = [&impl] { return impl.stewardship.now(); },
                       .port = impl.port,
                       .calendar_address =
                           [&impl, origin](const std::string& person_id) {
                             return origin + "/api/v1/calendar.ics?token=" + impl.calendar_token_of(person_id);
                           },
                       .drill =
                           [&impl](const std::string& scenario) {
                             return certs::run_drill(scenario, {.database = impl.parts.database,
                                                                .clock = impl.parts.clock,
                                                                .random = impl.parts.random,
                                                                .people = *impl.people,
                                                                .in_charge = impl.stewardship.now(),
                                                                .scratch = impl.parts.data.drills()});
                           }});
}

void CertificateKeeping::clock_set_back(const SetBack& jump) {
  auto& impl = *impl_;
  for (const auto& done : {impl.incidents->clock_set_back(jump), impl.watcher->clock_set_back(jump)}) {
    if (!done) log::error("dates could not be put right", {{"reason", done.error().message}});
  }
  impl.keeper->clock_set_back(jump);
}

void CertificateKeeping::start() {
  auto& impl = *impl_;
  impl.runner = std::make_unique<certs::KeeperRunner>(*impl.keeper, impl.parts.clock, kKeeperThreads);
  impl.runner->start();
  impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kIncidentsRound, [&impl] { return impl.incidents->work(); }));
  impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kWatcherRound, [&impl] { return impl.watcher->work(); }));
  impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kMailsRound, [&impl] { return impl.mails->work(); }));
  if (impl.peers)
    impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, certs::kPeerRound, [&impl] { return impl.peers->work(); }));
  impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kExternalRound, [&impl]() -> std::optional<Time> {
    impl.tell_of_external_accounts();
    return {};
  }));
  if (impl.parts.has_accounts)
    impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kDepartedRound, [&impl]() -> std::optional<Time> {
      tell_of_departed({.database = impl.parts.database,
                        .incidents = *impl.incidents,
                        .keeper = *impl.keeper,
                        .watcher = *impl.watcher,
                        .machine = [&impl] { return impl.stewardship.now(); }});
      return {};
    }));
  if (impl.heartbeat) {
    impl.rounds.push_back(std::make_unique<jobs::Repeater>(impl.parts.clock, kHeartbeatRound, [&impl]() -> std::optional<Time> {
      // Only a keeper that still finishes its rounds is alive; a process that merely runs is not.
      const auto round = impl.keeper->last_round();
      if (round && round != impl.beaten) {
        impl.beaten = round;
        impl.heartbeat->beat();
      }
      return {};
    }));
  }
  for (auto& round : impl.rounds) round->start();
}

void CertificateKeeping::stop() {
  impl_->rounds.clear();
  if (const auto lost = impl_->mails->waiting(); lost > 0)
    log::warning("mails that waited to be tried again are given up", {{"mails", lost}});
  impl_->runner.reset();
}

certs::CertificateTable& CertificateKeeping::table() noexcept { return impl_->table; }
certs::Keeper& CertificateKeeping::keeper() noexcept { return *impl_->keeper; }
http::Outgoing& CertificateKeeping::outgoing() noexcept { return *impl_->outgoing; }
incidents::Incidents& CertificateKeeping::incidents() noexcept { return *impl_->incidents; }
site::KeeperSite& CertificateKeeping::site() noexcept { return *impl_->site; }
api::KeeperApi& CertificateKeeping::api() noexcept { return *impl_->api; }

std::string CertificateKeeping::metrics() { return metrics_of(*impl_->keeper, impl_->parts.clock.now()); }

const crypto::MasterKey& CertificateKeeping::master() const noexcept { return impl_->master; }

bool CertificateKeeping::can_send_mail() const {
  return std::ranges::any_of(impl_->channel_list, [](const auto* channel) { return channel->name() == kMailChannel; });
}

bool CertificateKeeping::send_mail(std::string to, std::string subject, std::string text, Duration worth) {
  return impl_->mails->put(std::move(to), std::move(subject), std::move(text), worth);
}

}  // namespace carillon::app
