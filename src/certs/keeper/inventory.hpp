#pragma once
// The names in the database: leases, the writes of each step, and the certificates with their keys.

#include "certs/keeper/keeper.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/shared_random.hpp"
#include "certs/keeper/solvers/solvers.hpp"

namespace carillon::certs {

/// A lease lasts this long from the last step; after that, another node takes over from a dead one.
inline constexpr std::chrono::minutes kLease{10};

/// Any thread, but only one per name. Blocks.
class Inventory {
 public:
  /// `node` is the holder of the leases.
  Inventory(const World& world, std::string node, Solvers& solvers, SharedRandom& random)
      : world_{world}, node_{std::move(node)}, solvers_{solvers}, random_{random} {}

  /// Gets the lease on `name`. False: another node is working on it, or has since the row was read (it is read again); either way there is
  /// nothing to do now.
  bool take_lease(NameState& name);
  using Also = std::function<Result<>(db::Session&)>;
  /// Writes the row, its history lines and related data in one transaction under our lease; `keep` continues the lease. False: nothing was
  /// written, and the row must be read again with the next lease.
  bool commit(NameState& name, const std::vector<HistoryLine>& lines, const Also& also = {}, bool keep = true);
  /// Call it in the transaction that writes the name and `lines` of its history, to notify other nodes that have it in memory.
  void note_change(const std::string& name, std::size_t lines = 0);
  /// Reports a line that was written without the row.
  void tell(const KeptName& row, const HistoryLine& line) const { told_(row, line); }
  /// Sets a function to call with each line once it is written. Before any other call.
  void on_step(std::function<void(const KeptName&, const HistoryLine&)> reported) { told_ = std::move(reported); }

  /// Reads the certificates in the row, and serves the active one.
  Result<> read_certificates(NameState& name);
  /// Reads whether they have been revoked, if that is known.
  void read_revocations(NameState& name) const;
  /// If the active certificate can't be read (its key is sealed with another master key, a row is damaged), makes a new one due
  /// immediately. Call it whenever the row was read again, because that isn't stored in the row.
  void renew_if_unreadable(NameState& name) const;
  /// Passes it to the listeners. For a name of a group that it lacks, adopt() is called.
  Result<> serve(const KeptName& row, const StoredCertificate& certificate);
  /// The valid certificates of groups, by name, newest first; also those of groups that no longer exist.
  using Shared = std::map<std::string, std::vector<std::string>, std::less<>>;
  [[nodiscard]] Result<Shared> shared_certificates() const;
  /// If a single name has no certificate of its own and is served with that of a group that it was in: until when. None if that can't be
  /// read. Blocks.
  [[nodiscard]] std::optional<Time> served_until(const NameState& name) const;
  /// Names that come from a group keep the certificate that they are served with until there is a new one: what is served for the row's
  /// names and belongs to another group belongs to the row from now on. If nothing is served for a name, it gets one of `shared`; null:
  /// they are read if the row is a group. In a group, a name that is still served with its own certificate keeps that.
  void adopt(const KeptName& row, const Shared* shared = nullptr);
  /// The current row of `name`; none if it isn't managed.
  [[nodiscard]] Result<std::optional<KeptName>> read_row(const std::string& name) const;
  [[nodiscard]] Result<std::optional<StoredCertificate>> find(const std::string& id) const;

  /// A certificate with its chain and key, for listeners.
  [[nodiscard]] Result<std::shared_ptr<const net::CertificateForTls>> for_tls(const StoredCertificate& certificate) const;
  [[nodiscard]] std::string seal_key(const std::string& name, std::string_view der) const;
  /// DER.
  [[nodiscard]] Result<std::string> open_key(const std::string& name, std::string_view sealed) const;

 private:
  World world_;
  std::string node_;
  Solvers& solvers_;
  SharedRandom& random_;
  std::function<void(const KeptName&, const HistoryLine&)> told_ = [](const KeptName&, const HistoryLine&) {};
};

}  // namespace carillon::certs
