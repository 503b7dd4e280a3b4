// See places.hpp.

#include "app/places.hpp"

#include "base/log.hpp"

namespace carillon::app {

stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data) {
  const auto file = [&](const std::string& configured, const char* name) {
    return configured.empty() ? data.lists() / name : std::filesystem::path{configured};
  };
  for (const auto& configured : {configuration.places, configuration.networks, configuration.data_centres}) {
    std::error_code none;
    if (!configured.empty() && !std::filesystem::exists(configured, none))
      log::error("a file named in [requests] is missing; requests are recorded without its data", {{"file", configured}});
  }
  return {.places = file(configuration.places, "places.mmdb"),
          .networks = file(configuration.networks, "networks.mmdb"),
          .data_centres = file(configuration.data_centres, "data-centres.csv")};
}

}  // namespace carillon::app
