// See watched_roots.hpp.

#include "app/keeping/watched_roots.hpp"

#include "app/keeping/issuers.hpp"

#include <sys/stat.h>

namespace carillon::app {

WatchedRoots::WatchedRoots(const Configuration& configuration, const crypto::Certificate& own) : issuers_{configuration.issuers} {
  if (const auto der = own.to_der()) {
    if (auto copy = crypto::Certificate::from_der(*der)) own_ = std::move(*copy);
  }
}

WatchedRoots::Stamps WatchedRoots::stamps() const {
  Stamps found;
  const auto add = [&](const std::string& file) {
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) return;
    found[file] = {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
                   facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
  };
  add(crypto::system_roots_file());
  for (const auto& issuer : issuers_) {
    if (!issuer.trust.empty() && issuer.trust != "public") add(issuer.trust);
  }
  return found;
}

bool WatchedRoots::have_changed() const {
  auto now = stamps();
  const Lock lock{mutex_};
  return now != read_;
}

Result<crypto::Trust> WatchedRoots::read() {
  // Before the files: what changes meanwhile is read again at the next round.
  auto as_read = stamps();
  auto roots = crypto::system_roots().value_or(std::vector<crypto::Certificate>{});
  for (auto& root : roots_of(issuers_)) roots.push_back(std::move(root));
  if (own_) {
    if (const auto der = own_->to_der()) {
      if (auto copy = crypto::Certificate::from_der(*der)) roots.push_back(std::move(*copy));
    }
  }
  auto trust = crypto::Trust::in(roots);
  if (!trust) return trust;
  const Lock lock{mutex_};
  read_ = std::move(as_read);
  return trust;
}

}  // namespace carillon::app
