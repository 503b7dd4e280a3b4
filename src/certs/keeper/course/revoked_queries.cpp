// See revoked_queries.hpp.

#include "certs/keeper/course/revoked_queries.hpp"

#include <soci/soci.h>

namespace carillon::certs {
namespace {

constexpr const char* kToCheck =
    "SELECT certificates.chain FROM certificates LEFT JOIN revocation_checks ON revocation_checks.fingerprint = certificates.id "
    "WHERE (revocation_checks.fingerprint IS NULL OR revocation_checks.wanted < :before) AND certificates.issuer <> 'local' "
    "AND certificates.not_after > :now AND certificates.id IN "
    "(SELECT current FROM certificate_names UNION SELECT spare FROM certificate_names) LIMIT :most";
constexpr const char* kWithRevoked =
    "SELECT certificate_names.name FROM certificate_names JOIN revocation_checks ON revocation_checks.fingerprint = "
    "certificate_names.current WHERE revocation_checks.status = 'revoked' UNION SELECT certificate_names.name FROM certificate_names JOIN "
    "revocation_checks ON revocation_checks.fingerprint = certificate_names.spare WHERE revocation_checks.status = 'revoked'";

}  // namespace

std::vector<std::string> chains_to_check(db::Session& session, Time now, Time wanted_before, int most) {
  const long long at = to_microseconds(now), before = to_microseconds(wanted_before);
  std::string chain;
  soci::statement statement = (session.prepare << kToCheck, soci::use(before), soci::use(at), soci::use(most), soci::into(chain));
  statement.execute();
  std::vector<std::string> found;
  while (statement.fetch()) found.push_back(chain);
  return found;
}

std::vector<std::string> names_with_revoked(db::Session& session) {
  std::string name;
  soci::statement statement = (session.prepare << kWithRevoked, soci::into(name));
  statement.execute();
  std::vector<std::string> found;
  while (statement.fetch()) found.push_back(name);
  return found;
}

}  // namespace carillon::certs
