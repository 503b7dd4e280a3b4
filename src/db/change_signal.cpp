// See change_signal.hpp.

#include "db/change_signal.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::db {
namespace {

/// Where the system has no watches left to give (fs.inotify.max_user_instances).
constexpr std::chrono::milliseconds kPollEvery{500};

std::filesystem::path signal_file(const std::filesystem::path& database) { return database.string() + "-changes"; }

void drain(int descriptor) {
  std::array<char, 4096> bytes{};
  while (::read(descriptor, bytes.data(), bytes.size()) > 0) {}
}

}  // namespace

ChangeSignaller::ChangeSignaller(const std::filesystem::path& database) {
  if (auto file = open_file(signal_file(database), O_WRONLY | O_CREAT)) file_ = std::move(*file);
}

void ChangeSignaller::signal() noexcept {
  if (file_) (void)!::pwrite(file_.get(), "\n", 1, 0);
}

ChangeSignal::ChangeSignal(const std::filesystem::path& database)
    : watched_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, woken_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  const auto file = signal_file(database);
  (void)open_file(file, O_WRONLY | O_CREAT);
  if (watched_ && ::inotify_add_watch(watched_.get(), file.c_str(), IN_MODIFY) >= 0) return;
  log::warning("file notifications are unavailable; polling for changes from other nodes",
               {{"file", file.string()}, {"reason", errno_text(errno)}});
  watched_ = FileDescriptor{};
}

void ChangeSignal::wait(std::chrono::milliseconds longest) {
  std::array<pollfd, 2> both{pollfd{woken_.get(), POLLIN, 0}, pollfd{watched_.get(), POLLIN, 0}};
  if (!watched_) longest = std::min(longest, kPollEvery);
  (void)::poll(both.data(), watched_ ? 2 : 1, static_cast<int>(longest.count()));
  drain(woken_.get());
  if (watched_) drain(watched_.get());
}

void ChangeSignal::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(woken_.get(), &one, sizeof one);
}

}  // namespace carillon::db
