#pragma once
// Certificates that are got, served and looked at: the keeper with its table and its local CA, what is watched, and peers.

#include "api/events/events.hpp"
#include "app/data_folder.hpp"
#include "app/keeping/outside.hpp"
#include "app/keeping/watched_roots.hpp"
#include "app/rounds.hpp"
#include "certs/keeper/keeper_runner.hpp"
#include "certs/serving/local_ca.hpp"
#include "certs/watch/peer_watch.hpp"
#include "certs/watch/watcher.hpp"
#include "jobs/node.hpp"
#include "jobs/workers.hpp"

#include <atomic>

namespace carillon::app {

/// Used from the main thread; what it hands out, from any.
class Certificates {
 public:
  /// All must live longer.
  struct Parts {
    const DataFolder& data;
    const Clock& clock;
    Random& random;
    db::Database& database;  ///< with guard_schema() or more
    const Outside& outside;
    incidents::Incidents& incidents;
    const crypto::MasterKey& master;
    api::EventBus& events;
    jobs::Node& node;  ///< whose leases and turns it takes
  };
  /// Makes everything and puts what is in force into the table; nothing runs yet.
  static Result<std::unique_ptr<Certificates>> open(const Parts& parts, const Configuration& configuration);
  ~Certificates() { stop(); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// The names of the configuration (first of them: the default for clients that name none) and the port they are reached at. Those of the
  /// local CA are served when this returns.
  Result<> keep_configured(const Configuration& configuration, std::uint16_t port);
  /// The clock was set back: certificates and watches go on. Blocks. Any thread.
  void clock_set_back(const SetBack& jump);
  /// Begins to work: renewals, watches, peers.
  void start();
  /// Ends every step under way.
  void stop();

  // Another node made a change: it is taken over in the background. Any thread.
  /// `lines` were added to the name's history.
  void name_changed(const std::string& name, std::size_t lines);
  void names_missed();

  [[nodiscard]] const acme::ChallengeBoard& challenges() const noexcept { return challenges_; }
  [[nodiscard]] certs::CertificateTable& table() noexcept { return table_; }
  [[nodiscard]] certs::Keeper& keeper() noexcept { return *keeper_; }
  [[nodiscard]] certs::Watcher& watcher() noexcept { return *watcher_; }

 private:
  explicit Certificates(const Parts& parts) : parts_{parts} {}
  Result<> make_keeper(const Configuration& configuration);
  Result<> make_watcher(const Configuration& configuration);
  Result<> make_peers(const Configuration& configuration);
  /// Checks what is watched against the roots as they are now, if they have changed or `always`. Any thread.
  void take_roots(bool always);

  /// A line of a name's history, as an event.
  void publish(const certs::KeptName& name, const certs::HistoryLine& line);
  /// The last `lines` of it.
  void publish_latest(const std::string& name, std::size_t lines);
  void take_over_names();

  Parts parts_;
  std::vector<certs::IssuerSettings> issuers_;
  std::unique_ptr<certs::LocalCa> local_ca_;
  acme::ChallengeBoard challenges_;
  certs::CertificateTable table_{&challenges_};
  std::unique_ptr<certs::Keeper> keeper_;
  std::unique_ptr<WatchedRoots> roots_;
  std::unique_ptr<certs::Watcher> watcher_;
  std::unique_ptr<certs::PeerWatch> peers_;
  std::unique_ptr<certs::KeeperRunner> runner_;
  std::atomic<bool> names_behind_ = false;  ///< what other nodes did could not be read
  Rounds rounds_;
  /// For what other nodes did: a name that is being worked on here is waited for. Last, so that it ends before what it uses.
  jobs::Workers following_{"following", 1};
};

}  // namespace carillon::app
