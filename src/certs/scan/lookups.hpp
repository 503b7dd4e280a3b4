#pragma once
// Resolves names on a few threads while handshakes are running.

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "dns/resolver.hpp"

#include <functional>
#include <thread>
#include <vector>

namespace carillon::certs {

class Lookups {
 public:
  struct Answer {
    std::size_t question;  ///< index into the names
    Result<std::vector<std::string>> addresses;
  };
  /// Starts immediately. `woken` is called on the threads whenever there is something to take. `resolver` and `woken` must outlive it.
  Lookups(dns::Resolver& resolver, std::vector<std::string> names, std::size_t threads, std::function<void()> woken);
  /// The results since the last call. Any thread.
  [[nodiscard]] std::vector<Answer> take();

 private:
  void run(const std::stop_token& stop);

  dns::Resolver& resolver_;
  std::vector<std::string> names_;
  std::function<void()> woken_;
  Mutex mutex_;
  std::size_t next_ GUARDED_BY(mutex_) = 0;
  std::vector<Answer> answers_ GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;  ///< the last member: they use the others
};

}  // namespace carillon::certs
