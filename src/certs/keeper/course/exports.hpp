#pragma once
// Exports follow the state: what is in the folders is compared with the certificates in force, again and again; what differs is written,
// and the command runs when something was written or has not succeeded yet. Each export succeeds and fails for itself.

#include "base/mutex.hpp"
#include "certs/keeper/inventory.hpp"

#include <map>
#include <memory>

namespace carillon::certs {

/// Any thread. Blocks, at most kExportDeadline for each export's command.
class Exports {
 public:
  /// `node`: of this node's folders is spoken.
  Exports(const World& world, std::string node, Inventory& inventory) : world_{world}, node_{std::move(node)}, inventory_{inventory} {}

  /// These are the exports from now on. Solves the incidents of those that are gone; those that failed are tried again at once.
  Result<> configure(const std::vector<Export>& exports);
  enum class Those { healthy, failing };
  /// Compares every export of that kind with what is in force, and puts right what differs. A healthy one never waits for a failing one.
  void work(Those those);
  /// The certificate for `name` is about to be in force: writes every export of it.
  void bring(const KeptName& name, const StoredCertificate& certificate);
  [[nodiscard]] std::vector<ExportState> states_of(const std::string& name) const;
  /// `name` is no longer kept: nothing is remembered of its exports.
  Result<> forget(db::Session& session, const std::string& name) const;
  /// Kills commands that run and lets no more begin.
  void stop() { stopping_.request_stop(); }

 private:
  struct Target {
    Export wanted;
    std::string subject;             ///< of its incident
    std::shared_ptr<Mutex> working;  ///< held while it is compared and written; the same for its name and folder, whatever else changes
  };
  /// What is known of one, by its name and folder.
  struct Known {
    int failures = 0;           ///< in a row
    std::string failed_with{};  ///< the certificate of the last failure
    Time again{};               ///< not before, with that certificate
    ExportState state;
  };
  using Key = std::pair<std::string, std::filesystem::path>;
  using Targets = std::vector<std::shared_ptr<Target>>;

  /// Calls `update` for each, side by side.
  static void each(const Targets& targets, const std::function<void(Target&)>& update);
  [[nodiscard]] Targets targets() const;
  [[nodiscard]] Known known_of(const Export& wanted) const;
  void follow(Target& target);
  /// With target.working held.
  void update(Target& target, const KeptName& row, const StoredCertificate& certificate);
  Result<> write(const Target& target, const std::vector<ExportedFile>& stale) const;
  void settle(Target& target, const KeptName& row, const StoredCertificate& certificate, const Result<>& outcome);

  World world_;
  std::string node_;
  Inventory& inventory_;
  std::stop_source stopping_;
  mutable Mutex mutex_;
  Targets targets_ GUARDED_BY(mutex_);
  std::map<Key, Known> known_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
