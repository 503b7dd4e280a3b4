// See signals.hpp.

#include "app/running/signals.hpp"

#include "base/log.hpp"

namespace carillon::app {

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void wait_for_stop(const sigset_t& signals, const std::function<Result<Configuration>()>& read,
                   const std::function<void(Configuration)>& reread) {
  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return;
    auto again = read();
    if (again)
      reread(std::move(*again));
    else
      log::error("the configuration could not be reloaded; the old one stays active", {{"reason", again.error().message}});
  }
}

}  // namespace carillon::app
