// See command.hpp.

#include "base/process/command.hpp"

#include "base/descriptors.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace carillon {
namespace {

/// How much of a command's output is kept for the message; the reason is usually at the end.
constexpr std::size_t kOutputKept = 2048;
/// How much is read at a time, so that a command that never stops writing can't delay its deadline.
constexpr int kReadsAtOnce = 64;
constexpr std::chrono::milliseconds kPollStep{50};
constexpr std::string_view kMarkPrefix = "CARILLON_COMMAND=";
/// How often the processes are searched, because they can start others meanwhile.
constexpr int kMaxSearches = 100;

std::string joined(const std::vector<std::string>& command) {
  std::string text;
  for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string ending(std::string_view output) {
  const auto text = trimmed(output);
  return text.empty() ? std::string("; it printed nothing") : "; its output: " + printable_lines(text);
}

/// A variable that is different for each run, as NAME=VALUE. What the program starts inherits it, in whatever session or process group.
std::string new_mark() {
  std::array<std::byte, 16> bytes{};
  SystemRandom{}.fill(bytes);
  return std::string(kMarkPrefix) + to_hex(bytes);
}

/// The program's environment, as NAME=VALUE.
std::vector<std::string> environment_of(const Command& command, const std::string& mark) {
  std::vector<std::string> all{mark};
  const auto is_replaced = [&](std::string_view entry) {
    return std::ranges::any_of(command.environment, [&](const auto& one) {
      return entry.starts_with(one.first) && entry.substr(one.first.size()).starts_with('=');
    });
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!is_replaced(*entry) && !std::string_view{*entry}.starts_with(kMarkPrefix)) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : command.environment) all.emplace_back(name).append("=").append(value);
  return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts it in its own process group, with its output going to `writing`; 0 or an errno value.
int spawn(const Command& command, const std::string& mark, int writing, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing, STDERR_FILENO);
  // Its own group, so that the processes it starts can be killed with it. Signals are reset, since ours are blocked.
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const auto environment = environment_of(command, mark);
  const auto words = pointers_to(command.command), variables = pointers_to(environment);
  const int spawned = ::posix_spawnp(&child, words.front(), &actions, &attributes, words.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return spawned;
}

/// Whether it has ended. Its status hasn't been fetched yet, so the IDs of its process and group can't be reused.
bool has_ended(pid_t child) {
  siginfo_t facts{};
  return ::waitid(P_PID, static_cast<id_t>(child), &facts, WEXITED | WNOHANG | WNOWAIT) == 0 && facts.si_pid == child;
}

/// Whether the process has the variable in its environment; false if that can't be read.
bool is_marked(const std::filesystem::path& process, std::string_view mark) {
  std::ifstream file{process / "environ", std::ios::binary};
  for (std::string entry; std::getline(file, entry, '\0');) {
    if (entry == mark) return true;
  }
  return false;
}

/// Kills all processes of a run, also those in sessions of their own (setsid). Those that changed their user or environment can't be found.
void kill_marked(std::string_view mark) {
  for (int search = 0; search < kMaxSearches; ++search) {
    bool found = false;
    std::error_code wrong;
    for (std::filesystem::directory_iterator process{"/proc", wrong}, end; !wrong && process != end; process.increment(wrong)) {
      const auto number = parse_number(process->path().filename().string());
      if (!number || !is_marked(process->path(), mark)) continue;
      // The handle belongs to one process, so its ID can't be reused between the check and the signal.
      const FileDescriptor handle{static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(*number), 0))};
      if (!handle || !is_marked(process->path(), mark)) continue;
      if (::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0) == 0) found = true;
    }
    if (!found) return;
  }
}

}  // namespace

Result<std::string> run_command(const Command& command) {
  if (command.command.empty()) return fail(ErrorKind::invalid, "There is no command to run.");
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail_errno("run", command.command.front(), errno);
  FileDescriptor reading{pipe_ends[0]}, writing{pipe_ends[1]};
  const auto mark = new_mark();
  pid_t child = 0;
  if (const int spawned = spawn(command, mark, writing.get(), child); spawned != 0)
    return fail_errno("run", command.command.front(), spawned);
  restore_descriptor_limit(child);
  writing.reset();

  std::string output;
  const auto deadline = std::chrono::steady_clock::now() + command.within;
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const auto take = [&] {
    std::array<char, 4096> piece{};
    ssize_t got = 1;
    for (int reads = 0; reads < kReadsAtOnce && (got = ::read(reading.get(), piece.data(), piece.size())) > 0; ++reads) {
      output.append(piece.data(), static_cast<std::size_t>(got));
      if (output.size() > kOutputKept) output.erase(0, output.size() - kOutputKept);
    }
    return got != 0;  // false at the end of its output
  };
  bool speaking = true, ended = false;
  while (!ended && std::chrono::steady_clock::now() < deadline && !command.stop.stop_requested()) {
    pollfd waits{.fd = speaking ? reading.get() : -1, .events = POLLIN, .revents = 0};
    ::poll(&waits, 1, static_cast<int>(kPollStep.count()));
    if (speaking) speaking = take();
    ended = has_ended(child);
  }
  if (!ended || command.end_group) ::kill(-child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!ended || command.end_group) kill_marked(mark);
  if (speaking) take();
  const auto named = "“" + joined(command.command) + "” ";
  if (!ended && command.stop.stop_requested()) return fail(ErrorKind::unavailable, named + "was stopped because Carillon is stopping.");
  if (!ended)
    return fail(ErrorKind::unavailable,
                named + "didn't finish within " + std::to_string(command.within.count()) + " s and was stopped" + ending(output) + ".");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  const auto how = WIFEXITED(status) ? "exited with status " + std::to_string(WEXITSTATUS(status))
                                     : "was killed by signal " + std::to_string(WTERMSIG(status));
  return fail(ErrorKind::unavailable, named + how + ending(output) + ".");
}

}  // namespace carillon
