#include "podcast/model/slugs.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

TEST(ReadableSlug, IsLatinInEveryWriting) {
  EXPECT_EQ(readable_slug("Москва слезам не верит"), "moskva-slezam-ne-verit");
  EXPECT_EQ(readable_slug("北京"), "bei-jing");
  EXPECT_EQ(readable_slug("Καλημέρα κόσμε"), "kalemera-kosme");
  EXPECT_EQ(readable_slug("ひらがな カタカナ"), "hiragana-katakana");
  for (const auto* title : {"مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดี", "გამარჯობა", "안녕하세요", "Բարեւ", "Tiếng Việt"}) {
    const auto slug = readable_slug(title);
    EXPECT_TRUE(is_slug(slug)) << title << ": " << slug;
    EXPECT_GE(slug.size(), 3U) << title << ": " << slug;
  }
}

TEST(ReadableSlug, IsAsBeforeForLatinTitles) {
  for (const auto* title : {"Ä talk, again!", "  Straße & Œuvre — 2nd  ", "Don’t stop", "Part 2: “The end”", "", "🎙", "\xFF\xFE"})
    EXPECT_EQ(readable_slug(title), slug_of(title)) << title;
  EXPECT_LE(readable_slug(std::string(100'000, 'x')).size(), 64U);
}

}  // namespace
}  // namespace carillon::podcast
