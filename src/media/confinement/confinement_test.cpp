// A program that was taken over tries what an attacker would: with every layer, with each one missing, as root and as an ordinary user.

#include "media/confinement/confinement.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>

namespace carillon::media {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

#ifdef CARILLON_INSTRUMENTED

TEST(Confinement, IsNotForInstrumentedBuilds) { GTEST_SKIP() << "sanitizers need what is forbidden; the release build has these tests"; }

#else

/// How the planted program ended, and what it said.
struct Outcome {
  int signal = 0;  ///< 0: it ended by itself
  int status = 0;
  std::string words;
};

class Confinement : public ::testing::Test {
 protected:
  Confinement() {
    EXPECT_TRUE(write_file(folder_.path() / "recording", "RIFF"));
    EXPECT_TRUE(write_file(key(), "the master key"));
  }

  std::filesystem::path key() const { return folder_.path() / "master.key"; }

  Outcome attempt(std::vector<std::string> arguments) {
    int pipe_ends[2], sockets[2];
    EXPECT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    const FileDescriptor reading{pipe_ends[0]}, ours{sockets[0]};
    FileDescriptor writing{pipe_ends[1]}, theirs{sockets[1]};
    const auto source = open_file(folder_.path() / "recording", O_RDONLY).value();
    const auto target = open_file(target_, O_RDWR | O_CREAT | O_TRUNC).value();
    // Above all that the program has, so that no dup2 overwrites the next one's source.
    const auto high = [](int descriptor) { return FileDescriptor{fcntl(descriptor, F_DUPFD_CLOEXEC, 100)}; };
    const auto high_words = high(writing.get()), high_control = high(theirs.get()), high_source = high(source.get()),
               high_target = high(target.get()), bystander = high(ours.get());
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, high_words.get(), 2);
    posix_spawn_file_actions_adddup2(&actions, high_control.get(), 3);
    posix_spawn_file_actions_adddup2(&actions, high_source.get(), 4);
    posix_spawn_file_actions_adddup2(&actions, high_target.get(), 5);
    posix_spawn_file_actions_adddup2(&actions, bystander.get(), kBystander);
    std::string program = CARILLON_PLANTED_PROGRAM;
    std::vector<char*> pointers{program.data()};
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t process = -1;
    EXPECT_EQ(posix_spawn(&process, program.c_str(), &actions, nullptr, pointers.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    writing.reset();
    Outcome outcome;
    std::array<char, 4096> buffer;
    // The copy at 100 and up is this process's own: the pipe ends when the program does.
    const_cast<FileDescriptor&>(high_words).reset();
    for (ssize_t got; (got = read(reading.get(), buffer.data(), buffer.size())) > 0;)
      outcome.words.append(buffer.data(), static_cast<std::size_t>(got));
    int status = 0;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    return outcome;
  }

  /// Killed for `call`, which is named.
  void expect_forbidden(std::vector<std::string> arguments, const std::string& call) {
    const auto name = arguments.front();
    const auto outcome = attempt(std::move(arguments));
    EXPECT_EQ(outcome.signal, SIGSYS) << name << ": " << outcome.words;
    EXPECT_THAT(outcome.words, HasSubstr("forbidden system call " + call + " (")) << name;
    EXPECT_THAT(outcome.words, Not(HasSubstr("succeeded"))) << name;
  }

  /// Not killed, but without success: a layer behind the first one held.
  void expect_refused(std::vector<std::string> arguments) {
    std::string all;
    for (const auto& argument : arguments) all += argument + " ";
    const auto outcome = attempt(std::move(arguments));
    EXPECT_THAT(outcome.words, HasSubstr("refused: ")) << all;
    EXPECT_THAT(outcome.words, Not(HasSubstr("succeeded"))) << all;
  }

  /// As whom the program is started: it must hold for root, and for the ordinary user that a service should be.
  static std::vector<std::string> users() {
    return geteuid() == 0 ? std::vector<std::string>{"", "user=nobody"} : std::vector<std::string>{""};
  }

  /// Skips where this machine cannot show what the test is about.
  bool in_force(std::string_view layer) {
    return attempt({"nothing"}).words.find("layer " + std::string{layer} + ": in force") != std::string::npos;
  }

  static constexpr int kBystander = 9;
  carillon::testing::TemporaryFolder folder_;
  std::filesystem::path target_ = folder_.path() / "master.mp3";
};

TEST_F(Confinement, LeavesWhatDecodingNeeds) {
  for (const auto& user : users()) {
    const auto outcome = attempt({"read", user});
    EXPECT_EQ(outcome.signal, 0) << outcome.words;
    EXPECT_THAT(outcome.words, HasSubstr("succeeded"));
    EXPECT_THAT(outcome.words, HasSubstr("layer seccomp: in force"));
  }
}

TEST_F(Confinement, EndsWhoeverTriesAnythingElseAndNamesIt) {
  const auto us = std::to_string(getpid());
  for (const auto& user : users()) {
    expect_forbidden({"open", key(), user}, "openat");
    expect_forbidden({"create", folder_.path() / "new", user}, "openat");
    expect_forbidden({"memory", "", user}, "openat");
    expect_forbidden({"connect", "9", user}, "socket");
    expect_forbidden({"fork", "", user}, "clone");
    expect_forbidden({"thread", "", user}, "clone3");
    expect_forbidden({"exec", "", user}, "execve");
    expect_forbidden({"ptrace", us, user}, "ptrace");
    expect_forbidden({"kill-self-as-other", us, user}, "tgkill");
    expect_forbidden({"write-source", "", user}, "write");
    expect_forbidden({"executable-memory", "", user}, "mmap");
    expect_forbidden({"make-executable", "", user}, "mprotect");
    expect_forbidden({"raise-limit", "", user}, "prlimit64");
    expect_forbidden({"inherited", std::to_string(kBystander), user}, "fcntl");
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "new"));
}

TEST_F(Confinement, EndsWhoeverKillsItsParent) {
  // The parent of the attempt is this test: it lives to say so.
  const auto outcome = attempt({"kill-parent"});
  EXPECT_EQ(outcome.signal, SIGSYS) << outcome.words;
  EXPECT_THAT(outcome.words, HasSubstr("forbidden system call"));
}

#ifdef __x86_64__
TEST_F(Confinement, EndsCallsOfAnotherArchitecture) {
  for (const auto* name : {"x32", "int80"}) {
    const auto outcome = attempt({name});
    EXPECT_EQ(outcome.signal, SIGSYS) << name << outcome.words;
    EXPECT_THAT(outcome.words, Not(HasSubstr("succeeded"))) << name;
  }
}
#endif

TEST_F(Confinement, EndsAtItsLimits) {
  const auto written = attempt({"write-much", "bytes=3000000"});
  EXPECT_EQ(written.signal, SIGXFSZ) << written.words;
  EXPECT_EQ(std::filesystem::file_size(target_), 3'000'000U);
  const auto spun = attempt({"spin", "seconds=1"});
  EXPECT_EQ(spun.signal, SIGXCPU) << spun.words;
  const auto allocated = attempt({"allocate"});
  EXPECT_THAT(allocated.words, HasSubstr("refused: Cannot allocate memory"));
}

TEST_F(Confinement, ReportsAbortAsWhatItIs) { EXPECT_EQ(attempt({"abort"}).signal, SIGABRT); }

TEST_F(Confinement, HoldsWithoutTheListOfSystemCalls) {
  if (!in_force("landlock") && !in_force("namespaces")) GTEST_SKIP() << "this machine has neither Landlock nor namespaces";
  const auto us = std::to_string(getpid());
  for (const auto& user : users()) {
    const std::string without = "without=seccomp";
    for (const std::string descriptors : {"descriptors=0", "descriptors=64"}) {
      expect_refused({"open", key(), user, without, descriptors});
      expect_refused({"create", folder_.path() / "new", user, without, descriptors});
      expect_refused({"memory", "", user, without, descriptors});
    }
    expect_refused({"connect", "9", user, without});
    expect_refused({"fork", "", user, without});
    expect_refused({"exec", "", user, without});
    expect_refused({"ptrace", us, user, without});
    expect_refused({"inherited", std::to_string(kBystander), user, without});
    expect_refused({"raise-limit", "", user, without});
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "new"));
}

