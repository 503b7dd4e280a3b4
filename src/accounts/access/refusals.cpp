// See refusals.hpp.

#include "accounts/access/refusals.hpp"

#include "accounts/audit.hpp"
#include "accounts/store/people.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

constexpr std::string_view kOthers = "others";
constexpr std::string_view kNoAccount = "no account";

std::string_view act_of(Refused what) {
  switch (what) {
    case Refused::sign_in:
      return "refused.sign_in";
    case Refused::sign_in_throttled:
      return "refused.sign_in_throttled";
    case Refused::second_factor:
      return "refused.second_factor";
    case Refused::confirm:
      return "refused.confirm";
    case Refused::token:
      return "refused.token";
    case Refused::calendar:
      return "refused.calendar";
    case Refused::too_many:
      return "refused.too_many_requests";
    case Refused::not_allowed:
      return "refused.permission";
    case Refused::forged:
      return "refused.csrf";
  }
  return "refused";
}

bool is_sign_in(Refused what) { return what == Refused::sign_in || what == Refused::sign_in_throttled || what == Refused::second_factor; }

}  // namespace

void Refusals::note(Refusal refusal) {
  if (is_sign_in(refusal.what)) refusal.subject = lower_ascii(trimmed(refusal.subject));
  const Lock lock{mutex_};
  Key key{refusal.what, std::move(refusal.subject), std::move(refusal.address_prefix)};
  if (waiting_.size() >= kMaxRefusalsWaiting && !waiting_.contains(key)) key = Key{refusal.what, std::string(kOthers), {}};
  auto& count = waiting_[key];
  ++count.count;
  if (count.detail.empty()) count.detail = std::move(refusal.detail);
}

Refusals::Key Refusals::shared_if_crowded(Key key) const {
  if (windows_.contains(key)) return key;
  const auto present =
      static_cast<std::size_t>(std::ranges::count_if(windows_, [&](const auto& one) { return one.first.what == key.what; }));
  return present < kMaxRefusalLines ? key : Key{key.what, std::string(kOthers), {}};
}

std::vector<Refusals::Line> Refusals::due_lines(std::map<Key, Count> waiting) {
  const auto now = clock_.now();
  std::vector<Line> lines;
  // A window that is over tells what came since its first line; with nothing in it, the next refusal is a first one again.
  for (auto one = windows_.begin(); one != windows_.end();) {
    auto& [key, window] = *one;
    if (window.began + kRefusalsTogether > now) {
      ++one;
    } else if (window.more == 0) {
      one = windows_.erase(one);
    } else {
      lines.push_back({key, {.count = window.more, .detail = window.detail}});
      window = {.began = now, .more = 0, .detail = {}};
      ++one;
    }
  }
  for (auto& [asked, count] : waiting) {
    const auto key = shared_if_crowded(asked);
    if (const auto window = windows_.find(key); window != windows_.end()) {
      window->second.more += count.count;
      if (window->second.detail.empty()) window->second.detail = count.detail;
      continue;
    }
    windows_.emplace(key, Window{.began = now, .more = 0, .detail = {}});
    lines.push_back({key, count});
  }
  return lines;
}

Result<> Refusals::flush_now() {
  const Lock flushing{flushing_};
  std::map<Key, Count> waiting;
  {
    const Lock lock{mutex_};
    waiting.swap(waiting_);
  }
  if (waiting.empty() && windows_.empty()) return {};
  // Only an address that has an account is told.
  std::map<Key, Count> known;
  const auto looked = database_.read_now([&](db::Session& session) -> Result<> {
    known.clear();
    for (const auto& [key, count] : waiting) {
      auto reported = key;
      if (is_sign_in(key.what) && key.subject != kOthers && !queries::person_with_email(session, key.subject))
        reported.subject = kNoAccount;
      auto& sum = known[reported];
      sum.count += count.count;
      if (sum.detail.empty()) sum.detail = count.detail;
    }
    return {};
  });
  if (!looked) return looked;
  const auto lines = due_lines(std::move(known));
  if (lines.empty()) return {};
  for (const auto& [key, count] : lines)
    log::warning("attempts refused", {{"event", act_of(key.what)},
                                      {"subject", key.subject},
                                      {"from", key.address_prefix},
                                      {"count", count.count},
                                      {"first", count.detail}});
  return database_.write_now([&](db::Session& session) -> Result<> {
    for (const auto& [key, count] : lines) {
      Act act{.network = {}, .what = std::string(act_of(key.what)), .subject = key.subject, .was = {}, .became = {{"count", count.count}}};
      if (!count.detail.empty()) act.became["first"] = count.detail;
      record(session, clock_, random_, {.id = {}, .name = "carillon", .address_prefix = key.address_prefix}, act);
    }
    return {};
  });
}

Result<> Refusals::sweep_now() {
  return database_.write_now([&](db::Session& session) -> Result<> {
    drop_audit_lines(session, "refused.", kMaxRefusalsKept);
    return {};
  });
}

}  // namespace carillon::accounts
