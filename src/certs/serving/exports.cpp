// See exports.hpp.

#include "certs/serving/exports.hpp"

#include "base/descriptors.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace carillon::certs {
namespace {

/// Of a command's output so much is kept for the message: the end says why.
constexpr std::size_t kOutputKept = 2048;
constexpr std::chrono::milliseconds kPollStep{50};

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

Result<std::string> run_command(const std::vector<std::string>& command, std::chrono::seconds within) {
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
  while (std::chrono::steady_clock::now() < deadline) {
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
    return fail(ErrorKind::unavailable, "“" + joined(command) + "” didn't finish within " + std::to_string(within.count()) +
                                            " s and was stopped" + ending(output) + ".");
  }
  if (speaking) take();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  const auto how = WIFEXITED(status) ? "exited with status " + std::to_string(WEXITSTATUS(status))
                                     : "was killed by signal " + std::to_string(WTERMSIG(status));
  return fail(ErrorKind::unavailable, "“" + joined(command) + "” " + how + ending(output) + ".");
}

Result<> run_export(const Export& wanted, std::string_view chain_pem, std::string_view key_pem) {
  if (auto made = make_folder(wanted.folder); !made) return made;
  const auto file = percent_encoded(wanted.name);
  // The key goes first: a server that reloads by itself between the two finds a pair that does not match for the shortest time, and the
  // combined file never.
  if (auto written = write_file(wanted.folder / (file + ".key"), key_pem, 0600); !written) return written;
  if (auto written = write_file(wanted.folder / (file + ".pem"), chain_pem, 0644); !written) return written;
  if (auto written = write_file(wanted.folder / (file + ".combined.pem"), std::string(key_pem) + std::string(chain_pem), 0600); !written)
    return written;
  if (wanted.command.empty()) return {};
  auto ran = run_command(wanted.command, kExportDeadline);
  if (!ran) return forward_error(ran);
  return {};
}

}  // namespace carillon::certs
