#pragma once
// What users could do and could not: whether downloads and publishing work, and what did not in the last days. The status page
// (site/pages/status_page.hpp) is made of it.

#include "base/time.hpp"
#include "incidents/incidents.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carillon::uptime {

/// Incidents are shown for so long.
inline constexpr std::chrono::days kIncidentsShown{90};
/// What was found out longer ago than this says nothing about now.
inline constexpr std::chrono::minutes kStatusHolds{2};

enum class Condition { works, limited, fails };

struct PartStatus {
  Condition condition = Condition::works;
  std::string meaning;          ///< for people outside; never an error's own text
  std::optional<Time> since{};  ///< when it began not to work; none while it works
};

/// Something that people outside noticed.
struct PublicIncident {
  Time begun;
  std::optional<Time> ended;  ///< none: not over
  std::string what;
  Condition downloads = Condition::works;  ///< what it did to downloads while it lasted
};

struct Status {
  Time looked;  ///< when downloads and publishing were looked at
  PartStatus downloads, publishing;
  std::vector<PublicIncident> incidents;  ///< newest first
  std::optional<Time> incidents_known;    ///< when they were last read; they cannot be while the database fails
  std::optional<Time> measured_since;
};

/// Any thread. Reading copies a shared pointer and waits for no look.
class StatusBoard {
 public:
  void put(Status status) { current_ = std::make_shared<const Status>(std::move(status)); }
  [[nodiscard]] std::shared_ptr<const Status> current() const { return current_; }  ///< null before the first look

 private:
  std::atomic<std::shared_ptr<const Status>> current_;
};

/// Those that people outside noticed at one of `own_names`, newest first: an expired certificate from the moment it expired, a wrong one as
/// long as it was seen. A renewal that failed and was mended in time was noticed by nobody. Names no person, no host, and no error.
[[nodiscard]] std::vector<PublicIncident> public_incidents(std::span<const incidents::Incident> all, std::span<const std::string> own_names,
                                                           Time now);

}  // namespace carillon::uptime
