// See takedowns.hpp.

#include "accounts/people/takedowns.hpp"

#include "accounts/checks.hpp"

namespace carillon::accounts {

asio::awaitable<Result<Network>> Takedowns::suspend_network(Caller by, std::string slug, std::string reason) {
  if (auto good = check_reason(reason); !good) co_return forward_error(good);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Network> {
    auto network = queries::network(session, slug);
    if (!network) return no_such_network(slug);
    if (network->suspended == reason) return std::move(*network);
    const boost::json::object was{{"suspended", network->suspended}};
    network->suspended = reason;
    ++network->revision;
    queries::update(session, *network);
    parts_.suspensions.put_in_force(parts_.database, session);
    const Act act{.network = slug, .what = reason.empty() ? "network.resume" : "network.suspend", .subject = slug, .was = {}, .became = {}};
    record(session, parts_.clock, parts_.random, by.actor(), changed(act, was, {{"suspended", network->suspended}}));
    return std::move(*network);
  });
}

asio::awaitable<Result<>> Takedowns::suspend_show(Caller by, std::string network, std::string slug, std::string reason) {
  if (auto good = check_reason(reason); !good) co_return forward_error(good);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    Suspensions::set_show(session, slug, reason);
    parts_.suspensions.put_in_force(parts_.database, session);
    Act act{.network = network, .what = reason.empty() ? "show.resume" : "show.suspend", .subject = slug, .was = {}, .became = {}};
    if (!reason.empty()) act.became["reason"] = reason;
    record(session, parts_.clock, parts_.random, by.actor(), act);
    return {};
  });
}

}  // namespace carillon::accounts
