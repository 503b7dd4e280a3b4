#pragma once
// Creates certificates for a private CA: a self-signed root that can only sign certain names, and leaves under it.

#include "base/random.hpp"
#include "crypto/certificate.hpp"

namespace carillon::crypto {

/// The content of a root.
struct RootRequest {
  std::string common_name;  ///< at most 64 characters (RFC 5280, ub-common-name)
  Time not_before;
  Time not_after;
  /// DNS suffixes and "ADDRESS/MASK" networks that it can sign, in OpenSSL's notation ("10.0.0.0/255.0.0.0"); nothing else of these two
  /// kinds.
  std::vector<std::string> permitted_dns;
  std::vector<std::string> permitted_networks;
};

/// A self-signed root: basicConstraints CA with path length 0, keyCertSign and cRLSign, name constraints; all critical (RFC 5280 §4.2.1).
[[nodiscard]] Result<Certificate> make_root(const RootRequest& request, const PrivateKey& key, Random& random);

/// The content of a leaf.
struct LeafRequest {
  std::string common_name;         ///< for people; at most 64 characters
  std::vector<std::string> names;  ///< DNS names and IP addresses, at least one
  Time not_before;
  Time not_after;
};

/// A server certificate for `subject_key`, signed by `root`.
[[nodiscard]] Result<Certificate> make_leaf(const LeafRequest& request, const PrivateKey& subject_key, const Certificate& root,
                                            const PrivateKey& root_key, Random& random);

}  // namespace carillon::crypto
