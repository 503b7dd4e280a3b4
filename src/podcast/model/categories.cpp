// See categories.hpp.

#include "podcast/model/categories.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

struct Known {
  std::string_view name;
  std::array<std::string_view, 15> subs;  ///< the rest is ""
};

constexpr std::array kKnown{
    Known{"Arts", {"Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"}},
    Known{"Business", {"Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"}},
    Known{"Comedy", {"Comedy Interviews", "Improv", "Stand-Up"}},
    Known{"Education", {"Courses", "How To", "Language Learning", "Self-Improvement"}},
    Known{"Fiction", {"Comedy Fiction", "Drama", "Science Fiction"}},
    Known{"Government", {}},
    Known{"History", {}},
    Known{"Health & Fitness", {"Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"}},
    Known{"Kids & Family", {"Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"}},
    Known{"Leisure", {"Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden", "Video Games"}},
    Known{"Music", {"Music Commentary", "Music History", "Music Interviews"}},
    Known{"News", {"Business News", "Daily News", "Entertainment News", "News Commentary", "Politics", "Sports News", "Tech News"}},
    Known{"Religion & Spirituality", {"Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality"}},
    Known{"Science",
          {"Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics", "Natural Sciences", "Nature", "Physics",
           "Social Sciences"}},
    Known{"Society & Culture", {"Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"}},
    Known{"Sports",
          {"Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby", "Running", "Soccer", "Swimming",
           "Tennis", "Volleyball", "Wilderness", "Wrestling"}},
    Known{"Technology", {}},
    Known{"True Crime", {}},
    Known{"TV & Film", {"After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"}},
};

std::unexpected<Error> unknown(const std::string& name, const std::string& what, std::span<const std::string_view> known) {
  const auto near = nearest(name, known);
  return fail(ErrorKind::invalid,
              "“" + name + "” isn't a " + what + " in Apple's list" +
                  (near && !near->empty() ? "; did you mean “" + std::string(*near) + "”?" : "."),
              "category");
}

}  // namespace

std::span<const KnownCategory> known_categories() {
  static const auto list = [] {
    std::array<KnownCategory, kKnown.size()> made;
    for (std::size_t i = 0; i < kKnown.size(); ++i) {
      const auto& subs = kKnown[i].subs;
      made[i] = {.name = kKnown[i].name, .subs = {subs.begin(), std::ranges::find(subs, std::string_view{})}};
    }
    return made;
  }();
  return list;
}

Result<> check_category(const Category& category) {
  const auto found = std::ranges::find(kKnown, category.name, &Known::name);
  if (found == kKnown.end()) {
    std::vector<std::string_view> names;
    for (const auto& known : kKnown) names.push_back(known.name);
    return unknown(category.name, "category", names);
  }
  if (category.sub.empty() || std::ranges::find(found->subs, category.sub) != found->subs.end()) return {};
  return unknown(category.sub, "subcategory of “" + category.name + "”", found->subs);
}

}  // namespace carillon::podcast
