// carillon-media-planted: what carillon-media would be if a recording had taken it over. Confined like that, it then tries one thing that
// an attacker would. For tests; it is not installed.
//
// carillon-media-planted ATTEMPT [ARGUMENT] [OPTION…], with the control socket on 3, the source on 4 and the target on 5.
// Options: without=LAYER, deny=unshare|mount|landlock|seccomp|close_range (as an older kernel or a container does), user=nobody, seconds=N,
// bytes=N, descriptors=N. Standard error says "layer NAME: in force" or why not, then "succeeded" or "refused: …" if it lives so long.

#include "base/text.hpp"
#include "media/confinement/confinement.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

namespace {

using namespace carillon;
using namespace carillon::media;

constexpr int kControl = 3, kSource = 4, kTarget = 5;
constexpr std::size_t kGigabyte = std::size_t{1} << 30;

void say(const std::string& line) { (void)!write(STDERR_FILENO, (line + "\n").data(), line.size() + 1); }

/// System call `number` fails with `error` from now on.
void deny(long number, int error) {
  std::array<sock_filter, 4> filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{filter.size(), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    say("the test can't deny a system call");
    _exit(2);
  }
}

/// Denies PR_SET_SECCOMP alone: prctl is needed for much else.
void deny_seccomp() {
  std::array<sock_filter, 6> filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{filter.size(), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) _exit(2);
}

int connect_to(std::string_view port) {
  const int socket_descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (socket_descriptor < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(parse_number(port).value_or(0)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket_descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int connect_locally(std::string_view path) {
  const int socket_descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket_descriptor < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return connect(socket_descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Up to 10 GB.
int write_much() {
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 10 * 1024; ++i) {
    if (write(kTarget, piece.data(), piece.size()) < 0) return -1;
  }
  return 0;
}

int allocate_much() {
  // Piece by piece, and used: a promise of memory is not memory.
  for (int i = 0; i < 8; ++i) {
    void* memory = mmap(nullptr, kGigabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -1;
    for (std::size_t at = 0; at < kGigabyte; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
  }
  return 0;
}

[[noreturn]] void spin() {
  for (volatile unsigned long count = 0;; count = count + 1) {}
}

int execute() {
  std::array<char*, 2> arguments{const_cast<char*>("true"), nullptr};
  std::array<char*, 1> environment{nullptr};
  return execve("/bin/true", arguments.data(), environment.data());
}

/// As an attacker does who has no wish to be counted by glibc.
int start_process() {
  const long made = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (made == 0) _exit(0);
  return static_cast<int>(made);
}

int send_to_parent() { return kill(getppid(), SIGKILL); }

const std::map<std::string_view, std::function<long(const std::string&)>> kAttempts{
    {"nothing", [](const std::string&) -> long { return 0; }},
    {"read",
     [](const std::string&) -> long {
       char byte;
       return pread(kSource, &byte, 1, 0);
     }},
    {"open", [](const std::string& path) -> long { return open(path.c_str(), O_RDONLY); }},
    {"create", [](const std::string& path) -> long { return open(path.c_str(), O_WRONLY | O_CREAT, 0600); }},
    {"memory", [](const std::string&) -> long { return open("/proc/self/mem", O_RDWR); }},
    {"connect", [](const std::string& port) -> long { return connect_to(port); }},
    {"connect-local", [](const std::string& path) -> long { return connect_locally(path); }},
    {"fork", [](const std::string&) -> long { return start_process(); }},
    {"thread", [](const std::string&) -> long { return syscall(SYS_clone3, nullptr, 0); }},
    {"exec", [](const std::string&) -> long { return execute(); }},
    {"ptrace", [](const std::string& process) -> long { return ptrace(PTRACE_ATTACH, std::atoi(process.c_str()), nullptr, nullptr); }},
    {"kill-parent", [](const std::string&) -> long { return send_to_parent(); }},
    {"kill-self-as-other", [](const std::string& process) -> long { return syscall(SYS_tgkill, std::atoi(process.c_str()), 1, SIGKILL); }},
    {"write-much", [](const std::string&) -> long { return write_much(); }},
    {"write-source", [](const std::string&) -> long { return write(kSource, "x", 1); }},
    {"spin", [](const std::string&) -> long { spin(); }},
    {"allocate", [](const std::string&) -> long { return allocate_much(); }},
    {"executable-memory",
     [](const std::string&) -> long {
       return mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
     }},
    {"make-executable",
     [](const std::string&) -> long {
       void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       return mprotect(memory, 4096, PROT_READ | PROT_EXEC);
     }},
    {"raise-limit",
     [](const std::string&) -> long {
       const rlimit more{kGigabyte, kGigabyte};
       return setrlimit(RLIMIT_CPU, &more);
     }},
    {"inherited", [](const std::string& descriptor) -> long { return fcntl(std::atoi(descriptor.c_str()), F_GETFD); }},
    {"abort", [](const std::string&) -> long { abort(); }},
#ifdef __x86_64__
    {"x32", [](const std::string&) -> long { return syscall(0x4000'0000 | SYS_getpid); }},
    {"int80",
     [](const std::string&) -> long {
       long result;
       asm volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");  // getpid of i386
       return result;
     }},
#endif
};

}  // namespace

int main(int count, char** arguments) {
  const std::string attempt = count > 1 ? arguments[1] : "";
  const auto found = kAttempts.find(attempt);
  if (found == kAttempts.end()) {
    say("there is no attempt with that name");
    return 2;
  }
  ConfinementPlan plan{.control = kControl, .source = kSource, .target = kTarget, .processor_time = std::chrono::seconds{60}};
  plan.output = ByteCount{1 << 20};
  std::string argument;
  std::vector<Layer> without;
  for (int i = 2; i < count; ++i) {
    const std::string_view option = arguments[i];
    const auto value = option.substr(std::min(option.size(), option.find('=') + 1));
    if (option.starts_with("without=")) {
      for (const Layer layer : kLayers) {
        if (name_of(layer) == value) without.push_back(layer);
      }
    } else if (option == "deny=unshare") {
      deny(SYS_unshare, EPERM);
    } else if (option == "deny=landlock") {
      deny(444, ENOSYS);
    } else if (option == "deny=close_range") {
      deny(SYS_close_range, ENOSYS);
    } else if (option == "deny=mount") {
      deny(SYS_mount, EPERM);
    } else if (option == "deny=seccomp") {
      deny_seccomp();
    } else if (option == "user=nobody") {
      if (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) return 2;
    } else if (option.starts_with("seconds=")) {
      plan.processor_time = std::chrono::seconds{parse_number(value).value_or(0)};
    } else if (option.starts_with("descriptors=")) {
      plan.descriptors = static_cast<unsigned>(parse_number(value).value_or(0));
    } else if (option.starts_with("bytes=")) {
      plan.output = ByteCount{parse_number(value).value_or(0)};
    } else {
      argument = option;
    }
  }
  plan.without = without;
  const auto layers = confine(plan);
  if (!layers) {
    say("not confined: " + layers.error().message);
    return 2;
  }
  for (const auto& [layer, missing] : *layers)
    say("layer " + std::string{name_of(layer)} + ": " + (missing.empty() ? std::string{"in force"} : missing));
  const long result = found->second(argument);
  const int error = errno;
  say(result >= 0 ? "succeeded" : "refused: " + errno_text(error));
  _exit(result >= 0 ? 0 : 1);
}
