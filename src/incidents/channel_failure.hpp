#pragma once
// What is reported about a channel that doesn't deliver messages.

#include "incidents/incidents.hpp"

namespace carillon::incidents {

/// `detail`: why not, from the channel. `consequence`: what that means to the reporting code. The remedy is the next step for this channel.
[[nodiscard]] Report channel_failed(const std::string& channel, const std::string& detail, std::string consequence);

}  // namespace carillon::incidents
