// See watch_queries.hpp.

#include "certs/watch/watch_queries.hpp"

#include "base/text.hpp"
#include "certs/probe/words.hpp"

#include <soci/soci.h>

namespace carillon::certs {
namespace {

constexpr const char* kPut =
    "INSERT INTO watches (host, port, starttls, server_name, accepted, steward, deputy, network, added, next_look) "
    "VALUES (:host, :port, :starttls, :server_name, :accepted, :steward, :deputy, :network, :added, :next_look) "
    "ON CONFLICT (host, port, starttls, server_name) DO UPDATE SET accepted = excluded.accepted, steward = excluded.steward, deputy = "
    "excluded.deputy, network = excluded.network, "
    "next_look = excluded.next_look";
constexpr std::string_view kColumns =
    "SELECT host, port, starttls, server_name, accepted, steward, deputy, network, added, next_look, last_look, misses, failure, trouble, "
    "reminded, reminded_of FROM "
    "watches ";
constexpr std::string_view kByTarget = "WHERE host = :host AND port = :port AND starttls = :starttls AND server_name = :server_name";
constexpr std::string_view kInOrder = "ORDER BY host, port, starttls, server_name";
constexpr const char* kDue =
    "SELECT host, port, starttls, server_name FROM watches WHERE next_look <= :now ORDER BY next_look, host, port, starttls, server_name";
constexpr const char* kNextDue = "SELECT MIN(next_look) FROM watches";
constexpr const char* kRecord =
    "UPDATE watches SET next_look = :next_look, last_look = :last_look, misses = :misses, failure = :failure, trouble = :trouble, reminded "
    "= :reminded, "
    "reminded_of = :reminded_of "
    "WHERE host = :host AND port = :port AND starttls = :starttls AND server_name = :server_name";
constexpr const char* kRemove =
    "DELETE FROM watches WHERE host = :host AND port = :port AND starttls = :starttls AND server_name = :server_name";
constexpr const char* kForget =
    "DELETE FROM watch_sightings WHERE host = :host AND port = :port AND starttls = :starttls AND server_name = :server_name";
constexpr const char* kSee =
    "INSERT INTO watch_sightings (host, port, starttls, server_name, address, at, serial, issuer, not_after, findings, failure, remark) "
    "VALUES (:host, :port, :starttls, :server_name, :address, :at, :serial, :issuer, :not_after, :findings, :failure, :remark)";
constexpr const char* kSeen =
    "SELECT address, at, serial, issuer, not_after, findings, failure, remark FROM watch_sightings "
    "WHERE host = :host AND port = :port AND starttls = :starttls AND server_name = :server_name ORDER BY address";

// See base/set_back.hpp.
constexpr const char* kLookNow = "UPDATE watches SET next_look = :now WHERE next_look > :later";
constexpr const char* kLookedByNow = "UPDATE watches SET last_look = :now WHERE last_look > :later";
constexpr const char* kRemindedByNow = "UPDATE watches SET reminded = :now WHERE reminded > :later";
constexpr const char* kSeenByNow = "UPDATE watch_sightings SET at = :now WHERE at > :later";

/// A target as columns.
struct Key {
  explicit Key(const Target& target)
      : host{target.host}, port{target.port}, starttls{name_of(target.starttls)}, server_name{target.server_name} {}
  std::string host;
  int port;
  std::string starttls;
  std::string server_name;
};

Target target_of(const std::string& host, int port, const std::string& starttls, const std::string& server_name) {
  return {.host = host,
          .port = static_cast<std::uint16_t>(port),
          .starttls = starttls_named(starttls).value_or(StartTls::none),
          .server_name = server_name};
}

/// A time that may be NULL, on its way in or out. SOCI keeps references to what stands in `use`, its default arguments included: it has to
/// stand in the very expression that binds it.
struct Moment {
  Moment() = default;
  explicit Moment(const std::optional<Time>& time) : count{time ? to_microseconds(*time) : 0}, state{time ? soci::i_ok : soci::i_null} {}
  [[nodiscard]] std::optional<Time> value() const { return state == soci::i_ok ? std::optional{from_microseconds(count)} : std::nullopt; }
  long long count = 0;
  soci::indicator state = soci::i_null;
};

template <class... Use>
std::vector<Watch> rows(db::Session& session, std::string_view condition, Use... uses) {
  Watch row;
  std::string host, starttls, server_name, accepted, trouble;
  int port = 0;
  long long added = 0, next_look = 0;
  Moment last_look, reminded, reminded_of;
  soci::statement statement =
      (((session.prepare << kColumns << condition), soci::into(host), soci::into(port), soci::into(starttls), soci::into(server_name),
        soci::into(accepted), soci::into(row.in_charge.steward), soci::into(row.in_charge.deputy), soci::into(row.in_charge.network),
        soci::into(added), soci::into(next_look), soci::into(last_look.count, last_look.state), soci::into(row.misses),
        soci::into(row.failure), soci::into(trouble), soci::into(reminded.count, reminded.state),
        soci::into(reminded_of.count, reminded_of.state)),
       ..., uses);
  statement.execute();
  std::vector<Watch> found;
  while (statement.fetch()) {
    row.target = target_of(host, port, starttls, server_name);
    row.accepted = findings_of(accepted);
    row.added = from_microseconds(added);
    row.next_look = from_microseconds(next_look);
    row.last_look = last_look.value();
    row.reminded = reminded.value();
    row.reminded_of = reminded_of.value();
    row.trouble.clear();
    for (const auto kind : split(trouble, ' ')) {
      if (!kind.empty()) row.trouble.emplace(kind);
    }
    found.push_back(row);
  }
  return found;
}

std::vector<LastSeen> seen_at(db::Session& session, const Key& key) {
  LastSeen row;
  long long at = 0;
  Moment not_after;
  std::string findings;
  soci::statement statement =
      (session.prepare << kSeen, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name),
       soci::into(row.address), soci::into(at), soci::into(row.serial), soci::into(row.issuer),
       soci::into(not_after.count, not_after.state), soci::into(findings), soci::into(row.failure), soci::into(row.remark));
  statement.execute();
  std::vector<LastSeen> found;
  while (statement.fetch()) {
    row.at = from_microseconds(at);
    row.not_after = not_after.value();
    row.findings = findings_of(findings);
    found.push_back(row);
  }
  return found;
}

}  // namespace

