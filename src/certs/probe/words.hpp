#pragma once
// Findings in words for people.

#include "certs/probe/probe.hpp"
#include "crypto/inspection.hpp"

#include <span>

namespace carillon::certs {

/// The end of a sentence about a certificate: "it is only valid for other names".
[[nodiscard]] std::string_view explained(crypto::Finding finding) noexcept;
/// How to fix it, one sentence.
[[nodiscard]] std::string_view remedy_for(crypto::Finding finding) noexcept;
/// "a; b" of `explained`.
[[nodiscard]] std::string explained(std::span<const crypto::Finding> findings);

/// "expired weak_key": how findings are stored; unknown words are skipped when read.
[[nodiscard]] std::string stored(std::span<const crypto::Finding> findings);
[[nodiscard]] std::vector<crypto::Finding> findings_of(std::string_view stored);

}  // namespace carillon::certs
