#pragma once
// The local CA, so that the default setup needs nothing external. It can only sign names that aren't public, which its critical name
// constraints enforce (RFC 5280 §4.2.1.10), so that trusting it doesn't affect the rest of the web.

#include "base/random.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_maker.hpp"
#include "crypto/key_kind.hpp"
#include "net/server.hpp"

#include <filesystem>
#include <vector>

namespace carillon::certs {

inline constexpr std::chrono::days kRootLifetime{3650};
inline constexpr std::chrono::days kLeafLifetime{7};
/// A leaf is valid from shortly before it was created, because clients' clocks can be behind.
inline constexpr std::chrono::hours kBackdating{1};
/// The root is valid from this day on, so that it is valid even if the clock was ahead when it was created.
inline constexpr Time kRootNotBefore{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};

/// Whether a public CA could issue for this name, so that the local CA must not. Private addresses and names reserved for private use
/// aren't public.
[[nodiscard]] bool is_public_name(std::string_view name);

/// A leaf with the data for storing and serving it.
struct Leaf {
  net::CertificateForTls for_tls;
  std::string pem;  ///< certificate, then key
  Time not_before;
  Time not_after;
};

/// Any thread.
class LocalCa {
 public:
  /// Opens the CA in `folder` (root.pem, root.key mode 0600), or creates it.
  [[nodiscard]] static Result<std::unique_ptr<LocalCa>> open(const std::filesystem::path& folder, const Clock& clock, Random& random);

  /// A new leaf for these names with a new key; `refused` for a public name. "localhost" also includes 127.0.0.1 and ::1.
  [[nodiscard]] Result<Leaf> issue(const std::vector<std::string>& names, crypto::KeyKind key = crypto::KeyKind::p256) const;
  [[nodiscard]] Result<Leaf> issue(const std::string& name) const { return issue(std::vector{name}); }
  /// Reads a stored leaf if it is complete, valid for `name` and from this CA.
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
