// See exports.hpp.

#include "certs/serving/exports.hpp"

#include "base/descriptors.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace carillon::certs {
namespace {

/// Of a command's output so much is kept for the message: the end says why.
constexpr std::size_t kOutputKept = 2048;
constexpr std::chrono::milliseconds kPollStep{50};

constexpr int kKeyMode = 0600, kChainMode = 0644;
constexpr mode_t kModeBits = 0777;
/// More links in a row than this lead nowhere, as the kernel has it.
constexpr int kMaxLinks = 40;
/// Room for an entry of the databases of users and groups.
constexpr std::size_t kEntryRoom = 64 * 1024;

/// None for "". A number is one, too.
Result<std::optional<uid_t>> user_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto number = parse_number(name)) return std::optional{static_cast<uid_t>(*number)};
  std::vector<char> room(kEntryRoom);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (!found) return fail(ErrorKind::invalid, "There is no user named “" + name + "” on this machine (owner of an export).");
  return std::optional{entry.pw_uid};
}

Result<std::optional<gid_t>> group_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto number = parse_number(name)) return std::optional{static_cast<gid_t>(*number)};
  std::vector<char> room(kEntryRoom);
  ::group entry{};
  ::group* found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (!found) return fail(ErrorKind::invalid, "There is no group named “" + name + "” on this machine (group of an export).");
  return std::optional{entry.gr_gid};
}

/// Where a path leads; what is there may be missing.
Result<std::filesystem::path> behind_links(std::filesystem::path path) {
  const auto given = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    std::error_code none;
    if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, none))) return path;
    const auto target = std::filesystem::read_symlink(path, none);
    if (none) return fail(ErrorKind::invalid, "The link " + path.string() + " can't be read: " + none.message() + ".");
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return fail(ErrorKind::invalid, given.string() + " is part of a loop of symbolic links.");
}

std::string joined(const std::vector<std::string>& command) {
  std::string text;
  for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string ending(std::string_view output) {
  const auto text = trimmed(output);
  return text.empty() ? std::string("; it printed nothing") : "; its output: " + std::string(text);
}

}  // namespace

