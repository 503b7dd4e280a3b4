#include "stats/weekly/weekly_text.hpp"

#include <gmock/gmock.h>

#include <ranges>

namespace carillon::stats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::sys_days kMonday{std::chrono::year{2026} / 11 / 16};

TEST(WeeklyText, ComparesWithTheWeekBefore) {
  EXPECT_EQ(change_text(112, 100), "+12 %");
  EXPECT_EQ(change_text(97, 100), "−3 %");
  EXPECT_EQ(change_text(1004, 1000), "±0 %");
  EXPECT_EQ(change_text(5, 0), "new");
  EXPECT_EQ(change_text(0, 0), "±0 %");
  EXPECT_EQ(change_text(0, 7), "−100 %");
  EXPECT_EQ(change_text(123'400, 100), "+123,300 %");
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

TEST(WeeklyText, IsReadByPeople) {
  WeeklyFigures figures{
      .network = "Harbour Media", .monday = kMonday, .total = {"", 1234, 1000, 900}, .shows = {}, .episodes = {}, .provisional = true};
  figures.shows = {{"Harbour", 1200, 1000, 880}, {"Pier", 34, 0, 30}};
  figures.episodes = {{"Bells", 700, 0, 0}};
  const auto mail = weekly_text(figures, "https://pod.example.org/studio/", "https://pod.example.org/unsubscribe/x");
  EXPECT_EQ(mail.subject, "Harbour Media: 1,234 downloads last week (+23 %)");
  EXPECT_THAT(mail.text, HasSubstr("1,234 downloads (+23 % compared with the week before)"));
  EXPECT_THAT(mail.text, HasSubstr("900 listeners"));
  EXPECT_THAT(mail.text, HasSubstr("  Pier: 34 downloads (new)\n"));
  EXPECT_THAT(mail.text, HasSubstr("https://pod.example.org/unsubscribe/x\n"));
  EXPECT_THAT(mail.text, HasSubstr("provisional"));
  figures.shows.pop_back();
  EXPECT_THAT(weekly_text(figures, "a", "b").text, Not(HasSubstr("Shows:"))) << "one show is the total";
}

TEST(WeeklyText, TitlesStayOnTheirLine) {
  WeeklyFigures figures{
      .network = std::string(500, 'n'), .monday = kMonday, .total = {"", 1, 0, 1}, .shows = {}, .episodes = {}, .provisional = false};
  for (int number = 0; number < 40; ++number)
    figures.shows.push_back({"ü\r\nBcc: eve@example.org " + std::string(300, 'x'), 10'000'000, 1, 1});
  const auto mail = weekly_text(figures, "https://a", "https://b");
  EXPECT_THAT(mail.subject, Not(HasSubstr("\n")));
  EXPECT_THAT(mail.text, HasSubstr("and 20 more"));
  EXPECT_THAT(mail.text, Not(HasSubstr("\nBcc")));
  for (const auto line : std::views::split(mail.text, '\n')) EXPECT_LE(std::ranges::distance(line), 92);
}

}  // namespace
}  // namespace carillon::stats
