#pragma once
// Certificates: the keeper with its table and local CA, watched endpoints, and peers.

#include "api/events/events.hpp"
#include "app/data_folder.hpp"
#include "app/keeping/outside.hpp"
#include "app/keeping/watched_roots.hpp"
#include "app/rounds.hpp"
#include "certs/keeper/keeper_runner.hpp"
#include "certs/revocation/revocations.hpp"
#include "certs/serving/local_ca.hpp"
#include "certs/watch/peer_watch.hpp"
#include "certs/watch/watcher.hpp"
#include "jobs/node.hpp"
#include "jobs/workers.hpp"

#include <atomic>

namespace carillon::app {

/// Used from the main thread; the objects it returns can be used from any thread.
class Certificates {
 public:
  /// All must outlive it.
  struct Parts {
    const DataFolder& data;
    const Clock& clock;
    Random& random;
    db::Database& database;  ///< with guard_schema() or more
    const Outside& outside;
    incidents::Incidents& incidents;
    const crypto::MasterKey& master;
    api::EventBus& events;
    jobs::Node& node;  ///< the node whose leases and turns it uses
  };
  /// Creates everything and loads the active certificates into the table; nothing runs yet.
  static Result<std::unique_ptr<Certificates>> open(const Parts& parts, const Configuration& configuration);
  ~Certificates() { stop(); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// Manages the configured names (the first is the default for clients without SNI) at their public port. The origin's host is one of them
  /// if `serves_origin`: otherwise, a web server in front has its certificate. Names of the local CA are served when this returns.
  /// A name that can't be managed is logged and stops neither the others nor the start.
  Result<> keep_configured(const Configuration& configuration, std::uint16_t port, bool serves_origin);
  /// Corrects certificates and watches after the clock was set back. Blocks. Any thread.
  void clock_set_back(const SetBack& jump);
  /// Starts renewals, watches and peer checks.
  void start();
  /// Stops every running step.
  void stop();

  // Another node made a change: it is taken over in the background. Any thread.
  /// `lines` were added to the name's history.
  void name_changed(const std::string& name, std::size_t lines);
  void names_missed();
  /// The key of the account with `issuer` was replaced; "" if it isn't known which.
  void account_changed(const std::string& issuer);

  [[nodiscard]] const acme::ChallengeBoard& challenges() const noexcept { return challenges_; }
  [[nodiscard]] certs::CertificateTable& table() noexcept { return table_; }
  [[nodiscard]] certs::Keeper& keeper() noexcept { return *keeper_; }
  [[nodiscard]] certs::Watcher& watcher() noexcept { return *watcher_; }

 private:
  explicit Certificates(const Parts& parts) : parts_{parts} {}
  Result<> make_keeper(const Configuration& configuration);
  Result<> make_watcher(const Configuration& configuration);
  Result<> make_peers(const Configuration& configuration);
  /// Checks watched certificates against the current roots, if they have changed or `always`. Any thread.
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
  std::unique_ptr<certs::Revocations> revocations_;
  std::unique_ptr<certs::Keeper> keeper_;
  std::unique_ptr<WatchedRoots> roots_;
  std::unique_ptr<certs::Watcher> watcher_;
  std::unique_ptr<certs::PeerWatch> peers_;
  std::unique_ptr<certs::KeeperRunner> runner_;
  std::atomic<bool> names_behind_ = false;  ///< changes from other nodes could not be read
  Rounds rounds_;
  /// Applies changes from other nodes, waiting for names that are being worked on here. Last, so that it is destroyed before the members it
  /// uses.
  jobs::Workers following_{"following", 1};
};

}  // namespace carillon::app
