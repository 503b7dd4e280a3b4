#pragma once
// The layers one by one; for confinement.cpp alone. Each returns why it could not be put in force, or "".

#include <span>
#include <string>

namespace carillon::media {

/// An empty, read-only root, and no network, IPC or host name of others (namespaces(7)). Changes the user when root needs it.
[[nodiscard]] std::string enter_namespaces();
/// Root becomes nobody; every capability goes (capabilities(7)).
[[nodiscard]] std::string drop_user();
/// Needs PR_SET_NO_NEW_PRIVS (landlock(7)).
[[nodiscard]] std::string restrict_paths();

struct AllowedDescriptors {
  int control, source, target;
};
/// Needs PR_SET_NO_NEW_PRIVS; the last of all (seccomp(2)).
[[nodiscard]] std::string restrict_system_calls(const AllowedDescriptors& descriptors);

}  // namespace carillon::media
