#pragma once
// The names in the database: who may write a name, what is written with each step, and the certificates with their keys.

#include "certs/keeper/keeper.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/shared_random.hpp"
#include "certs/keeper/solvers/solvers.hpp"

namespace carillon::certs {

/// A row is held this long from its last step; a node that died is followed by another after that.
inline constexpr std::chrono::minutes kLease{10};

/// Any thread, each name by one at a time. Blocks.
class Inventory {
 public:
  /// `node`: under this name leases are held.
  Inventory(const World& world, std::string node, Solvers& solvers, SharedRandom& random)
      : world_{world}, node_{std::move(node)}, solvers_{solvers}, random_{random} {}

  /// Makes sure that this node alone may write `name`. False: another one works on it, or did since its row was read, which was read again
  /// then; either way there is nothing more to do now.
  bool take_lease(NameState& name);
  using Also = std::function<Result<>(db::Session&)>;
  /// Writes the row with lines of its history, and what else belongs to it, in one transaction under our lease; `keep` goes on holding it.
  /// False: nothing was written, and the row is to be read again with the next lease.
  bool commit(NameState& name, const std::vector<HistoryLine>& lines, const Also& also = {}, bool keep = true);
  /// Within a write of the name and of `lines` of its history: other nodes have it in memory, too.
  void note_change(const std::string& name, std::size_t lines = 0);
  /// Tells of a line that was written without the row.
  void tell(const KeptName& row, const HistoryLine& line) const { told_(row, line); }
  /// Called with each line once it is written. Before any other call.
  void on_step(std::function<void(const KeptName&, const HistoryLine&)> reported) { told_ = std::move(reported); }

  /// Reads the certificates that the row names, and serves the one in force.
  Result<> read_certificates(NameState& name);
  /// What is in force can't be read (its key is sealed with another master key, a row is damaged): a new one is due at once. To be called
  /// whenever the row was read again, for the row knows nothing of it.
  void renew_if_unreadable(NameState& name) const;
  /// Hands it to the listeners.
  Result<> serve(const StoredCertificate& certificate);
  /// The row of `name` as the database has it now; none: it is not kept.
  [[nodiscard]] Result<std::optional<KeptName>> read_row(const std::string& name) const;
  [[nodiscard]] Result<std::optional<StoredCertificate>> find(const std::string& id) const;

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
