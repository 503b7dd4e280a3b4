#pragma once
// What publishers do with shows.

#include "accounts/caller.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/feed/directory_check.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/publishing/edits.hpp"
#include "podcast/publishing/pictures.hpp"
#include "podcast/publishing/schedule.hpp"

namespace carillon::podcast {

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field.
/// `by` is who does it: every act leaves its line in the audit trail, in its own transaction.
/// `revision`: the one the editor saw; another one now is `conflict`. None: no check.
class Shows {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Schedule& schedule;
    Pictures& pictures;
    jobs::Workers& disk;                 ///< for what blocks: reading files
    jobs::FairWorkers& texts;            ///< for what formats and checks texts
    jobs::FairWorkers& picture_workers;  ///< for what decodes pictures
    const Clock& clock;
    Random& random;
    Addresses addresses;
  };
  explicit Shows(Parts parts) : parts_{std::move(parts)} {}

  asio::awaitable<Result<Show>> create(accounts::Actor by, std::string network, std::string slug, ShowEdit edit, audio::Format format);
  asio::awaitable<Result<Show>> edit(accounts::Actor by, std::string slug, ShowEdit edit, std::optional<std::int64_t> revision);
  /// Into the trash, with its slug; only a show without published episodes unless `with_episodes`.
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string slug, bool with_episodes);
  /// As it was before, with its episodes. A schedule whose time has passed meanwhile is a draft again: nothing goes out unasked.
  asio::awaitable<Result<Show>> restore(accounts::Actor by, std::string slug);
  asio::awaitable<Result<std::vector<Show>>> deleted(std::optional<std::string> network, std::string after, std::size_t limit);
  asio::awaitable<Result<Show>> find(std::string slug);
  asio::awaitable<Result<Show>> with_id(std::string id);
  /// By slug, after `after`; of one network, or of all.
  asio::awaitable<Result<std::vector<Show>>> list(std::optional<std::string> network, std::string after, std::size_t limit);
  /// `bytes` is the picture file, at most kLargestPicture; refused precisely (pictures.hpp). Answers when its sizes are made, after some
  /// seconds.
  asio::awaitable<Result<Show>> set_cover(accounts::Actor by, std::string slug, std::string bytes);
  /// What directories would refuse or dislike in the show (directory_check.hpp).
  asio::awaitable<Result<std::vector<Finding>>> directory_findings(accounts::Actor by, std::string slug);

 private:
  Parts parts_;
};

}  // namespace carillon::podcast
