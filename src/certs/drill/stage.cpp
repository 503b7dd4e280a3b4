// See stage.hpp.

#include "certs/drill/stage.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "certs/keeper/whole_schema.hpp"
#include "crypto/certificate_maker.hpp"
#include "incidents/schema.hpp"

#include <map>

namespace carillon::certs {
namespace {

constexpr auto kStageSchema = whole_keeper_schema(incidents::kSchema);
constexpr std::string_view kIssuer = "rehearsal";

class StageResolver final : public dns::Resolver {
 public:
  Result<std::vector<std::string>> addresses(const std::string&) override { return std::vector<std::string>{"192.0.2.1"}; }
  Result<std::vector<dns::CaaRecord>> caa(const std::string&) override { return std::vector<dns::CaaRecord>{}; }
  Result<std::vector<std::string>> txt(const std::string& name) override {
    return fail(ErrorKind::not_found, name + " has no TXT records.");
  }
  Result<std::string> alias(const std::string& name) override { return fail(ErrorKind::not_found, name + " has no CNAME record."); }
  Result<std::vector<std::string>> name_servers(const std::string& name) override {
    return fail(ErrorKind::not_found, name + " has no NS record.");
  }
};

class StageProber final : public Prober {
 public:
  explicit StageProber(const CertificateTable& table) : table_{table} {}
  Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds) override {
    Sighting sighting{.address = "192.0.2.1:443", .chain = {}, .serial = {}, .not_after = {}, .protocol = "TLSv1.3", .failure = {}};
    if (const auto served = table_.certificate_for(target.host)) {
      sighting.chain = served->chain_der;
      if (const auto leaf = crypto::Certificate::from_der(served->chain_der.front())) {
        sighting.serial = leaf->serial_hex();
        sighting.not_after = leaf->not_after();
      }
    } else {
      sighting.obstacle = Obstacle::not_tls;
      sighting.failure = Error{ErrorKind::unavailable, "192.0.2.1:443 serves no certificate.", {}};
    }
    return std::vector{sighting};
  }

 private:
  const CertificateTable& table_;
};

}  // namespace

Stage::~Stage() { keeper.reset(); }

Result<std::unique_ptr<Stage>> Stage::build(const std::string& name, const DrillParts& parts, const std::filesystem::path& folder) {
  std::unique_ptr<Stage> stage{new Stage{name, parts}};
  if (auto made = make_folder(folder); !made) return forward_error(made);
  auto& world = *stage;
  world.resolver = std::make_unique<StageResolver>();
  world.board = std::make_unique<acme::ChallengeBoard>();
  world.table = std::make_unique<CertificateTable>(world.board.get());
  world.prober = std::make_unique<StageProber>(*world.table);
  auto ca = testca::Authority::create(world.clock, parts.random, [board = world.board.get()](const testca::Validation& asked) -> Result<> {
    if (board->http_answer(asked.token) == asked.key_authorization) return {};
    return fail(ErrorKind::invalid, "the challenge response is missing", "unauthorized");
  });
  if (!ca) return forward_error(ca);
  world.ca = std::move(*ca);
  const auto roots = folder / "roots.pem";
  if (auto written = write_file(roots, world.ca->roots_pem().front()); !written) return forward_error(written);
  auto database = db::Database::open(folder / "stage.db", kStageSchema);
  if (!database) return forward_error(database);
  world.database = std::move(*database);
  std::array<unsigned char, 32> key{};
  parts.random.fill(std::as_writable_bytes(std::span{key}));
  world.master = std::make_unique<crypto::MasterKey>(crypto::MasterKey::of(key));
  world.incidents = incidents::make_incidents(*world.database, world.clock, parts.random, parts.people,
                                              {.channels = {&world.channel},
                                               .channels_of = {},
                                               .machine = [in_charge = parts.in_charge] { return in_charge; },
                                               .origin = "https://drill.invalid",
                                               .link_key = to_hex(std::as_bytes(std::span{key}))});
  KeeperSettings settings;
  settings.issuers.push_back({.name = std::string(kIssuer),
                              .directory = world.ca->directory_url(),
                              .contact = {},
                              .profile = {},
                              .directory_trust = {},
                              .trust = roots.string(),
                              .challenge = {},
                              .external = {},
                              .external_ends = {}});
  // The watch is not what is rehearsed: looking twice a day keeps two years of drill within a second or two.
  settings.look_every = std::chrono::hours{12};
  world.keeper = std::make_unique<Keeper>(World{.clock = world.clock,
                                                .random = parts.random,
                                                .database = *world.database,
                                                .outgoing = *world.ca,
                                                .resolver = *world.resolver,
                                                .prober = *world.prober,
                                                .incidents = *world.incidents,
                                                .table = *world.table,
                                                .challenges = *world.board,
                                                .master = *world.master,
                                                .local_ca = nullptr},
                                          std::move(settings));
  if (auto started = world.keeper->start(); !started) return forward_error(started);
  return stage;
}

