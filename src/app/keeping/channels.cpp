// See channels.hpp.

#include "app/keeping/channels.hpp"

#include "notify/smtp.hpp"
#include "notify/webhook.hpp"

namespace carillon::app {
namespace {

constexpr std::string_view kMailChannel = "smtp";

notify::SmtpSecurity security_of(const SmtpSection& smtp) {
  if (smtp.security == "tls") return notify::SmtpSecurity::tls;
  return smtp.security == "none" ? notify::SmtpSecurity::none : notify::SmtpSecurity::starttls;
}

}  // namespace

Result<Channels> Channels::open(const Configuration& configuration, http::Outgoing& outgoing, const Clock& clock) {
  Channels channels;
  if (const auto& smtp = configuration.smtp; !smtp.host.empty()) {
    auto channel = notify::make_smtp_channel({.host = smtp.host,
                                              .port = static_cast<std::uint16_t>(smtp.port),
                                              .security = security_of(smtp),
                                              .user = smtp.user,
                                              .password = smtp.password,
                                              .from = smtp.from,
                                              .ca_file = smtp.ca_file});
    if (!channel) return forward_error(channel);
    channels.owned.push_back(std::move(*channel));
  }
  const auto add = [&](const WebhookSection& webhook) -> Result<> {
    auto shape = notify::shape_named(webhook.shape);
    if (!shape) return forward_error(shape);
    channels.owned.push_back(notify::make_webhook_channel(
        {.url = webhook.url,
         .secret = webhook.secret,
         .reach = http::Reach::anywhere,
         .trust = {},
         .name = webhook.name,
         .service = {.shape = *shape, .url = webhook.url, .token = webhook.token, .room = webhook.room, .chat = webhook.chat}},
        outgoing, clock));
    return {};
  };
  if (configuration.webhook.is_set()) {
    if (auto added = add(configuration.webhook); !added) return forward_error(added);
  }
  for (const auto& webhook : configuration.webhooks) {
    if (auto added = add(webhook); !added) return forward_error(added);
  }
  return channels;
}

std::vector<notify::Channel*> Channels::all() const {
  std::vector<notify::Channel*> channels;
  for (const auto& channel : owned) channels.push_back(channel.get());
  return channels;
}

std::vector<notify::Channel*> Channels::of_mail() const {
  auto channels = all();
  std::erase_if(channels, [](const auto* channel) { return channel->name() != kMailChannel; });
  return channels;
}

}  // namespace carillon::app
