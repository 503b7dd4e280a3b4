// See audit.hpp.

#include "accounts/audit.hpp"

#include "base/id.hpp"
#include "base/json.hpp"

#include <soci/soci.h>
#include <boost/json/parse.hpp>

namespace carillon::accounts {
namespace json = boost::json;
namespace {

constexpr const char* kRecord =
    "INSERT INTO audit (id, at, network, actor_id, actor, address_prefix, act, subject, was, became) "
    "VALUES (:id, :at, :network, :actor_id, :actor, :address_prefix, :act, :subject, :was, :became)";
constexpr const char* kLines =
    "SELECT id, at, network, actor_id, actor, address_prefix, act, subject, was, became FROM audit "
    "WHERE (:every = 1 OR network = :network) AND (:newest = '' OR id < :before) ORDER BY id DESC LIMIT :limit";

constexpr std::string_view kEdit = ".edit";

json::object object_of(const std::string& text) {
  json::error_code wrong;
  auto value = json::parse(text, wrong);
  return wrong || !value.is_object() ? json::object{} : std::move(value.as_object());
}

}  // namespace

void record(db::Session& session, const Clock& clock, Random& random, const Actor& by, const Act& act) {
  if (act.what.ends_with(kEdit) && act.was.empty() && act.became.empty()) return;
  const auto id = new_id(clock, random);
  const auto at = static_cast<long long>(to_microseconds(clock.now()));
  const auto was = json_text(act.was);
  const auto became = json_text(act.became);
  session << kRecord, soci::use(id), soci::use(at), soci::use(act.network), soci::use(by.id), soci::use(by.name),
      soci::use(by.address_prefix), soci::use(act.what), soci::use(act.subject), soci::use(was), soci::use(became);
}

Act changed(Act act, const json::object& was, const json::object& became) {
  for (const auto& [key, value] : became) {
    const auto* before = was.if_contains(key);
    if (before && *before == value) continue;
    if (before) act.was[key] = *before;
    act.became[key] = value;
  }
  for (const auto& [key, value] : was) {
    if (!became.contains(key)) act.was[key] = value;
  }
  return act;
}

std::vector<AuditLine> audit_lines(db::Session& session, const std::optional<std::string>& network, const std::string& before,
                                   std::size_t limit) {
  const int every = network ? 0 : 1;
  const auto wanted = network.value_or("");
  const auto most = static_cast<long long>(limit);
  AuditLine line;
  long long at = 0;
  std::string was, became;
  soci::statement statement{(session.prepare << kLines, soci::use(every, "every"), soci::use(wanted, "network"),
                             soci::use(before, "newest"), soci::use(before, "before"), soci::use(most, "limit"), soci::into(line.id),
                             soci::into(at), soci::into(line.act.network), soci::into(line.actor.id), soci::into(line.actor.name),
                             soci::into(line.actor.address_prefix), soci::into(line.act.what), soci::into(line.act.subject),
                             soci::into(was), soci::into(became))};
  std::vector<AuditLine> lines;
  statement.execute();
  while (statement.fetch()) {
    line.at = from_microseconds(at);
    line.act.was = object_of(was);
    line.act.became = object_of(became);
    lines.push_back(line);
  }
  return lines;
}

void drop_audit_lines(db::Session& session, const std::string& beginning, std::size_t most) {
  const auto end = beginning.substr(0, beginning.size() - 1) + static_cast<char>(beginning.back() + 1);
  const auto kept = static_cast<long long>(most);
  std::string oldest;
  session << "SELECT id FROM audit WHERE act >= :beginning AND act < :end ORDER BY id DESC LIMIT 1 OFFSET :kept", soci::use(beginning),
      soci::use(end), soci::use(kept), soci::into(oldest);
  if (!session.got_data()) return;
  session << "DELETE FROM audit WHERE act >= :beginning AND act < :end AND id <= :oldest", soci::use(beginning), soci::use(end),
      soci::use(oldest);
}

}  // namespace carillon::accounts
