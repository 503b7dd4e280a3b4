#pragma once
// What a service manager is told of this process (sd_notify(3)): systemd with Type=notify waits for it before it starts what comes after.

#include <string_view>

namespace carillon::app {

/// Tells the socket that NOTIFY_SOCKET names: “READY=1”, “STOPPING=1”. Without that variable nobody is told; a failure is logged, and
/// nothing else. From the main thread.
void tell_service_manager(std::string_view state);

}  // namespace carillon::app
