#pragma once
// The page behind an acknowledge link, which changes nothing, and its button, which does. site/ has the routes: GET and POST of
// /acknowledge/TOKEN, with Cache-Control: no-store, because the URL is all that is needed.

#include "incidents/incidents.hpp"
#include "incidents/link.hpp"

#include <functional>

namespace carillon::incidents {

struct Page {
  int status = 200;
  std::string html;
};

/// What a link allows.
struct Claim {
  std::string person;               ///< who got the message; recorded as the owner
  std::vector<Incident> incidents;  ///< the unresolved ones, without their messages
};

/// Parses a pause of reminders: "30m", "8h", "3d". `invalid` for anything else, an empty text, and more than kLongestQuiet.
[[nodiscard]] Result<Duration> parse_quiet(std::string_view text);
/// The field "for" of a form (application/x-www-form-urlencoded); kQuietUnlessSaid if there is none.
[[nodiscard]] Result<Duration> quiet_from_form(std::string_view body);

/// Callbacks about the holder of a link. Both may be empty, and may block.
struct Holders {
  /// Whether the person who got a message at that address and time has lost access since. Never true for addresses without an account.
  std::function<Result<bool>(const std::string& address, Time when)> has_left;
  /// Called for each acknowledged incident, with the client's address prefix ("192.0.2.0/24").
  std::function<void(const std::string& incident, const std::string& person, const std::string& address_prefix)> acknowledged;
};

/// Any thread; blocks on the database. `database` and `incidents` must outlive it.
class Acknowledging {
 public:
  Acknowledging(db::Database& database, Incidents& incidents, const Clock& clock, std::string link_key, Holders holders = {})
      : database_{database}, incidents_{incidents}, clock_{clock}, link_key_{std::move(link_key)}, holders_{std::move(holders)} {}

  /// `refused`: not signed by us, changed, truncated, or its person has lost access. `not_found`: valid, but the message is no longer
  /// stored. A link whose incidents are all resolved has no incidents left and has expired.
  [[nodiscard]] Result<Claim> verify_link(std::string_view token);
  /// For GET: the incidents and a button. Changes nothing, so that mail scanners that open every link don't silence alerts. 404 for an
  /// invalid link, 410 if everything is resolved.
  [[nodiscard]] Page acknowledge_page(std::string_view token);
  /// For POST: acknowledges all incidents of the link. `form` is the request body.
  [[nodiscard]] Page acknowledge(std::string_view token, std::string_view form, const std::string& address_prefix = {});

 private:
  db::Database& database_;
  Incidents& incidents_;
  const Clock& clock_;
  std::string link_key_;
  Holders holders_;
};

}  // namespace carillon::incidents
