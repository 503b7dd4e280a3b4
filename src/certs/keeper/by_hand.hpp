#pragma once
// Manually managed certificates: the signing request, the import with all checks, the reminders.

#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"
#include "certs/keeper/names.hpp"

namespace carillon::certs {

/// Any thread; blocks.
class ByHand {
 public:
  struct Parts {
    const World& world;
    const KeeperSettings& settings;
    const Issuers& issuers;
    Names& names;
    Inventory& inventory;
    const Attempts& attempts;
    SharedRandom& random;
    std::function<void(NameState&)> act;  ///< performs the next due task for a name
  };
  explicit ByHand(Parts parts) : parts_{std::move(parts)} {}

  /// See Keeper.
  Result<std::string> signing_request(const std::string& name);
  Result<Keeper::Import> import_certificate(const std::string& name, std::string_view certificate, std::string_view key,
                                            const std::optional<std::string>& passphrase);
  /// Sends reminders about a certificate that must be renewed manually. Called by the thread that works on the name.
  void remind(NameState& name);

 private:
  [[nodiscard]] Result<std::optional<crypto::PrivateKey>> waiting_key(const std::string& name) const;
  [[nodiscard]] Result<crypto::PrivateKey> make_key(const KeptName& row);
  /// Why an imported certificate that is valid from `begin` on can't wait until then; both are "" if it can.
  struct Wait {
    std::string problem{};  ///< the end of a sentence
    std::string advice{};
  };
  [[nodiscard]] Wait wait_of(const NameState& name, Time begin) const;

  Parts parts_;
};

}  // namespace carillon::certs
