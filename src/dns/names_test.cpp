#include "dns/names.hpp"

#include <gtest/gtest.h>

namespace carillon::dns {
namespace {

TEST(Names, AreOneValueHoweverTheyAreWritten) {
  for (const auto* text : {"bücher.example", "BÜCHER.example", "B\u00dcCHER.EXAMPLE", "bu\u0308cher.example", "bücher\u3002example",
                           "xn--bcher-kva.example", "XN--BCHER-KVA.Example"})
    EXPECT_EQ(to_ascii(text).value(), "xn--bcher-kva.example") << text;
  EXPECT_EQ(to_ascii("Podcast.Example.ORG.").value(), "podcast.example.org.");
  EXPECT_EQ(to_ascii("faß.example").value(), "xn--fa-hia.example");
  for (const std::string_view text :
       {std::string_view{"xn--a.example"}, std::string_view{"xn--\0.example", 13}, std::string_view{"\xff.example"}})
    EXPECT_FALSE(to_ascii(text)) << text;
}

TEST(Names, KnowPublicSuffixes) {
  for (const auto* name : {"org", "co.uk", "github.io", "xn--p1ai"}) EXPECT_TRUE(is_public_suffix(name)) << name;
  for (const auto* name : {"example.org", "example.co.uk", "carillon.github.io", "harbour.test"})
    EXPECT_FALSE(is_public_suffix(name)) << name;
}

}  // namespace
}  // namespace carillon::dns
