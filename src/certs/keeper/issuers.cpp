// See issuers.hpp.

#include "certs/keeper/issuers.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/solvers/standing_solver.hpp"
#include "crypto/inspection.hpp"
#include "dns/names.hpp"
#include "dns/this_machine.hpp"

namespace carillon::certs {
namespace {

constexpr std::string_view kSealedAccount = "acme-account:";
constexpr std::string_view kUnknownAccount = "accountDoesNotExist";
/// Longer than another node's request to change a key can be on its way.
constexpr std::chrono::minutes kAskAgain{5};

std::string host_of(std::string_view url) {
  const auto begin = url.find("//");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 2);
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find_first_of(":/")));
}

/// Names that mean this machine to whoever asks: no CA can look at them.
bool is_this_machine(std::string_view name) {
  return dns::is_this_machine(name) || name == "::1" || (name.starts_with("127.") && crypto::is_ip_address(name));
}

acme::Failure failure_of(Error error) { return {.error = std::move(error), .status = 0, .type = {}, .retry_after = {}}; }

}  // namespace

bool IssuerSettings::is_private() const {
  if (trust == "public") return false;
  return !trust.empty() || !directory_trust.empty() || !is_public_name(host_of(directory));
}

crypto::KeyKind key_kind_for(const NameState& name, const IssuerSettings& issuer) noexcept {
  if (name.row.is_rsa_beside()) return crypto::is_rsa(issuer.key) ? issuer.key : crypto::KeyKind::rsa2048;
  return name.rsa_beside && crypto::is_rsa(issuer.key) ? crypto::KeyKind::p256 : issuer.key;
}

Issuers::Issuers(std::vector<IssuerSettings> settings, http::Outgoing& outgoing, db::Database& database, const crypto::MasterKey& master,
                 const Clock& clock, Random& random, bool proves_in_dns)
    : settings_{std::move(settings)},
      outgoing_{outgoing},
      database_{database},
      master_{master},
      clock_{clock},
      random_{random},
      proves_in_dns_{proves_in_dns} {
  for (const auto& issuer : settings_) {
    live_.try_emplace(issuer.name);
    budgets_.try_emplace(issuer.name);
  }
}

Result<> Issuers::load() {
  return database_.read_now([this](db::Session& session) -> Result<> {
    const Lock lock{mutex_};
    for (auto& [issuer, budget] : budgets_) budget = budget_of(session, issuer, clock_.now());
    return {};
  });
}

std::vector<std::string> Issuers::candidates(const std::string& name, const std::string& name_options) const {
  if (name_options == kManualIssuer) return {};
  const bool is_public = is_public_name(name);
  std::vector<std::string> found;
  const auto may = [&](const IssuerSettings& issuer) {
    if (dns::is_wildcard(name) && !proves_in_dns_ && issuer.challenge != kDnsPersist01) return false;
    if (!name_options.empty()) return issuer.name == name_options;
    return is_public || (issuer.is_private() && !is_this_machine(name) && !crypto::is_ip_address(name));
  };
  for (const auto& issuer : settings_) {
    if (may(issuer)) found.push_back(issuer.name);
  }
  if (!is_public && (name_options.empty() || name_options == kLocalIssuer)) found.emplace_back(kLocalIssuer);
  return found;
}

std::vector<std::string> Issuers::candidates(const KeptName& name) const {
  std::optional<std::vector<std::string>> all;
  for (const auto& host : name.hosts()) {
    auto possible = candidates(host, name.name_options);
    if (!all) all = possible;
    std::erase_if(*all, [&](const std::string& issuer) { return std::ranges::find(possible, issuer) == possible.end(); });
  }
  return std::move(all).value_or(std::vector<std::string>{});
}

std::string Issuers::why_nobody_issues(const KeptName& name) const {
  if (name.name_options == kManualIssuer || !candidates(name).empty()) return {};
  if (name.is_group()) {
    for (const auto& host : name.hosts()) {
      auto alone = name;
      alone.name = host;
      alone.members.clear();
      if (auto why = why_nobody_issues(alone); !why.empty()) return why + " It is in the group “" + name.name + "”.";
    }
    return "No issuer is allowed to issue one certificate for all names of " + name.spoken() +
           ". Don't put public names and names of this machine or its network in the same group.";
  }
  if (dns::is_wildcard(name.name) && !proves_in_dns_ && !settings_.empty())
    return name.name +
           " is a wildcard. CAs verify wildcards only through DNS, but no DNS provider is configured; add one under [certificates.dns].";
  if (!name.name_options.empty())
    return "The issuer chosen for " + name.name + ", “" + name.name_options + "”, can't issue for this name or is no longer configured.";
  return settings_.empty() ? "No issuer is configured, so there is no certificate for " + name.name + " yet."
                           : "None of the configured issuers is allowed to issue for " + name.name + ".";
}

