// See channels.hpp.

#include "api/keeper/channels.hpp"

#include "accounts/audit.hpp"
#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/core/object_reader.hpp"
#include "api/keeper/in_charge.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "incidents/message_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// Whose channels a request is about: the one it names, which is for operators to do, else whoever asks ("" for the one at the machine).
Result<std::string> person_meant(const Request& request, const std::optional<std::string>& named) {
  const auto& caller = request.caller;
  std::string self = caller.id().empty() ? std::string{} : lower_ascii(caller.email());
  if (!named) return self;
  auto checked = checked_mail_address(*named, "person");
  if (!checked) return checked;
  auto person = std::move(*checked);
  if (person != self && !caller.is_operator())
    return fail(ErrorKind::refused, "Only operators can choose how messages reach other people.", "person");
  return person;
}

http::Response no_person() {
  return http::problem(422, "invalid", "Set “person”: requests over the control socket don't belong to an account.", "person");
}

}  // namespace

std::span<const KeeperRoute<ChannelsApi>> ChannelsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<ChannelsApi>{{get, "/api/v1/channels", signed_in, &ChannelsApi::list}, ""},
      KeeperRoute<ChannelsApi>{{put, "/api/v1/channels", signed_in, &ChannelsApi::order}, ""},
      KeeperRoute<ChannelsApi>{{get, "/api/v1/channels/quiet", signed_in, &ChannelsApi::show_quiet}, ""},
      KeeperRoute<ChannelsApi>{{put, "/api/v1/channels/quiet", signed_in, &ChannelsApi::choose_quiet}, ""},
      KeeperRoute<ChannelsApi>{{post, "/api/v1/channels/{id}/test", operate, &ChannelsApi::test}, "channel.test"},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> ChannelsApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> ChannelsApi::channels_answer(std::string person) {
  std::vector<incidents::HeldMessages> held;
  const auto order = co_await parts_.database.read([&](db::Session& session) -> Result<incidents::ChannelOrders::Order> {
    held = incidents::held_messages(session, person, parts_.clock.now());
    return parts_.channel_orders.of(session, person);
  });
  if (!order) co_return http::problem(order.error());
  json::array items, held_back;
  for (const auto& one : held)
    held_back.push_back(json::object{{"person", one.person}, {"messages", one.count}, {"until", to_rfc3339(one.until)}});
  for (const auto* channel : parts_.channels) items.push_back(json::object{{"id", channel->name()}});
  co_return api::answer(200, {{"items", std::move(items)},
                              {"order", json::array(order->names.begin(), order->names.end())},
                              {"chosen", order->chosen},
                              {"person", person.empty() ? json::value(nullptr) : json::value(person)},
                              {"held", std::move(held_back)}});
}

asio::awaitable<http::Response> ChannelsApi::list(Request& request) {
  const auto person = person_meant(request, request.query_parameter("person"));
  if (!person) co_return http::problem(person.error());
  co_return co_await channels_answer(*person);
}

asio::awaitable<http::Response> ChannelsApi::order(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto order = reader->texts("order");
  const auto named = reader->text("person");
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!order) co_return http::problem(422, "invalid", "“order” must list channels in the order to try them.", "order");
  const auto person = person_meant(request, named);
  if (!person) co_return http::problem(person.error());
  if (person->empty()) co_return no_person();
  const auto written = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto reported = [&] {
      std::string names;
      for (const auto& name : parts_.channel_orders.of(session, *person).names) names += (names.empty() ? "" : ", ") + name;
      return json::object{{"order", names}};
    };
    const auto was = reported();
    if (auto chosen = parts_.channel_orders.choose(session, *person, *order); !chosen) return chosen;
    const accounts::Act act{.network = "", .what = "channel.order", .subject = *person, .was = {}, .became = {}};
    accounts::record(session, parts_.clock, parts_.random, request.caller.actor(), accounts::changed(act, was, reported()));
    return {};
  });
  if (!written) co_return http::problem(written.error());
  co_return co_await channels_answer(*person);
}

