// See shows.hpp.

#include "podcast/publishing/shows.hpp"

#include "accounts/suspensions.hpp"
#include "base/id.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/categories.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/guid.hpp"
#include "podcast/model/language.hpp"
#include "podcast/model/slugs.hpp"
#include "podcast/publishing/formatting.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/former.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

/// Characters of an address, a name, a line.
constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLongestProposed = 100;  ///< bytes of a wrong slug that a sentence repeats
/// podcast:medium, the mediums that are not lists.
constexpr std::array<std::string_view, 9> kMediums{"podcast",    "music", "video",     "film",  "audiobook",
                                                   "newsletter", "blog",  "publisher", "course"};

/// Episodes that one check of a show looks at: more than any show has.
constexpr std::size_t kMaxChecked = 100'000;

/// Something, one at sign, a host; no blanks. Whether it is read shows when it is written to.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         std::ranges::none_of(text, [](unsigned char c) { return c <= ' ' || c == '<' || c == '>' || c == 0x7F; });
}

Result<> check_slug(const std::string& slug) {
  if (is_slug(slug)) return {};
  const auto proposal = readable_slug(slug);
  return wrong("slug", "“" + std::string(cut_to(slug, kLongestProposed)) +
                           "” isn't a valid slug: use lowercase letters, digits and single hyphens, at most 64 characters" +
                           (proposal.empty() ? std::string(".") : "; perhaps “" + proposal + "”?"));
}

/// Brings what may be written in several ways into one.
Result<> check(ShowEdit& edit) {
  const std::array<std::pair<std::string_view, const std::optional<std::string>*>, 5> lines{{{"title", &edit.title},
                                                                                             {"author", &edit.author},
                                                                                             {"copyright", &edit.copyright},
                                                                                             {"link", &edit.link},
                                                                                             {"owner_email", &edit.owner_email}}};
  for (const auto& [field, text] : lines) {
    if (!*text) continue;
    if (auto good = check_line(field, **text, field == "title" ? kLongestTitle : kLongestLine); !good) return good;
  }
  if (edit.title && trimmed(one_line(*edit.title)).empty()) return wrong("title", "The show's title is empty.");
  if (edit.description) {
    if (auto good = check_text("description", *edit.description, kLongestMarkdown); !good) return good;
  }
  if (edit.language) {
    auto tag = language_tag("language", *edit.language);
    if (!tag) return std::unexpected(tag.error());
    edit.language = std::move(*tag);
  }
  if (edit.slug) {
    if (auto good = check_slug(*edit.slug); !good) return good;
  }
  if (edit.category) {
    if (auto good = check_category(*edit.category); !good) return good;
  }
  if (edit.owner_email && !edit.owner_email->empty() && !is_email(*edit.owner_email))
    return wrong("owner_email", "“" + *edit.owner_email + "” isn't an email address.");
  if (edit.link && !edit.link->empty() && !is_web_address(*edit.link))
    return wrong("link", "“" + *edit.link + "” isn't a web address; it must begin with https://.");
  if (edit.medium && std::ranges::find(kMediums, *edit.medium) == kMediums.end()) {
    const auto near = nearest(*edit.medium, kMediums);
    return wrong("medium", "“" + *edit.medium + "” isn't a valid medium" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."));
  }
  return {};
}

/// Whether nobody else has the show's slug, or had it: what leads there must not lead to another show.
Result<> check_free(db::Session& session, const Show& show) {
  if (const auto there = queries::show_with_slug_even_deleted(session, show.slug))
    return fail(
        ErrorKind::conflict,
        "The show “" + show.slug + "” " +
            (there->deleted && there->network == show.network ? "is in the trash; restore it or choose" : "already exists; choose") +
            " another slug.",
        "slug");
  if (const auto former = queries::show_that_had(session, show.slug); former && *former != show.id)
    return fail(ErrorKind::conflict,
                "“" + show.slug + "” is a former slug of another show, and its URLs redirect to that show; choose another slug.", "slug");
  return {};
}

/// What led to `before` leads to the show's new slug from now on.
Result<> move(db::Session& session, const Show& show, const std::string& before) {
  // A takedown names the show by its slug.
  if (accounts::Suspensions::is_suspended(session, before))
    return fail(ErrorKind::conflict, "The show is suspended; its slug can't be changed until the suspension ends.", "slug");
  if (auto free = check_free(session, show); !free) return free;
  queries::take_slug(session, show);
  queries::keep_former_slug(session, show, before);
  return {};
}

}  // namespace

