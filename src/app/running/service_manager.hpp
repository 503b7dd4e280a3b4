#pragma once
// Notifies the service manager (sd_notify(3)); systemd with Type=notify waits for this before it starts dependent units.

#include <string_view>

namespace carillon::app {

/// Sends “READY=1” or “STOPPING=1” to the socket in NOTIFY_SOCKET. Does nothing without that variable; failures are only logged. From the
/// main thread.
void tell_service_manager(std::string_view state);

}  // namespace carillon::app
