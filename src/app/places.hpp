#pragma once
// Where the databases of places and networks are.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "stats/log/places.hpp"

namespace carillon::app {

/// The files that the configuration names, else those in the data folder. Reports in the log which configured ones are missing.
[[nodiscard]] stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data);

}  // namespace carillon::app
