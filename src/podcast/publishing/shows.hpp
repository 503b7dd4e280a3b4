#pragma once
// Publishers' actions on shows.

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
/// `by` is the actor: every action writes its audit line in its own transaction.
/// `revision` is the one that the editor saw; `conflict` if it differs now. None: no check.
class Shows {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Schedule& schedule;
    Pictures& pictures;
    jobs::Workers& disk;                 ///< for blocking work: reading files
    jobs::FairWorkers& texts;            ///< for formatting and checking texts
    jobs::FairWorkers& picture_workers;  ///< for decoding images
    const Clock& clock;
    Random& random;
    Addresses addresses;
  };
  explicit Shows(Parts parts) : parts_{std::move(parts)} {}

  asio::awaitable<Result<Show>> create(accounts::Actor by, std::string network, std::string slug, ShowEdit edit, audio::Format format);
  asio::awaitable<Result<Show>> edit(accounts::Actor by, std::string slug, ShowEdit edit, std::optional<std::int64_t> revision);
  /// Moves it to the trash, with its slug; unless `with_episodes`, only a show without published episodes.
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string slug, bool with_episodes);
  /// Restores it with its episodes. Scheduled episodes whose date has passed become drafts, so that nothing is published unexpectedly.
  asio::awaitable<Result<Show>> restore(accounts::Actor by, std::string slug);
  asio::awaitable<Result<std::vector<Show>>> deleted(std::optional<std::string> network, std::string after, std::size_t limit);
  asio::awaitable<Result<Show>> find(std::string slug);
  asio::awaitable<Result<Show>> with_id(std::string id);
  /// Sorted by slug, after `after`; of one network, or of all.
  asio::awaitable<Result<std::vector<Show>>> list(std::optional<std::string> network, std::string after, std::size_t limit);
  /// `bytes` is the picture file, at most kLargestPicture; errors are precise (pictures.hpp). Returns when its sizes are created, after
  /// some seconds.
  asio::awaitable<Result<Show>> set_cover(accounts::Actor by, std::string slug, std::string bytes, CoverFit fit = CoverFit::as_it_is);
  /// The problems that directories would have with the show (directory_check.hpp).
  asio::awaitable<Result<std::vector<Finding>>> directory_findings(accounts::Actor by, std::string slug);

 private:
  Parts parts_;
};

}  // namespace carillon::podcast
