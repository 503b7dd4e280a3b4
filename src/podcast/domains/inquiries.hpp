#pragma once
// Questions to name servers: on threads of their own, each asked once however many wait for its answer.

#include "base/mutex.hpp"
#include "jobs/workers.hpp"
#include "podcast/domains/domains.hpp"

#include <map>
#include <memory>

namespace carillon::podcast {

/// Name servers that stay silent hold up their own names only as long as there are threads left.
inline constexpr std::size_t kLookupThreads = 4;

/// Any thread.
class Inquiries {
 public:
  using Answer = Result<std::vector<std::string>>;

  Inquiries() = default;
  ~Inquiries() { stop(); }
  Inquiries(const Inquiries&) = delete;
  Inquiries& operator=(const Inquiries&) = delete;

  /// What DNS says, asked through `lookup`, of each name, within `patience`; `kind` tells lookups of one name apart. `lookup` must live
  /// longer. Blocks.
  std::vector<Answer> ask(const Domains::Lookup& lookup, char kind, const std::vector<std::string>& names, Duration patience);
  /// Nobody waits any more; a question that is under way ends as it would.
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