Result<> put_watch(db::Session& session, const Watch& watch) {
  const Key key{watch.target};
  const long long added = to_microseconds(watch.added), next_look = to_microseconds(watch.next_look);
  const auto accepted = stored(watch.accepted);
  session << kPut, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name), soci::use(accepted),
      soci::use(watch.in_charge.steward), soci::use(watch.in_charge.deputy), soci::use(watch.in_charge.network), soci::use(added),
      soci::use(next_look);
  return {};
}

Result<std::optional<Watch>> find_watch(db::Session& session, const Target& target) {
  const Key key{target};
  auto found = rows(session, kByTarget, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name));
  if (found.empty()) return std::nullopt;
  found.front().seen = seen_at(session, key);
  return std::move(found.front());
}

Result<std::vector<Watch>> all_watches(db::Session& session) {
  auto found = rows(session, kInOrder);
  for (auto& watch : found) watch.seen = seen_at(session, Key{watch.target});
  return found;
}

Result<std::vector<Target>> due_watches(db::Session& session, Time now) {
  const long long now_count = to_microseconds(now);
  std::string host, starttls, server_name;
  int port = 0;
  soci::statement statement =
      (session.prepare << kDue, soci::use(now_count), soci::into(host), soci::into(port), soci::into(starttls), soci::into(server_name));
  statement.execute();
  std::vector<Target> due;
  while (statement.fetch()) due.push_back(target_of(host, port, starttls, server_name));
  return due;
}

Result<std::optional<Time>> next_due_look(db::Session& session) {
  Moment next;
  session << kNextDue, soci::into(next.count, next.state);
  return next.value();
}

Result<> record_look(db::Session& session, const Watch& watch) {
  const Key key{watch.target};
  const long long next_look = to_microseconds(watch.next_look);
  Moment last_look{watch.last_look}, reminded{watch.reminded}, reminded_of{watch.reminded_of};
  std::string trouble;
  for (const auto& kind : watch.trouble) trouble += (trouble.empty() ? "" : " ") + kind;
  session << kRecord, soci::use(next_look), soci::use(last_look.count, last_look.state), soci::use(watch.misses), soci::use(watch.failure),
      soci::use(trouble), soci::use(reminded.count, reminded.state), soci::use(reminded_of.count, reminded_of.state), soci::use(key.host),
      soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name);
  session << kForget, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name);
  for (const auto& seen : watch.seen) {
    const long long at = to_microseconds(seen.at);
    Moment not_after{seen.not_after};
    const auto findings = stored(seen.findings);
    session << kSee, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name), soci::use(seen.address),
        soci::use(at), soci::use(seen.serial), soci::use(seen.issuer), soci::use(not_after.count, not_after.state), soci::use(findings),
        soci::use(seen.failure), soci::use(seen.remark);
  }
  return {};
}

void clock_set_back_for_watches(db::Session& session, const SetBack& jump) {
  const long long now = to_microseconds(jump.now);
  for (const auto* sql : {kLookNow, kLookedByNow, kRemindedByNow, kSeenByNow}) session << sql, soci::use(now), soci::use(now);
}

Result<bool> remove_watch(db::Session& session, const Target& target) {
  const Key key{target};
  session << kForget, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name);
  soci::statement statement =
      (session.prepare << kRemove, soci::use(key.host), soci::use(key.port), soci::use(key.starttls), soci::use(key.server_name));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace carillon::certs
