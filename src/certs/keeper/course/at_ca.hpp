#pragma once
// The steps of a renewal or a spare at a CA that speaks ACME: due → ordered → validated → issued → stored.

#include "certs/keeper/clocks.hpp"
#include "certs/keeper/course/failures.hpp"

namespace carillon::certs {

/// The CA's `Date` may differ from our clock by this much; beyond, one of the two is wrong, and nothing is ordered on its word.
inline constexpr std::chrono::hours kClockTolerance{1};

/// Any thread, but only one per name, under its lease. Each step sends one request to the CA, stores the result, and can be repeated after
/// a crash at any point. Blocks.
class CourseAtCa {
 public:
  struct Parts {
    const World& world;
    Issuers& issuers;
    Inventory& inventory;
    Solvers& solvers;
    IssuerClocks& clocks;
    const Attempts& attempts;
    Spares& spares;
    Failures& failures;
  };
  explicit CourseAtCa(const Parts& parts) : parts_{parts} {}

  /// Runs the local checks once, and places an order when the queue admits it.
  void order(NameState& name);
  /// Prepares the challenge response, or polls the validation.
  void validate(NameState& name);
  /// Sends the signing request, or polls the order.
  void finalize(NameState& name);
  /// Fetches the certificate and checks it.
  void fetch(NameState& name);

 private:
  struct Placed {
    std::shared_ptr<acme::Client> client;
    acme::Order order;
  };
  [[nodiscard]] Time now() const { return parts_.world.clock.now(); }
  /// The order's state at the CA; none if that failed, which was recorded.
  [[nodiscard]] std::optional<Placed> read_order(NameState& name);
  /// A pending authorization with the challenge that is responded to.
  struct Proving {
    std::string host;
    acme::Challenge challenge;
    Solver* solver = nullptr;
  };
  /// Publishes the proof for an authorization; false: the step ends here.
  [[nodiscard]] bool present(NameState& name, acme::Client& client, const Proving& proving);
  /// Tells the CA that it can validate a published proof; false: the step ends here.
  [[nodiscard]] bool respond(NameState& name, acme::Client& client, const Proving& proving);
  /// Responds to all pending authorizations; false: the step ends here.
  [[nodiscard]] bool prove(NameState& name, acme::Client& client, const std::vector<acme::Authorization>& pending);
  /// Goes to the issuer that has room for the order; false: it can't, or the step ends here.
  [[nodiscard]] bool change_issuer(NameState& name);
  [[nodiscard]] Result<std::string> precheck(const NameState& name);
  [[nodiscard]] Result<std::string> precheck(const NameState& name, const std::string& host);
  /// What to change in the configuration if the row has an IP address and the CA has a profile for those; "" if there's nothing to change.
  [[nodiscard]] std::string profile_for_addresses(const NameState& name) const;
  void place_order(NameState& name);
  [[nodiscard]] std::string_view preferred_for(const NameState& name, const std::string& host) const;
  [[nodiscard]] Result<crypto::PrivateKey> order_key(const KeptName& row) const;
  [[nodiscard]] Result<StoredCertificate> checked(const NameState& name, const std::string& chain_pem, const crypto::PrivateKey& key) const;
  /// The chain that is served: the issuer's preferred chain, else the CA's default, else any other that passes the checks.
  [[nodiscard]] Result<StoredCertificate> chosen(const NameState& name, acme::Client& client, const acme::Client::Chains& chains,
                                                 const crypto::PrivateKey& key) const;
  /// If a request was rejected only because of the key that signed it: it is tried again with the right key or with a new account, and no
  /// one has failed.
  bool signs_anew(NameState& entry, const acme::Failure& failure);
  /// If it may be due to a missing profile for IP addresses, the failure says that, too.
  void fail_with(NameState& name, const std::string& what, acme::Failure failure, Keep keep);
  /// A failure of one of the row's names.
  void fail_with(NameState& name, const std::string& host, const std::string& what, acme::Failure failure, Keep keep);

  Parts parts_;
};

}  // namespace carillon::certs
