// See local_keeper.hpp.

#include "certs/local_keeper.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "net/asio.hpp"

#include <algorithm>
#include <optional>

namespace carillon::certs {
namespace {

/// How often a stop is looked for while resting.
constexpr std::chrono::milliseconds kStopCheck{200};

Time renewal_of(const Leaf& leaf) { return leaf.not_before + (leaf.not_after - leaf.not_before) / 2; }

std::filesystem::path file_of(const LocalCa& authority, const std::string& name) {
  // A name may be an address with colons; percent-encoding keeps it a file's name.
  return authority.folder() / "leaves" / (percent_encoded(name) + ".pem");
}

}  // namespace

LocalKeeper::LocalKeeper(CertificateTable& table, const LocalCa& authority, const Clock& clock, std::vector<std::string> names)
    : table_{table}, authority_{authority}, clock_{clock} {
  set_names(std::move(names));
}

void LocalKeeper::set_names(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) {
    if (!is_public_name(name)) return false;
    log::warning("a public name has no certificate: the local CA may not sign it", {{"name", name}});
    return true;
  });
  const std::lock_guard lock{mutex_};
  names_ = std::move(names);
}

Result<Time> LocalKeeper::ensure() {
  const std::lock_guard lock{mutex_};
  Time next = clock_.now() + kLongestRest;
  std::optional<Error> wrong;
  for (const auto& name : names_) {
    auto due = ensure_one(name);
    if (due) {
      next = std::min(next, *due);
    } else {
      log::error("certificate not renewed", {{"name", name}, {"reason", due.error().message}});
      wrong = std::move(due.error());
    }
  }
  if (wrong) return std::unexpected(std::move(*wrong));
  return next;
}

Result<Time> LocalKeeper::ensure_one(const std::string& name) {
  const auto good = [&](const Leaf& leaf) { return clock_.now() >= leaf.not_before && clock_.now() < renewal_of(leaf); };
  if (const auto known = leaves_.find(name); known != leaves_.end() && good(known->second)) return renewal_of(known->second);

  const auto file = file_of(authority_, name);
  Result<Leaf> leaf = fail(ErrorKind::not_found, "nothing is stored");
  if (const auto stored = read_file(file)) leaf = authority_.read(name, *stored);
  if (!leaf || !good(*leaf)) {
    leaf = authority_.issue(name);
    if (!leaf) return std::unexpected(leaf.error());
    if (auto made = make_folder(file.parent_path()); !made) return passed_on(made);
    // A disk that is full must not end in an expired certificate: served from memory it is as good.
    if (const auto written = write_file(file, leaf->pem, 0600); !written) log::warning("certificate not stored", {{"name", name}, {"reason", written.error().message}});
    log::info("certificate renewed", {{"name", name}, {"valid_until", to_rfc3339(leaf->not_after)}});
  }
  const auto due = renewal_of(*leaf);
  table_.put(name, std::make_shared<const net::CertificateForTls>(leaf->for_tls));
  leaves_.insert_or_assign(name, std::move(*leaf));
  return due;
}

asio::awaitable<void> LocalKeeper::run() {
  asio::steady_timer timer{co_await asio::this_coro::executor};
  while (!stopping_) {
    const auto next = ensure().value_or(clock_.now() + std::chrono::minutes{1});
    const auto until = std::chrono::steady_clock::now() + std::clamp<std::chrono::nanoseconds>(next - clock_.now(), std::chrono::seconds{1}, kLongestRest);
    while (!stopping_ && std::chrono::steady_clock::now() < until) {
      timer.expires_after(kStopCheck);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
}

void LocalKeeper::stop() { stopping_ = true; }

}  // namespace carillon::certs