void apply(ShowEdit edit, Show& show) {
  const auto set = [](auto& target, auto& source) {
    if (source) target = std::move(*source);
  };
  const auto set_line = [](std::string& target, const std::optional<std::string>& source) {
    if (source) target = one_line(*source);
  };
  set_line(show.title, edit.title);
  if (edit.description) show.description = without_controls(*edit.description);
  set(show.language, edit.language);
  set_line(show.author, edit.author);
  set(show.owner_email, edit.owner_email);
  set_line(show.copyright, edit.copyright);
  set(show.link, edit.link);
  set(show.medium, edit.medium);
  set(show.category, edit.category);
  set(show.is_explicit, edit.is_explicit);
  set(show.serial, edit.serial);
  set(show.locked, edit.locked);
  set(show.slug, edit.slug);
  set(show.format, edit.format);
  apply(edit.audio, show.audio);
  apply(std::move(edit.metadata), show.metadata);
}

asio::awaitable<Result<Show>> Shows::create(accounts::Actor by, std::string network, std::string slug, ShowEdit edit,
                                            audio::Format format) {
  if (auto good = check_slug(slug); !good) co_return forward_error(good);
  if (!edit.title) co_return wrong("title", "A show needs a title.");
  if (auto good = check(edit); !good) co_return forward_error(good);
  if (edit.description) {
    if (auto good = co_await formatted(parts_.texts, by.id, "description", *edit.description); !good) co_return forward_error(good);
  }
  // A category that nobody chose is none: directories would sort the show where its publisher never put it.
  Show show{.id = new_id(parts_.clock, parts_.random), .network = std::move(network), .slug = std::move(slug), .category = {}};
  apply(std::move(edit), show);
  show.format = format;
  show.guid = podcast_guid(parts_.addresses.feed(show));
  show.created = show.changed = parts_.clock.now();
  const Act act{.by = std::move(by), .what = "show.create"};
  co_return co_await parts_.acts.commit([&](ActTransaction& transaction) -> Result<Show> {
    if (auto free = check_free(transaction.session(), show); !free) return forward_error(free);
    queries::take_slug(transaction.session(), show);
    if (auto added = transaction.add(act, show); !added) return forward_error(added);
    return show;
  });
}

asio::awaitable<Result<Show>> Shows::edit(accounts::Actor by, std::string slug, ShowEdit edit, std::optional<std::int64_t> revision) {
  if (auto good = check(edit); !good) co_return forward_error(good);
  if (edit.description) {
    if (auto good = co_await formatted(parts_.texts, by.id, "description", *edit.description); !good) co_return forward_error(good);
  }
  co_return co_await parts_.acts.on_show({.by = std::move(by), .what = "show.edit", .revision = revision}, std::move(slug),
                                         [&](ActTransaction& transaction, Show& show) -> Result<> {
                                           const auto title = show.title, author = show.author, before = show.slug;
                                           apply(edit, show);
                                           // Tags name both. Those of episodes that were never out follow; they are made again when
                                           // their date comes, since there may be hundreds.
                                           if (show.title != title || show.author != author)
                                             queries::drop_tags_of_scheduled(transaction.session(), show.id);
                                           if (show.slug == before) return {};
                                           return move(transaction.session(), show, before);
                                         });
}

asio::awaitable<Result<Show>> Shows::find(std::string slug) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Show> {
    auto found = queries::show_with_slug(session, slug);
    if (!found) return no_such_show(slug);
    return std::move(*found);
  });
}

asio::awaitable<Result<Show>> Shows::with_id(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Show> {
    auto found = queries::show_with_id(session, id);
    if (!found) return no_such_show(id);
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Show>>> Shows::list(std::optional<std::string> network, std::string after, std::size_t limit) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<Show>> { return queries::shows(session, network, after, limit); });
}

