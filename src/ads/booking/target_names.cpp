// See target_names.hpp.

#include "ads/booking/target_names.hpp"

#include "base/printable.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/owners.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::ads {
namespace {

bool has(const std::vector<std::string>& list, const std::string& value) { return std::ranges::find(list, value) != list.end(); }

Result<> resolve_shows(db::Session& session, const std::string& network, std::vector<std::string>& shows,
                       const std::vector<std::string>& before, const std::string& field) {
  for (auto& each : shows) {
    const auto show = podcast::queries::show_with_slug_even_deleted(session, each);
    if (show && show->network == network)
      each = show->id;
    else if (!has(before, each))
      return fail(ErrorKind::invalid, "“" + field + "” has “" + printable(each) + "”, but this network has no show with that name.", field);
  }
  return {};
}

Result<> check_episodes(db::Session& session, const std::string& network, const std::vector<std::string>& episodes,
                        const std::vector<std::string>& before, const std::string& field) {
  for (const auto& each : episodes) {
    const auto owner = podcast::network_of_episode(session, each);
    if (!owner) return std::unexpected(owner.error());
    if (*owner != network && !has(before, each))
      return fail(ErrorKind::invalid, "“" + field + "” has “" + printable(each) + "”, but this network has no episode with that ID.",
                  field);
  }
  return {};
}

}  // namespace

Result<> resolve(db::Session& session, const std::string& network, Targets& targets, const Targets& before) {
  if (auto good = resolve_shows(session, network, targets.only.shows, before.only.shows, "targets.shows"); !good) return good;
  if (auto good = resolve_shows(session, network, targets.except.shows, before.except.shows, "targets.except.shows"); !good) return good;
  if (auto good = check_episodes(session, network, targets.only.episodes, before.only.episodes, "targets.episodes"); !good) return good;
  return check_episodes(session, network, targets.except.episodes, before.except.episodes, "targets.except.episodes");
}

}  // namespace carillon::ads
