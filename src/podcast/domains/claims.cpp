// See claims.hpp.

#include "podcast/domains/claims.hpp"

#include "accounts/audit.hpp"
#include "base/encoding.hpp"
#include "podcast/domains/domain_queries.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

constexpr std::size_t kTokenBytes = 16;

std::unexpected<Error> no_such_show(const std::string& slug) {
  return fail(ErrorKind::not_found, "There is no show named “" + slug + "”.", "show");
}

}  // namespace

std::unexpected<Error> no_such_domain(const std::string& name) {
  return fail(ErrorKind::not_found, "The show has no domain “" + name + "”.", "name");
}

std::unexpected<Error> taken(const std::string& name) {
  return fail(ErrorKind::conflict,
              "“" + name + "” is already in use on this server and can't be added; if it is yours, ask the server's operator.", "name");
}

std::string Claims::new_token() const {
  std::array<std::byte, kTokenBytes> bytes{};
  random_.fill(bytes);
  return to_hex(bytes);
}

Result<> Claims::give_tokens() {
  return database_.write_now([&](db::Session& session) -> Result<> {
    for (auto& domain : queries::all_domains(session)) {
      if (!domain.token.empty()) continue;
      domain.token = new_token();
      // It was never asked for a proof: its week begins now.
      if (!domain.proven) domain.created = clock_.now();
      queries::update(session, domain);
    }
    return {};
  });
}

void Claims::note_change() { database_.note_change({.kind = std::string(kDomainsChange)}); }

Result<> Claims::add(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
  return database_.write_now([&](db::Session& session) -> Result<> {
    const auto show = queries::show_with_slug(session, show_slug);
    if (!show) return no_such_show(show_slug);
    const auto claims = queries::claims_of(session, name);
    if (std::ranges::find(claims, show->id, &Domain::show_id) != claims.end())
      return fail(ErrorKind::conflict, "“" + name + "” already belongs to this show.", "name");
    if (queries::domains_of(session, show->id).size() >= kMaxDomains)
      return fail(ErrorKind::conflict, "The show has " + std::to_string(kMaxDomains) + " domains, which is the limit; remove one first.",
                  "name");
    // What is proven by a text and in use is no one else's. Where it only leads here, a text takes it over; where it left, any proof
    // does.
    const bool is_held = std::ranges::any_of(claims, [](const Domain& claim) { return claim.proof == Proof::txt && !claim.strayed; });
    if (is_held) return taken(name);
    if (!queries::insert(session, {.name = name,
                                   .show_id = show->id,
                                   .show = show->slug,
                                   .network = show->network,
                                   .created = clock_.now(),
                                   .token = new_token()}))
      return taken(name);
    if (auto closed =
            notices_.close(session, {.name = name, .show_id = show->id, .show = show->slug, .network = show->network, .created = {}},
                           "The domain was added again.");
        !closed)
      return closed;
    note_change();
    accounts::record(session, clock_, random_, by,
                     {.network = show->network, .what = "show.domain.add", .subject = show->slug, .was = {}, .became = {{"domain", name}}});
    return {};
  });
}

Result<> Claims::remove(const accounts::Actor& by, const std::string& show_slug, const std::string& name) {
  return database_.write_now([&](db::Session& session) -> Result<> {
    const auto show = queries::show_with_slug(session, show_slug);
    if (!show) return no_such_show(show_slug);
    const auto there = queries::domain(session, name, show->id);
    if (!there) return no_such_domain(name);
    queries::remove_domain(session, *there);
    note_change();
    if (auto closed = notices_.close(session, *there, "The domain was removed."); !closed) return closed;
    accounts::record(
        session, clock_, random_, by,
        {.network = show->network, .what = "show.domain.remove", .subject = show->slug, .was = {{"domain", name}}, .became = {}});
    return {};
  });
}

Result<std::vector<Domain>> Claims::of(const std::string& show_slug, const std::optional<std::string>& name) {
  return database_.read_now([&](db::Session& session) -> Result<std::vector<Domain>> {
    const auto show = queries::show_with_slug(session, show_slug);
    if (!show) return no_such_show(show_slug);
    auto found = queries::domains_of(session, show->id);
    if (name) {
      std::erase_if(found, [&](const Domain& domain) { return domain.name != *name; });
      if (found.empty()) return no_such_domain(*name);
    }
    return found;
  });
}

Result<std::vector<Domain>> Claims::all() {
  return database_.read_now([](db::Session& session) -> Result<std::vector<Domain>> { return queries::all_domains(session); });
}

Result<bool> Claims::leads_here(const std::string& name) {
  return database_.read_now([&](db::Session& session) -> Result<bool> {
    return std::ranges::any_of(queries::claims_of(session, name), [](const Domain& claim) { return claim.proven && claim.pointed; });
  });
}

}  // namespace carillon::podcast
