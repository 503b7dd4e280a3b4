#include "base/json.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <regex>

namespace carillon {
namespace {

namespace json = boost::json;

double read_back(const std::string& text) {
  double number = std::numeric_limits<double>::quiet_NaN();
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  EXPECT_EQ(end, text.data() + text.size()) << text;
  EXPECT_EQ(wrong, std::errc{}) << text;
  return number;
}

void expect_plain(double number) {
  static const std::regex kPlain{R"(-?(0|[1-9]\d*)(\.\d+)?)"};
  const auto text = json_text(json::value(number));
  ASSERT_TRUE(std::regex_match(text, kPlain)) << text;
  ASSERT_EQ(std::bit_cast<std::uint64_t>(read_back(text)), std::bit_cast<std::uint64_t>(number)) << text;
  ASSERT_TRUE(json::parse(text).is_number()) << text;
}

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(json_text(json::value(3.0)), "3");
  EXPECT_EQ(json_text(json::value(0.0)), "0");
  EXPECT_EQ(json_text(json::value(-0.0)), "-0");
  EXPECT_EQ(json_text(json::value(-16.01)), "-16.01");
  EXPECT_EQ(json_text(json::value(0.1)), "0.1");
  EXPECT_EQ(json_text(json::value(1e21)), "1000000000000000000000");
  EXPECT_EQ(json_text(json::value(1e-7)), "0.0000001");
  EXPECT_EQ(json_text(json::value(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
  EXPECT_EQ(json_text(json::value(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
}

TEST(JsonText, HasNoNumberForWhatIsNone) {
  EXPECT_EQ(json_text(json::array{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::nan("")}),
            "[null,null,null]");
}

TEST(JsonText, EveryDoubleIsAPlainDecimalThatReadsBackAsItself) {
  using limits = std::numeric_limits<double>;
  for (const double number : {5e-324, -5e-324, limits::min(), limits::max(), limits::lowest(), limits::epsilon(), 1e21, 1e22,
                              123456789012345680000.0, 1.0 / 3, 2.2250738585072011e-308, 9007199254740993.0, 4.35, 0.3, -1.601e1})
    expect_plain(number);
  std::mt19937_64 random{20261129};
  for (int i = 0; i < 100'000; ++i) {
    const auto any = std::bit_cast<double>(random());
    if (std::isfinite(any)) expect_plain(any);
    // As durations, loudnesses and shares are.
    expect_plain(std::uniform_real_distribution{-1e6, 1e6}(random));
    expect_plain(static_cast<double>(static_cast<std::int64_t>(random() % 2'000'000)) / 1000);
  }
}

TEST(JsonText, WritesEverythingElseAsBoostDoes) {
  const auto document = json::parse(
      R"({"":[],"a":{},"text":"\u0000\u001f\" \\ / é 漢 😀","yes":true,"no":false,"none":null,"deep":[[[{"x":[1,-2,[]]}]],{"y":{"z":"{"}}],"last":"["})");
  EXPECT_EQ(json_text(document), json::serialize(document));
  EXPECT_EQ(json_text(document.as_object()), json::serialize(document));
  for (int c = 0; c < 128; ++c) {
    const json::value text{std::string("a") + static_cast<char>(c) + "z"};
    EXPECT_EQ(json_text(text), json::serialize(text)) << c;
  }
  EXPECT_EQ(json_text(document.at("deep").as_array()), json::serialize(document.at("deep")));
}

}  // namespace
}  // namespace carillon
