// See words.hpp.

#include "certs/probe/words.hpp"

#include "base/text.hpp"

#include <array>

namespace carillon::certs {
namespace {

using crypto::Finding;
constexpr std::array kFindings{Finding::expired,        Finding::not_yet_valid,    Finding::self_signed,    Finding::untrusted,
                               Finding::wrong_name,     Finding::incomplete_chain, Finding::reversed_chain, Finding::weak_key,
                               Finding::weak_signature, Finding::revoked};

}  // namespace

std::string_view explained(Finding finding) noexcept {
  switch (finding) {
    case Finding::expired:
      return "a certificate in its chain has expired";
    case Finding::not_yet_valid:
      return "it isn't valid yet";
    case Finding::self_signed:
      return "it is self-signed, and no client trusts it";
    case Finding::untrusted:
      return "it isn't signed by a trusted root";
    case Finding::wrong_name:
      return "it is only valid for other names";
    case Finding::incomplete_chain:
      return "the intermediate certificate isn't sent";
    case Finding::reversed_chain:
      return "the certificates in its chain are sent in the wrong order";
    case Finding::weak_key:
      return "its key is too short";
    case Finding::weak_signature:
      return "it is signed with SHA-1 or MD5";
    case Finding::revoked:
      return "its CA has revoked it";
  }
  return "it is malformed";
}

std::string_view remedy_for(Finding finding) noexcept {
  switch (finding) {
    case Finding::expired:
      return "Get the current intermediate certificate from the issuer and send it too.";
    case Finding::not_yet_valid:
      return "Restore the previous certificate until the new one is valid, and check the clocks.";
    case Finding::self_signed:
      return "Get a certificate from an issuer that clients trust.";
    case Finding::untrusted:
      return "Get a certificate from an issuer that clients trust, or add the issuer's root to the roots that this watch trusts.";
    case Finding::wrong_name:
      return "Get a certificate for this name, or install the right one for it.";
    case Finding::incomplete_chain:
      return "Install the full chain (often in a file named fullchain) instead of the certificate alone.";
    case Finding::reversed_chain:
      return "Put the certificate first in the file, followed by each issuer in order.";
    case Finding::weak_key:
      return "Get a certificate for a new key: P-256, or RSA with at least 2048 bits.";
    case Finding::weak_signature:
      return "Get a certificate whose whole chain is signed with SHA-256.";
    case Finding::revoked:
      return "Get a new certificate with a new key, and install it there.";
  }
  return "Renew it.";
}

std::string explained(std::span<const Finding> findings) {
  std::string text;
  for (const auto finding : findings) text.append(text.empty() ? "" : "; ").append(explained(finding));
  return text;
}

std::string stored(std::span<const Finding> findings) {
  std::string text;
  for (const auto finding : findings) text.append(text.empty() ? "" : " ").append(crypto::name_of(finding));
  return text;
}

std::vector<Finding> findings_of(std::string_view stored) {
  std::vector<Finding> findings;
  for (const auto word : split(stored, ' ')) {
    for (const auto known : kFindings) {
      if (crypto::name_of(known) == word) findings.push_back(known);
    }
  }
  return findings;
}

}  // namespace carillon::certs
