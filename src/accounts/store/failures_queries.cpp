// See failures.hpp.

#include "accounts/store/failures.hpp"

#include "accounts/store/reading_impl.hpp"

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

}  // namespace

Failures failures_of(db::Session& session, const std::string& subject) {
  Failures failures;
  long long last = 0;
  session << "SELECT failures, last FROM sign_in_failures WHERE subject = :subject", use(subject), into(failures.count), into(last);
  if (!session.got_data()) return {};
  failures.last = from_microseconds(last);
  return failures;
}
void set_failures(db::Session& session, const std::string& subject, const Failures& failures) {
  const auto last = number(failures.last);
  session
      << "INSERT INTO sign_in_failures (subject, failures, last) VALUES (:subject, :failures, :last) ON CONFLICT (subject) DO UPDATE SET "
         "failures = excluded.failures, last = excluded.last",
      use(subject), use(failures.count), use(last);
}
void forget_failures(db::Session& session, const std::string& subject) {
  session << "DELETE FROM sign_in_failures WHERE subject = :subject", use(subject);
}

}  // namespace carillon::accounts::queries
