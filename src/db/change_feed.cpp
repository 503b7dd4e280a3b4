// See change_feed.hpp.

#include "db/change_feed.hpp"

#include "base/log.hpp"
#include "db/change_queries.hpp"

namespace carillon::db {
namespace {

/// A process that ended between its commit and its signal: what it changed is seen after this.
constexpr std::chrono::milliseconds kLookEvery{5'000};
/// After something could not be read.
constexpr std::chrono::milliseconds kRestAfterTrouble{1'000};
/// Read at once.
constexpr int kBatch = 500;

}  // namespace

ChangeFeed::ChangeFeed(Database& database, std::int64_t seen) : database_{database}, signal_{database.file()}, seen_{seen} {}

Result<std::unique_ptr<ChangeFeed>> ChangeFeed::open(Database& database) {
  const auto kept = database.read_now([](Session& session) -> Result<queries::Kept> { return queries::kept_changes(session); });
  if (!kept) return std::unexpected(kept.error());
  return std::unique_ptr<ChangeFeed>{new ChangeFeed{database, kept->last}};
}

void ChangeFeed::follow(std::string kind, Follower follower) { followers_.insert_or_assign(std::move(kind), std::move(follower)); }

void ChangeFeed::start() {
  thread_ = std::thread{[this] { run(); }};
}

void ChangeFeed::stop() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  signal_.wake();
  if (thread_.joinable()) thread_.join();
}

Result<> ChangeFeed::prune(Database& database, Time now) {
  return database.write_now([&](Session& session) -> Result<> {
    queries::drop_changes(session, now - kChangesKept, kMaxChangesKept);
    return {};
  });
}

std::size_t ChangeFeed::catch_up() {
  struct News {
    queries::Kept kept;
    std::vector<queries::NumberedChange> changes;
  };
  std::size_t read = 0;
  while (true) {
    const auto news = database_.read_now([&](Session& session) -> Result<News> {
      return News{queries::kept_changes(session), queries::changes_after(session, seen_, kBatch)};
    });
    if (!news) {
      log::error("changes from other nodes could not be read", {{"reason", news.error().message}});
      return read;
    }
    if (news->kept.first > seen_ + 1) {
      log::warning("changes from other nodes were missed; reloading everything", {{"seen", seen_}, {"kept_from", news->kept.first}});
      for (const auto& [kind, follower] : followers_) stale_.insert(kind);
    }
    for (const auto& [number, origin, change] : news->changes) {
      if (origin != database_.origin()) tell(change);
      seen_ = number;
    }
    read += news->changes.size();
    if (news->changes.size() < static_cast<std::size_t>(kBatch)) break;
  }
  reload_stale();
  return read;
}

void ChangeFeed::tell(const Change& change) {
  const auto found = followers_.find(change.kind);
  if (found == followers_.end() || stale_.contains(change.kind)) return;
  Result<> done;
  try {
    done = found->second.changed(change);
  } catch (const std::exception& error) { done = fail(ErrorKind::internal, error.what()); }
  if (done) return;
  log::warning("a change from another node could not be applied; retrying",
               {{"kind", change.kind}, {"subject", change.subject}, {"reason", done.error().message}});
  stale_.insert(change.kind);
}

void ChangeFeed::reload_stale() {
  std::erase_if(stale_, [&](const std::string& kind) {
    Result<> done;
    try {
      done = followers_.at(kind).reload();
    } catch (const std::exception& error) { done = fail(ErrorKind::internal, error.what()); }
    if (!done) log::warning("changes from other nodes could not be read", {{"kind", kind}, {"reason", done.error().message}});
    return done.has_value();
  });
}

void ChangeFeed::run() {
  while (true) {
    {
      const Lock lock{mutex_};
      if (stopping_) return;
    }
    catch_up();
    signal_.wait(stale_.empty() ? kLookEvery : kRestAfterTrouble);
  }
}

}  // namespace carillon::db
