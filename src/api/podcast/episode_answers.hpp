#pragma once
// Responses to actions on episodes.

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

  /// The current episode, or why there is none.
  asio::awaitable<http::Response> answer(int status, Result<podcast::Episode> episode) const;
  /// The show of an episode, to be read before an action: once that is committed, the response must not depend on another read. Either may
  /// be in the trash.
  asio::awaitable<Result<podcast::Show>> show_of(std::string episode_id) const;
  /// The episode after the action, or why it was refused.
  [[nodiscard]] http::Response of_act(int status, const Result<podcast::Episode>& episode, const podcast::Show& show) const;
  /// The same after a file was uploaded: with what was corrected in it.
  [[nodiscard]] http::Response of_upload(const podcast::Episode& episode, const podcast::Show& show,
                                         const std::vector<std::string>& repairs) const;
  /// Why `edit` was refused, and what must be merged after a concurrent edit.
  asio::awaitable<http::Response> refusal(http::Request& request, std::string id, Error error, podcast::EpisodeEdit edit) const;

 private:
  podcast::Publishing& publishing_;
  db::Database& database_;
  podcast::Addresses addresses_;
};

}  // namespace carillon::api
