#pragma once
// `carillon guard`: the certificate keeper alone, for any site. No table, page or code path of podcasts.

#include "app/serve.hpp"

namespace carillon::app {

/// Runs until SIGTERM or SIGINT; SIGHUP re-reads the configuration. Returns the exit status. As serve(): from the main thread, before any
/// other is made.
Result<int> guard(ServeOptions options);

}  // namespace carillon::app
