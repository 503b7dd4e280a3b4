#pragma once
// How an act on an episode is answered: shared by all that act on one.

#include "db/database.hpp"
#include "http/message.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// Any event loop. The constructor's arguments must outlive it.
class EpisodeAnswers {
 public:
  EpisodeAnswers(podcast::Publishing& publishing, db::Database& database, podcast::Addresses addresses)
      : publishing_{publishing}, database_{database}, addresses_{std::move(addresses)} {}

  /// The episode as it is now, or why there is none.
  asio::awaitable<http::Response> answer(int status, Result<podcast::Episode> episode) const;
  /// The show of an episode, to be read before an act: once that is committed, its answer must not depend on another read. Either may be in
  /// the trash.
  asio::awaitable<Result<podcast::Show>> show_of(std::string episode_id) const;
  /// The episode as the act left it, or why it was refused.
  [[nodiscard]] http::Response of_act(int status, const Result<podcast::Episode>& episode, const podcast::Show& show) const;
  /// Why `edit` was refused, and what has to be merged when somebody else was faster.
  asio::awaitable<http::Response> refusal(http::Request& request, std::string id, Error error, podcast::EpisodeEdit edit) const;

 private:
  podcast::Publishing& publishing_;
  db::Database& database_;
  podcast::Addresses addresses_;
};

}  // namespace carillon::api
