#pragma once
// How a session begins: the browser's secrets, and what is kept of them.

#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "base/random.hpp"

namespace carillon::accounts {

inline constexpr std::chrono::hours kDeviceLasts{365 * 24};        ///< without signing in there again
inline constexpr std::chrono::hours kSessionLasts{14 * 24};        ///< without use
inline constexpr std::chrono::hours kSessionLastsAtMost{90 * 24};  ///< with use
inline constexpr std::size_t kMaxDevices = 20;                     ///< of one person: those that signed in last
/// Open sessions of one person; the one that was used least recently ends for a new one. They bound what signing in over and over takes.
inline constexpr std::size_t kMaxSessions = 50;

/// The cookie of a browser that its person signed in with before: no session, it only keeps strangers from holding its next attempt up.
inline constexpr std::string_view kDeviceCookie = "__Host-carillon-device";
/// The value of the Set-Cookie field that makes a browser keep `device`.
[[nodiscard]] std::string device_cookie(std::string_view device);
/// The name of the session's cookie: bound to this host, this path and HTTPS (RFC 6265bis §4.1.3.2).
inline constexpr std::string_view kSessionCookie = "__Host-carillon";
/// The value of the Set-Cookie field that makes a browser keep the session with this secret for `lasts`; the session itself ends earlier
/// without use.
[[nodiscard]] std::string session_cookie(std::string_view secret, std::chrono::seconds lasts = kSessionLastsAtMost);

struct SignedIn {
  Person person;
  Session session;
  std::string secret;    ///< for the cookie
  std::string csrf;      ///< for the header that writes need
  std::string device{};  ///< for the device's cookie; "" where the one it has stays good
};

/// Any thread. What it is made of must live longer.
class SessionMaker {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
  };
  explicit SessionMaker(const Parts& parts) : parts_{parts} {}

  /// A session that begins now, on a device that is known from then on; nothing is kept yet.
  [[nodiscard]] SignedIn make(const Person& person, std::string_view agent, const std::string& address_prefix) const;
  /// Keeps it, within the caller's transaction, in the place of the one used least recently when there are kMaxSessions.
  void keep(db::Session& session, const SignedIn& made) const;
  /// Makes the device with this secret known, within the caller's transaction.
  void keep_device(db::Session& session, const std::string& person_id, const std::string& secret) const;

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
