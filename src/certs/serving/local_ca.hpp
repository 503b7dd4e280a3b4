#pragma once
// The local CA: makes the default need nothing from outside. It can sign only names that are not public, and says so itself in critical
// name constraints (RFC 5280 §4.2.1.10), so that trusting it gives nobody power over the rest of the web.

#include "base/random.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_maker.hpp"
#include "net/server.hpp"

#include <filesystem>

namespace carillon::certs {

inline constexpr std::chrono::days kRootLifetime{3650};
inline constexpr std::chrono::days kLeafLifetime{7};
/// Clocks of clients lag: a leaf is valid from a little before it was made.
inline constexpr std::chrono::hours kBackdating{1};
/// The root is valid from this day on: made by a clock that is ahead it is good all the same.
inline constexpr Time kRootNotBefore{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};

/// Is this a name that anybody could own, and so none for the local CA? Private addresses and the names reserved for private use are not
/// public.
[[nodiscard]] bool is_public_name(std::string_view name);

/// What a leaf needs to be stored and served.
struct Leaf {
  net::CertificateForTls for_tls;
  std::string pem;  ///< certificate, then key
  Time not_before;
  Time not_after;
};

/// Any thread.
class LocalCa {
 public:
  /// Opens the CA in `folder` (root.pem, root.key mode 0600), makes it if there is none.
  [[nodiscard]] static Result<std::unique_ptr<LocalCa>> open(const std::filesystem::path& folder, const Clock& clock, Random& random);

  /// A new leaf with a new key; `refused` for a public name. "localhost" stands for 127.0.0.1 and ::1, too.
  [[nodiscard]] Result<Leaf> issue(const std::string& name) const;
  /// A stored leaf, when it is whole, good for `name` and of this CA.
  [[nodiscard]] Result<Leaf> read(const std::string& name, std::string_view pem) const;
  [[nodiscard]] const crypto::Certificate& root() const noexcept { return root_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  LocalCa(std::filesystem::path folder, crypto::Certificate root, crypto::PrivateKey key, const Clock& clock, Random& random)
      : folder_{std::move(folder)}, root_{std::move(root)}, key_{std::move(key)}, clock_{clock}, random_{random} {}

  std::filesystem::path folder_;
  crypto::Certificate root_;
  crypto::PrivateKey key_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::certs
