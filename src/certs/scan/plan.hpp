#pragma once
// Turns typed targets into endpoints and certificate files.

#include "certs/scan/configuration.hpp"
#include "certs/scan/scan.hpp"

namespace carillon::certs {

/// A file with certificates. One with more than the limit is a bundle of roots that isn't served.
struct CertificateFile {
  std::string path;
  std::string name;                        ///< its server name; "" if unknown
  std::vector<crypto::Certificate> chain;  ///< including intermediates that its server has in another file
};

struct Plan {
  std::vector<Target> endpoints;  ///< each once
  std::vector<CertificateFile> files;
  std::vector<std::string> problems;
};

/// Blocks on files, never on the network.
[[nodiscard]] Result<Plan> plan(const ScanRequest& request, const Files& files);

}  // namespace carillon::certs
