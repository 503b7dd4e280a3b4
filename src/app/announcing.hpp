#pragma once
// Whom the configuration wants told of changed feeds.

#include "announce/announcer.hpp"
#include "app/configuration.hpp"

namespace carillon::app {

/// As long as there is somebody who could read the feed: what cannot be reached is announced to nobody.
[[nodiscard]] announce::AnnouncerSettings announcing_of(const Configuration& configuration, std::uint16_t https_port);

}  // namespace carillon::app
