#pragma once
// Exports: regularly compares the folders with the active certificates, writes differences, and runs the command if something was written
// or it hasn't succeeded yet. Each export succeeds or fails independently.

#include "base/mutex.hpp"
#include "certs/keeper/inventory.hpp"

#include <map>
#include <memory>

namespace carillon::certs {

/// Any thread. Blocks, at most kExportDeadline for each export's command.
class Exports {
 public:
  /// `node` is the node whose folders these are.
  Exports(const World& world, std::string node, Inventory& inventory) : world_{world}, node_{std::move(node)}, inventory_{inventory} {}

  /// Sets the exports. Resolves the incidents of removed ones; failed ones are retried immediately.
  Result<> configure(const std::vector<Export>& exports);
  enum class Those { healthy, failing };
  /// Compares every export of that kind with the active certificate and corrects differences. Healthy exports never wait for failing ones.
  void work(Those those);
  /// Writes all exports of `name` before the certificate becomes active.
  void bring(const KeptName& name, const StoredCertificate& certificate);
  [[nodiscard]] std::vector<ExportState> states_of(const std::string& name) const;
  /// Deletes the records of all exports of `name`, which is no longer managed.
  Result<> forget(db::Session& session, const std::string& name) const;
  /// Kills running commands and starts no more.
  void stop() { stopping_.request_stop(); }

 private:
  struct Target {
    Export wanted;
    std::string subject;  ///< of its incident
    std::shared_ptr<Mutex>
        working;  ///< held while it is compared and written; the same for the same name and folder, even if other settings change
  };
  /// The state of an export, by its name and folder.
  struct Known {
    int failures = 0;           ///< in a row
    std::string failed_with{};  ///< the certificate of the last failure
    Time again{};               ///< when to retry with that certificate
    ExportState state;
  };
  using Key = std::pair<std::string, std::filesystem::path>;
  using Targets = std::vector<std::shared_ptr<Target>>;

  /// Calls `update` for each target in parallel.
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