asio::awaitable<http::Response> ChannelsApi::quiet_answer(std::string person) {
  std::vector<incidents::HeldMessages> held;
  const auto times = co_await parts_.database.read([&](db::Session& session) -> Result<incidents::QuietTimes> {
    held = incidents::held_messages(session, person, parts_.clock.now());
    return parts_.quiet_people.of(session, person);
  });
  if (!times) co_return http::problem(times.error());
  int messages = 0;
  for (const auto& one : held) messages += one.count;
  const auto hours = times->hours(), absences = times->absences();
  const auto until = times->until(parts_.clock.now());
  co_return api::answer(200, {{"person", person},
                              {"zone", times->zone()},
                              {"hours", json::array(hours.begin(), hours.end())},
                              {"absences", json::array(absences.begin(), absences.end())},
                              {"quiet_until", until ? json::value(to_rfc3339(*until)) : json::value(nullptr)},
                              {"held", messages}});
}

asio::awaitable<http::Response> ChannelsApi::show_quiet(Request& request) {
  const auto person = person_meant(request, request.query_parameter("person"));
  if (!person) co_return http::problem(person.error());
  if (person->empty()) co_return no_person();
  co_return co_await quiet_answer(*person);
}

asio::awaitable<http::Response> ChannelsApi::choose_quiet(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto zone = reader->text("zone");
  const auto hours = reader->texts("hours"), absences = reader->texts("absences");
  const auto named = reader->text("person");
  if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto person = person_meant(request, named);
  if (!person) co_return http::problem(person.error());
  if (person->empty()) co_return no_person();
  const std::vector<std::string> none;
  const auto times = incidents::QuietTimes::from(zone.value_or(""), hours.value_or(none), absences.value_or(none));
  if (!times) co_return http::problem(times.error());
  const auto written = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto told = [](const incidents::QuietTimes& one) {
      std::string text;
      for (const auto& part : one.hours()) text += (text.empty() ? "" : ", ") + part;
      for (const auto& part : one.absences()) text += (text.empty() ? "" : ", ") + part;
      return json::object{{"quiet", text}, {"zone", one.zone()}};
    };
    const auto before = parts_.quiet_people.of(session, *person);
    parts_.quiet_people.choose(session, *person, *times, parts_.clock.now());
    const accounts::Act act{.network = "", .what = "channel.quiet", .subject = *person, .was = {}, .became = {}};
    accounts::record(session, parts_.clock, parts_.random, request.caller.actor(),
                     accounts::changed(act, before ? told(*before) : json::object{}, told(*times)));
    return {};
  });
  if (!written) co_return http::problem(written.error());
  co_return co_await quiet_answer(*person);
}

asio::awaitable<http::Response> ChannelsApi::test(Request& request) {
  const auto wanted = request.path_parameter("id");
  const auto channel = std::ranges::find(parts_.channels, wanted, [](const notify::Channel* one) { return one->name(); });
  if (channel == parts_.channels.end())
    co_return http::problem(404, "not-found",
                            "There is no channel named “" + std::string(wanted) + "”; channels are configured under [notify].");
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto to = (co_await machine_in_charge(parts_)).steward;
  if (!text->empty()) {
    auto reader = ObjectReader::parse(*text);
    if (!reader) co_return http::problem(reader.error());
    to = reader->text("to").value_or(to);
    if (const auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  }
  if (to.empty())
    co_return http::problem(422, "invalid", "Set “to” to the recipient of the test, or set a steward in the configuration.", "to");
  const auto message = incidents::test_message(to, (*channel)->name(), parts_.clock, parts_.random);
  auto* const chosen = *channel;
  const auto delivery = co_await blocking(parts_.workers, [chosen, &message] { return chosen->deliver(message); });
  const bool delivered = delivery.outcome == notify::Outcome::delivered;
  if (delivered) {
    const std::string name{wanted};
    const auto solved = co_await blocking(parts_.workers, [&] {
      return parts_.database.write_now([&](db::Session& session) -> Result<> {
        return parts_.incidents.solve(session, std::string(incidents::kChannelFailed), name, "A test message was delivered.");
      });
    });
    if (!solved) co_return http::problem(solved.error());
  }
  co_return api::answer(delivered ? 200 : 502, {{"channel", wanted}, {"to", to}, {"delivered", delivered}, {"detail", delivery.detail}});
}

}  // namespace carillon::api
