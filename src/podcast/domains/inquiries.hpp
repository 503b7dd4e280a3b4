#pragma once
// DNS queries on separate threads; each is sent once, even if several callers wait for it.

#include "base/mutex.hpp"
#include "jobs/workers.hpp"
#include "podcast/domains/domains.hpp"

#include <map>
#include <memory>

namespace carillon::podcast {

/// Silent name servers only delay their own names, as long as there are free threads.
inline constexpr std::size_t kLookupThreads = 4;

/// Any thread.
class Inquiries {
 public:
  using Answer = Result<std::vector<std::string>>;

  Inquiries() = default;
  ~Inquiries() { stop(); }
  Inquiries(const Inquiries&) = delete;
  Inquiries& operator=(const Inquiries&) = delete;

  /// The results of `lookup` for each name, within `patience`; `kind` distinguishes lookups of the same name. `lookup` must outlive it.
  /// Blocks.
  std::vector<Answer> ask(const Domains::Lookup& lookup, char kind, const std::vector<std::string>& names, Duration patience);
  /// Stops waiting; running queries end on their own.
  void stop();

 private:
  struct Inquiry {
    std::optional<Answer> answer;  ///< under mutex_
  };
  Mutex mutex_;
  Condition answered_;
  std::map<std::string, std::shared_ptr<Inquiry>> under_way_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  jobs::Workers lookups_{"lookups", kLookupThreads};  ///< the last member: its threads use the others
};

}  // namespace carillon::podcast
