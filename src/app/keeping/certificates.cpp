// See certificates.hpp.

#include "app/keeping/certificates.hpp"

#include "api/keeper/keeper_documents.hpp"
#include "app/keeping/issuers.hpp"
#include "base/log.hpp"
#include "crypto/inspection.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

/// Steps of renewals under way at once; each waits mostly for somebody else.
constexpr std::size_t kKeeperThreads = 8;
constexpr std::chrono::milliseconds kWatcherRound{5'000};
constexpr std::chrono::milliseconds kExternalRound{3'600'000};
/// After what other nodes did could not be read.
constexpr std::chrono::milliseconds kNamesRound{5'000};

/// New certificates are checked for revocation after this time, and other nodes show new results.
constexpr std::chrono::milliseconds kRevocationsRound{10'000};

/// Whether a package or the operator changed the trusted roots.
constexpr std::chrono::milliseconds kRootsRound{20'000};
/// Those that are well, and those that fail; so files that were lost or altered are back within a minute.
constexpr std::chrono::milliseconds kExportsRound{10'000};

std::vector<certs::Export> exports_of(const Configuration& configuration) {
  std::vector<certs::Export> all;
  for (const auto& section : configuration.exports) {
    all.push_back({.name = section.name,
                   .folder = section.folder,
                   .command = section.command,
                   .port = static_cast<std::uint16_t>(section.port),
                   .host = section.host,
                   .layout = section.layout == "haproxy" ? certs::ExportLayout::haproxy : certs::ExportLayout::files,
                   .owner = section.owner,
                   .group = section.group,
                   .mode = section.mode.empty() ? std::nullopt : std::optional{std::stoi(section.mode, nullptr, 8)},
                   .pkcs12 = section.pkcs12,
                   .passphrase = section.pkcs12_passphrase});
  }
  return all;
}

/// Each name once, at the port that was named first.
class Wishes {
 public:
  void add_group(const GroupSection& group, std::uint16_t port) {
    all_.push_back(
        {.name = group.name, .source = certs::Source::configuration, .issuer = {}, .in_charge = {}, .port = port, .members = group.names});
  }
  /// Without effect if it's the name of a group or in one.
  void add(std::string name, std::uint16_t port) {
    const bool has = std::ranges::any_of(
        all_, [&](const certs::NameOptions& one) { return one.name == name || std::ranges::find(one.members, name) != one.members.end(); });
    if (has) return;
    all_.push_back({.name = std::move(name), .source = certs::Source::configuration, .issuer = {}, .in_charge = {}, .port = port});
  }
  [[nodiscard]] const std::vector<certs::NameOptions>& all() const noexcept { return all_; }

 private:
  std::vector<certs::NameOptions> all_;
};

}  // namespace

Result<std::unique_ptr<Certificates>> Certificates::open(const Parts& parts, const Configuration& configuration) {
  std::unique_ptr<Certificates> certificates{new Certificates{parts}};
  certificates->revocations_ = std::make_unique<certs::Revocations>(
      certs::Revocations::Parts{.database = parts.database, .outgoing = *parts.outside.outgoing, .clock = parts.clock});
  certificates->revocations_->remember();
  if (auto made = certificates->make_keeper(configuration); !made) return forward_error(made);
  if (auto made = certificates->make_watcher(configuration); !made) return forward_error(made);
  if (auto made = certificates->make_peers(configuration); !made) return forward_error(made);
  return certificates;
}

Result<> Certificates::make_keeper(const Configuration& configuration) {
  auto local = certs::LocalCa::open(parts_.data.authority(), parts_.clock, parts_.random);
  if (!local) return forward_error(local);
  local_ca_ = std::move(*local);
  auto issuers = issuers_of(configuration);
  if (!issuers) return forward_error(issuers);
  issuers_ = *issuers;
  certs::KeeperSettings settings;
  settings.node = parts_.node.life();
  settings.issuers = std::move(*issuers);
  settings.exports = exports_of(configuration);
  settings.dns_providers = dns_providers_of(configuration);
  settings.longest_notice = std::chrono::days{configuration.longest_notice_days};
  keeper_ = std::make_unique<certs::Keeper>(certs::World{.clock = parts_.clock,
                                                         .random = parts_.random,
                                                         .database = parts_.database,
                                                         .outgoing = *parts_.outside.outgoing,
                                                         .resolver = *parts_.outside.resolver,
                                                         .prober = *parts_.outside.prober,
                                                         .incidents = parts_.incidents,
                                                         .table = table_,
                                                         .challenges = challenges_,
                                                         .master = parts_.master,
                                                         .local_ca = local_ca_.get(),
                                                         .revocations = revocations_.get()},
                                            std::move(settings));
  keeper_->on_step([this](const certs::KeptName& name, const certs::HistoryLine& line) { publish(name, line); });
  return keeper_->start();
}

void Certificates::publish(const certs::KeptName& name, const certs::HistoryLine& line) {
  auto document = api::document_of(line);
  document["name"] = name.name;
  parts_.events.publish("certificate", name.in_charge.network, std::move(document));
}

void Certificates::take_over_names() {
  const auto known = keeper_->synchronise();
  names_behind_ = !known || !*known;
  if (!known) log::warning("other nodes' certificates could not be read", {{"reason", known.error().message}});
}

void Certificates::publish_latest(const std::string& name, std::size_t lines) {
  const auto status = keeper_->find(name);
  const auto history = keeper_->history(name);
  if (!status || !history) return;  // it went meanwhile
  for (auto line = history->end() - static_cast<std::ptrdiff_t>(std::min(lines, history->size())); line != history->end(); ++line)
    publish(status->kept, *line);
}

void Certificates::name_changed(const std::string& name, std::size_t lines) {
  following_.post([this, name, lines] {
    take_over_names();
    publish_latest(name, lines);
  });
}

void Certificates::names_missed() {
  following_.post([this] { take_over_names(); });
}

void Certificates::account_changed(const std::string& issuer) {
  following_.post([this, issuer] { keeper_->account_changed(issuer); });
}

Result<> Certificates::make_watcher(const Configuration& configuration) {
  roots_ = std::make_unique<WatchedRoots>(configuration, local_ca_->root());
  auto trust = roots_->read();
  if (!trust) return forward_error(trust);
  watcher_ = std::make_unique<certs::Watcher>(certs::Watcher::Parts{.database = parts_.database,
                                                                    .prober = *parts_.outside.prober,
                                                                    .incidents = parts_.incidents,
                                                                    .clock = parts_.clock,
                                                                    .longest_notice = std::chrono::days{configuration.longest_notice_days},
                                                                    .revocations = revocations_.get()},
                                              std::move(*trust));
  return {};
}

void Certificates::take_roots(bool always) {
  if (!always && !roots_->have_changed()) return;
  auto trust = roots_->read();
  if (!trust) return log::error("the trusted roots could not be read; the previous ones stay in use", {{"reason", trust.error().message}});
  watcher_->set_trust(std::move(*trust));
  log::info("trusted roots reloaded", {{"file", crypto::system_roots_file()}});
}

Result<> Certificates::make_peers(const Configuration& configuration) {
  if (configuration.peers.empty()) return {};
  std::vector<certs::Peer> peers;
  for (const auto& peer : configuration.peers) peers.push_back({.url = peer.url, .token = peer.token, .ca_file = peer.ca_file});
  peers_ = std::make_unique<certs::PeerWatch>(certs::PeerWatch::Parts{.outgoing = *parts_.outside.outgoing,
                                                                      .database = parts_.database,
                                                                      .incidents = parts_.incidents,
                                                                      .watcher = *watcher_,
                                                                      .clock = parts_.clock},
                                              std::move(peers));
  return peers_->begin();
}

Result<> Certificates::keep_configured(const Configuration& configuration, std::uint16_t port, bool serves_origin) {
  Wishes all_options;
  for (const auto& group : configuration.groups) {
    const auto exported = std::ranges::find(configuration.exports, group.name, &ExportSection::name);
    all_options.add_group(group, exported == configuration.exports.end() ? port : static_cast<std::uint16_t>(exported->port));
  }
  // Where the certificate goes to another server, that one is looked at.
  for (const auto& wanted : configuration.exports) all_options.add(wanted.name, static_cast<std::uint16_t>(wanted.port));
  const auto named = [](const std::string& origin) { return dns::host_name(host_of(origin)).value_or(host_of(origin)); };
  const auto own = serves_origin ? named(configuration.effective_origin(port)) : std::string{"localhost"};
  if (serves_origin) {
    all_options.add(own, port);
    for (const auto& origin : configuration.former_origins) all_options.add(named(origin), port);
  }
  for (const auto& name : configuration.certificate_names) {
    // A second certificate goes where the first one goes.
    const auto exported = std::ranges::find(configuration.exports, certs::without_rsa_mark(name), &ExportSection::name);
    all_options.add(name, exported == configuration.exports.end() ? port : static_cast<std::uint16_t>(exported->port));
  }
  all_options.add("localhost", port);
  table_.set_default(own);
  take_roots(runner_ != nullptr);
  if (auto set = keeper_->set_exports(exports_of(configuration)); !set) return set;
  // What is wrong with one name must neither keep the server from starting nor the other names from being managed.
  if (const auto kept = keeper_->keep_only(certs::Source::configuration, all_options.all()); !kept)
    log::error("a name in the configuration can't be managed", {{"reason", kept.error().message}});
  return {};
}

void Certificates::clock_set_back(const SetBack& jump) {
  if (const auto done = watcher_->clock_set_back(jump); !done)
    log::error("stored times could not be corrected after the clock was set back", {{"reason", done.error().message}});
  if (const auto done = revocations_->clock_set_back(jump); !done)
    log::error("revocation checks could not be corrected after the clock was set back", {{"reason", done.error().message}});
  keeper_->clock_set_back(jump);
}

void Certificates::start() {
  runner_ = std::make_unique<certs::KeeperRunner>(*keeper_, parts_.clock, kKeeperThreads);
  runner_->start();
  rounds_.add(parts_.clock, kWatcherRound, parts_.node.turn("watches"), [this] { return watcher_->work(); });
  rounds_.add(parts_.clock, kRevocationsRound, parts_.node.turn("revocations"), [this] {
    keeper_->follow_revocations();
    const auto next = revocations_->work();
    keeper_->follow_revocations();
    return next;
  });
  rounds_.add(parts_.clock, kRevocationsRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
    revocations_->remember();
    return {};
  });
  rounds_.add(parts_.clock, kRootsRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
    take_roots(false);
    return {};
  });
  // Each node has its own files.
  rounds_.add(parts_.clock, kExportsRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
    keeper_->check_exports();
    return {};
  });
  rounds_.add(parts_.clock, kExportsRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
    keeper_->retry_exports();
    return {};
  });
  if (peers_) rounds_.add(parts_.clock, certs::kPeerRound, parts_.node.turn("peers"), [this] { return peers_->work(); });
  rounds_.add(parts_.clock, kExternalRound, parts_.node.turn("external accounts"), [this]() -> std::optional<Time> {
    tell_of_external_accounts(issuers_, parts_.database, parts_.incidents, parts_.clock);
    return {};
  });
  rounds_.add(parts_.clock, kNamesRound, jobs::Turn::of_each_node(), [this]() -> std::optional<Time> {
    if (names_behind_) take_over_names();
    return {};
  });
  rounds_.start();
}

void Certificates::stop() {
  if (keeper_) keeper_->stop_commands();
  rounds_.stop();
  runner_.reset();
}

}  // namespace carillon::app
