// See networks.hpp.

#include "accounts/people/networks.hpp"

#include "accounts/checks.hpp"
#include "base/text.hpp"

namespace carillon::accounts {
namespace {

boost::json::object document_of(const Network& network) {
  return {{"name", network.name},
          {"storage_quota", network.storage_quota.value},
          {"show_quota", network.show_quota},
          {"upload_quota", network.upload_quota}};
}

}  // namespace

asio::awaitable<Result<Network>> Networks::create(Caller by, std::string slug, std::string name) {
  if (!is_slug(slug)) {
    const auto proposal = slug_of(slug);
    co_return fail(ErrorKind::invalid,
                   "“" + slug + "” can't be a network's slug: use lowercase letters, digits and single hyphens, at most 64 characters" +
                       (proposal.empty() ? std::string(".") : "; how about “" + proposal + "”?"),
                   "slug");
  }
  if (auto good = check_name(name); !good) co_return forward_error(good);
  const Network made{.slug = slug, .name = name, .created = parts_.clock.now(), .storage_quota = {}, .suspended = {}};
  const auto stored = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    if (queries::network(session, slug))
      return fail(ErrorKind::conflict, "A network “" + slug + "” already exists; choose another slug.", "slug");
    queries::insert(session, made);
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = slug, .what = "network.create", .subject = slug, .was = {}, .became = {{"name", name}}});
    return {};
  });
  if (!stored) co_return std::unexpected(stored.error());
  co_return made;
}

asio::awaitable<Result<Network>> Networks::find(std::string slug) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Network> {
    auto found = queries::network(session, slug);
    if (!found) return no_such_network(slug);
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Network>>> Networks::list(Caller by, std::string after, std::size_t limit) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Network>> {
    return queries::networks(session, by.is_operator() ? std::nullopt : std::optional{by.id()}, after, limit);
  });
}

asio::awaitable<Result<Network>> Networks::edit(Caller by, std::string slug, NetworkEdit edit, std::optional<std::int64_t> revision) {
  if (edit.name) {
    if (auto good = check_name(*edit.name); !good) co_return forward_error(good);
  }
  for (const auto& [field, quota] : {std::pair{"show_quota", edit.show_quota}, std::pair{"upload_quota", edit.upload_quota}}) {
    if (quota && *quota < 0) co_return fail(ErrorKind::invalid, std::string("“") + field + "” must be 0 (no limit) or more.", field);
  }
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Network> {
    auto network = queries::network(session, slug);
    if (!network) return no_such_network(slug);
    if (revision && *revision != network->revision)
      return fail(ErrorKind::conflict, "Someone changed the network “" + slug + "” in the meantime; fetch it again and redo your change.");
    const auto was = document_of(*network);
    if (edit.name) network->name = *edit.name;
    if (edit.storage_quota) network->storage_quota = *edit.storage_quota;
    if (edit.show_quota) network->show_quota = *edit.show_quota;
    if (edit.upload_quota) network->upload_quota = *edit.upload_quota;
    ++network->revision;
    queries::update(session, *network);
    record(session, parts_.clock, parts_.random, by.actor(),
           changed({.network = slug, .what = "network.edit", .subject = slug, .was = {}, .became = {}}, was, document_of(*network)));
    return std::move(*network);
  });
}

asio::awaitable<Result<std::vector<AuditLine>>> Networks::audit(std::optional<std::string> network, std::string before, std::size_t limit) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<AuditLine>> { return audit_lines(session, network, before, limit); });
}

}  // namespace carillon::accounts
