// Networks, and what all parts share. See accounts.hpp.

#include "accounts/accounts.hpp"

#include "accounts/accounts_impl.hpp"
#include "accounts/people_queries.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <stdexcept>

namespace carillon::accounts {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestReason = 1000;

/// Of good UTF-8.
std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<> check_reason(std::string_view reason) {
  if (is_utf8(reason) && characters_in(reason) <= kLongestReason) return check_one_line("reason", reason);
  return fail(ErrorKind::invalid, "The reason must be text of at most " + std::to_string(kLongestReason) + " characters.", "reason");
}

boost::json::object document_of(const Network& network) {
  return {{"name", network.name},
          {"storage_quota", network.storage_quota.value},
          {"show_quota", network.show_quota},
          {"upload_quota", network.upload_quota},
          {"suspended", network.suspended}};
}

}  // namespace

std::string digest_of(std::string_view secret) { return crypto::sha256(as_bytes(secret)).hex(); }

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<> check_name(std::string_view name) {
  if (trimmed(name).empty()) return fail(ErrorKind::invalid, "The name is empty.", "name");
  if (!is_utf8(name) || characters_in(name) > kLongestName)
    return fail(ErrorKind::invalid, "The name must be text of at most " + std::to_string(kLongestName) + " characters.", "name");
  return check_one_line("name", name);
}

std::unexpected<Error> no_such_network(const std::string& slug) {
  return fail(ErrorKind::not_found, "There is no network “" + slug + "”.", "network");
}

Accounts::Accounts(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random)
    : impl_{new Impl{.database = database, .master = master, .clock = clock, .random = random}} {
  if (const auto loaded = impl_->suspensions.load_now(database); !loaded) throw std::runtime_error(loaded.error().message);
}

Accounts::~Accounts() = default;

asio::awaitable<Result<Network>> Accounts::create_network(Caller by, std::string slug, std::string name) {
  if (!is_slug(slug)) {
    const auto proposal = slug_of(slug);
    co_return fail(ErrorKind::invalid,
                   "“" + slug + "” cannot be the slug of a network: it takes small letters, digits and single hyphens, at most 64" +
                       (proposal.empty() ? std::string(".") : "; perhaps “" + proposal + "”?"),
                   "slug");
  }
  if (auto good = check_name(name); !good) co_return passed_on(good);
  const Network made{.slug = slug, .name = name, .created = impl_->clock.now(), .storage_quota = {}, .suspended = {}};
  const auto stored = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    if (queries::network(session, slug))
      return fail(ErrorKind::conflict, "There is a network “" + slug + "” already; choose another slug.", "slug");
    queries::insert(session, made);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = slug, .what = "network.create", .subject = slug, .was = {}, .became = {{"name", name}}});
    return {};
  });
  if (!stored) co_return std::unexpected(stored.error());
  co_return made;
}

asio::awaitable<Result<Network>> Accounts::network(std::string slug) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Network> {
    auto found = queries::network(session, slug);
    if (!found) return no_such_network(slug);
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Network>>> Accounts::networks(Caller by, std::string after, std::size_t limit) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Network>> {
    return queries::networks(session, by.sees_everything() ? std::nullopt : std::optional{by.id()}, after, limit);
  });
}

asio::awaitable<Result<Network>> Accounts::edit_network(Caller by, std::string slug, NetworkEdit edit,
                                                        std::optional<std::int64_t> revision) {
  if (edit.name) {
    if (auto good = check_name(*edit.name); !good) co_return passed_on(good);
  }
  for (const auto& [field, quota] : {std::pair{"show_quota", edit.show_quota}, std::pair{"upload_quota", edit.upload_quota}}) {
    if (quota && *quota < 0) co_return fail(ErrorKind::invalid, std::string("“") + field + "” must be 0 (none) or more.", field);
  }
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Network> {
    auto network = queries::network(session, slug);
    if (!network) return no_such_network(slug);
    if (revision && *revision != network->revision)
      return fail(ErrorKind::conflict, "Somebody changed the network “" + slug + "” meanwhile; read it again and edit that.");
    const auto was = document_of(*network);
    if (edit.name) network->name = *edit.name;
    if (edit.storage_quota) network->storage_quota = *edit.storage_quota;
    if (edit.show_quota) network->show_quota = *edit.show_quota;
    if (edit.upload_quota) network->upload_quota = *edit.upload_quota;
    ++network->revision;
    queries::update(session, *network);
    record(session, impl_->clock, impl_->random, by.actor(),
           changed({.network = slug, .what = "network.edit", .subject = slug, .was = {}, .became = {}}, was, document_of(*network)));
    return std::move(*network);
  });
}

asio::awaitable<Result<Network>> Accounts::suspend_network(Caller by, std::string slug, std::string reason) {
  if (auto good = check_reason(reason); !good) co_return passed_on(good);
  auto suspended = co_await impl_->database.write([&](db::Session& session) -> Result<Network> {
    auto network = queries::network(session, slug);
    if (!network) return no_such_network(slug);
    if (network->suspended == reason) return std::move(*network);
    const auto was = document_of(*network);
    network->suspended = reason;
    ++network->revision;
    queries::update(session, *network);
    const Act act{.network = slug, .what = reason.empty() ? "network.resume" : "network.suspend", .subject = slug, .was = {}, .became = {}};
    record(session, impl_->clock, impl_->random, by.actor(), changed(act, was, document_of(*network)));
    return std::move(*network);
  });
  if (!suspended) co_return suspended;
  if (auto loaded = co_await impl_->suspensions.load(impl_->database); !loaded) co_return passed_on(loaded);
  co_return suspended;
}

asio::awaitable<Result<>> Accounts::suspend_show(Caller by, std::string network, std::string slug, std::string reason) {
  if (auto good = check_reason(reason); !good) co_return passed_on(good);
  const auto suspended = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    Suspensions::set_show(session, slug, reason);
    Act act{.network = network, .what = reason.empty() ? "show.resume" : "show.suspend", .subject = slug, .was = {}, .became = {}};
    if (!reason.empty()) act.became["reason"] = reason;
    record(session, impl_->clock, impl_->random, by.actor(), act);
    return {};
  });
  if (!suspended) co_return suspended;
  co_return co_await impl_->suspensions.load(impl_->database);
}

const Suspensions& Accounts::suspensions() const noexcept { return impl_->suspensions; }

asio::awaitable<Result<std::vector<AuditLine>>> Accounts::audit(std::optional<std::string> network, std::string before, std::size_t limit) {
  co_return co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::vector<AuditLine>> { return audit_lines(session, network, before, limit); });
}

}  // namespace carillon::accounts
