// See world.hpp.

#include "certs/keeper/testing/world.hpp"

#include "base/file.hpp"

#include <algorithm>
#include <stdexcept>

namespace carillon::certs::testing {

Result<http::OutgoingAnswer> Crossroads::exchange(const http::OutgoingRequest& request) {
  for (const auto& [name, authority] : authorities) {
    const auto directory = authority->directory_url();
    if (request.url.starts_with(directory.substr(0, directory.rfind('/') + 1))) return authority->exchange(request);
  }
  return fail(ErrorKind::unavailable, "No server responds at " + request.url + ".");
}

KeeperWorld::KeeperWorld(testca::Settings ca_settings, std::vector<std::string> more_issuers) {
  const auto validate = [this](const testca::Validation& validation) -> Result<> {
    if (resolver.is_broken(validation.name)) return fail(ErrorKind::invalid, "no address for " + validation.name, "dns");
    if (validation.type == "dns-persist-01") {
      const auto texts = resolver.txt("_validation-persist." + validation.name);
      const auto wanted = validation.issuer_domains.front() + "; accounturi=" + validation.account;
      if (!texts || std::ranges::none_of(*texts, [&](const std::string& one) { return one.starts_with(wanted); }))
        return fail(ErrorKind::refused, "no permission for " + validation.name, "unauthorized");
      return {};
    }
    if (challenges->http_answer(validation.token) != validation.key_authorization)
      return fail(ErrorKind::invalid, "wrong answer for " + validation.name, "unauthorized");
    return {};
  };
  more_issuers.insert(more_issuers.begin(), "first");
  for (const auto& name : more_issuers) {
    auto of_this = ca_settings;
    if (name != "first") of_this.origin = "https://" + name + ".test";
    auto made = testca::Authority::create(clock, ca_random, validate, std::move(of_this));
    if (!made) throw std::runtime_error(made.error().message);
    const auto& authority = crossroads.authorities.emplace(name, std::move(*made)).first->second;
    const auto roots = folder.path() / (name + "-roots.pem");
    if (!write_file(roots, authority->roots_pem().front())) throw std::runtime_error("the roots could not be written");
    settings.issuers.push_back(IssuerSettings{.name = name,
                                              .directory = authority->directory_url(),
                                              .contact = "ops@example.org",
                                              .profile = {},
                                              .directory_trust = {},
                                              .trust = roots.string(),
                                              .challenge = {},
                                              .external = {},
                                              .external_ends = {}});
  }
  ca = &ca_of("first");
  auto local = LocalCa::open(folder.path() / "ca", clock, random);
  if (!local) throw std::runtime_error(local.error().message);
  local_ca = std::move(*local);
  start();
}

void KeeperWorld::start() {
  keeper.reset();
  database.reset();
  challenges = std::make_unique<acme::ChallengeBoard>();
  table = std::make_unique<CertificateTable>();
  prober = std::make_unique<TableProber>(*table, resolver);
  auto opened = db::Database::open(folder.path() / "keeper.db", kKeeperSchema);
  if (!opened) throw std::runtime_error(opened.error().message);
  database = std::move(*opened);
  keeper = std::make_unique<Keeper>(outside(), settings);
  if (const auto started = keeper->start(); !started) throw std::runtime_error(started.error().message);
}

World KeeperWorld::outside() {
  return {.clock = clock,
          .random = random,
          .database = *database,
          .outgoing = crossroads,
          .resolver = resolver,
          .prober = *prober,
          .incidents = incidents,
          .table = *table,
          .challenges = *challenges,
          .master = master,
          .local_ca = local_ca.get()};
}

void KeeperWorld::settle() {
  while (keeper->work()) {}
}

bool KeeperWorld::run_until(const std::function<bool()>& done, Duration within) {
  const auto end = clock.now() + within;
  while (true) {
    while (!done() && keeper->work()) {}
    if (done()) return true;
    const auto next = keeper->next();
    if (!next || *next > end) {
      clock.set(end);
      settle();
      return done();
    }
    clock.set(std::max(*next, clock.now()));
  }
}

void KeeperWorld::run_for(Duration time) {
  run_until([] { return false; }, time);
}

void KeeperWorld::keep(const std::string& name, const std::string& issuer) {
  const auto kept = keeper->keep({.name = name,
                                  .source = Source::person,
                                  .issuer = issuer,
                                  .in_charge = {"ada@example.org", "bob@example.org", "default"},
                                  .port = 443});
  if (!kept) throw std::runtime_error(kept.error().message);
}

void KeeperWorld::keep_groups(const std::vector<std::pair<std::string, std::vector<std::string>>>& groups) {
  std::vector<NameOptions> all;
  for (const auto& [name, members] : groups)
    all.push_back({.name = name,
                   .source = Source::configuration,
                   .issuer = {},
                   .in_charge = {"ada@example.org", "bob@example.org", "default"},
                   .port = 443,
                   .members = members});
  const auto kept = keeper->keep_only(Source::configuration, all);
  if (!kept) throw std::runtime_error(kept.error().message);
}

bool KeeperWorld::is_seen(const std::string& name) const {
  const auto status = keeper->find(name);
  return status && status->kept.step == Step::seen;
}

std::vector<std::string> KeeperWorld::steps_of(const std::string& name) const {
  std::vector<std::string> steps;
  if (const auto lines = keeper->history(name)) {
    for (const auto& line : *lines) steps.push_back(line.step);
  }
  return steps;
}

std::size_t KeeperWorld::count(testca::Act act, const std::string& name) {
  std::size_t found = 0;
  ca->read_ledger([&](const testca::LedgerEntry& entry) {
    if (entry.act == act && (name.empty() || std::ranges::find(entry.names, name) != entry.names.end())) ++found;
  });
  return found;
}

std::optional<crypto::Certificate> KeeperWorld::served(const std::string& name) const {
  const auto certificate = table->certificate_for(name);
  if (!certificate) return {};
  auto leaf = crypto::Certificate::from_der(certificate->chain_der.front());
  if (!leaf) return {};
  return std::move(*leaf);
}

}  // namespace carillon::certs::testing
