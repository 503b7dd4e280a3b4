// See second_factors.hpp.

#include "accounts/access/second_factors.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/store/people.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/totp.hpp"

#include <array>

namespace carillon::accounts {
namespace {

constexpr std::size_t kRecoveryCodeBytes = 5;
constexpr std::size_t kMinSecretCharacters = 16;
/// Longer than every secret that an app takes.
constexpr std::size_t kMaxSecretCharacters = 128;

std::string purpose_of(const std::string& person_id) { return "second factor of " + person_id; }
/// As recovery codes are kept, however one was typed: "ab12c-d34ef", and not "AB12CD34EF" or "ab12c d34ef".
std::string as_recovery_code(std::string_view typed) {
  auto code = lower_ascii(typed);
  std::erase_if(code, [](char c) { return c == '-' || c == ' '; });
  if (code.size() == 2 * kRecoveryCodeBytes) code.insert(kRecoveryCodeBytes, 1, '-');
  return code;
}

std::string recovery_purpose_of(const std::string& person_id) { return "recovery code of " + person_id; }

}  // namespace

Result<std::string> SecondFactors::open(const std::string& person_id, const std::string& sealed) const {
  return master_.open_sealed(sealed, purpose_of(person_id));
}

bool SecondFactors::take(db::Session& session, const std::string& person_id, const std::string& sealed, const std::string& secret,
                         std::string_view code) const {
  auto present = queries::secrets_of(session, person_id);
  if (present.second_factor != sealed) return false;
  const std::string plain(trimmed(code));
  if (const auto step = crypto::accepted_totp_step(secret, plain, clock_.now(), present.step)) {
    present.step = *step;
    queries::set_secrets(session, person_id, present);
    return true;
  }
  const auto wanted = as_recovery_code(plain);
  for (const auto& kept : queries::recovery_codes_of(session, person_id)) {
    // Sealed: 40 bits are enough against guessing here, and too few for a digest that was stolen with the database.
    const auto opened = master_.open_sealed(kept, recovery_purpose_of(person_id));
    if (opened ? same_secret(*opened, wanted) : kept == digest_of(wanted)) return queries::take_recovery_code(session, person_id, kept);
  }
  return false;
}

Result<std::int64_t> SecondFactors::check_new(const std::string& secret, std::string_view code) const {
  if (secret.size() < kMinSecretCharacters || secret.size() > kMaxSecretCharacters)
    return fail(ErrorKind::invalid,
                "The secret must have " + std::to_string(kMinSecretCharacters) + " to " + std::to_string(kMaxSecretCharacters) +
                    " characters; request a new one.",
                "secret");
  const auto step = crypto::accepted_totp_step(secret, std::string(trimmed(code)), clock_.now(), 0);
  if (!step) return fail(ErrorKind::invalid, "This isn't the app's current code; check the phone's clock and try the next code.", "code");
  return *step;
}

void SecondFactors::keep(db::Session& session, Random& random, const std::string& person_id, const std::string& secret, std::int64_t step,
                         const std::vector<std::string>& recovery_codes) const {
  auto secrets = queries::secrets_of(session, person_id);
  secrets.second_factor = master_.seal(secret, purpose_of(person_id), random);
  secrets.step = step;
  queries::set_secrets(session, person_id, secrets);
  std::vector<std::string> sealed;
  for (const auto& code : recovery_codes) sealed.push_back(master_.seal(code, recovery_purpose_of(person_id), random));
  queries::replace_recovery_codes(session, person_id, sealed);
}

std::vector<std::string> SecondFactors::new_recovery_codes(Random& random) {
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    std::array<std::byte, kRecoveryCodeBytes> bytes{};
    random.fill(bytes);
    const auto hex = to_hex(bytes);
    codes.push_back(hex.substr(0, kRecoveryCodeBytes) + "-" + hex.substr(kRecoveryCodeBytes));
  }
  return codes;
}

void SecondFactors::remove(db::Session& session, const std::string& person_id) {
  auto secrets = queries::secrets_of(session, person_id);
  secrets.second_factor.clear();
  secrets.step = 0;
  queries::set_secrets(session, person_id, secrets);
  queries::replace_recovery_codes(session, person_id, {});
}

}  // namespace carillon::accounts
