// See suspensions.hpp.

#include "accounts/suspensions.hpp"

#include <soci/soci.h>

namespace carillon::accounts {
namespace {

constexpr const char* kNetworks = "SELECT slug, suspended FROM networks WHERE suspended <> ''";
constexpr const char* kShows = "SELECT slug, reason FROM suspended_shows";

void read_into(db::Session& session, const char* query, std::map<std::string, std::string, std::less<>>& reasons) {
  std::string slug, reason;
  soci::statement statement{(session.prepare << query, soci::into(slug), soci::into(reason))};
  statement.execute();
  while (statement.fetch()) reasons.emplace(slug, reason);
}

}  // namespace

std::shared_ptr<const Suspensions::Table> Suspensions::read(db::Session& session) {
  auto table = std::make_shared<Table>();
  read_into(session, kNetworks, table->networks);
  read_into(session, kShows, table->shows);
  return table;
}

Result<> Suspensions::load_now(db::Database& database) {
  const auto table = database.read_now([](db::Session& session) -> Result<std::shared_ptr<const Table>> { return read(session); });
  if (!table) return std::unexpected(table.error());
  table_.store(*table);
  return {};
}

Result<> Suspensions::reload_now(db::Database& database) {
  return database.write_now([&](db::Session& session) -> Result<> {
    database.after_commit([this, table = read(session)] { table_.store(table); });
    return {};
  });
}

void Suspensions::put_in_force(db::Database& database, db::Session& session) {
  database.note_change({.kind = std::string(kSuspensionsChange)});
  database.after_commit([this, table = read(session)] { table_.store(table); });
}

void Suspensions::set_show(db::Session& session, const std::string& slug, const std::string& reason) {
  session << "DELETE FROM suspended_shows WHERE slug = :slug", soci::use(slug);
  if (reason.empty()) return;
  session << "INSERT INTO suspended_shows (slug, reason) VALUES (:slug, :reason)", soci::use(slug), soci::use(reason);
}

bool Suspensions::is_suspended(db::Session& session, const std::string& slug) {
  int count = 0;
  session << "SELECT COUNT(*) FROM suspended_shows WHERE slug = :slug", soci::use(slug), soci::into(count);
  return count > 0;
}

std::optional<std::string> Suspensions::of(std::string_view network, std::string_view show) const {
  const auto table = table_.load();
  if (const auto found = table->networks.find(network); found != table->networks.end()) return found->second;
  if (const auto found = table->shows.find(show); found != table->shows.end()) return found->second;
  return {};
}

std::optional<std::string> Suspensions::of_show(std::string_view show) const {
  const auto table = table_.load();
  const auto found = table->shows.find(show);
  return found == table->shows.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace carillon::accounts