const IssuerSettings* Issuers::find(std::string_view issuer) const {
  for (const auto& one : settings_) {
    if (one.name == issuer) return &one;
  }
  return nullptr;
}

std::string Issuers::standing_issuer(const KeptName& name) const {
  if (std::ranges::none_of(settings_, [](const IssuerSettings& one) { return one.challenge == kDnsPersist01; })) return {};
  const auto possible = candidates(name);
  const auto* first = possible.empty() ? nullptr : find(possible.front());
  return first && first->challenge == kDnsPersist01 ? first->name : std::string{};
}

Rank Issuers::rank_of(std::string_view issuer) const {
  const auto* found = find(issuer);
  return found ? found->rank() : Rank::local;
}

std::optional<std::vector<crypto::Certificate>> Issuers::roots_of(std::string_view issuer) const {
  const auto* found = find(issuer);
  if (!found) return {};
  if (!found->trust.empty() && found->trust != "public") {
    const auto pem = read_file(found->trust);
    auto roots = pem ? crypto::roots_from_pem(*pem) : Result<std::vector<crypto::Certificate>>{std::unexpected(pem.error())};
    if (roots) return std::move(*roots);
    log::error("an issuer's root certificates can't be read; only the structure of its chains is checked",
               {{"issuer", issuer}, {"reason", roots.error().message}});
    return {};
  }
  if (found->is_private()) return {};
  auto roots = crypto::system_roots();
  if (roots) return std::move(*roots);
  return {};
}

/// None where the account is another CA's, or its key can't be read.
acme::Answer<std::optional<crypto::PrivateKey>> Issuers::account_key(const IssuerSettings& settings, const AccountRow& account) const {
  if (account.directory != settings.directory) return std::nullopt;
  const auto der = master_.open_sealed(account.sealed_key, std::string(kSealedAccount) + settings.name);
  if (!der) {
    // Its master key is lost, and nobody will find it here: certificates matter more than an account.
    log::error("an account key can't be decrypted; creating a new account", {{"issuer", settings.name}, {"reason", der.error().message}});
    return std::nullopt;
  }
  auto read = crypto::PrivateKey::from_der(*der);
  if (!read) return std::unexpected(failure_of(read.error()));
  return std::move(*read);
}

Result<> Issuers::update_account(const std::string& issuer, const std::function<void(AccountRow&)>& change) {
  return database_.write_now([&](db::Session& session) -> Result<> {
    auto account = find_account(session, issuer);
    if (!account) return fail(ErrorKind::not_found, "No account has been registered with “" + issuer + "”.");
    const auto before = account->sealed_key;
    change(*account);
    const bool has_new_key = account->sealed_key != before;
    put_account(session, issuer, *account);
    if (has_new_key) database_.note_change({.kind = std::string(kCaAccountChange), .subject = issuer, .detail = {}});
    return {};
  });
}

acme::Answer<bool> Issuers::finish_roll_over(const IssuerSettings& settings, AccountRow& account, crypto::PrivateKey& key) {
  const auto der = master_.open_sealed(account.next_key, std::string(kSealedAccount) + settings.name);
  if (!der) return std::unexpected(failure_of(der.error()));
  auto next = crypto::PrivateKey::from_der(*der);
  auto same = crypto::PrivateKey::from_der(*der);
  if (!next || !same) return std::unexpected(failure_of((next ? same : next).error()));
  acme::Client asking{outgoing_, acme::Issuer{settings.name, settings.directory, settings.directory_trust}, std::move(*next)};
  const auto found = asking.find_account();
  if (!found && found.error().type != kUnknownAccount) return std::unexpected(found.error());
  if (!found) {
    // Another node's request may still be on its way to the CA, so the key stays stored.
    log::info("a change of a CA account's key was interrupted: the CA has the old key", {{"issuer", settings.name}});
    return false;
  }
  const auto settled = account.next_key;
  account.url = *found;
  account.sealed_key = settled;
  account.next_key.clear();
  key = std::move(*same);
  const auto kept = update_account(settings.name, [&](AccountRow& row) {
    row.url = account.url;
    row.sealed_key = settled;
    if (row.next_key == settled) row.next_key.clear();
  });
  if (!kept) return std::unexpected(failure_of(kept.error()));
  log::info("a change of a CA account's key was interrupted: the CA has the new key", {{"issuer", settings.name}});
  return true;
}

