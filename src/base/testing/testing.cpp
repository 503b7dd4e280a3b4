// See testing.hpp.

#include "base/testing/testing.hpp"

#include <cstdlib>

namespace carillon::testing {

TemporaryFolder::TemporaryFolder(On on) {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code none;
  const auto parent = on == On::memory && std::filesystem::is_directory(memory, none) ? memory : std::filesystem::temp_directory_path();
  auto pattern = (parent / "carillon-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace carillon::testing
