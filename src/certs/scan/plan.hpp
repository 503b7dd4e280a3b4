#pragma once
// Turns typed targets into endpoints and certificate files.

#include "certs/scan/configuration.hpp"
#include "certs/scan/scan.hpp"

#include <map>
#include <set>

namespace carillon::certs {

/// A chain of certificates in a file.
struct CertificateFile {
  std::string path;                        ///< followed by ": " and the chain's label if the file has several
  std::string name;                        ///< its server name; "" if unknown
  std::vector<crypto::Certificate> chain;  ///< including intermediates that its server has in another file
};

struct Plan {
  std::vector<Target> endpoints;  ///< each once
  std::vector<CertificateFile> files;
  std::map<Target, std::string> local;  ///< endpoints of servers that listen only on this loopback address
  std::set<Target> single;              ///< the endpoints that aren't part of a range
  std::vector<std::string> problems;    ///< what could not be checked, each a sentence
  std::vector<std::string> remarks;     ///< what was checked in another way, or left out because it isn't in use
};

/// Blocks on files, never on the network.
[[nodiscard]] Result<Plan> plan(const ScanRequest& request, const Files& files);

}  // namespace carillon::certs
