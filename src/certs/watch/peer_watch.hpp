#pragma once
// Watching other Carillons from this machine: what watches from the same machine is not outside.

#include "certs/watch/watcher.hpp"
#include "http/client/outgoing.hpp"
#include "incidents/incidents.hpp"

#include <map>

namespace carillon::certs {

/// A peer is asked this often, and taken for silent after so many questions without an answer.
inline constexpr std::chrono::seconds kPeerRound{30};
inline constexpr int kSilences = 3;

/// Another Carillon: where it answers, the token that lets us ask for its health, and the file of certificates it is trusted by; "" for
/// none.
struct Peer {
  std::string url;
  std::string token;
  std::string ca_file;
};

/// One thread.
class PeerWatch {
 public:
  struct Parts {
    http::Outgoing& outgoing;
    db::Database& database;
    incidents::Incidents& incidents;
    Watcher& watcher;
    const Clock& clock;
  };
  PeerWatch(const Parts& parts, std::vector<Peer> peers) : parts_{parts}, peers_{std::move(peers)} {}

  /// Puts the peers' own endpoints under watch; so their certificates are looked at, and reminded of, while they are down.
  Result<> begin();
  /// Asks every peer for its health; opens "peer-silent" for those that are, solves it when they answer again. Blocks.
  std::optional<Time> work();

 private:
  void ask(const Peer& peer);

  Parts parts_;
  std::vector<Peer> peers_;
  std::map<std::string, int> silences_;
};

}  // namespace carillon::certs
