#pragma once
// The hubs to notify of feed changes, from the configuration.

#include "announce/announcer.hpp"
#include "app/configuration.hpp"

namespace carillon::app {

/// None if the feed can't be reached from outside.
[[nodiscard]] announce::AnnouncerSettings announcing_of(const Configuration& configuration, std::uint16_t https_port);

}  // namespace carillon::app
