#pragma once
// `carillon guard`: the certificate keeper alone, for any site. It has no podcast tables, pages or code.

#include "app/serve.hpp"

namespace carillon::app {

/// Runs until SIGTERM or SIGINT; SIGHUP re-reads the configuration. Returns the exit status. Like serve(): call it from the main thread,
/// before other threads are created.
Result<int> guard(ServeOptions options);

}  // namespace carillon::app
