// See process.hpp.

#include "app/running/process.hpp"

#include "base/descriptors.hpp"
#include "base/log.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace carillon::app {
namespace {

/// A user's record with its strings.
constexpr std::size_t kRecord = 16 * 1024;

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
};

Result<Identity> identity_of(const Configuration& configuration) {
  std::string room(kRecord, '\0');
  passwd user{};
  passwd* found = nullptr;
  if (::getpwnam_r(configuration.user.c_str(), &user, room.data(), room.size(), &found) != 0 || found == nullptr)
    return fail(ErrorKind::invalid,
                "“server.user” is “" + configuration.user +
                    "”, but this machine has no user with that name; create it, e.g. with: "
                    "adduser --system --group " +
                    configuration.user,
                "server.user");
  if (user.pw_uid == 0) return fail(ErrorKind::invalid, "“server.user” is root; remove the key to keep running as root.", "server.user");
  Identity identity{.user = user.pw_uid, .group = user.pw_gid};
  if (configuration.group.empty()) return identity;
  group entry{};
  group* found_group = nullptr;
  if (::getgrnam_r(configuration.group.c_str(), &entry, room.data(), room.size(), &found_group) != 0 || found_group == nullptr)
    return fail(ErrorKind::invalid, "“server.group” is “" + configuration.group + "”, but this machine has no group with that name.",
                "server.group");
  identity.group = entry.gr_gid;
  return identity;
}

/// What the process has to write to, or to read though nobody else may. Media may be millions of files: their folder stands for them.
Result<> check_owner(const DataFolder& folder, const Identity& identity, const std::string& user) {
  const auto belongs = [&](const std::filesystem::path& path) -> Result<> {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0) return {};
    if (facts.st_uid == identity.user) return {};
    return fail(ErrorKind::refused, path.string() + " doesn't belong to “" + user +
                                        "”, the user set in “server.user”. Stop Carillon and run: chown -R " + user + ": " +
                                        folder.root.string());
  };
  if (auto checked = belongs(folder.root); !checked) return checked;
  for (const auto& inner : {folder.root, folder.secrets()}) {
    std::error_code wrong;
    for (const auto& entry : std::filesystem::directory_iterator{inner, wrong}) {
      if (auto checked = belongs(entry.path()); !checked) return checked;
    }
  }
  return {};
}

}  // namespace

void prepare_process() {
  const auto limit = raise_descriptor_limit();
  if (limit.now > limit.before) log::info("file descriptor limit raised", {{"from", limit.before}, {"to", limit.now}});
  rlimit core{};
  if (::getrlimit(RLIMIT_CORE, &core) == 0) {
    core.rlim_cur = 0;
    (void)::setrlimit(RLIMIT_CORE, &core);
  }
  // Also where core dumps go to a program (core_pattern), which the limit does not hold for.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) log::warning("core dumps could not be disabled", {{"reason", errno_text(errno)}});
}

Result<> give_up_root(const Configuration& configuration, const DataFolder& folder) {
  if (configuration.user.empty()) return {};
  const auto identity = identity_of(configuration);
  if (!identity) return std::unexpected(identity.error());
  if (::geteuid() != 0) {
    if (::geteuid() == identity->user) return {};
    return fail(ErrorKind::refused, "Only root can switch to “" + configuration.user +
                                        "”, the user set in “server.user”; start Carillon as root, or as that user.");
  }
  std::error_code none;
  if (!std::filesystem::exists(folder.root, none)) {
    if (auto made = make_folder(folder.root); !made) return made;
    if (::chown(folder.root.c_str(), identity->user, identity->group) != 0)
      return fail_errno("change the owner of", folder.root.string(), errno);
  }
  if (auto checked = check_owner(folder, *identity, configuration.user); !checked) return checked;
  if (::initgroups(configuration.user.c_str(), identity->group) != 0 ||
      ::setresgid(identity->group, identity->group, identity->group) != 0 ||
      ::setresuid(identity->user, identity->user, identity->user) != 0)
    return fail_errno("become", configuration.user, errno);
  if (::setuid(0) == 0) return fail(ErrorKind::internal, "Root privileges could not be dropped.");
  // The kernel sets it anew with each change of identity.
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  log::info("root privileges dropped", {{"user", configuration.user}});
  if (!configuration.exports.empty())
    log::info("this user writes exports and runs their commands",
              {{"user", configuration.user}, {"exports", configuration.exports.size()}});
  return {};
}

}  // namespace carillon::app
