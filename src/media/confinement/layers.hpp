#pragma once
// The individual layers, only for confinement.cpp. Each function returns why it could not be activated, or "".

#include <span>
#include <string>

namespace carillon::media {

/// An empty, read-only root, and separate network, IPC and host name (namespaces(7)). Changes the user if it is root.
[[nodiscard]] std::string enter_namespaces();
/// Switches from root to nobody and drops all capabilities (capabilities(7)).
[[nodiscard]] std::string drop_user();
/// Needs PR_SET_NO_NEW_PRIVS (landlock(7)).
[[nodiscard]] std::string restrict_paths();

struct AllowedDescriptors {
  int control, source, target;
};
/// Needs PR_SET_NO_NEW_PRIVS; the last of all (seccomp(2)).
[[nodiscard]] std::string restrict_system_calls(const AllowedDescriptors& descriptors);

}  // namespace carillon::media
