#pragma once
// /api/v1/stats: downloads, how they are counted, and what became of each request.

#include "api/core/route.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "stats/log/places.hpp"
#include "stats/rollups/figures.hpp"
#include "stats/weekly/weekly_mails.hpp"

#include <atomic>
#include <map>

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class StatsApi {
 public:
  StatsApi(db::Database& database, stats::Figures& figures, stats::WeeklyMails& mails, const stats::Places& places, const Clock& clock)
      : database_{database}, figures_{figures}, mails_{mails}, places_{places}, clock_{clock} {}

  [[nodiscard]] static std::span<const PermittedRoute<StatsApi>> routes() noexcept;
  [[nodiscard]] static bool owns(std::string_view path) noexcept { return path.starts_with("/api/v1/stats/"); }
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> downloads(Request& request);
  asio::awaitable<http::Response> since_release(Request& request);
  asio::awaitable<http::Response> week(Request& request);
  asio::awaitable<http::Response> reach(Request& request);
  asio::awaitable<http::Response> weekly_mail(Request& request);
  asio::awaitable<http::Response> subscribe(Request& request);
  asio::awaitable<http::Response> unsubscribe(Request& request);
  asio::awaitable<http::Response> rows(Request& request);
  asio::awaitable<http::Response> requests(Request& request);
  asio::awaitable<http::Response> methodology(Request& request);
  asio::awaitable<http::Response> recount(Request& request);

  struct Titled {
    std::string name, title;  ///< a show's slug, an episode's ID
  };
  struct Subject {
    stats::Query query{};
    std::string network{};
    std::string show_id{};                   ///< "": of a network
    std::map<std::string, Titled> titles{};  ///< by the IDs that figures have as keys
  };
  /// What `?show=`, `?episode=` or `?network=` names, if the caller may see its figures; else the response.
  asio::awaitable<std::expected<Subject, http::Response>> subject_of(Request& request);
  struct Subscriber {
    std::string person, email;  ///< the ID, and who it is
    std::string network;
  };
  /// Whose weekly mail `?network=` and `?person=` are about: the caller's, or for operators anyone's who may see its figures.
  asio::awaitable<std::expected<Subscriber, http::Response>> subscriber_of(Request& request);
  /// The titles of all its episodes.
  asio::awaitable<Result<>> add_episodes(Subject& subject);

  db::Database& database_;
  stats::Figures& figures_;
  stats::WeeklyMails& mails_;
  const stats::Places& places_;
  const Clock& clock_;
  /// Counting a day takes seconds, reading figures milliseconds: neither waits for the other.
  jobs::Workers reading_{"figures", 2}, counting_{"counting", 1};
  std::atomic<int> exports_ = 0;
};

}  // namespace carillon::api
