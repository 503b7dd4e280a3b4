#pragma once
// The rate limits of Let's Encrypt (autumn 2026) as token buckets.

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace carillon::testca {

/// At most `most` at once; one more every `per` / `most`.
struct Limit {
  std::uint32_t most = 1;
  Duration per{};
};

struct Limits {
  bool enforced = true;  ///< false: nothing is refused or counted
  Limit orders_per_account{300, std::chrono::hours{3}};
  Limit certificates_per_domain{50, std::chrono::days{7}};  ///< per registered domain
  Limit certificates_per_names{5, std::chrono::days{7}};    ///< per exact set of names
  Limit failures_per_name{5, std::chrono::hours{1}};        ///< failed authorizations per account and name
};

/// One bucket per key. The time at which a bucket is full again is all that is kept of it (GCRA).
class Buckets {
 public:
  /// None when a token is there; else how long until the next one.
  [[nodiscard]] std::optional<Duration> wait(const std::string& key, const Limit& limit, Time now) const;
  /// Takes a token, also one that is not there yet.
  void spend(const std::string& key, const Limit& limit, Time now);
  void clear() noexcept { full_at_.clear(); }

 private:
  std::unordered_map<std::string, Time> full_at_;
};

}  // namespace carillon::testca