acme::Answer<std::string> Issuers::roll_over(const std::string& issuer) {
  // Registers, and settles a change that was interrupted.
  if (const auto ready = client(issuer); !ready) return std::unexpected(ready.error());
  auto& live = live_.find(issuer)->second;
  const Lock lock{live.mutex};
  if (!live.client)
    return std::unexpected(failure_of({ErrorKind::unavailable, "The account with “" + issuer + "” is being replaced; try again.", {}}));
  auto next = crypto::PrivateKey::generate_p256();
  if (!next) return std::unexpected(failure_of(next.error()));
  const auto der = next->to_der();
  if (!der) return std::unexpected(failure_of(der.error()));
  const auto sealed = master_.seal(*der, std::string(kSealedAccount) + issuer, random_);
  if (const auto kept = update_account(issuer, [&](AccountRow& row) { row.next_key = sealed; }); !kept)
    return std::unexpected(failure_of(kept.error()));
  if (auto changed = live.client->change_key(std::move(*next)); !changed) {
    // Without a definite answer, the CA may have accepted the key: the next use asks it.
    live.client.reset();
    return std::unexpected(std::move(changed.error()));
  }
  const auto kept = update_account(issuer, [&](AccountRow& row) {
    row.sealed_key = sealed;
    if (row.next_key == sealed) row.next_key.clear();
  });
  if (!kept) return std::unexpected(failure_of(kept.error()));
  live.sealed_key = sealed;
  log::info("a CA account has a new key", {{"issuer", issuer}, {"account", live.client->account_url()}});
  return live.client->account_url();
}

acme::Answer<std::shared_ptr<acme::Client>> Issuers::client(const std::string& issuer) {
  const auto* settings = find(issuer);
  if (!settings)
    return std::unexpected(failure_of({ErrorKind::not_found, "There is no issuer named “" + issuer + "” in the configuration.", {}}));
  auto& live = live_.find(issuer)->second;
  const Lock lock{live.mutex};
  if (live.client) return live.client;

  auto account =
      database_.read_now([&](db::Session& session) -> Result<std::optional<AccountRow>> { return find_account(session, issuer); });
  if (!account) return std::unexpected(failure_of(account.error()));
  auto known = *account ? account_key(*settings, **account) : acme::Answer<std::optional<crypto::PrivateKey>>{std::nullopt};
  if (!known) return std::unexpected(std::move(known.error()));
  auto key = std::move(*known);
  if (!key) {
    auto made = crypto::PrivateKey::generate_p256();
    if (!made) return std::unexpected(failure_of(made.error()));
    const auto der = made->to_der();
    if (!der) return std::unexpected(failure_of(der.error()));
    const AccountRow fresh{settings->directory, {}, master_.seal(*der, std::string(kSealedAccount) + issuer, random_), {}};
    // Kept before it is used: a crash between the two leaves a key that finds its account again, not an account whose key is lost. When
    // another node was faster, its key is the one: two keys would be two accounts.
    auto kept = database_.write_now([&](db::Session& session) -> Result<AccountRow> {
      auto stored = find_account(session, issuer);
      const bool is_newer =
          stored && stored->directory == settings->directory && (!*account || stored->sealed_key != (*account)->sealed_key);
      if (is_newer) return std::move(*stored);
      put_account(session, issuer, fresh);
      return fresh;
    });
    if (!kept) return std::unexpected(failure_of(kept.error()));
    key = std::move(*made);
    if (kept->sealed_key != fresh.sealed_key) {
      auto theirs = account_key(*settings, *kept);
      if (!theirs) return std::unexpected(std::move(theirs.error()));
      if (!*theirs)
        return std::unexpected(failure_of({ErrorKind::unavailable, "The account of “" + issuer + "” was changed by another node.", {}}));
      key = std::move(*theirs);
    }
    *account = std::move(*kept);
  }
  if (!(*account)->next_key.empty()) {
    auto finished = finish_roll_over(*settings, **account, *key);
    if (!finished) return std::unexpected(std::move(finished.error()));
    if (!*finished) {
      live.unknown_key = (*account)->next_key;
      live.unknown_at = clock_.now();
    }
  }

  auto client = std::make_shared<acme::Client>(outgoing_, acme::Issuer{settings->name, settings->directory, settings->directory_trust},
                                               std::move(*key), (*account)->url);
  if ((*account)->url.empty() || (*account)->contact != settings->contact) {
    std::vector<std::string> contacts;
    if (!settings->contact.empty()) contacts.push_back("mailto:" + settings->contact);
    if ((*account)->url.empty()) {
      auto url = client->register_account(contacts, settings->external);
      if (!url) return std::unexpected(std::move(url.error()));
      (*account)->url = *url;
      log::info("CA account registered", {{"issuer", issuer}, {"account", *url}});
    } else if (auto updated = client->update_account(contacts); !updated) {
      if (updated.error().type == "accountDoesNotExist") (*account)->url.clear();
      // Certificates matter more than an address the CA may write to.
      log::warning("the contact of a CA account could not be changed", {{"issuer", issuer}, {"reason", updated.error().error.message}});
    }
    (*account)->contact = settings->contact;
    const auto kept = update_account(issuer, [&](AccountRow& row) {
      row.url = (*account)->url;
      row.contact = (*account)->contact;
    });
    if (!kept) return std::unexpected(failure_of(kept.error()));
  }
  live.client = client;
  live.sealed_key = (*account)->sealed_key;
  return client;
}

