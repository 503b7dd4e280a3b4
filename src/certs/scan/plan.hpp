#pragma once
// From what was typed to what is looked at: endpoints, and certificates that lie in files.

#include "certs/scan/configuration.hpp"
#include "certs/scan/scan.hpp"

namespace carillon::certs {

/// A file of certificates. A file of more is a bundle of roots and none that is served.
struct CertificateFile {
  std::string path;
  std::string name;                        ///< what its server answers to; "" when nobody says
  std::vector<crypto::Certificate> chain;  ///< with the intermediates that its server keeps in another file
};

struct Plan {
  std::vector<Target> endpoints;  ///< each once
  std::vector<CertificateFile> files;
  std::vector<std::string> problems;
};

/// Blocks on files, never on the network.
[[nodiscard]] Result<Plan> plan(const ScanRequest& request, const Files& files);

}  // namespace carillon::certs
