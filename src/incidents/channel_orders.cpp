// See channel_orders.hpp.

#include "incidents/channel_orders.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "incidents/channel_orders_queries.hpp"

#include <algorithm>

namespace carillon::incidents {
namespace {

std::vector<std::string> names_of(const std::vector<notify::Channel*>& channels) {
  std::vector<std::string> names;
  for (const auto* channel : channels) names.emplace_back(channel->name());
  return names;
}

/// "smtp and webhook".
std::string listed(const std::vector<notify::Channel*>& channels) {
  const auto names = names_of(channels);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

}  // namespace

std::vector<notify::Channel*> ChannelOrders::chosen_by(db::Session& session, const std::string& person) const {
  std::vector<notify::Channel*> chosen;
  for (const auto& name : channel_order_of(session, lower_ascii(person))) {
    const auto found = std::ranges::find(channels_, name, [](const notify::Channel* channel) { return channel->name(); });
    if (found != channels_.end()) chosen.push_back(*found);
  }
  return chosen;
}

ChannelOrders::Order ChannelOrders::of(db::Session& session, const std::string& person) const {
  const auto chosen = chosen_by(session, person);
  return {.names = names_of(chosen.empty() ? channels_ : chosen), .chosen = !chosen.empty()};
}

Result<> ChannelOrders::choose(db::Session& session, const std::string& person, const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::ranges::find(channels_, *name, [](const notify::Channel* channel) { return channel->name(); }) == channels_.end())
      return fail(ErrorKind::invalid,
                  "There is no channel named “" + *name + "”; " +
                      (channels_.empty() ? "none is configured under [notify]." : "the configuration has " + listed(channels_) + "."),
                  "order");
    if (std::find(names.begin(), name, *name) != name)
      return fail(ErrorKind::invalid, "The channel “" + *name + "” is listed twice in this order.", "order");
  }
  set_channel_order(session, lower_ascii(person), names);
  return {};
}

std::vector<notify::Channel*> ChannelOrders::channels_of(const std::string& person) const {
  auto chosen =
      database_.read_now([&](db::Session& session) -> Result<std::vector<notify::Channel*>> { return chosen_by(session, person); });
  if (chosen) return std::move(*chosen);
  log::error("a person's channels could not be read; messages use the configured order", {{"to", person}, {"why", chosen.error().message}});
  return {};
}

}  // namespace carillon::incidents
