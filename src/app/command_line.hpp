#pragma once
// The command line: its commands, their options and exit status.

namespace carillon::app {

/// Exit status: 0 done; 1 refused or failed, with one line on stderr that says what, why and what to do; 2 wrong usage.
int run(int count, char** arguments);

}  // namespace carillon::app
