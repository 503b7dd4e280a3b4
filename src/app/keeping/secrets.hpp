#pragma once
// The keys of an installation: the one that encrypts stored secrets, and the one that signs links.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "crypto/sealing.hpp"

namespace carillon::app {

struct Secrets {
  crypto::MasterKey master;
  std::string link_key;  ///< for links in messages and calendar URLs

  /// Creates missing keys. The master key is where the configuration says, else in systemd's credential, else next to the data, where it
  /// only protects stray copies of the database.
  [[nodiscard]] static Result<Secrets> open(const DataFolder& data, const Configuration& configuration, Random& random);
};

}  // namespace carillon::app
