#include "base/mail_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon {
namespace {

using ::testing::HasSubstr;

TEST(MailAddress, IsOneThatMailCanBeSentTo) {
  EXPECT_EQ(checked_mail_address(" Kim@X.Example.org ", "email").value(), "kim@x.example.org");
  for (const auto* good : {"a@b", "first.last+tag@mail.example.org", "o'hara@example.org", "kim@xn--bcher-kva.example"})
    EXPECT_TRUE(checked_mail_address(good, "email")) << good;
  for (const auto* bad : {"", "kim", "kím@x.org", "k\u202Em3@x.org", "kim@x..org", "new@x.org.", "k\u200Bim@x.org", "ким@x.org",
                          "ｋim@x.org", "kim@bücher.example", "kim@-x.org", "kim@x-.org", "kim@x.org-", "kim@x_y.org", "kim@x@y.org",
                          "kim\n@x.org", "\"kim\"@x.org", "kim@[127.0.0.1]"}) {
    const auto checked = checked_mail_address(bad, "email");
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().field, "email");
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  }
  EXPECT_FALSE(is_mail_address("kim@" + std::string(64, 'x') + ".org"));
  EXPECT_TRUE(is_mail_address("kim@" + std::string(63, 'x') + ".org"));
}

TEST(MailAddress, WhatIsWrongIsSaidAndShowsNothingThatMisleads) {
  EXPECT_THAT(checked_mail_address("kim@bücher.example", "email").error().message, HasSubstr("xn--"));
  EXPECT_THAT(checked_mail_address("k\u202Em3@x.org", "email").error().message, ::testing::Not(HasSubstr("\u202E")));
}

}  // namespace
}  // namespace carillon
