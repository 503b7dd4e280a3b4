// See account_mails.hpp.

#include "app/account_mails.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "incidents/channel_failure.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

Duration pause_after(int failures) { return std::min<Duration>(kFirstMailPause * (1LL << std::min(failures - 1, 20)), kLongestMailPause); }

/// A channel that throws has failed like any other.
notify::Delivery delivered_by(notify::Channel& channel, const notify::Message& message) {
  try {
    return channel.deliver(message);
  } catch (const std::exception& error) { return {notify::Outcome::later, error.what()}; }
}

}  // namespace

bool AccountMails::put(std::string to, std::string subject, std::string text, Duration worth) {
  const auto now = parts_.clock.now();
  Waiting mail{.message = {.id = new_id(parts_.clock, parts_.random),
                           .to = std::move(to),
                           .subject = std::move(subject),
                           .text = std::move(text),
                           .html = {},
                           .json = {},
                           .in_reply_to = {},
                           .at = now},
               .due = now,
               .until = now + worth};
  const Lock lock{mutex_};
  if (waiting_.size() >= kMaxMailsWaiting) {
    log::error("an email was dropped: too many are already waiting", {{"message", mail.message.id}, {"waiting", waiting_.size()}});
    return false;
  }
  waiting_.push_back(std::move(mail));
  return true;
}

std::size_t AccountMails::waiting() const {
  const Lock lock{mutex_};
  return waiting_.size();
}

std::optional<Time> AccountMails::next_due() const {
  const Lock lock{mutex_};
  if (waiting_.empty()) return {};
  return std::ranges::min(waiting_, {}, &Waiting::due).due;
}

std::optional<AccountMails::Waiting> AccountMails::taken_due() {
  const auto now = parts_.clock.now();
  const Lock lock{mutex_};
  // The clock was set back: no pause is longer than the longest.
  for (auto& mail : waiting_) mail.due = std::min(mail.due, now + kLongestMailPause);
  const auto first = std::ranges::min_element(waiting_, {}, &Waiting::due);
  if (first == waiting_.end() || first->due > now) return {};
  auto mail = std::move(*first);
  waiting_.erase(first);
  return mail;
}

std::optional<Time> AccountMails::work() {
  auto mail = taken_due();
  if (!mail) return next_due();
  ++mail->failures;
  bool again = false;
  std::string channel_name, detail;
  for (auto* channel : parts_.channels) {
    const auto delivery = delivered_by(*channel, mail->message);
    channel_name = channel->name();
    detail = delivery.detail;
    log::info("email delivery attempted", {{"message", mail->message.id}, {"channel", channel_name}, {"result", detail}});
    if (delivery.outcome == notify::Outcome::delivered) {
      tell_delivery(channel_name);
      return next_due();
    }
    if (delivery.outcome == notify::Outcome::refused) continue;  // it works, and says no
    again = true;
    const auto failures = ++failures_[channel_name];
    if (delivery.outcome == notify::Outcome::misconfigured || failures >= incidents::kFailuresToIncident)
      tell_failure(channel_name, detail);
  }
  const auto next = parts_.clock.now() + pause_after(mail->failures);
  if (again && next < mail->until) {
    mail->due = next;
    const Lock lock{mutex_};
    waiting_.push_back(std::move(*mail));
  } else {
    log::warning("an email could not be sent",
                 {{"message", mail->message.id}, {"subject", mail->message.subject}, {"attempts", mail->failures}, {"reason", detail}});
    // Whoever waited for this one hears nothing more: that is worth telling however often the channel failed.
    if (again) tell_failure(channel_name, detail);
  }
  return next_due();
}

void AccountMails::tell_failure(const std::string& channel, const std::string& detail) {
  working_.erase(channel);
  const auto failed = incidents::channel_failed(
      channel, detail, "Invitations and password links aren't delivered, and reminders reach people only through the other channels.");
  const auto outcome = parts_.database.write_now([&](db::Session& session) -> Result<> {
    if (auto reported = parts_.incidents.report(session, failed); !reported) return forward_error(reported);
    return {};
  });
  if (!outcome)
    log::error("an incident about undelivered mail could not be opened", {{"channel", channel}, {"reason", outcome.error().message}});
}

void AccountMails::tell_delivery(const std::string& channel) {
  failures_.erase(channel);
  if (working_.contains(channel)) return;
  // Also after a restart: what was told before it is over.
  const auto solved = parts_.database.write_now([&](db::Session& session) {
    return parts_.incidents.solve(session, std::string(incidents::kChannelFailed), channel,
                                  "The channel “" + channel + "” is delivering messages again.");
  });
  if (solved) working_.insert(channel);
}

}  // namespace carillon::app
