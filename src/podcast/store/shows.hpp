#pragma once
// The SQL of shows and their covers. Every function runs in its caller's transaction. Shows in the trash are only found by functions that
// say so.

#include "db/database.hpp"
#include "podcast/model/show.hpp"

#include <span>

namespace carillon::podcast::queries {

/// Also inserts its public feed, which every show has.
void insert(db::Session& session, const Show& show);
/// Everything but id, network, guid and created, which never change. Changing the slug also requires the functions of former.hpp.
void update(db::Session& session, const Show& show);
/// Permanently, with everything that belongs to it.
void remove_show(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Show> show_with_slug(db::Session& session, const std::string& slug);
[[nodiscard]] std::optional<Show> show_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Show> show_with_slug_even_deleted(db::Session& session, const std::string& slug);
[[nodiscard]] std::optional<Show> show_with_id_even_deleted(db::Session& session, const std::string& id);
/// The network of a show, also of one in the trash.
[[nodiscard]] std::optional<std::string> network_of_show_with_id(db::Session& session, const std::string& id);
/// Call it if the show's feed changed: advances its Last-Modified by at least a second.
void touch_feed(db::Session& session, const std::string& show_id, Time now);
/// Call it if something left the feed, so that its Last-Modified doesn't go back.
void touch_show(db::Session& session, const std::string& id, Time now);
void remove_shows_deleted_before(db::Session& session, Time time);
enum class Which { alive, deleted };
/// Sorted by slug, after `after`; of one network, or of all.
[[nodiscard]] std::vector<Show> shows(db::Session& session, const std::optional<std::string>& network, const std::string& after,
                                      std::size_t limit, Which which = Which::alive);
/// Listed shows, sorted by slug; `changed` is the last change of the show or one of its published episodes.
struct ChangedShow {
  std::string slug, network;
  Time changed;
};
[[nodiscard]] std::vector<ChangedShow> shows_with_changes(db::Session& session, std::size_t most);
/// Likewise.
[[nodiscard]] std::vector<std::string> slugs_by_title(db::Session& session, std::size_t most);

void insert(db::Session& session, const Feed& feed);
/// The public feed of a show, also of one in the trash.
[[nodiscard]] std::optional<Feed> public_feed(db::Session& session, const std::string& show_id);

/// A cover remains known after it was replaced, because cached feeds still link to it.
/// `sizes` of one that is sized.
void insert(db::Session& session, const std::string& show_id, const Picture& picture, std::span<const PictureSize> sizes);
struct KnownPicture {
  Picture picture;
  bool replaced = false;               ///< its file is no longer served
  std::optional<Picture> replacement;  ///< its replacement; none if it could not be decoded
};
[[nodiscard]] std::optional<KnownPicture> picture(db::Session& session, const Digest& digest);
/// An image of this show that we made ourselves: its files exist. One that is uploaded again needs no decoding.
[[nodiscard]] std::optional<Picture> sized_picture_of(db::Session& session, const std::string& show_id, const Digest& digest);
[[nodiscard]] std::optional<PictureSize> picture_size(db::Session& session, const Digest& digest, int side, std::string_view media_type);
/// Shows with images that were stored as uploaded, from before images were re-encoded.
struct ShowAndNetwork {
  std::string show_id, network;
};
[[nodiscard]] std::vector<ShowAndNetwork> shows_with_raw_pictures(db::Session& session);
[[nodiscard]] std::vector<Picture> raw_pictures(db::Session& session, const std::string& show_id);
/// Replaces the image `digest` of the show and its episodes with `replacement`; none: removes it.
void replace_picture(db::Session& session, const std::string& show_id, const Digest& digest, const std::optional<Digest>& replacement);
/// A show with its network.
struct ShowPlace {
  std::string network, slug;
};
/// The shows that use an image publicly: as their cover, as the cover of a published episode, or in earlier feeds. Not those where only
/// unpublished or deleted episodes have it.
[[nodiscard]] std::vector<ShowPlace> shows_with_public_picture(db::Session& session, const Digest& digest);

}  // namespace carillon::podcast::queries
