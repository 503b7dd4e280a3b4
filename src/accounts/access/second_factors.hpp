#pragma once
// Two-factor authentication: how its secret is stored and its codes are checked.

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::accounts {

inline constexpr int kRecoveryCodes = 10;

/// Any thread. Both must live longer.
class SecondFactors {
 public:
  SecondFactors(const crypto::MasterKey& master, const Clock& clock) : master_{master}, clock_{clock} {}

  /// Decrypts a stored secret.
  [[nodiscard]] Result<std::string> open(const std::string& person_id, const std::string& sealed) const;
  /// Uses up an authenticator code or a recovery code; each works once. False if it is neither, or if the secret has been replaced.
  /// `sealed` is the stored value from which `secret` was opened. In the caller's transaction.
  [[nodiscard]] bool take(db::Session& session, const std::string& person_id, const std::string& sealed, const std::string& secret,
                          std::string_view code) const;
  /// The time step of a code that `secret` generates now; `invalid` if the secret or the code isn't valid.
  [[nodiscard]] Result<std::int64_t> check_new(const std::string& secret, std::string_view code) const;
  /// Stores `secret` and new recovery codes instead of the previous ones, in the caller's transaction.
  void keep(db::Session& session, Random& random, const std::string& person_id, const std::string& secret, std::int64_t step,
            const std::vector<std::string>& recovery_codes) const;
  [[nodiscard]] static std::vector<std::string> new_recovery_codes(Random& random);
  /// Also removes the recovery codes; in the caller's transaction.
  static void remove(db::Session& session, const std::string& person_id);

 private:
  const crypto::MasterKey& master_;
  const Clock& clock_;
};

}  // namespace carillon::accounts
