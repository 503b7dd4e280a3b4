#pragma once
// The feed: RSS 2.0 with the itunes, atom, content and podcast namespaces, by the PSP-1 profile. Pure and deterministic: the same data
// always results in the same bytes.

#include "podcast/feed/feed_links.hpp"

#include <span>

namespace carillon::podcast {

struct FeedItem {
  const Episode* episode = nullptr;  ///< published, with master and frozen
  std::string_view notes_html;       ///< safe
};

/// The show's data in a feed.
struct FeedShow {
  const Show& show;
  std::string_view description_html;  ///< safe
};

/// `items` newest first; `links` are those of `feed`.
[[nodiscard]] std::string render_feed(const FeedShow& show, const Feed& feed, std::span<const FeedItem> items, const FeedLinks& links);

/// When anything in the feed last changed.
[[nodiscard]] Time feed_changed(const Show& show, const Feed& feed, std::span<const FeedItem> items);

}  // namespace carillon::podcast
