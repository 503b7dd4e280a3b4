// Spawning carillon-media, talking to it, and burying it.

#include "audio/media_program.hpp"

#include "base/text.hpp"
#include "media/protocol/protocol.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

extern "C" {  // glibc 2.36's header does not say so itself
#include <sys/pidfd.h>
}

namespace carillon::audio {
namespace {

namespace protocol = media::protocol;

/// What a dying program had to say: its last words are enough.
constexpr std::size_t kLastWords = 2'000;
/// A program that has hung up is about to end; one that does not must not hold us up.
constexpr std::chrono::seconds kGrace{2};
/// Sanitizers and coverage are steered by these; nothing else of the environment, with whatever secrets it holds, goes to the program that
/// reads foreign bytes.
constexpr std::array<const char*, 4> kPassedOn{"LLVM_PROFILE_FILE", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};

/// A running program that is killed and reaped at the latest when this goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_{pid} {}
  Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  Child& operator=(Child&&) = delete;
  ~Child() { (void)end(std::chrono::milliseconds{0}); }
  /// Blocks until it has ended, which it is made to after `grace`: "ended with status 1", "was killed by signal 9 (Killed)".
  std::string end(std::chrono::milliseconds grace) {
    const pid_t pid = std::exchange(pid_, -1);
    if (pid < 0) return "ended";
    if (const FileDescriptor handle{pidfd_open(pid, 0)}; handle && grace.count() > 0) {
      pollfd polled{handle.get(), POLLIN, 0};
      (void)poll(&polled, 1, static_cast<int>(grace.count()));
    }
    kill(pid, SIGKILL);
    int status = 0;
    pid_t waited;
    do waited = waitpid(pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    if (waited < 0) return "ended";
    if (WIFSIGNALED(status)) return fmt::format("was killed by signal {} ({})", WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
    return fmt::format("ended with status {}", WEXITSTATUS(status));
  }

 private:
  pid_t pid_;
};

/// posix_spawn's list of what happens to descriptors between fork and exec.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// The child starts with no signal blocked or ignored, whatever the thread that spawns it does.
class SpawnAttributes {
 public:
  SpawnAttributes() { posix_spawnattr_init(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  int unblock_signals() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes_, &all);
    return error != 0 ? error : posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  posix_spawnattr_t* get() noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

Result<Child> spawn(const std::filesystem::path& program, int control, int words) {
  FileActions actions;
  int error = posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // The first dup2 would overwrite the second's source if that were 2, so the caller has copied both out of the way.
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions.get(), words, STDERR_FILENO);
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions.get(), control, protocol::kControlDescriptor);
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions.get(), protocol::kControlDescriptor + 1);
  SpawnAttributes attributes;
  if (error == 0) error = attributes.unblock_signals();
  if (error != 0) return fail_errno("start", program.string(), error);

  std::vector<std::string> passed_on;
  for (const char* name : kPassedOn) {
    if (const char* value = std::getenv(name); value != nullptr) passed_on.push_back(fmt::format("{}={}", name, value));
  }
  std::vector<char*> environment;
  for (auto& variable : passed_on) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string name = program.filename().string();
  std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t pid = -1;
  error = posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(), environment.data());
  if (error != 0) {
    auto failure = fail_errno("start", program.string(), error);
    failure.error().kind = ErrorKind::unavailable;  // a program that is not there is the operator's to mend, not the uploader's
    return failure;
  }
  return Child{pid};
}

/// A copy of `descriptor` that is none of those the program's standard streams and control socket will stand on.
Result<FileDescriptor> out_of_the_way(int descriptor) {
  FileDescriptor copy{fcntl(descriptor, F_DUPFD_CLOEXEC, protocol::kControlDescriptor + 1)};
  if (!copy) return fail_errno("copy a descriptor for", "carillon-media", errno);
  return copy;
}

/// One conversation with one program.
class Conversation {
 public:
  static Result<Conversation> begin(const std::filesystem::path& program) {
    auto sockets = protocol::make_socket_pair();
    if (!sockets) return passed_on(sockets);
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("make a pipe for", "carillon-media", errno);
    FileDescriptor words{pipe_ends[0]}, words_end{pipe_ends[1]};
    auto theirs = out_of_the_way(sockets->theirs.get());
    if (!theirs) return passed_on(theirs);
    auto their_words = out_of_the_way(words_end.get());
    if (!their_words) return passed_on(their_words);
    auto child = spawn(program, theirs->get(), their_words->get());
    if (!child) return passed_on(child);
    return Conversation{std::move(*child), std::move(sockets->ours), std::move(words)};
  }

