#pragma once
// The SQL of failed attempts. Every function runs in its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <string>

namespace carillon::accounts::queries {

struct Failures {
  int count = 0;
  Time last;
};
[[nodiscard]] Failures failures_of(db::Session& session, const std::string& subject);
void set_failures(db::Session& session, const std::string& subject, const Failures& failures);
void forget_failures(db::Session& session, const std::string& subject);

}  // namespace carillon::accounts::queries
