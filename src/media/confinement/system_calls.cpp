// The list of system calls, as a filter for the kernel (seccomp(2), linux/filter.h). What is not on it is not executed: the kernel sends
// SIGSYS, whose handler says which it was and then ends the process.

#include "base/result.hpp"
#include "media/confinement/layers.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace carillon::media {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
/// Calls of the x32 ABI have this bit, and the same architecture.
constexpr std::uint32_t kForeignCalls = 0x4000'0000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kForeignCalls = 0;
#else
constexpr std::uint32_t kArchitecture = 0;
constexpr std::uint32_t kForeignCalls = 0;
#endif

/// What an argument must be. Only its low half is looked at: descriptors and flags have no more.
struct Test {
  int argument;
  enum class Kind { one_of, has_bits, lacks_bits } kind;
  std::vector<std::uint32_t> values;
};

struct Rule {
  long number;
  std::vector<Test> tests = {};
};

constexpr std::uint32_t offset_of_argument(int argument) {
  // Little-endian: the low half comes first.
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + static_cast<std::size_t>(argument) * sizeof(std::uint64_t));
}

sock_filter statement(int code, std::uint32_t value) { return BPF_STMT(static_cast<std::uint16_t>(code), value); }
/// Goes on after the next `then` or `otherwise` statements.
sock_filter jump(int code, std::uint32_t value, std::size_t then, std::size_t otherwise) {
  return BPF_JUMP(static_cast<std::uint16_t>(code), value, static_cast<std::uint8_t>(then), static_cast<std::uint8_t>(otherwise));
}
sock_filter verdict(std::uint32_t action) { return statement(BPF_RET | BPF_K, action); }

std::size_t statements_of(const Test& test) { return 1 + test.values.size(); }

/// Statements that allow the call when every test holds and trap it otherwise; they never fall through.
std::vector<sock_filter> body_of(const Rule& rule) {
  std::size_t left = 0;
  for (const auto& test : rule.tests) left += statements_of(test);
  std::vector<sock_filter> body;
  for (const auto& test : rule.tests) {
    left -= statements_of(test);
    body.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offset_of_argument(test.argument)));
    for (std::size_t i = 0; i < test.values.size(); ++i) {
      const std::size_t others = test.values.size() - 1 - i;  // of this test, still to come
      const std::size_t trap = others + left + 1;
      if (test.kind == Test::Kind::one_of)
        body.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, test.values[i], others, others > 0 ? 0 : trap));
      else if (test.kind == Test::Kind::has_bits)
        body.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, test.values[i], 0, trap));
      else
        body.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, test.values[i], trap, 0));
    }
  }
  body.push_back(verdict(SECCOMP_RET_ALLOW));
  body.push_back(verdict(SECCOMP_RET_TRAP));
  return body;
}

std::vector<Rule> rules_for(const AllowedDescriptors& descriptors) {
  using Kind = Test::Kind;
  const auto on = [](std::initializer_list<int> allowed) {
    Test test{0, Kind::one_of, {}};
    for (const int descriptor : allowed) test.values.push_back(static_cast<std::uint32_t>(descriptor));
    return test;
  };
  const Test not_executable{2, Kind::lacks_bits, {PROT_EXEC}};
  return {
      // The recording, and the master, which is read back.
      {SYS_pread64, {on({descriptors.source, descriptors.target})}},
      {SYS_lseek, {on({descriptors.source, descriptors.target})}},
      {SYS_write, {on({descriptors.target, STDERR_FILENO})}},
      {SYS_ftruncate, {on({descriptors.target})}},
      {SYS_sendmsg, {on({descriptors.control})}},
      // Memory that no program can be put into.
      {SYS_mmap, {not_executable, {3, Kind::has_bits, {MAP_ANONYMOUS}}}},
      {SYS_mprotect, {not_executable}},
      {SYS_munmap},
      {SYS_mremap},
      {SYS_madvise},
      {SYS_brk},
      {SYS_futex},
      {SYS_sched_yield},
      {SYS_clock_gettime},
      {SYS_gettimeofday},
      {SYS_getrandom},
      // What the C library asks of the machine before it sorts much or counts processors (qsort: sysinfo); nothing changes by it.
      {SYS_sysinfo},
      {SYS_sched_getaffinity},
      {SYS_clock_getres},
      {SYS_getcpu},
      {SYS_getrusage},
      {SYS_rt_sigreturn},
      {SYS_exit},
      {SYS_exit_group},
      // abort(3): so that a failed assertion of a library is reported as what it is.
      {SYS_rt_sigprocmask},
      {SYS_getpid},
      {SYS_gettid},
      {SYS_tgkill, {on({getpid()})}},
  };
}

std::vector<sock_filter> filter_for(const AllowedDescriptors& descriptors) {
  std::vector<sock_filter> filter{
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      verdict(SECCOMP_RET_KILL_PROCESS),
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  if (kForeignCalls != 0) {
    filter.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, kForeignCalls, 0, 1));
    filter.push_back(verdict(SECCOMP_RET_KILL_PROCESS));
  }
  for (const auto& rule : rules_for(descriptors)) {
    const auto body = body_of(rule);
    filter.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(rule.number), 0, body.size()));
    filter.insert(filter.end(), body.begin(), body.end());
  }
  filter.push_back(verdict(SECCOMP_RET_TRAP));
  return filter;
}

