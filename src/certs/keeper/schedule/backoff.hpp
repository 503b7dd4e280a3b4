#pragma once
// How long to wait after a failure. Pure.

#include "base/time.hpp"

#include <optional>

namespace carillon::certs {

/// The pause before the next try after `failures` (at least 1) in a row: 1, 2, 2, 5, 10, 10, 10, 20, 30 min, 1, 2, 3 h, then every 6 h, for
/// ever; shortened or lengthened by up to a tenth with `jitter` in [0, 1). What the CA asked for with Retry-After is kept when it is
/// longer, up to a day. `left`: so long until the certificate in force ends. The pause is at most an eighth of it, but not less than ten
/// minutes: a CA that is back has to be noticed before the end, and six hours are too long for what ends in five.
[[nodiscard]] Duration pause_after(int failures, double jitter, std::optional<Duration> retry_after, std::optional<Duration> left = {});

/// After failing for the `failures`-th time to look or to ask, when nothing is at stake yet: 1 min doubled each time, at most 6 h (RFC 9773
/// §4.3).
[[nodiscard]] Duration polling_pause_after(int failures);

}  // namespace carillon::certs
