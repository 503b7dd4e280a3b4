#pragma once
// Where the links in weekly mails lead: /unsubscribe/TOKEN. Works without signing in and without JavaScript.

#include "http/message.hpp"
#include "jobs/workers.hpp"
#include "stats/weekly/weekly_mails.hpp"

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class Unsubscribe {
 public:
  explicit Unsubscribe(stats::WeeklyMails& mails) : mails_{mails} {}

  /// An answer over HTTPS, where the path is ours; else none. Looking changes nothing: mail scanners follow every link. The button does,
  /// and so does a mail program's one-click POST (RFC 8058 §3.2).
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request);

 private:
  stats::WeeklyMails& mails_;
  jobs::Workers workers_{"unsubscribing", 1};
};

}  // namespace carillon::site
