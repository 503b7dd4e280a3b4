// See inventory_queries.hpp.

#include "certs/keeper/inventory_queries.hpp"

#include "base/text.hpp"
#include "jobs/node.hpp"

#include <soci/soci.h>

#include <array>
#include <map>

namespace carillon::certs {
namespace {

constexpr std::string_view kNameColumns =
    "SELECT name, source, wish, steward, deputy, network, port, added, step, step_at, next_try, renew_at, current, issuer, failures, "
    "issuer_failures, "
    "first_failure, last_error, without_replaces, order_url, order_key, proof, fresh, window_certificate, window_start, window_end, "
    "window_draw, reminded, spare, for_spare, spare_at, spare_failures, spare_first_failure, "
    "lease_number, revision, order_names FROM certificate_names ";
constexpr std::string_view kAllNames = "ORDER BY name";
constexpr std::string_view kOneName = "WHERE name = :name";
constexpr const char* kPutName =
    "INSERT INTO certificate_names (name, source, wish, steward, deputy, network, port, added, step, step_at, next_try, renew_at, current, "
    "issuer, failures, "
    "issuer_failures, first_failure, last_error, without_replaces, order_url, order_key, proof, fresh, window_certificate, window_start, "
    "window_end, window_draw, reminded) "
    "VALUES (:name, :source, :wish, :steward, :deputy, :network, :port, :added, 'none', 0, 0, 0, '', '', 0, 0, 0, '', 0, '', '', '', '', "
    "'', 0, 0, 0, 0) "
    "ON CONFLICT (name) DO UPDATE SET source = excluded.source, wish = excluded.wish, steward = excluded.steward, deputy = "
    "excluded.deputy, "
    "network = excluded.network, port = excluded.port, revision = certificate_names.revision + 1";
constexpr const char* kRemoveName = "DELETE FROM certificate_names WHERE name = :name";
constexpr const char* kRemoveCertificates = "DELETE FROM certificates WHERE name = :name";
// A lease ends with its holder's life. While that goes on it ends by the holder's own clock, as of its last beat: nodes' clocks differ. Of
// a holder that is no node, ours has to do.
constexpr const char* kTake =
    "UPDATE certificate_names SET lease_owner = :owner, lease_until = :until, lease_number = lease_number + 1 "
    "WHERE name = :name AND (lease_owner = '' OR lease_owner = :me OR lease_until <= "
    "COALESCE((SELECT CASE WHEN nodes.ended = 0 THEN nodes.clock ELSE certificate_names.lease_until END FROM nodes "
    "WHERE nodes.life = certificate_names.lease_owner), :now))";
constexpr const char* kHolders = "SELECT DISTINCT lease_owner FROM certificate_names WHERE lease_until > 0";
constexpr const char* kFree = "UPDATE certificate_names SET lease_until = 0 WHERE lease_owner = :owner";
constexpr const char* kWriteName =
    "UPDATE certificate_names SET step = :step, step_at = :step_at, next_try = :next_try, renew_at = :renew_at, current = :current, issuer "
    "= :issuer, "
    "failures = :failures, issuer_failures = :issuer_failures, first_failure = :first_failure, last_error = :last_error, without_replaces "
    "= :without_replaces, "
    "order_url = :order_url, order_key = :order_key, proof = :proof, fresh = :fresh, window_certificate = :window_certificate, "
    "window_start = :window_start, "
    "window_end = :window_end, window_draw = :window_draw, reminded = :reminded, spare = :spare, for_spare = :for_spare, spare_at = "
    ":spare_at, "
    "order_names = :order_names, spare_failures = :spare_failures, spare_first_failure = :spare_first_failure, lease_until = :until, "
    "revision = revision + 1 "
    "WHERE name = :name AND lease_number = :number";
constexpr const char* kRevisions = "SELECT name, revision FROM certificate_names ORDER BY name";

constexpr std::string_view kCertificateColumns =
    "SELECT id, name, issuer, rank, serial, not_before, not_after, ari_id, chain, sealed_key, stored, seen, names FROM certificates ";
constexpr const char* kPutCertificate =
    "INSERT INTO certificates (id, name, issuer, rank, serial, not_before, not_after, ari_id, chain, sealed_key, stored, seen, names) "
    "VALUES (:id, :name, :issuer, :rank, :serial, :not_before, :not_after, :ari_id, :chain, :sealed_key, :stored, :seen, :names) "
    "ON CONFLICT (id) DO UPDATE SET chain = excluded.chain, sealed_key = excluded.sealed_key";
constexpr std::string_view kById = "WHERE id = :id";
constexpr std::string_view kByName = "WHERE name = :name ORDER BY stored DESC LIMIT :most";
constexpr const char* kMarkSeen = "UPDATE certificates SET seen = :at WHERE id = :id";
constexpr const char* kStoredSince = "SELECT COUNT(*) FROM certificates WHERE name = :name AND id <> :but AND stored > :since";
constexpr const char* kPrune =
    "DELETE FROM certificates WHERE name = :name AND id <> :current AND id <> :fresh AND not_after < :before AND id NOT IN "
    "(SELECT id FROM certificates WHERE name = :same ORDER BY stored DESC LIMIT :newest)";

constexpr const char* kShared =
    "SELECT id, names FROM certificates WHERE names <> '' AND not_before <= :now AND not_after > :same ORDER BY stored DESC";
constexpr const char* kPruneShared =
    "DELETE FROM certificates WHERE names <> '' AND not_after < :before AND name NOT IN (SELECT name FROM certificate_names)";

constexpr const char* kAllMembers =
    "SELECT kept, name, failures, first_failure, again_at, left_out, last_error FROM certificate_members ORDER BY kept, place";
constexpr const char* kMembersOf =
    "SELECT kept, name, failures, first_failure, again_at, left_out, last_error FROM certificate_members WHERE kept = :kept ORDER BY place";
constexpr const char* kPutMember =
    "INSERT INTO certificate_members (name, kept, place) VALUES (:name, :kept, :place) "
    "ON CONFLICT (name) DO UPDATE SET kept = excluded.kept, place = excluded.place";
constexpr const char* kLeaveOtherGroup = "DELETE FROM certificate_members WHERE name = :name AND kept <> :kept";
constexpr const char* kMoveMembersAway = "UPDATE certificate_members SET place = -1 WHERE kept = :kept";
constexpr const char* kRemoveMovedAway = "DELETE FROM certificate_members WHERE kept = :kept AND place = -1";
constexpr const char* kRemoveMembers = "DELETE FROM certificate_members WHERE kept = :kept";
constexpr const char* kWriteMember =
    "UPDATE certificate_members SET failures = :failures, first_failure = :first_failure, again_at = :again_at, left_out = :left_out, "
    "last_error = :last_error WHERE name = :name AND kept = :kept";

constexpr const char* kAddHistory =
    "INSERT INTO certificate_history (name, at, step, issuer, detail) VALUES (:name, :at, :step, :issuer, :detail)";
constexpr const char* kHistory =
    "SELECT at, step, issuer, detail FROM (SELECT number, at, step, issuer, detail FROM certificate_history WHERE name = :name ORDER BY "
    "number DESC LIMIT :most) AS newest "
    "ORDER BY number";
constexpr const char* kPruneHistory =
    "DELETE FROM certificate_history WHERE name = :name AND number <= "
    "(SELECT number FROM certificate_history WHERE name = :same ORDER BY number DESC LIMIT 1 OFFSET :most)";
constexpr const char* kNotedSince =
    "SELECT at FROM certificate_history WHERE name = :name AND step = :step AND issuer = :issuer AND at > :since ORDER BY number";

// What a clock that is set back means for each column; see base/set_back.hpp. Whoever has a name in memory reads it again.
constexpr std::array kPastOfNames{
    "UPDATE certificate_names SET added = :now WHERE added > :later",
    "UPDATE certificate_names SET step_at = :now, revision = revision + 1 WHERE step_at > :later",
    "UPDATE certificate_names SET first_failure = :now, revision = revision + 1 WHERE first_failure > :later",
    "UPDATE certificate_names SET reminded = :now, revision = revision + 1 WHERE reminded > :later",
    "UPDATE certificate_names SET spare_first_failure = :now, revision = revision + 1 WHERE spare_first_failure > :later",
    "UPDATE certificate_members SET first_failure = :now WHERE first_failure > :later"};
constexpr std::array kWaitsOfNames{
    "UPDATE certificate_names SET next_try = CASE WHEN next_try > :was THEN next_try - :by ELSE :now END, revision = revision + 1 WHERE "
    "next_try > :later",
    "UPDATE certificate_names SET spare_at = CASE WHEN spare_at > :was THEN spare_at - :by ELSE :now END, revision = revision + 1 WHERE "
    "spare_at > :later",
    "UPDATE certificate_members SET again_at = CASE WHEN again_at > :was THEN again_at - :by ELSE :now END WHERE again_at > :later"};
constexpr const char* kShortenLeases =
    "UPDATE certificate_names SET lease_until = :until WHERE lease_until > :later AND lease_owner = :owner";
constexpr const char* kStoredByNow = "UPDATE certificates SET stored = :now WHERE stored > :later";
// These lines count against what a CA allows; the others only tell what was.
constexpr const char* kNotedByNow =
    "UPDATE certificate_history SET at = :now WHERE at > :later AND step IN ('authorization failed', 'rejected')";
constexpr const char* kOrderedByNow = "UPDATE acme_orders SET at = :now WHERE at > :later AND kind IN ('fresh', 'renewal')";
constexpr const char* kShortenRefusals =
    "UPDATE acme_orders SET at = CASE WHEN at > :was THEN at - :by ELSE :now END WHERE at > :later AND kind IN ('refused', 'paused')";

constexpr const char* kFindAccount = "SELECT directory, url, sealed_key, contact, next_key FROM acme_accounts WHERE issuer = :issuer";
constexpr const char* kPutAccount =
    "INSERT INTO acme_accounts (issuer, directory, url, sealed_key, contact, next_key) VALUES (:issuer, :directory, :url, :sealed_key, "
    ":contact, :next_key) ON CONFLICT (issuer) DO UPDATE SET directory = excluded.directory, url = excluded.url, sealed_key = "
    "excluded.sealed_key, contact = excluded.contact, next_key = excluded.next_key";
constexpr const char* kAddOrder = "INSERT INTO acme_orders (issuer, at, kind) VALUES (:issuer, :at, :kind)";
constexpr const char* kForgetOrders = "DELETE FROM acme_orders WHERE issuer = :issuer AND at < :before";
constexpr const char* kOrdersSince =
    "SELECT at, kind FROM acme_orders WHERE issuer = :issuer AND at > :since AND (kind = 'fresh' OR (kind = 'renewal' AND at > :burst)) "
    "ORDER BY at";
constexpr const char* kRefusedUntil =
    "SELECT at, kind FROM acme_orders WHERE issuer = :issuer AND at > :now AND (kind = 'refused' OR kind = 'paused') ORDER BY at";

constexpr const char* kPutManualKey =
    "INSERT INTO manual_keys (name, sealed_key, made) VALUES (:name, :sealed_key, :made) ON CONFLICT (name) DO UPDATE SET sealed_key = "
    "excluded.sealed_key, made = excluded.made";
constexpr const char* kFindManualKey = "SELECT sealed_key FROM manual_keys WHERE name = :name";
constexpr const char* kRemoveManualKey = "DELETE FROM manual_keys WHERE name = :name";

/// Times in the database; 0 is none.
long long number_of(std::optional<Time> time) { return time ? to_microseconds(*time) : 0; }
std::optional<Time> time_or_none(long long number) {
  if (number == 0) return {};
  return from_microseconds(number);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}
std::vector<std::string> separated(std::string_view text) {
  std::vector<std::string> names;
  for (const auto name : split(text, ' ')) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

template <class... Use>
std::map<std::string, std::vector<Member>, std::less<>> members(db::Session& session, const char* sql, Use... uses) {
  std::string kept;
  Member row;
  long long first_failure = 0, again_at = 0;
  int left_out = 0;
  soci::statement statement = (((session.prepare << sql), soci::into(kept), soci::into(row.name), soci::into(row.failures),
                                soci::into(first_failure), soci::into(again_at), soci::into(left_out), soci::into(row.last_error)),
                               ..., uses);
  statement.execute();
  std::map<std::string, std::vector<Member>, std::less<>> found;
  while (statement.fetch()) {
    row.first_failure = time_or_none(first_failure);
    row.again_at = from_microseconds(again_at);
    row.left_out = left_out != 0;
    found[kept].push_back(row);
  }
  return found;
}

template <class... Use>
std::vector<KeptName> names(db::Session& session, std::string_view condition, Use... uses) {
  KeptName row;
  std::string source, step, window, order_names;
  int port = 0, without_replaces = 0, for_spare = 0;
  long long added = 0, step_at = 0, next_try = 0, renew_at = 0, first_failure = 0, window_start = 0, window_end = 0, reminded = 0,
            spare_at = 0, spare_first_failure = 0, lease = 0, revision = 0;
  double draw = 0;
  soci::statement statement =
      (((session.prepare << kNameColumns << condition), soci::into(row.name), soci::into(source), soci::into(row.name_options),
        soci::into(row.in_charge.steward), soci::into(row.in_charge.deputy), soci::into(row.in_charge.network), soci::into(port),
        soci::into(added), soci::into(step), soci::into(step_at), soci::into(next_try), soci::into(renew_at), soci::into(row.current),
        soci::into(row.issuer), soci::into(row.failures), soci::into(row.issuer_failures), soci::into(first_failure),
        soci::into(row.last_error), soci::into(without_replaces), soci::into(row.order_url), soci::into(row.order_key),
        soci::into(row.proof), soci::into(row.fresh), soci::into(window), soci::into(window_start), soci::into(window_end),
        soci::into(draw), soci::into(reminded), soci::into(row.spare), soci::into(for_spare), soci::into(spare_at),
        soci::into(row.spare_failures), soci::into(spare_first_failure), soci::into(lease), soci::into(revision), soci::into(order_names)),
       ..., uses);
  statement.execute();
  std::vector<KeptName> found;
  while (statement.fetch()) {
    row.source = source_from(source);
    row.port = static_cast<std::uint16_t>(port);
    row.added = from_microseconds(added);
    row.step = step_from(step).value_or(Step::none);
    row.step_at = from_microseconds(step_at);
    row.next_try = from_microseconds(next_try);
    row.renew_at = from_microseconds(renew_at);
    row.first_failure = time_or_none(first_failure);
    row.without_replaces = without_replaces != 0;
    row.window.reset();
    if (!window.empty()) row.window = RenewalWindow{window, from_microseconds(window_start), from_microseconds(window_end), draw};
    row.reminded = time_or_none(reminded);
    row.for_spare = for_spare != 0;
    row.spare_at = from_microseconds(spare_at);
    row.spare_first_failure = time_or_none(spare_first_failure);
    row.lease_number = lease;
    row.revision = revision;
    row.order_names = separated(order_names);
    found.push_back(row);
  }
  return found;
}

template <class... Use>
std::vector<StoredCertificate> certificates(db::Session& session, std::string_view condition, Use... uses) {
  StoredCertificate row;
  std::string names;
  int rank = 0;
  long long not_before = 0, not_after = 0, stored = 0, seen = 0;
  soci::statement statement =
      (((session.prepare << kCertificateColumns << condition), soci::into(row.id), soci::into(row.name), soci::into(row.issuer),
        soci::into(rank), soci::into(row.serial), soci::into(not_before), soci::into(not_after), soci::into(row.ari_id),
        soci::into(row.chain), soci::into(row.sealed_key), soci::into(stored), soci::into(seen), soci::into(names)),
       ..., uses);
  statement.execute();
  std::vector<StoredCertificate> found;
  while (statement.fetch()) {
    row.rank = static_cast<Rank>(rank);
    row.validity = {from_microseconds(not_before), from_microseconds(not_after)};
    row.stored = from_microseconds(stored);
    row.seen = time_or_none(seen);
    row.names = separated(names);
    found.push_back(row);
  }
  return found;
}

template <class T>
std::optional<T> first_of(std::vector<T> found) {
  if (found.empty()) return {};
  return std::move(found.front());
}

constexpr std::string_view kFresh = "fresh";
constexpr std::string_view kRenewal = "renewal";
constexpr std::string_view kRefused = "refused";
constexpr std::string_view kPaused = "paused";
/// Orders older than this count against no limit.
constexpr std::chrono::hours kOrdersRemembered{24};

}  // namespace

std::vector<KeptName> all_names(db::Session& session) {
  auto all = names(session, kAllNames);
  auto groups = members(session, kAllMembers);
  for (auto& row : all) {
    if (const auto group = groups.find(row.name); group != groups.end()) row.members = std::move(group->second);
  }
  return all;
}

std::optional<KeptName> find_name(db::Session& session, const std::string& name) {
  auto row = first_of(names(session, kOneName, soci::use(name)));
  if (!row) return {};
  auto groups = members(session, kMembersOf, soci::use(name));
  if (const auto group = groups.find(name); group != groups.end()) row->members = std::move(group->second);
  return row;
}

void put_name(db::Session& session, const KeptName& name) {
  const std::string source{name_of(name.source)};
  const int port = name.port;
  const long long added = to_microseconds(name.added);
  session << kPutName, soci::use(name.name), soci::use(source), soci::use(name.name_options), soci::use(name.in_charge.steward),
      soci::use(name.in_charge.deputy), soci::use(name.in_charge.network), soci::use(port), soci::use(added);
  session << kMoveMembersAway, soci::use(name.name);
  for (int place = 0; const auto& member : name.members) {
    // What failed in another group says nothing about this one.
    session << kLeaveOtherGroup, soci::use(member.name), soci::use(name.name);
    session << kPutMember, soci::use(member.name), soci::use(name.name), soci::use(place);
    ++place;
  }
  session << kRemoveMovedAway, soci::use(name.name);
}

void remove_name(db::Session& session, const std::string& name, bool with_certificates) {
  session << kRemoveName, soci::use(name);
  if (with_certificates) session << kRemoveCertificates, soci::use(name);
  session << kRemoveManualKey, soci::use(name);
  session << kRemoveMembers, soci::use(name);
}

std::optional<KeptName> take_name(db::Session& session, const std::string& name, const std::string& owner, Time now, Time until) {
  const long long until_number = to_microseconds(until), now_number = to_microseconds(now);
  soci::statement statement =
      (session.prepare << kTake, soci::use(owner), soci::use(until_number), soci::use(name), soci::use(owner), soci::use(now_number));
  statement.execute(true);
  if (statement.get_affected_rows() == 0) return {};
  return find_name(session, name);
}

void free_leases_of_former_lives(db::Session& session, const std::string& life) {
  std::vector<std::string> holders;
  std::string holder;
  soci::statement statement = (session.prepare << kHolders, soci::into(holder));
  statement.execute();
  while (statement.fetch()) {
    if (jobs::is_other_life_of_same_node(holder, life)) holders.push_back(holder);
  }
  for (const auto& former : holders) session << kFree, soci::use(former);
}

bool write_name(db::Session& session, const KeptName& row, Time until) {
  const std::string step{name_of(row.step)}, order_names = joined(row.order_names);
  const long long step_at = to_microseconds(row.step_at), next_try = to_microseconds(row.next_try),
                  renew_at = to_microseconds(row.renew_at), first_failure = number_of(row.first_failure),
                  reminded = number_of(row.reminded), spare_at = to_microseconds(row.spare_at),
                  spare_first_failure = number_of(row.spare_first_failure), until_number = to_microseconds(until),
                  number = row.lease_number;
  const int without_replaces = row.without_replaces ? 1 : 0, for_spare = row.for_spare ? 1 : 0;
  const auto window = row.window.value_or(RenewalWindow{});
  const long long window_start = to_microseconds(window.start), window_end = to_microseconds(window.end);
  soci::statement statement =
      (session.prepare << kWriteName, soci::use(step), soci::use(step_at), soci::use(next_try), soci::use(renew_at), soci::use(row.current),
       soci::use(row.issuer), soci::use(row.failures), soci::use(row.issuer_failures), soci::use(first_failure), soci::use(row.last_error),
       soci::use(without_replaces), soci::use(row.order_url), soci::use(row.order_key), soci::use(row.proof), soci::use(row.fresh),
       soci::use(window.certificate), soci::use(window_start), soci::use(window_end), soci::use(window.draw), soci::use(reminded),
       soci::use(row.spare), soci::use(for_spare), soci::use(spare_at), soci::use(order_names), soci::use(row.spare_failures),
       soci::use(spare_first_failure), soci::use(until_number), soci::use(row.name), soci::use(number));
  statement.execute(true);
  if (statement.get_affected_rows() == 0) return false;
  for (const auto& member : row.members) {
    const long long member_failure = number_of(member.first_failure), again_at = to_microseconds(member.again_at);
    const int left_out = member.left_out ? 1 : 0;
    session << kWriteMember, soci::use(member.failures), soci::use(member_failure), soci::use(again_at), soci::use(left_out),
        soci::use(member.last_error), soci::use(member.name), soci::use(row.name);
  }
  return true;
}

std::vector<std::pair<std::string, std::int64_t>> revisions(db::Session& session) {
  std::string name;
  long long revision = 0;
  soci::statement statement = (session.prepare << kRevisions, soci::into(name), soci::into(revision));
  statement.execute();
  std::vector<std::pair<std::string, std::int64_t>> found;
  while (statement.fetch()) found.emplace_back(name, revision);
  return found;
}

void put_certificate(db::Session& session, const StoredCertificate& certificate) {
  const int rank = static_cast<int>(certificate.rank);
  const long long not_before = to_microseconds(certificate.validity.not_before),
                  not_after = to_microseconds(certificate.validity.not_after), stored = to_microseconds(certificate.stored),
                  seen = number_of(certificate.seen);
  const auto names = joined(certificate.names);
  session << kPutCertificate, soci::use(certificate.id), soci::use(certificate.name), soci::use(certificate.issuer), soci::use(rank),
      soci::use(certificate.serial), soci::use(not_before), soci::use(not_after), soci::use(certificate.ari_id),
      soci::use(certificate.chain), soci::use(certificate.sealed_key), soci::use(stored), soci::use(seen), soci::use(names);
}

std::optional<StoredCertificate> find_certificate(db::Session& session, const std::string& id) {
  return first_of(certificates(session, kById, soci::use(id)));
}

std::vector<StoredCertificate> certificates_of(db::Session& session, const std::string& name, int most) {
  return certificates(session, kByName, soci::use(name), soci::use(most));
}

void mark_seen(db::Session& session, const std::string& id, Time at) {
  const long long number = to_microseconds(at);
  session << kMarkSeen, soci::use(number), soci::use(id);
}

int stored_since(db::Session& session, const std::string& name, const std::string& but, Time since) {
  const long long number = to_microseconds(since);
  int count = 0;
  session << kStoredSince, soci::use(name), soci::use(but), soci::use(number), soci::into(count);
  return count;
}

void prune_certificates(db::Session& session, const std::string& name, const std::string& current, const std::string& fresh,
                        Time ended_before) {
  const long long before = to_microseconds(ended_before);
  session << kPrune, soci::use(name), soci::use(current), soci::use(fresh), soci::use(before), soci::use(name), soci::use(kNewestKept);
}

std::vector<SharedCertificate> shared_certificates_at(db::Session& session, Time time) {
  const long long number = to_microseconds(time);
  std::string id, names;
  soci::statement statement = (session.prepare << kShared, soci::use(number), soci::use(number), soci::into(id), soci::into(names));
  statement.execute();
  std::vector<SharedCertificate> found;
  while (statement.fetch()) found.push_back({id, separated(names)});
  return found;
}

void prune_shared_certificates(db::Session& session, Time ended_before) {
  const long long before = to_microseconds(ended_before);
  session << kPruneShared, soci::use(before);
}

void clock_set_back(db::Session& session, const SetBack& jump, const LeaseLimit& limit) {
  const long long was = to_microseconds(jump.was), by = jump.by().count(), now = to_microseconds(jump.now),
                  lease = to_microseconds(limit.until);
  for (const auto* sql : kPastOfNames) session << sql, soci::use(now), soci::use(now);
  for (const auto* sql : kWaitsOfNames) session << sql, soci::use(was), soci::use(by), soci::use(now), soci::use(now);
  session << kShortenLeases, soci::use(lease), soci::use(lease), soci::use(limit.holder);
  for (const auto* sql : {kStoredByNow, kNotedByNow, kOrderedByNow}) session << sql, soci::use(now), soci::use(now);
  session << kShortenRefusals, soci::use(was), soci::use(by), soci::use(now), soci::use(now);
}

void add_history(db::Session& session, const std::string& name, const HistoryLine& line) {
  const long long at = to_microseconds(line.at);
  session << kAddHistory, soci::use(name), soci::use(at), soci::use(line.step), soci::use(line.issuer), soci::use(line.detail);
}

std::vector<HistoryLine> history_of(db::Session& session, const std::string& name, int most) {
  HistoryLine line;
  long long at = 0;
  soci::statement statement = (session.prepare << kHistory, soci::use(name), soci::use(most), soci::into(at), soci::into(line.step),
                               soci::into(line.issuer), soci::into(line.detail));
  statement.execute();
  std::vector<HistoryLine> lines;
  while (statement.fetch()) {
    line.at = from_microseconds(at);
    lines.push_back(line);
  }
  return lines;
}

void prune_history(db::Session& session, const std::string& name, int most) {
  session << kPruneHistory, soci::use(name), soci::use(name), soci::use(most);
}

std::vector<Time> noted_since(db::Session& session, const std::string& name, const std::string& issuer, const std::string& step,
                              Time since) {
  long long at = 0;
  const long long since_number = to_microseconds(since);
  soci::statement statement =
      (session.prepare << kNotedSince, soci::use(name), soci::use(step), soci::use(issuer), soci::use(since_number), soci::into(at));
  statement.execute();
  std::vector<Time> times;
  while (statement.fetch()) times.push_back(from_microseconds(at));
  return times;
}

std::optional<AccountRow> find_account(db::Session& session, const std::string& issuer) {
  AccountRow account;
  session << kFindAccount, soci::use(issuer), soci::into(account.directory), soci::into(account.url), soci::into(account.sealed_key),
      soci::into(account.contact), soci::into(account.next_key);
  if (!session.got_data()) return {};
  return account;
}

void put_account(db::Session& session, const std::string& issuer, const AccountRow& account) {
  session << kPutAccount, soci::use(issuer), soci::use(account.directory), soci::use(account.url), soci::use(account.sealed_key),
      soci::use(account.contact), soci::use(account.next_key);
}

void add_order(db::Session& session, const std::string& issuer, OrderKind kind, Time at) {
  const long long number = to_microseconds(at), before = to_microseconds(at - kOrdersRemembered);
  const std::string text{kind == OrderKind::fresh ? kFresh : kRenewal};
  session << kForgetOrders, soci::use(issuer), soci::use(before);
  session << kAddOrder, soci::use(issuer), soci::use(number), soci::use(text);
}

void add_refusal(db::Session& session, const std::string& issuer, bool of_account, Time until) {
  const long long number = to_microseconds(until);
  const std::string text{of_account ? kPaused : kRefused};
  session << kAddOrder, soci::use(issuer), soci::use(number), soci::use(text);
}

OrderBudget budget_of(db::Session& session, const std::string& issuer, Time now) {
  OrderBudget budget;
  long long at = 0;
  std::string kind;
  const long long since = to_microseconds(now - OrderBudget::kFreshWindow), burst = to_microseconds(now - OrderBudget::kBurstWindow),
                  now_number = to_microseconds(now);
  soci::statement orders =
      (session.prepare << kOrdersSince, soci::use(issuer), soci::use(since), soci::use(burst), soci::into(at), soci::into(kind));
  orders.execute();
  while (orders.fetch()) budget.placed(kind == kFresh ? OrderKind::fresh : OrderKind::renewal, from_microseconds(at));
  soci::statement refusals = (session.prepare << kRefusedUntil, soci::use(issuer), soci::use(now_number), soci::into(at), soci::into(kind));
  refusals.execute();
  // Each of them is another name's: one that was refused does not ask again before its time.
  for (int name = 0; refusals.fetch(); ++name) budget.refused(std::to_string(name), now, from_microseconds(at), kind == kPaused);
  return budget;
}

void put_manual_key(db::Session& session, const std::string& name, const std::string& sealed_key, Time at) {
  const long long number = to_microseconds(at);
  session << kPutManualKey, soci::use(name), soci::use(sealed_key), soci::use(number);
}

std::optional<std::string> find_manual_key(db::Session& session, const std::string& name) {
  std::string sealed;
  session << kFindManualKey, soci::use(name), soci::into(sealed);
  if (!session.got_data()) return {};
  return sealed;
}

void remove_manual_key(db::Session& session, const std::string& name) { session << kRemoveManualKey, soci::use(name); }

}  // namespace carillon::certs
