// What StatsApi does about weekly mails.

#include "accounts/store/networks.hpp"
#include "accounts/store/people.hpp"
#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/stats/stats_api.hpp"
#include "base/text.hpp"

namespace carillon::api {

asio::awaitable<std::expected<StatsApi::Subscriber, http::Response>> StatsApi::subscriber_of(Request& request) {
  const auto network = request.query_parameter("network").value_or("");
  const auto& caller = request.caller;
  if (network.empty()) co_return std::unexpected(http::problem(422, "invalid", "Choose a network with “?network=”.", "network"));
  const auto no_network = [&] { return http::problem(404, "not-found", "There is no network “" + network + "”.", "network"); };
  if (!caller.sees(network)) co_return std::unexpected(no_network());
  if (auto refused = refusal_of(accounts::Permission::analyse, caller, network)) co_return std::unexpected(std::move(*refused));
  const auto email = lower_ascii(request.query_parameter("person").value_or(""));
  if (email.empty() && caller.id().empty())
    co_return std::unexpected(
        http::problem(422, "invalid", "Set “person”: requests over the control socket don't belong to an account.", "person"));
  if (!email.empty() && email != lower_ascii(caller.email()) && !caller.is_operator())
    co_return std::unexpected(http::problem(403, "not-allowed", "Only operators can choose which emails reach other people.", "person"));
  struct Known {
    bool network = false;
    std::optional<accounts::Person> person;
  };
  const auto known = co_await database_.read([&](db::Session& session) -> Result<Known> {
    return Known{accounts::queries::network(session, network).has_value(),
                 email.empty() ? accounts::queries::person(session, caller.id()) : accounts::queries::person_with_email(session, email)};
  });
  if (!known) co_return std::unexpected(http::problem(known.error()));
  if (!known->network) co_return std::unexpected(no_network());
  if (!known->person || !stats::may_get_mail(*known->person, network))
    co_return std::unexpected(
        http::problem(422, "invalid", "“" + email + "” has no account here that may see the figures of this network.", "person"));
  co_return Subscriber{known->person->id, known->person->email, network};
}

asio::awaitable<http::Response> StatsApi::weekly_mail(Request& request) {
  auto whose = co_await subscriber_of(request);
  if (!whose) co_return std::move(whose.error());
  const auto subscribed = co_await blocking(reading_, [&] { return mails_.is_subscribed(whose->person, whose->network); });
  if (!subscribed) co_return http::problem(subscribed.error());
  co_return api::answer(200, {{"network", whose->network}, {"person", whose->email}, {"subscribed", *subscribed}});
}

asio::awaitable<http::Response> StatsApi::subscribe(Request& request) {
  auto whose = co_await subscriber_of(request);
  if (!whose) co_return std::move(whose.error());
  if (!mails_.works())
    co_return http::problem(409, "no-mail", "This server can't send email: an operator has to configure [notify.smtp] first.");
  const auto done = co_await blocking(reading_, [&] { return mails_.subscribe(whose->person, whose->network, request.caller.actor()); });
  if (!done) co_return http::problem(done.error());
  co_return co_await weekly_mail(request);
}

asio::awaitable<http::Response> StatsApi::unsubscribe(Request& request) {
  auto whose = co_await subscriber_of(request);
  if (!whose) co_return std::move(whose.error());
  const auto done = co_await blocking(reading_, [&] { return mails_.unsubscribe(whose->person, whose->network, request.caller.actor()); });
  if (!done) co_return http::problem(done.error());
  co_return co_await weekly_mail(request);
}

}  // namespace carillon::api
