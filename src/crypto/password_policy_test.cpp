#include "crypto/password_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

using ::testing::HasSubstr;

constexpr PasswordOwner kAda{.email = "ada.tide@example.org", .name = "Ada Tidewater"};

std::string trouble_with(std::string_view password) {
  const auto checked = check_new_password(password, kAda);
  if (checked) return {};
  EXPECT_EQ(checked.error().field, "password");
  return checked.error().message;
}

TEST(PasswordPolicy, ASentenceIsGood) {
  for (const auto* good : {"the tide waits for nobody", "Fähre um fünf!", "correct horse battery staple", "zq7$Lm02-xP9w",
                           "sunny tidewater harbour at noon", "carillon bells ring at noon"})
    EXPECT_EQ(trouble_with(good), "") << good;
}

TEST(PasswordPolicy, LengthIsCountedInCharacters) {
  EXPECT_THAT(trouble_with("eleven 1234"), HasSubstr("at least 12 characters"));
  EXPECT_THAT(trouble_with("ääääöööüüüß"), HasSubstr("at least 12 characters")) << "22 bytes, 11 characters";
  EXPECT_EQ(trouble_with("äxäyözöüßqwü"), "") << "12 characters";
  std::string longest;
  for (std::size_t i = 0; i < kMaxPasswordCharacters; ++i)
    longest += i % 7 == 0 ? "ß" : std::string(1, static_cast<char>('a' + i * i % 23));
  EXPECT_EQ(trouble_with(longest), "");
  EXPECT_THAT(trouble_with(longest + "x"), HasSubstr("at most 128 characters"));
  EXPECT_THAT(trouble_with(std::string(1 << 20, 'x')), HasSubstr("at most 128 characters"));
  EXPECT_THAT(trouble_with("bad \xFF bytes in here"), HasSubstr("UTF-8"));
}

TEST(PasswordPolicy, WhatAttackersTryFirstIsRefused) {
  for (const auto* bad : {"1qaz2wsx3edc", "JustinBieber", "123456789987654321",                                     // in the list
                          "password2026", "!!Dragon!!2026", "1234Qwerty1234",                                       // padded
                          "passwordpassword", "letmeinletmein!", "aaaaaaaaaaaa", "abcabcabcabcab", "123123123123",  // repeated
                          "123456789012", "abcdefghijklm", "qwertyuiopas", "mnbvcxzlkjhg", "987654321098"})         // runs
    EXPECT_THAT(trouble_with(bad), HasSubstr("attackers try")) << bad;
}

TEST(PasswordPolicy, TheListIsSearchedToBothEnds) {
  EXPECT_THAT(trouble_with("!qaz2wsx!qaz2wsx"), HasSubstr("attackers try")) << "the first line, twice";
  EXPECT_THAT(trouble_with("zzzzzz1zzzzzz1"), HasSubstr("attackers try")) << "the last line, twice";
  EXPECT_EQ(trouble_with(" before the first"), "");
  EXPECT_EQ(trouble_with("zzzzzz2 after the last"), "");
}

TEST(PasswordPolicy, WhatEverybodyKnowsOfTheOwnerIsNoPassword) {
  for (const auto* bad : {"ada.tide@example.org", "Ada.Tide2026!", "Ada Tidewater", "tidewater1984", "TIDEWATERtidewater", "carillon-2026",
                          "CarillonCarillon!", "Carillon Tidewater"})
    EXPECT_THAT(trouble_with(bad), HasSubstr("little more than your name")) << bad;
  EXPECT_TRUE(check_new_password("ada.tide@example.net", {.email = "bo@example.org", .name = "Bo"})) << "somebody else's";
}

}  // namespace
}  // namespace carillon::crypto
