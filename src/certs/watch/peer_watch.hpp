#pragma once
// Watches other Carillon servers from this machine, because a check from the same machine isn't from outside.

#include "certs/watch/watcher.hpp"
#include "http/client/outgoing.hpp"
#include "incidents/incidents.hpp"

#include <map>

namespace carillon::certs {

/// How often a peer is checked, and after how many failed checks it counts as silent.
inline constexpr std::chrono::seconds kPeerRound{30};
inline constexpr int kSilences = 3;

/// Another Carillon server: its URL, the token for its health API, and the file with its CA certificates; "" for none.
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

  /// Watches the peers' own endpoints, so that their certificates are checked, and reminders sent, even if the peers are down.
  Result<> begin();
  /// Checks the health of every peer; opens "peer-silent" for silent ones, resolves it when they respond again. Blocks.
  std::optional<Time> work();

 private:
  void ask(const Peer& peer);

  Parts parts_;
  std::vector<Peer> peers_;
  std::map<std::string, int> silences_;
};

}  // namespace carillon::certs
