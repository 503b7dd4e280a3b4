#pragma once
// The service status for users: whether downloads and publishing work, and recent failures. The data of the status page
// (site/pages/status_page.hpp).

#include "base/time.hpp"
#include "incidents/incidents.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carillon::uptime {

/// How long incidents are shown.
inline constexpr std::chrono::days kIncidentsShown{90};
/// Older results don't describe the current state.
inline constexpr std::chrono::minutes kStatusHolds{2};

enum class Condition { works, limited, fails };

struct PartStatus {
  Condition condition = Condition::works;
  std::string meaning;          ///< for people outside; never an error's own text
  std::optional<Time> since{};  ///< since when it hasn't worked; none if it works
};

/// An incident that affected users.
struct PublicIncident {
  Time begun;
  std::optional<Time> ended;  ///< none: not resolved
  std::string what;
  Condition downloads = Condition::works;  ///< its effect on downloads
};

struct Status {
  Time looked;  ///< when downloads and publishing were checked
  PartStatus downloads, publishing;
  std::vector<PublicIncident> incidents;  ///< newest first
  std::optional<Time> incidents_known;    ///< when they were last read; not possible while the database fails
  std::optional<Time> measured_since;
};

/// Any thread. Reading copies a shared pointer and doesn't wait for checks.
class StatusBoard {
 public:
  void put(Status status) { current_ = std::make_shared<const Status>(std::move(status)); }
  [[nodiscard]] std::shared_ptr<const Status> current() const { return current_; }  ///< null before the first check

 private:
  std::atomic<std::shared_ptr<const Status>> current_;
};

/// The incidents at one of `own_names` that affected users, newest first: an expired certificate from its expiry, a wrong one as long as it
/// was served. Failed renewals that were fixed in time aren't included. Doesn't reveal people, hosts or errors.
[[nodiscard]] std::vector<PublicIncident> public_incidents(std::span<const incidents::Incident> all, std::span<const std::string> own_names,
                                                           Time now);

}  // namespace carillon::uptime