  [[nodiscard]] int socket() const noexcept { return socket_.get(); }

  /// The next reply; `unavailable` when there is none within `limit`, or the program has ended.
  Result<protocol::Reply> next(std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
      std::array<pollfd, 2> polled{pollfd{socket_.get(), POLLIN, 0}, pollfd{words_.get(), POLLIN, 0}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return silent(limit);
      const int ready = poll(polled.data(), polled.size(), static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR) return fail_errno("wait for", "carillon-media", errno);
      if (ready <= 0) continue;
      if (polled[1].revents != 0) listen();
      if (polled[0].revents == 0) continue;
      auto message = protocol::receive(socket_.get());
      if (!message) return passed_on(message);
      if (!*message) return ended();
      return protocol::parse_reply((*message)->text);
    }
  }

  /// The program has closed its end: the error that tells why.
  std::unexpected<Error> ended() {
    const auto how = child_.end(kGrace);
    listen();
    return fail(ErrorKind::unavailable, fmt::format("carillon-media {} before it had an answer{}", how, last_words()));
  }

 private:
  Conversation(Child child, FileDescriptor socket, FileDescriptor words)
      : child_{std::move(child)}, socket_{std::move(socket)}, words_{std::move(words)} {}

  /// Takes in what the program has written to its standard error so far.
  void listen() {
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = words_ ? read(words_.get(), buffer.data(), buffer.size()) : 0;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return words_.reset();  // poll(2) passes over -1
      said_.append(buffer.data(), static_cast<std::size_t>(got));
      if (said_.size() > kLastWords) said_.erase(0, said_.size() - kLastWords);
    }
  }

  std::string last_words() const {
    const auto words = clean_for_xml(trimmed(said_));
    return words.empty() ? std::string{} : ": " + words;
  }

  std::unexpected<Error> silent(std::chrono::milliseconds limit) {
    listen();
    return fail(ErrorKind::unavailable, fmt::format("carillon-media said nothing for {} s and was stopped{}",
                                                    std::chrono::duration<double>(limit).count(), last_words()));
  }

  Child child_;
  FileDescriptor socket_;
  FileDescriptor words_;
  std::string said_;
};

}  // namespace

Result<MasterMade> MediaProgram::make_master(int source, int target, Format format,
                                             const std::function<bool(double, std::string_view)>& progress) const {
  auto conversation = Conversation::begin(program_);
  if (!conversation) return passed_on(conversation);
  const auto request = protocol::to_json(protocol::MasterRequest{format.bitrate, format.channels, format.sample_rate});
  const std::array<int, 2> files{source, target};
  // A program that died at once is better described by how it ended than by the broken pipe.
  if (auto sent = protocol::send(conversation->socket(), request, files); !sent) {
    return sent.error().kind == ErrorKind::internal ? passed_on(sent) : conversation->ended();
  }
  for (;;) {
    auto reply = conversation->next(quiet_limit_);
    if (!reply) {
      // A program that does not speak our language is as good as none.
      if (reply.error().kind == ErrorKind::invalid) reply.error().kind = ErrorKind::unavailable;
      return passed_on(reply);
    }
    if (auto* error = std::get_if<Error>(&*reply)) return std::unexpected(std::move(*error));
    if (auto* done = std::get_if<protocol::MasterDone>(&*reply))
      return MasterMade{done->duration, done->source_loudness, done->loudness, std::move(done->peaks)};
    const auto& now = std::get<protocol::Progress>(*reply);
    if (progress && !progress(now.fraction, now.doing)) return fail(ErrorKind::unavailable, "making the master was stopped");
  }
}

}  // namespace carillon::audio