TEST_F(Confinement, EachOfTheOtherLayersKeepsTheKeyByItself) {
  const std::string no_calls = "without=seccomp", no_landlock = "without=landlock", no_namespaces = "without=namespaces",
                    no_user = "without=user", may_open = "descriptors=64";
  if (in_force("landlock")) expect_refused({"open", key(), may_open, no_calls, no_namespaces, no_user});
  if (in_force("namespaces")) expect_refused({"open", key(), may_open, no_calls, no_landlock, no_user});
  if (geteuid() == 0) expect_refused({"open", key(), may_open, no_calls, no_landlock, no_namespaces});
  // And this shows that the attempt is one: with no layer at all it succeeds.
  EXPECT_THAT(attempt({"open", key(), may_open, no_calls, no_landlock, no_namespaces, no_user}).words, HasSubstr("succeeded"));
}

TEST_F(Confinement, NobodyListensForItOutside) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const FileDescriptor owner{listening};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(bind(listening, reinterpret_cast<const sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(listening, 8), 0);
  ASSERT_EQ(getsockname(listening, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const auto port = std::to_string(ntohs(address.sin_port));
  const std::string no_calls = "without=seccomp", no_landlock = "without=landlock", no_namespaces = "without=namespaces",
                    may_open = "descriptors=64";
  EXPECT_THAT(attempt({"connect", port, may_open, no_calls, no_landlock, no_namespaces}).words, HasSubstr("succeeded"))
      << "the attempt is one";
  if (in_force("namespaces")) expect_refused({"connect", port, may_open, no_calls, no_landlock});
}

TEST_F(Confinement, ClosesWhatItInheritedOnOlderKernelsToo) {
  const auto bystander = std::to_string(kBystander);
  EXPECT_THAT(attempt({"inherited", "4", "without=seccomp"}).words, HasSubstr("succeeded")) << "the source stays";
  for (const std::string deny : {"", "deny=close_range"}) expect_refused({"inherited", bystander, "without=seccomp", deny});
}

TEST_F(Confinement, SaysWhichLayerAMachineDoesNotHave) {
  struct Case {
    std::string deny, layer;
  };
  for (const auto& user : users()) {
    for (const auto& [deny, layer] : {Case{"deny=unshare", "namespaces"}, Case{"deny=mount", "namespaces"},
                                      Case{"deny=landlock", "landlock"}, Case{"deny=seccomp", "seccomp"}}) {
      const auto outcome = attempt({"nothing", user, deny});
      EXPECT_EQ(outcome.status, 0) << outcome.words;
      EXPECT_THAT(outcome.words, HasSubstr("layer " + layer + ": ")) << deny;
      EXPECT_THAT(outcome.words, Not(HasSubstr("layer " + layer + ": in force"))) << deny << user;
      // What is left still holds.
      if (layer != "seccomp") {
        expect_forbidden({"open", key(), user, deny}, "openat");
      } else if (in_force("landlock")) {
        expect_refused({"open", key(), "descriptors=64", user, deny});
      }
    }
  }
}

#endif

}  // namespace
}  // namespace carillon::media
