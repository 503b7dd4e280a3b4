#pragma once
// How a second certificate with an RSA key is named: "www.example.org+rsa" is managed beside "www.example.org" and is for the same host.
// It's for clients that can't use certificates with an elliptic curve.

#include <string>
#include <string_view>

namespace carillon::certs {

inline constexpr std::string_view kRsaMark = "+rsa";

[[nodiscard]] inline bool has_rsa_mark(std::string_view name) noexcept { return name.size() > kRsaMark.size() && name.ends_with(kRsaMark); }
/// The host: `name` without the mark, if it has one.
[[nodiscard]] inline std::string_view without_rsa_mark(std::string_view name) noexcept {
  return has_rsa_mark(name) ? name.substr(0, name.size() - kRsaMark.size()) : name;
}
[[nodiscard]] inline std::string with_rsa_mark(std::string_view host) { return std::string(host) + std::string(kRsaMark); }

}  // namespace carillon::certs