asio::awaitable<Result<>> Shows::remove(accounts::Actor by, std::string slug, bool with_episodes) {
  auto gone = co_await parts_.acts.on_show(
      {.by = std::move(by), .what = "show.delete"}, slug, [&](ActTransaction& transaction, Show& show) -> Result<> {
        const auto published = queries::published_episodes_of(transaction.session(), show.id).size();
        if (published > 0 && !with_episodes)
          return fail(ErrorKind::conflict, "The show “" + slug + "” has " + std::to_string(published) +
                                               " published episodes, which listeners would lose; to delete them too, use --with-episodes.");
        show.deleted = parts_.clock.now();
        return {};
      });
  if (!gone) co_return forward_error(gone);
  co_return Result<>{};
}

asio::awaitable<Result<Show>> Shows::restore(accounts::Actor by, std::string slug) {
  const Act act{.by = by, .what = "show.restore"}, as_draft{.by = by, .what = "episode.unpublish"};
  co_return co_await parts_.acts.commit([&](ActTransaction& transaction) -> Result<Show> {
    auto show = queries::show_with_slug_even_deleted(transaction.session(), slug);
    if (!show || !show->deleted) return fail(ErrorKind::not_found, "There is no show named “" + slug + "” in the trash.", "show");
    const auto was = *show;
    show->deleted.reset();
    if (auto put = transaction.put(act, was, *show); !put) return forward_error(put);
    for (auto& episode : queries::scheduled_episodes_of(transaction.session(), show->id)) {
      const auto waited = episode;
      if (auto scheduled = parts_.schedule.resume(transaction, episode); !scheduled) return forward_error(scheduled);
      const auto reach = episode.state == waited.state ? Reach::nowhere : Reach::publishers;
      if (auto put = transaction.put(as_draft, waited, episode, reach); !put) return forward_error(put);
    }
    return std::move(*show);
  });
}

asio::awaitable<Result<std::vector<Show>>> Shows::deleted(std::optional<std::string> network, std::string after, std::size_t limit) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Show>> {
    return queries::shows(session, network, after, limit, queries::Which::deleted);
  });
}

asio::awaitable<Result<Show>> Shows::set_cover(accounts::Actor by, std::string slug, std::string bytes, CoverFit fit) {
  const auto known = co_await find(slug);
  if (!known) co_return known;
  // Stored before the database speaks of it.
  const auto made = co_await parts_.picture_workers.run(by.id, [&] { return parts_.pictures.make(known->id, bytes, fit); });
  if (!made) co_return std::unexpected(made.error());
  co_return co_await parts_.acts.on_show({.by = std::move(by), .what = "show.image"}, std::move(slug),
                                         [&](ActTransaction& transaction, Show& show) -> Result<> {
                                           queries::insert(transaction.session(), show.id, made->picture, made->sizes);
                                           show.cover = made->picture;
                                           return {};
                                         });
}

asio::awaitable<Result<std::vector<Finding>>> Shows::directory_findings(accounts::Actor by, std::string slug) {
  const auto known = co_await parts_.database.read([&](db::Session& session) -> Result<std::pair<Show, std::vector<Episode>>> {
    auto show = queries::show_with_slug(session, slug);
    if (!show) return no_such_show(slug);
    auto episodes = queries::list_of(session, show->id, {.limit = kMaxChecked}).episodes;
    return std::pair{std::move(*show), std::move(episodes)};
  });
  if (!known) co_return std::unexpected(known.error());
  const auto& [show, episodes] = *known;
  // Where the last chapter of each recording begins.
  LastChapters last;
  const auto read = co_await parts_.disk.run([&]() -> Result<> {
    for (const auto& episode : episodes) {
      if (!episode.chapters || !episode.master) continue;
      const auto chapters = chapters_of(parts_.media, episode);
      if (!chapters) return std::unexpected(chapters.error());
      if (!chapters->items.empty()) last.emplace(episode.id, chapters->items.back().start);
    }
    return {};
  });
  if (!read) co_return std::unexpected(read.error());
  co_return co_await parts_.texts.run(std::move(by.id), [&]() -> Result<std::vector<Finding>> {
    return check_for_directories(show, episodes, parts_.addresses.feed(show), last);
  });
}

}  // namespace carillon::podcast
