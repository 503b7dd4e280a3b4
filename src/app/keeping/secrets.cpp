// See secrets.hpp.

#include "app/keeping/secrets.hpp"

#include <cstdlib>

namespace carillon::app {
namespace {

std::filesystem::path master_key_of(const Configuration& configuration, const DataFolder& data) {
  if (!configuration.master_key_file.empty()) return configuration.master_key_file;
  if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY")) {
    const auto file = std::filesystem::path(credentials) / "carillon-master-key";
    std::error_code none;
    if (std::filesystem::exists(file, none)) return file;
  }
  return data.master_key();
}

}  // namespace

Result<Secrets> Secrets::open(const DataFolder& data, const Configuration& configuration, Random& random) {
  if (auto made = make_folder(data.secrets()); !made) return forward_error(made);
  auto master = crypto::MasterKey::open(master_key_of(configuration, data), random, configuration.master_key_file.empty());
  if (!master) return forward_error(master);
  auto link_key = secret_in(data.link_key(), random);
  if (!link_key) return forward_error(link_key);
  return Secrets{.master = std::move(*master), .link_key = std::move(*link_key)};
}

}  // namespace carillon::app
