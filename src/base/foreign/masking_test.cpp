#include "base/foreign/masking.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

const std::string kSecret = R"(T0ken/with"quotes+and=more&so on)";

std::string base64_of(std::string_view text) { return to_base64(as_bytes(text)); }

TEST(Masking, HidesASecretAndNothingElse) {
  const Mask mask{{kSecret}};
  EXPECT_EQ(mask.masked("invalid: " + kSecret + "!"), "invalid: […]!");
  EXPECT_EQ(mask.masked(kSecret + " and " + kSecret), "[…] and […]");
  EXPECT_EQ(mask.masked("nothing to see at https://hooks.example.org with 100 % care, \\ and &amp;"),
            "nothing to see at https://hooks.example.org with 100 % care, \\ and &amp;");
  EXPECT_EQ(mask.masked(""), "");
  EXPECT_EQ(Mask{{}}.masked("a text"), "a text");
  EXPECT_EQ(Mask{{"/a"}}.masked("a/a/a"), "a/a/a") << "too short to be a secret";
  EXPECT_EQ(Mask{{"geheim"}}.masked("so geheim."), "so […].");
}

TEST(Masking, HidesEveryUsualForm) {
  const Mask mask{{kSecret}};
  const std::string json = R"(T0ken\/with\"quotes+and=more&so on)";
  const std::string unicode = R"(T0ken/with\u0022quotes\u002Band=more\u0026so on)";
  const std::string html = "T0ken&#x2F;with&quot;quotes&#43;and=more&amp;so on";
  const std::string twice = R"(T0ken\\\/with\\\"quotes+and=more&so on)";
  std::string lower = percent_encoded(kSecret);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const auto& form :
       {json, unicode, html, twice, percent_encoded(kSecret), percent_encoded(percent_encoded(kSecret)), lower, base64_of(kSecret),
        to_base64url(as_bytes(kSecret)), percent_encoded(base64_of(kSecret)), to_hex(as_bytes(kSecret))})
    EXPECT_EQ(mask.masked("got <" + form + ">"), "got <[…]>") << form;
}

TEST(Masking, HidesASecretInsideOfWhatWasEncoded) {
  const Mask mask{{kSecret}};
  for (const std::string before : {"", "u", "us", "user:", "Bearer "}) {
    const auto shown = mask.masked(base64_of(before + kSecret + " and more"));
    const auto plain = from_base64(base64_of(before + kSecret + " and more"));
    ASSERT_TRUE(plain);
    // At most the characters at its ends are left, which also encode what is before and after.
    const auto begin = shown.find("[…]");
    ASSERT_NE(begin, std::string::npos) << before;
    EXPECT_LE(begin, (before.size() * 8 + 5) / 6 + 1) << shown;
  }
}

TEST(Masking, HidesAShortenedSecret) {
  const Mask mask{{kSecret}};
  EXPECT_EQ(mask.masked("token T0ken/wi… is unknown"), "token […]… is unknown");
  EXPECT_EQ(mask.masked("token T0ken/w… is unknown"), "token T0ken/w… is unknown") << "seven characters";
  EXPECT_EQ(mask.masked("…more&so on"), "…[…]");
  EXPECT_EQ(mask.masked(R"(T0ken\/wi…)"), "[…]…");
}

TEST(Masking, KnowsTheSecretsOfAUrl) {
  const auto secrets = secrets_in_url("https://user:pass%40word@hooks.example.org/services/T0/B0?key=1");
  EXPECT_EQ(secrets, (std::vector<std::string>{"/services/T0/B0?key=1", "user:pass%40word", "pass%40word"}));
  const Mask mask{secrets};
  EXPECT_EQ(mask.masked("Basic " + base64_of("user:pass@word")), "Basic […]");
  EXPECT_EQ(mask.masked("no user:pass@word at hooks.example.org"), "no […] at hooks.example.org");
  EXPECT_TRUE(secrets_in_url("https://hooks.example.org").empty());
  EXPECT_TRUE(secrets_in_url("none").empty());
}

}  // namespace
}  // namespace carillon
