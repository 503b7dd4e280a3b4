#pragma once
// The keys of an installation: what seals its secrets at rest, and what its links are signed with.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "crypto/sealing.hpp"

namespace carillon::app {

struct Secrets {
  crypto::MasterKey master;
  std::string link_key;  ///< of links in messages and of addresses of calendars

  /// Makes what is missing. The master key lies where the configuration says, else in systemd's credential, else beside the data, where it
  /// protects nothing but loose backups.
  [[nodiscard]] static Result<Secrets> open(const DataFolder& data, const Configuration& configuration, Random& random);
};

}  // namespace carillon::app
