#pragma once
// All parts of the program that refer to media.

#include "blob/references.hpp"

#include <vector>

namespace carillon::app {

[[nodiscard]] std::vector<blob::References> media_references();

}  // namespace carillon::app