Result<std::string> run_command(const std::vector<std::string>& command, std::chrono::seconds within, const std::stop_token& stop) {
  if (command.empty()) return fail(ErrorKind::invalid, "There is no command to run.");
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail_errno("run", command.front(), errno);
  FileDescriptor reading{pipe_ends[0]}, writing{pipe_ends[1]};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  // A group of its own, so that what it starts can be ended with it; signals as a program expects them, since ours are blocked.
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int spawned = ::posix_spawnp(&child, words.front(), &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (spawned != 0) return fail_errno("run", command.front(), spawned);
  restore_descriptor_limit(child);
  writing.reset();

  std::string output;
  const auto deadline = std::chrono::steady_clock::now() + within;
  int status = 0;
  bool ended = false;
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const auto take = [&] {
    std::array<char, 4096> piece{};
    ssize_t got = 0;
    while ((got = ::read(reading.get(), piece.data(), piece.size())) > 0) {
      output.append(piece.data(), static_cast<std::size_t>(got));
      if (output.size() > kOutputKept) output.erase(0, output.size() - kOutputKept);
    }
    return got != 0;  // false at the end of its output
  };
  bool speaking = true;
  while (std::chrono::steady_clock::now() < deadline && !stop.stop_requested()) {
    pollfd waits{.fd = speaking ? reading.get() : -1, .events = POLLIN, .revents = 0};
    ::poll(&waits, 1, static_cast<int>(kPollStep.count()));
    if (speaking) speaking = take();
    if (::waitpid(child, &status, WNOHANG) == child) {
      ended = true;
      break;
    }
  }
  if (!ended) {
    ::kill(-child, SIGKILL);
    ::waitpid(child, &status, 0);
    if (speaking) take();
    if (stop.stop_requested()) return fail(ErrorKind::unavailable, "“" + joined(command) + "” was stopped because Carillon is stopping.");
    return fail(ErrorKind::unavailable, "“" + joined(command) + "” didn't finish within " + std::to_string(within.count()) +
                                            " s and was stopped" + ending(output) + ".");
  }
  if (speaking) take();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  const auto how = WIFEXITED(status) ? "exited with status " + std::to_string(WEXITSTATUS(status))
                                     : "was killed by signal " + std::to_string(WTERMSIG(status));
  return fail(ErrorKind::unavailable, "“" + joined(command) + "” " + how + ending(output) + ".");
}

std::vector<ExportedFile> exported_files(const Export& wanted, std::string_view chain_pem, std::string_view key_pem) {
  const auto file = percent_encoded(wanted.name);
  const auto both = std::string(key_pem) + std::string(chain_pem);
  if (wanted.layout == ExportLayout::haproxy) return {{wanted.folder / (file + ".pem"), both, kKeyMode}};
  // The key goes first: a server that reloads by itself between the two finds a pair that does not match for the shortest time, and the
  // combined file never.
  return {{wanted.folder / (file + ".key"), std::string(key_pem), kKeyMode},
          {wanted.folder / (file + ".pem"), std::string(chain_pem), kChainMode},
          {wanted.folder / (file + ".combined.pem"), both, kKeyMode}};
}

std::vector<ExportedFile> stale_files(const Export& wanted, std::vector<ExportedFile> files) {
  const auto owner = user_named(wanted.owner);
  const auto group = group_named(wanted.group);
  std::erase_if(files, [&](const ExportedFile& file) {
    struct stat facts{};
    if (::stat(file.path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    if (wanted.mode && (facts.st_mode & kModeBits) != static_cast<mode_t>(*wanted.mode)) return false;
    // An owner that is unknown is said when the file is written.
    if (!owner || (*owner && **owner != facts.st_uid) || !group || (*group && **group != facts.st_gid)) return false;
    if (std::cmp_not_equal(facts.st_size, file.content.size())) return false;
    const auto content = read_file(file.path);
    return content && *content == file.content;
  });
  return files;
}

Result<> put_exported(const Export& wanted, const ExportedFile& file) {
  const auto owner = user_named(wanted.owner);
  if (!owner) return std::unexpected(owner.error());
  const auto group = group_named(wanted.group);
  if (!group) return std::unexpected(group.error());
  if (auto made = make_folder(file.path.parent_path()); !made) return made;
  const auto place = behind_links(file.path);
  if (!place) return std::unexpected(place.error());
  struct stat before{};
  const bool replaces = ::stat(place->c_str(), &before) == 0 && S_ISREG(before.st_mode);

  const auto temporary = place->parent_path() / ("." + place->filename().string() + ".new");
  // Left by a process that was killed.
  ::unlink(temporary.c_str());
  const auto give_up = [&](Result<> why) {
    ::unlink(temporary.c_str());
    return why;
  };
  {
    const auto opened = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kKeyMode);
    if (!opened) return std::unexpected(opened.error());
    struct stat fresh{};
    if (::fstat(opened->get(), &fresh) != 0) return give_up(fail_errno("get the status of", place->string(), errno));
    const auto uid = *owner ? **owner : replaces ? before.st_uid : fresh.st_uid;
    const auto gid = *group ? **group : replaces ? before.st_gid : fresh.st_gid;
    if ((uid != fresh.st_uid || gid != fresh.st_gid) && ::fchown(opened->get(), uid, gid) != 0)
      return give_up(fail(ErrorKind::refused,
                          place->string() + " can't keep its owner: Carillon runs as user " + std::to_string(::geteuid()) +
                              ", which can't assign the file to user " + std::to_string(uid) + " and group " + std::to_string(gid) +
                              ". Make the Carillon user the owner of the existing file (chown), and use its group to let others read it."));
    const auto mode = wanted.mode ? static_cast<mode_t>(*wanted.mode) : replaces ? before.st_mode & kModeBits : file.mode;
    if (const auto written = write_all(opened->get(), as_bytes(file.content)); !written)
      return give_up(fail(written.error().kind, place->string() + ": " + written.error().message));
    if (::fchmod(opened->get(), mode) != 0) return give_up(fail_errno("set the mode of", place->string(), errno));
    if (::fsync(opened->get()) != 0) return give_up(fail_errno("sync", place->string(), errno));
  }
  if (::rename(temporary.c_str(), place->c_str()) != 0) return give_up(fail_errno("rename to", place->string(), errno));
  return sync_folder(place->parent_path());
}

}  // namespace carillon::certs
