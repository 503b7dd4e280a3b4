// See revocations.hpp.

#include "accounts/revocations.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

/// Between reading a caller's rights and watching them lies a moment: whoever missed more than this is taken to have lost something.
constexpr std::size_t kRecentRevocations = 1'000;

}  // namespace

std::string text_of(const Revocation& revocation) {
  std::string text = revocation.person;
  for (const auto& part : {revocation.session, revocation.token, revocation.kept_session}) text += '\n' + part;
  return text + (revocation.sessions_only ? "\nsessions" : "\nall");
}

Result<Revocation> revocation_from(std::string_view text) {
  const auto parts = split(text, '\n');
  if (parts.size() != 5 || (parts[4] != "sessions" && parts[4] != "all"))
    return fail(ErrorKind::corrupt, "a revocation in the change feed can't be read");
  return Revocation{.person = std::string(parts[0]),
                    .session = std::string(parts[1]),
                    .token = std::string(parts[2]),
                    .kept_session = std::string(parts[3]),
                    .sessions_only = parts[4] == "sessions"};
}

bool Revocation::concerns(const Caller& caller) const {
  if (caller.id().empty() || caller.id() != person) return false;
  if (!session.empty()) return caller.session == session;
  if (!token.empty()) return caller.token == token;
  if (sessions_only && caller.session.empty()) return false;
  return kept_session.empty() || caller.session != kept_session;
}

Revocations::Watch::~Watch() {
  const Lock lock{revocations_.mutex_};
  revocations_.watchers_.erase(number_);
}

std::uint64_t Revocations::last() const {
  const Lock lock{mutex_};
  return last_;
}

std::unique_ptr<Revocations::Watch> Revocations::watch(const Caller& caller, std::function<void()> lost) {
  const Lock lock{mutex_};
  const auto missed = last_ - std::min(caller.as_of, last_);
  const auto since = std::min<std::uint64_t>(missed, recent_.size());
  const bool concerned = missed > recent_.size() || std::any_of(recent_.end() - static_cast<std::ptrdiff_t>(since), recent_.end(),
                                                                [&](const Revocation& one) { return one.concerns(caller); });
  if (concerned) lost();
  const auto number = next_watch_++;
  watchers_.emplace(number, Watcher{caller, std::move(lost)});
  return std::unique_ptr<Watch>{new Watch{*this, number}};
}

void Revocations::tell(const Revocation& revocation) {
  const Lock lock{mutex_};
  ++last_;
  recent_.push_back(revocation);
  if (recent_.size() > kRecentRevocations) recent_.pop_front();
  for (const auto& [number, watcher] : watchers_) {
    if (revocation.concerns(watcher.caller)) watcher.lost();
  }
}

void Revocations::tell_everybody() {
  const Lock lock{mutex_};
  ++last_;
  recent_.clear();  // whoever is about to watch is told, too
  for (const auto& [number, watcher] : watchers_) watcher.lost();
}

void Revocations::tell_once_committed(db::Database& database, Revocation revocation) {
  database.note_change({.kind = std::string(kRevocationChange), .subject = revocation.person, .detail = text_of(revocation)});
  database.after_commit([this, revocation = std::move(revocation)] { tell(revocation); });
}

}  // namespace carillon::accounts
