// See peer_watch.hpp.

#include "certs/watch/peer_watch.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace carillon::certs {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr std::uint16_t kHttps = 443;

Target target_of(const std::string& url) {
  auto rest = std::string_view(url).substr(url.find("//") + 2);
  Target target{.host = {}, .port = kHttps, .starttls = StartTls::none};
  const auto bracket = rest.find(']');
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    target.port = static_cast<std::uint16_t>(parse_number(rest.substr(colon + 1)).value_or(kHttps));
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[')) rest = rest.substr(1, rest.find(']') - 1);
  target.host = lower_ascii(rest);
  return target;
}

}  // namespace

Result<> PeerWatch::begin() {
  for (const auto& peer : peers_) {
    if (auto added = parts_.watcher.add(target_of(peer.url), {}); !added) return added;
  }
  return {};
}

std::optional<Time> PeerWatch::work() {
  for (const auto& peer : peers_) ask(peer);
  return parts_.clock.now() + kPeerRound;
}

void PeerWatch::ask(const Peer& peer) {
  http::OutgoingRequest request{.url = peer.url + "/healthz", .deadline = kPatience, .trust = peer.ca_file, .reach = http::Reach::anywhere};
  if (!peer.token.empty()) request.fields.add("Authorization", "Bearer " + peer.token);
  const auto answer = parts_.outgoing.exchange(request);
  const bool well = answer && answer->status == 200;
  auto& silences = silences_[peer.url];
  silences = well ? 0 : std::min(silences + 1, kSilences);
  const std::string why = answer ? "it returned status " + std::to_string(answer->status) : answer.error().message;
  const auto done = parts_.database.write_now([&](db::Session& session) -> Result<> {
    if (well) return parts_.incidents.solve(session, "peer-silent", peer.url, peer.url + " is responding again.");
    if (silences < kSilences) return {};
    auto reported = parts_.incidents.report(
        session, {.kind = "peer-silent",
                  .subject = peer.url,
                  .in_charge = {},
                  .what = "The Carillon server at " + peer.url + " doesn't respond to this machine: " + why,
                  .consequence = "No one can download from it or publish on it, and it isn't renewing certificates or sending messages; "
                                 "this machine keeps sending reminders.",
                  .remedy = "Check that it is running: `carillon doctor` on that machine, or `systemctl status carillon`.",
                  .noticed_at = parts_.clock.now()});
    if (!reported) return forward_error(reported);
    return {};
  });
  if (!done) log::error("a peer's response could not be stored", {{"peer", peer.url}, {"reason", done.error().message}});
}

}  // namespace carillon::certs
