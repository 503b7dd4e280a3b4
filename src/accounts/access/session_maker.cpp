// See session_maker.hpp.

#include "accounts/access/session_maker.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/store/devices.hpp"
#include "base/id.hpp"
#include "base/text.hpp"

namespace carillon::accounts {
namespace {

constexpr std::size_t kLongestAgent = 200;

}  // namespace

std::string device_cookie(std::string_view device) {
  // Strict: it is wanted only where our own pages sign in.
  return std::string(kDeviceCookie) + "=" + std::string(device) + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kDeviceLasts).count());
}

std::string session_cookie(std::string_view secret, std::chrono::seconds lasts) {
  return std::string(kSessionCookie) + "=" + std::string(secret) +
         "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lasts.count());
}

SignedIn SessionMaker::make(const Person& person, std::string_view agent, const std::string& address_prefix) const {
  SignedIn made{.person = person,
                .session = {},
                .secret = new_secret(parts_.random),
                .csrf = new_secret(parts_.random),
                .device = new_secret(parts_.random)};
  const auto now = parts_.clock.now();
  made.session = {.id = new_id(parts_.clock, parts_.random),
                  .agent = std::string(cut_to(is_utf8(agent) ? agent : std::string_view{}, kLongestAgent)),
                  .address_prefix = address_prefix,
                  .created = now,
                  .last_used = now,
                  .ends = now + kSessionLasts};
  return made;
}

void SessionMaker::keep(db::Session& session, const SignedIn& made) const {
  const auto present = queries::sessions_of(session, made.person.id, parts_.clock.now());
  for (auto i = kMaxSessions - 1; i < present.size(); ++i) {
    queries::remove_session(session, present[i].id);
    parts_.revocations.tell_once_committed(parts_.database,
                                           {.person = made.person.id, .session = present[i].id, .token = {}, .kept_session = {}});
  }
  queries::insert(session, {.session = made.session, .digest = digest_of(made.secret), .csrf = made.csrf, .person_id = made.person.id});
  if (!made.device.empty()) keep_device(session, made.person.id, made.device);
}

void SessionMaker::keep_device(db::Session& session, const std::string& person_id, const std::string& device) const {
  const auto now = parts_.clock.now();
  queries::insert(session, queries::DeviceRow{.id = new_id(parts_.clock, parts_.random),
                                              .digest = digest_of(device),
                                              .person_id = person_id,
                                              .created = now,
                                              .ends = now + kDeviceLasts});
  queries::keep_devices_of(session, person_id, kMaxDevices);
}

}  // namespace carillon::accounts
