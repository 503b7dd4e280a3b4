// See derivation_budget.hpp.

#include "crypto/files/derivation_budget.hpp"

#include "crypto/handles.hpp"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include <algorithm>

namespace carillon::crypto {
namespace {

using PbeHandle = std::unique_ptr<PBEPARAM, FreeWith<PBEPARAM_free>>;
using Pbe2Handle = std::unique_ptr<PBE2PARAM, FreeWith<PBE2PARAM_free>>;
using Pbkdf2Handle = std::unique_ptr<PBKDF2PARAM, FreeWith<PBKDF2PARAM_free>>;
using ScryptHandle = std::unique_ptr<SCRYPT_PARAMS, FreeWith<SCRYPT_PARAMS_free>>;

/// More than anyone would want to compute.
constexpr std::int64_t kBeyondAny = INT64_MAX;

std::int64_t number_of(const ASN1_INTEGER* number) {
  std::int64_t value = 0;
  const bool fits = number != nullptr && ASN1_INTEGER_get_int64(&value, number) == 1;
  ERR_clear_error();
  return fits && value >= 0 ? value : kBeyondAny;
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? kBeyondAny : result;
}

template <class Handle>
Handle parameters_of(const X509_ALGOR& algorithm, const ASN1_ITEM* item) {
  const ASN1_TYPE* parameter = algorithm.parameter;
  if (parameter == nullptr || ASN1_TYPE_get(parameter) != V_ASN1_SEQUENCE) return {};
  Handle result{static_cast<typename Handle::pointer>(ASN1_item_unpack(parameter->value.sequence, item))};
  ERR_clear_error();
  return result;
}

/// 0 if it's unknown; the derivation then fails before it begins.
std::int64_t rounds_of(const X509_ALGOR& algorithm) {
  switch (OBJ_obj2nid(algorithm.algorithm)) {
    case NID_pbes2:
      if (const auto both = parameters_of<Pbe2Handle>(algorithm, ASN1_ITEM_rptr(PBE2PARAM)))
        return both->keyfunc == nullptr ? 0 : rounds_of(*both->keyfunc);
      return 0;
    case NID_id_pbkdf2:
      if (const auto one = parameters_of<Pbkdf2Handle>(algorithm, ASN1_ITEM_rptr(PBKDF2PARAM))) return number_of(one->iter);
      return 0;
    case NID_id_scrypt:
      // A block of scrypt's mixing costs about as much as a round of PBKDF2.
      if (const auto one = parameters_of<ScryptHandle>(algorithm, ASN1_ITEM_rptr(SCRYPT_PARAMS)))
        return product(number_of(one->costParameter), product(number_of(one->blockSize), number_of(one->parallelizationParameter)));
      return 0;
    default:
      if (const auto one = parameters_of<PbeHandle>(algorithm, ASN1_ITEM_rptr(PBEPARAM))) return number_of(one->iter);
      return 0;
  }
}

}  // namespace

Result<> DerivationBudget::spend(std::int64_t rounds) {
  const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(rounds, 0));
  if (wanted > left_)
    return fail(ErrorKind::invalid,
                "The passphrase takes too long to check, because the iteration counts are too high. Export the file again with at most "
                "600,000 iterations.");
  left_ -= wanted;
  return {};
}

Result<> DerivationBudget::spend(const X509_ALGOR& algorithm) { return spend(rounds_of(algorithm)); }

}  // namespace carillon::crypto
