#pragma once
// Starts sessions: the secrets for the browser and what is stored of them.

#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "base/random.hpp"

namespace carillon::accounts {

inline constexpr std::chrono::hours kDeviceLasts{365 * 24};        ///< without signing in there again
inline constexpr std::chrono::hours kSessionLasts{14 * 24};        ///< without use
inline constexpr std::chrono::hours kSessionLastsAtMost{90 * 24};  ///< with use
inline constexpr std::size_t kMaxDevices = 20;                     ///< per person: those that signed in last
/// Open sessions per person; a new one ends the least recently used one. This limits the effect of signing in over and over.
inline constexpr std::size_t kMaxSessions = 50;

/// The cookie of a browser in which a person has signed in before. It isn't a session; it only keeps strangers from delaying the next
/// sign-in.
inline constexpr std::string_view kDeviceCookie = "__Host-carillon-device";
/// The Set-Cookie value that stores `device` in a browser.
[[nodiscard]] std::string device_cookie(std::string_view device);
/// The name of the session's cookie: bound to this host, this path and HTTPS (RFC 6265bis §4.1.3.2).
inline constexpr std::string_view kSessionCookie = "__Host-carillon";
/// The Set-Cookie value that stores the session with this secret in a browser for `lasts`; an unused session expires earlier.
[[nodiscard]] std::string session_cookie(std::string_view secret, std::chrono::seconds lasts = kSessionLastsAtMost);

struct SignedIn {
  Person person;
  Session session;
  std::string secret;    ///< for the cookie
  std::string csrf;      ///< for the header that writes need
  std::string device{};  ///< for the device cookie; "" if the existing one remains valid
};

/// Any thread. The constructor's arguments must outlive it.
class SessionMaker {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
  };
  explicit SessionMaker(const Parts& parts) : parts_{parts} {}

  /// A session that starts now, on a device that is known from then on; nothing is stored yet.
  [[nodiscard]] SignedIn make(const Person& person, std::string_view agent, const std::string& address_prefix) const;
  /// Stores it in the caller's transaction, replacing the least recently used session if there are kMaxSessions.
  void keep(db::Session& session, const SignedIn& made) const;
  /// Stores the device with this secret as known, in the caller's transaction.
  void keep_device(db::Session& session, const std::string& person_id, const std::string& secret) const;

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
