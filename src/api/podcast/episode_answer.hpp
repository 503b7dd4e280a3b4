#pragma once
// Responses to actions on episodes. An episode's document contains its show, which is read before the action: once that is committed, the
// response must not depend on another read.

#include "db/database.hpp"
#include "http/message.hpp"
#include "podcast/model/addresses.hpp"

namespace carillon::api {

/// The show of an episode; either may be in the trash.
[[nodiscard]] asio::awaitable<Result<podcast::Show>> show_of_episode(db::Database& database, std::string episode_id);
[[nodiscard]] http::Response answer_of_act(int status, const Result<podcast::Episode>& episode, const podcast::Show& show,
                                           const podcast::Addresses& addresses);

}  // namespace carillon::api
