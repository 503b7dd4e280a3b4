// See windows.hpp.

#include "certs/keeper/course/windows.hpp"

#include "certs/keeper/schedule/backoff.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::seconds;

constexpr seconds kShortestWindowPoll{60};
constexpr std::chrono::hours kLongestWindowPoll{12};

}  // namespace

void RenewalWindows::ask(NameState& entry) {
  const auto& current = *entry.current;
  const auto at = world_.clock.now();
  const auto again = [&](Duration pause) {
    entry.window_poll.next = at + std::clamp<Duration>(pause, kShortestWindowPoll, kLongestWindowPoll);
  };
  if (current.ari_id.empty() || !issuers_.find(current.issuer)) {
    entry.window_poll.next.reset();  // nobody to ask
    return;
  }
  auto client = issuers_.client(current.issuer);
  auto directory = client ? (*client)->directory() : acme::Answer<acme::Directory>{std::unexpected(client.error())};
  if (!directory) clocks_.suspect(entry.row, directory.error());
  if (directory && directory->renewal_info.empty()) return again(kLongestWindowPoll);
  auto info = directory ? (*client)->renewal_info(current.ari_id) : acme::Answer<acme::RenewalInfo>{std::unexpected(directory.error())};
  if (!info) clocks_.suspect(entry.row, info.error());
  if (!info) return again(polling_pause_after(++entry.window_poll.failures));
  entry.window_poll.failures = 0;
  clocks_.judge(entry.row, **client);
  // Spread a little, so that a thousand certificates made together do not ask together for ever.
  again(info->retry_after + Duration{static_cast<Duration::rep>(static_cast<double>(info->retry_after.count()) * 0.1 * random_.draw())});
  const auto& known = entry.row.window;
  if (known && known->certificate == current.ari_id && known->start == info->start && known->end == info->end) return;
  if (!inventory_.take_lease(entry)) return;
  auto& row = entry.row;
  row.window = RenewalWindow{current.ari_id, info->start, info->end, random_.draw()};
  row.renew_at = renewal_time(current.ari_id, current.validity, row.window, issuance_times_.longest_of(current.issuer));
  const auto explanation = info->explanation.empty() ? std::string{} : "; " + info->explanation;
  inventory_.commit(
      entry, {{at, "window", current.issuer, "the CA suggests " + to_rfc3339(info->start) + " to " + to_rfc3339(info->end) + explanation}},
      {}, false);
}

}  // namespace carillon::certs
