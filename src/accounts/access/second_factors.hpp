#pragma once
// The second factor: how it is kept, and the codes that it takes.

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

  /// The secret of a factor as it was kept.
  [[nodiscard]] Result<std::string> open(const std::string& person_id, const std::string& sealed) const;
  /// Takes a code of the second factor, or a recovery code: each works once. False when it is neither, or the factor is another by now.
  /// `sealed` is the factor as it was kept when `secret` was opened. Within the caller's transaction.
  [[nodiscard]] bool take(db::Session& session, const std::string& person_id, const std::string& sealed, const std::string& secret,
                          std::string_view code) const;
  /// The step of a code that `secret` shows now; `invalid` when the secret or the code is not good.
  [[nodiscard]] Result<std::int64_t> check_new(const std::string& secret, std::string_view code) const;
  /// `secret` in the place of what there was, with new recovery codes, within the caller's transaction.
  void keep(db::Session& session, Random& random, const std::string& person_id, const std::string& secret, std::int64_t step,
            const std::vector<std::string>& recovery_codes) const;
  [[nodiscard]] static std::vector<std::string> new_recovery_codes(Random& random);
  /// Without its recovery codes, too; within the caller's transaction.
  static void remove(db::Session& session, const std::string& person_id);

 private:
  const crypto::MasterKey& master_;
  const Clock& clock_;
};

}  // namespace carillon::accounts