struct CallName {
  long number;
  std::string_view name;
};
/// Those that an attacker would reach for, or that another libc may turn out to need.
constexpr CallName kNames[] = {
#ifdef SYS_open
    {SYS_open, "open"},
    {SYS_creat, "creat"},
    {SYS_fork, "fork"},
    {SYS_vfork, "vfork"},
    {SYS_stat, "stat"},
    {SYS_unlink, "unlink"},
    {SYS_arch_prctl, "arch_prctl"},
    {SYS_poll, "poll"},
#endif
    {SYS_openat, "openat"},
    {SYS_openat2, "openat2"},
    {SYS_unlinkat, "unlinkat"},
    {SYS_renameat2, "renameat2"},
    {SYS_mkdirat, "mkdirat"},
    {SYS_socket, "socket"},
    {SYS_socketpair, "socketpair"},
    {SYS_connect, "connect"},
    {SYS_bind, "bind"},
    {SYS_sendto, "sendto"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_clone, "clone"},
    {SYS_clone3, "clone3"},
    {SYS_execve, "execve"},
    {SYS_execveat, "execveat"},
    {SYS_ptrace, "ptrace"},
    {SYS_process_vm_readv, "process_vm_readv"},
    {SYS_process_vm_writev, "process_vm_writev"},
    {SYS_kill, "kill"},
    {SYS_tgkill, "tgkill"},
    {SYS_pidfd_open, "pidfd_open"},
    {SYS_pidfd_send_signal, "pidfd_send_signal"},
    {SYS_mmap, "mmap"},
    {SYS_mprotect, "mprotect"},
    {SYS_memfd_create, "memfd_create"},
    {SYS_read, "read"},
    {SYS_readv, "readv"},
    {SYS_pread64, "pread64"},
    {SYS_write, "write"},
    {SYS_writev, "writev"},
    {SYS_pwrite64, "pwrite64"},
    {SYS_lseek, "lseek"},
    {SYS_close, "close"},
    {SYS_dup, "dup"},
    {SYS_fcntl, "fcntl"},
    {SYS_ioctl, "ioctl"},
    {SYS_fstat, "fstat"},
    {SYS_newfstatat, "newfstatat"},
    {SYS_statx, "statx"},
    {SYS_ftruncate, "ftruncate"},
    {SYS_prctl, "prctl"},
    {SYS_prlimit64, "prlimit64"},
    {SYS_unshare, "unshare"},
    {SYS_setns, "setns"},
    {SYS_mount, "mount"},
    {SYS_rt_sigaction, "rt_sigaction"},
    {SYS_sigaltstack, "sigaltstack"},
    {SYS_sched_getaffinity, "sched_getaffinity"},
    {SYS_set_robust_list, "set_robust_list"},
    {SYS_rseq, "rseq"},
    {SYS_bpf, "bpf"},
    {SYS_io_uring_setup, "io_uring_setup"},
    {SYS_userfaultfd, "userfaultfd"},
};

/// Puts text together without allocating: a signal handler may do no more.
class Sentence {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      if (length_ < text_.size()) text_[length_++] = c;
    }
  }
  void add(unsigned number) {
    std::array<char, 10> digits{};
    std::size_t at = digits.size();
    do digits[--at] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    add(std::string_view{digits.data() + at, digits.size() - at});
  }
  void write_to_standard_error() const { (void)!write(STDERR_FILENO, text_.data(), length_); }

 private:
  std::array<char, 128> text_{};
  std::size_t length_ = 0;
};

/// A forbidden call within this handler finds SIGSYS blocked, and then the kernel kills (signal(7)): so does the one at its end.
void report_forbidden(int, siginfo_t* info, void*) {
  Sentence sentence;
  sentence.add("forbidden system call ");
  std::string_view name = "unnamed";
  for (const auto& known : kNames) {
    if (known.number == info->si_syscall) name = known.name;
  }
  sentence.add(name);
  sentence.add(" (");
  sentence.add(static_cast<unsigned>(info->si_syscall));
  sentence.add(")\n");
  sentence.write_to_standard_error();
  syscall(SYS_getppid);
  _exit(1);
}

/// Its own, as the one in use may be what is broken.
alignas(16) std::array<std::byte, 64 * 1024> handler_stack;

}  // namespace

std::string restrict_system_calls(const AllowedDescriptors& descriptors) {
  if (kArchitecture == 0) return "there is no list of system calls for this CPU architecture";
  const stack_t stack{.ss_sp = handler_stack.data(), .ss_flags = 0, .ss_size = handler_stack.size()};
  struct sigaction action{};
  action.sa_sigaction = report_forbidden;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  if (sigaltstack(&stack, nullptr) != 0 || sigaction(SIGSYS, &action, nullptr) != 0) return "sigaction(2): " + errno_text(errno);
  auto filter = filter_for(descriptors);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) return "seccomp(2): " + errno_text(errno);
  return {};
}

}  // namespace carillon::media
