#pragma once
// Certificates for tests, of every kind that is wrong in the field, made on the spot. Anything that fails here ends the test program:
// nothing can be tested then.

#include "crypto/certificate.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace carillon::crypto::testing {

enum class KeyKind { p256, rsa1024, rsa2048 };
[[nodiscard]] PrivateKey make_key(KeyKind kind);

/// What one certificate shall say; extensions in OpenSSL's own spelling.
struct Wanted {
  std::string common_name;
  std::vector<std::string> names;  ///< DNS names and IP addresses
  Time not_before;
  Time not_after;
  bool is_authority = false;
  bool with_sha1 = false;
  std::string name_constraints{};  ///< "critical,permitted;DNS:example.org"
  std::string issuer_url{};        ///< AIA caIssuers
  std::string revocation_list{};   ///< CRL distribution point
};

/// A certificate for `subject_key`, signed by `issuer` with its key; by itself without one.
[[nodiscard]] Certificate sign(const Wanted& wanted, const PrivateKey& subject_key, const Certificate* issuer,
                               const PrivateKey& issuer_key);

/// What a server has: the chain that it sends, and the key of its leaf, which its authority keeps.
struct Served {
  std::vector<Certificate> chain;
  const PrivateKey* key = nullptr;
};

/// What a chain can be.
enum class Kind {
  good,
  expired,
  not_yet_valid,
  self_signed,
  wrong_host,
  incomplete_chain,
  reversed_chain,
  untrusted_root,
  sha1_intermediate,
  rsa1024,
  thousand_names,
  out_of_constraints,
};
inline constexpr std::array kKinds{
    Kind::good,           Kind::expired,        Kind::not_yet_valid,     Kind::self_signed, Kind::wrong_host,     Kind::incomplete_chain,
    Kind::reversed_chain, Kind::untrusted_root, Kind::sha1_intermediate, Kind::rsa1024,     Kind::thousand_names, Kind::out_of_constraints};
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;  ///< "good", "expired", …

/// A root with intermediates under it, and a root that nobody trusts. Immutable; any thread.
class Authority {
 public:
  /// Everything is made around `now`: roots live ten years, leaves ninety days, a third of them gone.
  explicit Authority(Time now);

  /// A leaf of `kind` for `name` (a DNS name or an address) with what a server of that kind sends along.
  [[nodiscard]] Served make(Kind kind, const std::string& name) const;
  /// A good one with dates of its own.
  [[nodiscard]] Served make(const std::string& name, Time not_before, Time not_after) const;

  [[nodiscard]] const Certificate& root() const noexcept { return root_; }
  [[nodiscard]] const Certificate& intermediate() const noexcept { return intermediate_; }
  [[nodiscard]] std::vector<Certificate> roots() const;  ///< a copy of the one that is trusted

 private:
  [[nodiscard]] Wanted leaf_for(const std::string& name) const;

  Time now_;
  PrivateKey root_key_, intermediate_key_, leaf_key_, weak_key_;
  Certificate root_, intermediate_, sha1_intermediate_, limited_intermediate_, foreign_root_, foreign_intermediate_;
};

/// Another handle on the same certificate.
[[nodiscard]] Certificate copy_of(const Certificate& certificate);
/// The chain as DER, leaf first.
[[nodiscard]] std::vector<std::string> der_of(const std::vector<Certificate>& chain);

}  // namespace carillon::crypto::testing