void Issuers::forget_account(const std::string& issuer) {
  const auto found = live_.find(issuer);
  if (found == live_.end()) return;
  const Lock lock{found->second.mutex};
  forget(issuer, found->second);
}

void Issuers::forget(const std::string& issuer, Live& live) {
  live.client.reset();
  const auto forgotten = update_account(issuer, [](AccountRow& row) { row.url.clear(); });
  if (!forgotten)
    log::error("an account that the CA doesn't know could not be deleted", {{"issuer", issuer}, {"reason", forgotten.error().message}});
}

bool Issuers::forget_lost_account(const std::string& issuer) {
  const auto found = live_.find(issuer);
  if (found == live_.end()) return false;
  auto& live = found->second;
  const Lock lock{live.mutex};
  const auto now = clock_.now();
  if (!live.client || now < live.looked_up + kAskAgain) return false;
  live.looked_up = now;
  const auto stored = live.client->account_url();
  const auto account = live.client->find_account();
  if (account ? *account == stored : account.error().type != kUnknownAccount) return false;
  log::warning("the CA has no account with the stored key; a new one is registered", {{"issuer", issuer}, {"account", stored}});
  forget(issuer, live);
  return true;
}

bool Issuers::has_other_key(const std::string& issuer) {
  const auto found = live_.find(issuer);
  if (found == live_.end()) return false;
  auto& live = found->second;
  const Lock lock{live.mutex};
  if (!live.client) return false;
  const auto account =
      database_.read_now([&](db::Session& session) -> Result<std::optional<AccountRow>> { return find_account(session, issuer); });
  if (!account || !*account) return false;
  const auto& row = **account;
  const bool was_asked = row.next_key == live.unknown_key && clock_.now() < live.unknown_at + kAskAgain;
  if (row.sealed_key == live.sealed_key && (row.next_key.empty() || was_asked)) return false;
  live.client.reset();
  return true;
}

void Issuers::account_changed(const std::string& issuer) {
  const auto found = live_.find(issuer);
  if (found == live_.end()) return;
  const Lock lock{found->second.mutex};
  found->second.client.reset();
}

void Issuers::accounts_changed() {
  for (const auto& [issuer, live] : live_) account_changed(issuer);
}

Time Issuers::next_order(const std::string& issuer, OrderKind kind) {
  const Lock lock{mutex_};
  const auto found = budgets_.find(issuer);
  return found == budgets_.end() ? Time{} : found->second.next(kind, clock_.now());
}

void Issuers::order_placed(const std::string& issuer, OrderKind kind) {
  const Lock lock{mutex_};
  if (const auto found = budgets_.find(issuer); found != budgets_.end()) found->second.placed(kind, clock_.now());
}

Time Issuers::refused_until(const std::string& issuer, const std::string& name) {
  const Lock lock{mutex_};
  const auto found = budgets_.find(issuer);
  return found == budgets_.end() ? Time{} : found->second.refused_until(name);
}

Result<bool> Issuers::reserve_order(const std::string& issuer, OrderKind kind) {
  const auto now = clock_.now();
  OrderBudget budget;
  const auto reserved = database_.write_now([&](db::Session& session) -> Result<bool> {
    budget = budget_of(session, issuer, now);
    if (budget.next(kind, now) > now) return false;
    add_order(session, issuer, kind, now);
    return true;
  });
  if (reserved && !*reserved) {
    const Lock lock{mutex_};
    if (const auto found = budgets_.find(issuer); found != budgets_.end()) found->second = std::move(budget);
  }
  return reserved;
}

void Issuers::order_refused(const std::string& issuer, const std::string& name, Duration wait, bool of_account) {
  const auto now = clock_.now();
  {
    const Lock lock{mutex_};
    if (const auto found = budgets_.find(issuer); found != budgets_.end()) found->second.refused(name, now, now + wait, of_account);
  }
  const auto noted = database_.write_now([&](db::Session& session) -> Result<> {
    add_refusal(session, issuer, of_account, now + wait);
    return {};
  });
  if (!noted) log::error("a CA's refusal could not be stored", {{"issuer", issuer}, {"reason", noted.error().message}});
}

}  // namespace carillon::certs
