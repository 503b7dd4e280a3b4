#pragma once
// The SQL of creatives and their files. Every function runs in its caller's transaction. Deleted creatives are only found by functions that
// say so.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

#include <map>
#include <set>

namespace carillon::ads {

enum class CreativeState : std::uint8_t {
  processing,  ///< its files are being made
  ready,       ///< it has files in every format that was in use when they were made
  failed,      ///< none could be made
};
[[nodiscard]] std::string_view name_of(CreativeState state) noexcept;

/// A creative as it is stored.
struct BookedCreative {
  Creative creative;
  std::string order;    ///< id
  std::string network;  ///< slug
  CreativeKind kind = CreativeKind::produced;
  std::vector<std::string> categories{};  ///< beside those of its order
  CreativeState state = CreativeState::processing;
  std::string error{};  ///< why it failed, for people
  std::optional<Digest> original{};
  ByteCount original_length{};
  std::optional<Time> approved{};  ///< with its order
  std::optional<Time> tried{};     ///< when making files failed last
  Time created, changed;
  std::int64_t revision = 1;
};

/// What a file is made for.
struct FileTarget {
  audio::Format format;
  double loudness = -16;  ///< LUFS, in tenths
  [[nodiscard]] bool operator==(const FileTarget& other) const noexcept;
};
[[nodiscard]] FileTarget target_of(const CreativeFile& file) noexcept;

/// Arrangements with a creative are served for this long after it was deleted, and its files are kept.
inline constexpr std::chrono::days kDeletedCreativeKept{30};
/// A creative for which making files failed is tried again after this time.
inline constexpr std::chrono::hours kRetriedAfter{6};

namespace queries {

/// Without files.
void insert(db::Session& session, const BookedCreative& creative);
/// Name, kind, categories, expiry, state, error, approval, tried, changed and revision.
void update(db::Session& session, const BookedCreative& creative);
void mark_creative_deleted(db::Session& session, const std::string& id, Time now);
[[nodiscard]] std::optional<BookedCreative> creative(db::Session& session, const std::string& id);
/// By ID.
[[nodiscard]] std::vector<BookedCreative> creatives_of_order(db::Session& session, const std::string& order);

/// Replaces one for the same target. `measured` in LUFS, `true_peak` in dBTP.
void put_file(db::Session& session, const std::string& creative, const CreativeFile& file, double measured, double true_peak);

/// Approved and ready creatives of live orders (live_orders()), by order. Expired ones are left out.
[[nodiscard]] std::map<std::string, std::vector<BookedCreative>> live_creatives(db::Session& session, const std::string& network, Time now);

/// Formats and loudness of future masters of the network's shows. Loudness is the standard one where masters aren't leveled.
[[nodiscard]] std::vector<FileTarget> targets_of_shows(db::Session& session, const std::string& network);
/// Frames of masters that can be cut, one for each bitrate in kbit/s: for finding out in which formats they are.
[[nodiscard]] std::vector<Digest> sample_masters(db::Session& session, const std::string& network, std::size_t most);
/// Ready creatives of unfinished orders, for finding out which lack files. Those that failed less than kRetriedAfter ago are left out.
[[nodiscard]] std::vector<BookedCreative> ready_creatives(db::Session& session, Time now);

/// Forgets files and originals of creatives that were deleted more than kDeletedCreativeKept ago.
void drop_files_of_deleted(db::Session& session, Time now);
[[nodiscard]] ByteCount stored_in(db::Session& session, const std::string& network);

}  // namespace queries
}  // namespace carillon::ads
