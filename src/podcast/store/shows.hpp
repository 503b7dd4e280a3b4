#pragma once
// The SQL of shows and their covers. Every function runs in its caller's transaction. What is in the trash is found only by those that
// say so.

#include "db/database.hpp"
#include "podcast/model/show.hpp"

#include <span>

namespace carillon::podcast::queries {

/// With its public feed: no show is without one.
void insert(db::Session& session, const Show& show);
/// Everything but id, network, guid and created, which never change. Another slug takes former.hpp's functions, too.
void update(db::Session& session, const Show& show);
/// For good, with everything of it.
void remove_show(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Show> show_with_slug(db::Session& session, const std::string& slug);
[[nodiscard]] std::optional<Show> show_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Show> show_with_slug_even_deleted(db::Session& session, const std::string& slug);
[[nodiscard]] std::optional<Show> show_with_id_even_deleted(db::Session& session, const std::string& id);
/// The network of a show, also of one in the trash.
[[nodiscard]] std::optional<std::string> network_of_show_with_id(db::Session& session, const std::string& id);
/// What the show's feed says changed: its Last-Modified moves by a second at least.
void touch_feed(db::Session& session, const std::string& show_id, Time now);
/// What left the feed changed it: its Last-Modified must not go back.
void touch_show(db::Session& session, const std::string& id, Time now);
void remove_shows_deleted_before(db::Session& session, Time time);
enum class Which { alive, deleted };
/// By slug, after `after`; of one network, or of all.
[[nodiscard]] std::vector<Show> shows(db::Session& session, const std::optional<std::string>& network, const std::string& after,
                                      std::size_t limit, Which which = Which::alive);
/// Those that do not ask not to be listed, by slug; `changed` is that of the show or of its published episode that changed last.
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

/// A cover stays known after it was replaced: feeds in the wild still point to it.
/// `sizes` of one that is sized.
void insert(db::Session& session, const std::string& show_id, const Picture& picture, std::span<const PictureSize> sizes);
struct KnownPicture {
  Picture picture;
  bool replaced = false;               ///< its file is not for anybody any more
  std::optional<Picture> replacement;  ///< what took its place; none when nothing could be made of it
};
[[nodiscard]] std::optional<KnownPicture> picture(db::Session& session, const Digest& digest);
[[nodiscard]] std::optional<PictureSize> picture_size(db::Session& session, const Digest& digest, int side, std::string_view media_type);
/// Those that were stored as they were uploaded, before pictures were made anew.
struct ShowAndNetwork {
  std::string show_id, network;
};
[[nodiscard]] std::vector<ShowAndNetwork> shows_with_raw_pictures(db::Session& session);
[[nodiscard]] std::vector<Picture> raw_pictures(db::Session& session, const std::string& show_id);
/// `replacement` takes the place of the picture `digest` wherever the show and its episodes have it; none: nothing does.
void replace_picture(db::Session& session, const std::string& show_id, const Digest& digest, const std::optional<Digest>& replacement);
/// A show with its network.
struct ShowPlace {
  std::string network, slug;
};
/// The shows that show a picture to the public now: as their cover, as the cover of a published episode, or in the feeds of before. Not
/// those of which only unpublished or deleted episodes have it.
[[nodiscard]] std::vector<ShowPlace> shows_with_public_picture(db::Session& session, const Digest& digest);

}  // namespace carillon::podcast::queries
