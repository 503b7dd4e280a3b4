#pragma once
// What stands behind an acknowledge link: a page that changes nothing, and the button on it that does. The routes are site's: GET and POST
// of /acknowledge/TOKEN, answered with Cache-Control: no-store, as the address is all it takes.

#include "incidents/incidents.hpp"
#include "incidents/link.hpp"

#include <functional>

namespace carillon::incidents {

struct Page {
  int status = 200;
  std::string html;
};

/// What a link is good for.
struct Claim {
  std::string person;               ///< who got the message; recorded as the owner
  std::vector<Incident> incidents;  ///< those that are not solved, without their messages
};

/// A length of quiet: "30m", "8h", "3d". `invalid` for anything else, nothing at all, and what is longer than kLongestQuiet.
[[nodiscard]] Result<Duration> parse_quiet(std::string_view text);
/// The field "for" of a form (application/x-www-form-urlencoded); kQuietUnlessSaid when there is none.
[[nodiscard]] Result<Duration> quiet_from_form(std::string_view body);

/// What the rest of the program knows of whoever holds a link, and wants to hear. Both may be empty, and may block.
struct Holders {
  /// Whether whoever got a message at that address and time is put out by now. Addresses without an account never are.
  std::function<Result<bool>(const std::string& address, Time when)> has_left;
  /// Hears of each incident that was acknowledged, and from where ("192.0.2.0/24").
  std::function<void(const std::string& incident, const std::string& person, const std::string& address_prefix)> acknowledged;
};

/// Any thread; blocks on the database. `database` and `incidents` must live longer.
class Acknowledging {
 public:
  Acknowledging(db::Database& database, Incidents& incidents, const Clock& clock, std::string link_key, Holders holders = {})
      : database_{database}, incidents_{incidents}, clock_{clock}, link_key_{std::move(link_key)}, holders_{std::move(holders)} {}

  /// `refused`: not signed by us, changed, cut off, or its person was put out. `not_found`: it was, but the message is kept no longer. A
  /// link whose incidents are all solved is good for none: it ended with them.
  [[nodiscard]] Result<Claim> verify_link(std::string_view token);
  /// For GET: what it is about and a button. Changes nothing, so that a scanner which follows every link silences no alarm. 404 for a wrong
  /// link, 410 when everything is solved.
  [[nodiscard]] Page acknowledge_page(std::string_view token);
  /// For POST: acknowledges everything the link is good for. `form` is the request's body.
  [[nodiscard]] Page acknowledge(std::string_view token, std::string_view form, const std::string& address_prefix = {});

 private:
  db::Database& database_;
  Incidents& incidents_;
  const Clock& clock_;
  std::string link_key_;
  Holders holders_;
};

}  // namespace carillon::incidents
