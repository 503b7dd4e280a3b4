// See first_run.hpp.

#include "accounts/people/first_run.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/store/settings.hpp"
#include "base/id.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

namespace carillon::accounts {
namespace {

/// The network that every data folder begins with.
constexpr std::string_view kFirstNetwork = "default";

std::unexpected<Error> no_such_link() {
  return fail(ErrorKind::not_found,
              "This link has already been used or replaced by a newer one; run `carillon welcome` to see where to start.");
}

bool is_good(db::Session& session, const std::string& digest) {
  const auto kept = queries::setting(session, queries::kFirstRun);
  return kept && same_secret(*kept, digest) && !queries::anybody(session);
}

}  // namespace

asio::awaitable<Result<std::optional<std::string>>> FirstRun::make_link() {
  const auto secret = new_secret(parts_.random);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<std::optional<std::string>> {
    if (queries::anybody(session)) return std::nullopt;
    queries::set_setting(session, queries::kFirstRun, digest_of(secret));
    return secret;
  });
}

asio::awaitable<Result<bool>> FirstRun::is_link(std::string secret) {
  const auto digest = digest_of(secret);
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<bool> { return is_good(session, digest); });
}

asio::awaitable<Result<SignedIn>> FirstRun::begin(Beginning beginning, std::string agent, std::string address_prefix) {
  const auto digest = digest_of(beginning.link);
  // Nothing is said of the fields to who has not the link.
  const auto good_link = co_await is_link(beginning.link);
  if (!good_link) co_return std::unexpected(good_link.error());
  if (!*good_link) co_return no_such_link();
  const auto email = checked_mail_address(beginning.email, "email");
  if (!email) co_return std::unexpected(email.error());
  auto steward = beginning.steward.empty() ? *email : beginning.steward;
  if (auto checked = checked_mail_address(steward, "steward"); checked)
    steward = *checked;
  else
    co_return forward_error(checked);
  if (auto good = check_name(beginning.name); !good) co_return forward_error(good);
  if (auto good = check_name(beginning.network_name); !good) co_return fail(ErrorKind::invalid, good.error().message, "network_name");
  if (auto good = crypto::check_new_password(beginning.password, {.email = *email, .name = beginning.name}); !good)
    co_return forward_error(good);
  const auto hash = co_await parts_.hashing.run({.standing = HashingQueue::Standing::stranger, .name = address_prefix},
                                                [&] { return crypto::hash_password(beginning.password); });
  if (!hash) co_return std::unexpected(hash.error());

  const Person made{.id = new_id(parts_.clock, parts_.random),
                    .email = *email,
                    .name = beginning.name,
                    .is_operator = true,
                    .has_password = true,
                    .roles = {{std::string(kFirstNetwork), Role::owner}},
                    .created = parts_.clock.now()};
  auto signed_in = parts_.maker.make(made, agent, address_prefix);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<SignedIn> {
    // Two at once: the second finds somebody there.
    if (!is_good(session, digest)) return no_such_link();
    auto network = queries::network(session, std::string(kFirstNetwork));
    if (!network) return no_such_network(std::string(kFirstNetwork));
    network->name = beginning.network_name;
    ++network->revision;
    queries::update(session, *network);
    queries::insert(session, made);
    queries::set_secrets(session, made.id, {.password = *hash, .second_factor = {}, .step = 0});
    queries::set_role(session, made.id, network->slug, Role::owner);
    queries::set_setting(session, queries::kSteward, steward);
    parts_.maker.keep(session, signed_in);
    record(session, parts_.clock, parts_.random, {.id = made.id, .name = made.email, .address_prefix = address_prefix},
           {.network = network->slug,
            .what = "installation.begin",
            .subject = made.email,
            .was = {},
            .became = {{"name", made.name}, {"network", network->name}, {"steward", steward}}});
    return signed_in;
  });
}

}  // namespace carillon::accounts