void Stage::note(std::string what, std::string detail) { notes_.push_back({now() - began, std::move(what), std::move(detail)}); }

bool Stage::go_on(Duration within, const std::function<bool()>& done) {
  const auto end = now() + within;
  while (true) {
    while (keeper->work()) {
      if (done && done()) return true;
    }
    const auto told_next = incidents->work();
    if (done && done()) return true;
    auto next = keeper->next().value_or(end);
    if (told_next) next = std::min(next, *told_next);
    if (next >= end) {
      clock.turn_to(end);
      while (keeper->work()) {}
      (void)incidents->work();
      return done && done();
    }
    clock.turn_to(next);
  }
}

bool Stage::is_seen() const {
  const auto status = keeper->find(name);
  return status && status->kept.step == Step::seen;
}

std::string Stage::serial() const {
  const auto served = table->certificate_for(name);
  if (!served) return {};
  const auto leaf = crypto::Certificate::from_der(served->chain_der.front());
  return leaf ? leaf->serial_hex() : std::string{};
}

Result<> Stage::keep_by_acme() {
  return keeper->keep({.name = name, .source = Source::drill, .issuer = std::string(kIssuer), .in_charge = parts.in_charge, .port = 443});
}

Result<> Stage::keep_by_hand(Duration lifetime) {
  if (auto kept = keeper->keep(
          {.name = name, .source = Source::drill, .issuer = std::string(kManualIssuer), .in_charge = parts.in_charge, .port = 443});
      !kept)
    return kept;
  return import(lifetime);
}

Result<> Stage::import(Duration lifetime) {
  auto root_key = crypto::PrivateKey::generate_p256();
  auto key = crypto::PrivateKey::generate_p256();
  if (!root_key) return forward_error(root_key);
  if (!key) return forward_error(key);
  const auto root = crypto::make_root({.common_name = "Rehearsal root",
                                       .not_before = now() - std::chrono::hours{1},
                                       .not_after = now() + lifetime * 2,
                                       .permitted_dns = {"invalid"},
                                       .permitted_networks = {"192.0.2.0/255.255.255.0"}},
                                      *root_key, parts.random);
  if (!root) return std::unexpected(root.error());
  const auto leaf = crypto::make_leaf(
      {.common_name = "rehearsal", .names = {name}, .not_before = now() - std::chrono::hours{1}, .not_after = now() + lifetime}, *key,
      *root, *root_key, parts.random);
  if (!leaf) return std::unexpected(leaf.error());
  const auto chain = leaf->to_pem();
  const auto key_pem = key->to_pem();
  if (!chain) return std::unexpected(chain.error());
  if (!key_pem) return std::unexpected(key_pem.error());
  const auto imported = keeper->import_certificate(name, *chain, *key_pem);
  if (!imported) return std::unexpected(imported.error());
  for (const auto& check : imported->checks) {
    if (!check.passed) return fail(ErrorKind::internal, "The drill's own certificate was rejected: " + check.what + ".");
  }
  return {};
}

std::vector<HistoryLine> Stage::history() const { return keeper->history(name).value_or(std::vector<HistoryLine>{}); }

std::vector<DrillEvent> Stage::events() {
  // A multimap keeps what happened at the same moment in the order in which it was put.
  std::multimap<Duration, DrillEvent> ordered;
  for (const auto& note : notes_) ordered.emplace(note.after, note);
  for (const auto& line : history()) ordered.emplace(line.at - began, DrillEvent{line.at - began, line.step, line.detail});
  for (const auto& message : channel.sent)
    ordered.emplace(message.at - began, DrillEvent{message.at - began, "told", message.to + ": " + message.subject});
  std::vector<DrillEvent> all;
  for (auto& [after, event] : ordered) all.push_back(std::move(event));
  return all;
}

}  // namespace carillon::certs
