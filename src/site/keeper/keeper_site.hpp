#pragma once
// What the public sees of the keeper: challenge answers, acknowledge links, and the plain status page of a guard. Knows nothing of
// podcasts.

#include "acme/challenges.hpp"
#include "certs/keeper/keeper.hpp"
#include "http/message.hpp"
#include "incidents/acknowledging.hpp"
#include "jobs/workers.hpp"

#include <functional>

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class KeeperSite {
 public:
  struct Parts {
    const acme::ChallengeBoard& challenges;
    incidents::Acknowledging& acknowledging;
    certs::Keeper& keeper;
    /// The endpoints that are watched: how many, and how many of them need attention. Doesn't block.
    struct Watched {
      std::size_t all = 0;
      std::size_t unwell = 0;
    };
    std::function<Watched()> watched;
    jobs::Workers& workers;  ///< where what blocks is done
    const Clock& clock;
    std::string origin;
    std::function<bool()> ready;
    /// Whether a token is one that opens the calendar: calendar programs sign in with nothing else. Blocks.
    std::function<bool(const std::string& token)> opens_calendar;
    /// Hears of a request with a wrong one. May be empty; must not block.
    std::function<void(const http::Request& request)> refused_calendar{};
    std::function<Result<std::string>()> calendar;  ///< blocks
  };
  explicit KeeperSite(Parts parts) : parts_{std::move(parts)} {}

  /// An answer over HTTPS, where the path is one of ours; else none.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request);
  /// The proof for a CA (RFC 8555 §8.3), where that is what is asked for over plain HTTP; else none.
  [[nodiscard]] std::optional<http::Response> challenge(const http::Request& request) const;

  /// Everything a guard answers over HTTPS: the status page beside answer(), health, and nothing else.
  asio::awaitable<http::Response> answer_guard(http::Request& request);
  /// Over plain HTTP: challenges and health; the rest is sent on to HTTPS.
  asio::awaitable<http::Response> answer_guard_plain(http::Request& request);

 private:
  asio::awaitable<http::Response> calendar(const http::Request& request);
  [[nodiscard]] std::optional<http::Response> health(const http::Request& request) const;
  [[nodiscard]] std::string status_page() const;

  Parts parts_;
};

}  // namespace carillon::site
