// See membership.hpp.

#include "app/nodes/membership.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <unistd.h>

#include <array>
#include <csignal>

namespace carillon::app {
namespace {

constexpr std::size_t kNameBytes = 4;
constexpr std::chrono::minutes kPruneEvery{10};

/// Another one for each data folder, so that a copy of a folder elsewhere has its own as long as this file is not copied.
Result<std::string> name_in(const std::filesystem::path& file, Random& random) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) {
    std::array<std::byte, kNameBytes> noise{};
    random.fill(noise);
    if (auto written = write_file(file, "node-" + to_hex(noise) + "\n"); !written) return forward_error(written);
  }
  auto text = read_file(file);
  if (!text) return text;
  std::string name(trimmed(*text));
  if (!jobs::is_node_name(name))
    return fail(ErrorKind::corrupt, "The file " + file.string() +
                                        " doesn't contain a node name (at most 64 lowercase letters, digits, hyphens and dots). "
                                        "Delete the file to get a new name, or set “node” under [server].");
  return name;
}

/// What no two processes have at the same time: the database is in the data folder, and each process has taken the lock of its part of it.
std::string place_of(const DataFolder& data) {
  return data.node.empty() ? "the whole data folder" : "the part " + data.node + " of the data folder";
}

}  // namespace

Membership::Membership(std::unique_ptr<jobs::Node> node, std::unique_ptr<db::ChangeFeed> feed, db::Database& database, const Clock& clock)
    : node_{std::move(node)},
      feed_{std::move(feed)},
      pruning_{clock, kPruneEvery, node_->turn("change feed"), [&database, &clock]() -> std::optional<Time> {
                 if (const auto pruned = db::ChangeFeed::prune(database, clock.now()); !pruned)
                   log::warning("old entries in the change feed could not be deleted", {{"reason", pruned.error().message}});
                 return {};
               }} {}

Result<std::unique_ptr<Membership>> Membership::join(const DataFolder& data, const Configuration& configuration, db::Database& database,
                                                     const Clock& clock, Random& random) {
  auto name = configuration.node.empty() ? name_in(data.node_name(), random) : Result<std::string>{configuration.node};
  if (!name) return forward_error(name);
  const bool alone = data.node.empty();
  std::unique_ptr<db::ChangeFeed> feed;
  if (!alone) {
    auto opened = db::ChangeFeed::open(database);
    if (!opened) return forward_error(opened);
    feed = std::move(*opened);
  }
  auto node = jobs::Node::begin(database, clock, {.name = std::move(*name), .place = place_of(data), .alone = alone});
  if (!node) return forward_error(node);
  if (!alone) database.report_changes_as((*node)->life());
  log::info("node started", {{"name", (*node)->name()}, {"generation", (*node)->generation()}});
  std::unique_ptr<Membership> made{new Membership{std::move(*node), std::move(feed), database, clock}};
  const auto look_again = [&node = *made->node_]() -> Result<> {
    node.look_again();
    return {};
  };
  made->follow(jobs::kNodeChange, {.changed = [look_again](const db::Change&) { return look_again(); }, .reload = look_again});
  made->node_->on_lost([&lost = made->lost_] {
    lost = true;
    ::kill(::getpid(), SIGTERM);
  });
  return made;
}

void Membership::follow(std::string_view kind, db::Follower follower) {
  if (feed_) feed_->follow(std::string(kind), std::move(follower));
}

void Membership::start() {
  node_->start();
  if (feed_) feed_->start();
  pruning_.start();
}

void Membership::stop_following() {
  pruning_.stop();
  if (feed_) feed_->stop();
}

void Membership::stop() {
  stop_following();
  node_->stop();
}

Result<> Membership::outcome() const {
  if (!lost_) return {};
  return fail(ErrorKind::conflict,
              "Another process took over the node name “" + node_->name() +
                  "”, so this one stopped. Give each node its own name: set “node” under [server].",
              "server.node");
}

}  // namespace carillon::app
