#pragma once
// Pauses after failures. Pure.

#include "base/time.hpp"

#include <optional>

namespace carillon::certs {

/// The pause before the next try after `failures` (at least 1) in a row: 1, 2, 2, 5, 10, 10, 10, 20, 30 min, 1, 2, 3 h, then every 6 h;
/// varied by up to a tenth with `jitter` in [0, 1). A longer Retry-After from the CA takes precedence, up to a day. `left` is the time
/// until the active certificate expires. The pause is at most an eighth of it, but at least ten minutes, so that a recovered CA is noticed
/// before the expiry.
[[nodiscard]] Duration pause_after(int failures, double jitter, std::optional<Duration> retry_after, std::optional<Duration> left = {});

/// After the `failures`-th failed check or poll that isn't urgent: 1 min, doubled each time, at most 6 h (RFC 9773
/// §4.3).
[[nodiscard]] Duration polling_pause_after(int failures);

}  // namespace carillon::certs
