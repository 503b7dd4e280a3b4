#pragma once
// One of the machines of a simulation: a production keeper and production incidents over the shared database, with a transport that can
// kill it.

#include "base/testing/testing.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/keeper/testing/simulated_net.hpp"
#include "testca/authority.hpp"

namespace carillon::certs::testing {

inline constexpr std::size_t kCas = 2;

/// What a power cut looks like from inside; no std::exception, so that nobody catches it.
struct Kill {};

/// One new order as it went out, refused or not.
struct Asked {
  Time at;
  int node = 0;
  std::string account;
  std::string name;
  bool replaces = false;
  int status = 0;  ///< 0: no answer came
  std::optional<Duration> retry_after;
};

/// What a node tells whoever watches it. One thread.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void asked(const Asked& order) = 0;
  virtual void exchanged(int node, bool changes) = 0;  ///< `changes`: more than a look at renewal information
  virtual void reported(const incidents::Report& report) = 0;
  virtual void solved(const std::string& kind, const std::string& subject) = 0;
  virtual void delivered(const notify::Message& message) = 0;
};

/// What the nodes share; outlives them.
struct Ground {
  carillon::testing::ManualClock& clock;
  std::array<testca::Authority*, kCas> cas;  ///< first and second issuer
  SimulatedNet& net;
  SimulatedProber& prober;
  Witness& witness;
  std::filesystem::path database;
  KeeperSettings settings;
};

/// Where the nodes find the CRL of this CA.
[[nodiscard]] std::string revocation_list_url(const testca::Authority& ca);

/// One thread. Every function may throw Kill while a kill is armed; then crash() is all that may follow.
class SimulatedNode {
 public:
  SimulatedNode(Ground& ground, int number, std::uint64_t seed);
  ~SimulatedNode();

  void start();  ///< from the database; std::runtime_error when that fails
  void crash();  ///< everything in memory is lost
  [[nodiscard]] bool on() const noexcept;
  /// The next request whose path has `request` in it ("": any but renewal information) throws Kill, before or after the CA has acted.
  void arm(Moment moment, std::string request);
  [[nodiscard]] bool armed() const noexcept;

  [[nodiscard]] Keeper& keeper();
  [[nodiscard]] const CertificateTable& table() const;
  /// The proof that this node would answer with.
  [[nodiscard]] std::optional<std::string> proof(const std::string& token) const;
  /// Sends what incidents have to say by now.
  void send();
  [[nodiscard]] std::optional<Time> next_sending() const noexcept;
  [[nodiscard]] Result<std::vector<incidents::Incident>> open_incidents();
  /// Checks certificates for revocation; returns when the next check is due.
  std::optional<Time> check_revocations();

 private:
  class Transport;
  struct Running;
  Ground& ground_;
  int number_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Running> running_;
};

}  // namespace carillon::certs::testing
