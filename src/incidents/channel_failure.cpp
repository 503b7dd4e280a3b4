// See channel_failure.hpp.

#include "incidents/channel_failure.hpp"

namespace carillon::incidents {
namespace {

/// The section of the configuration that sets a channel up.
std::string section_of(const std::string& channel) {
  if (channel == "smtp" || channel == "webhook") return "[notify." + channel + "]";
  return "[notify.webhooks." + channel + "]";
}

}  // namespace

Report channel_failed(const std::string& channel, const std::string& detail, std::string consequence) {
  return {
      .kind = std::string(kChannelFailed),
      .subject = channel,
      .in_charge = {},
      .what = "Messages through the channel “" + channel + "” aren't delivered: " + detail,
      .consequence = std::move(consequence),
      .remedy = "Check the service that this channel uses. If its address or login has changed, correct " + section_of(channel) +
                " in the configuration and restart Carillon. Then send a test, which also resolves this incident:\ncarillon channel test " +
                channel,
      .noticed_at = {}};
}

}  // namespace carillon::incidents
