#pragma once
// Turns typed targets into endpoints and certificate files.

#include "certs/scan/configuration.hpp"
#include "certs/scan/scan.hpp"

#include <map>
#include <set>

namespace carillon::certs {

/// A chain of certificates in a file.
struct CertificateFile {
  std::string path;                        ///< with ": " and the chain's label behind it if the file has several
  std::string name;                        ///< what its server answers to; "" when nobody says
  std::vector<crypto::Certificate> chain;  ///< with the intermediates that its server keeps in another file
};

struct Plan {
  std::vector<Target> endpoints;  ///< each once
  std::vector<CertificateFile> files;
  std::map<Target, std::string> local;  ///< endpoints of servers that listen only on this address of loopback
  std::set<Target> single;              ///< those of them that are not part of a range
  std::vector<std::string> problems;    ///< what could not be looked at, each a sentence
  std::vector<std::string> remarks;     ///< what was looked at another way, or left out since it isn't in use
};

/// Blocks on files, never on the network.
[[nodiscard]] Result<Plan> plan(const ScanRequest& request, const Files& files);

}  // namespace carillon::certs
