// Mails of a week, sent by two nodes with one database; people who leave; channels that fail.

#include "stats/weekly/weekly_mails.hpp"

#include "accounts/audit.hpp"
#include "accounts/schema.hpp"
#include "accounts/store/networks.hpp"
#include "base/testing/testing.hpp"
#include "podcast/testing/catalogue_world.hpp"
#include "stats/rollups/schema.hpp"
#include "stats/weekly/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <mutex>
#include <thread>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using podcast::testing::CatalogueWorld;
using podcast::testing::needed;
using ::testing::HasSubstr;

class Mailbox final : public notify::Channel {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "smtp"; }
  [[nodiscard]] notify::Delivery deliver(const notify::Message& message) override {
    const std::scoped_lock lock{mutex_};
    if (answer.outcome == notify::Outcome::delivered) delivered.push_back(message);
    return answer;
  }
  notify::Delivery answer{notify::Outcome::delivered, "250 taken"};
  std::vector<notify::Message> delivered;

 private:
  std::mutex mutex_;
};

const accounts::Actor kBy{.id = "ada", .name = "ada@example.org", .address_prefix = "192.0.2.0/24"};
constexpr std::chrono::sys_days kMonday{std::chrono::year{2027} / 3 / 15};

class WeeklyMailsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static constexpr std::array kMore{
        db::Migration{902, "accounts", accounts::kSchema}, db::Migration{903, "reminders of tokens", accounts::kTokenRemindersSchema},
        db::Migration{905, "devices", accounts::kDevicesSchema}, db::Migration{906, "people who left", accounts::kDepartedSchema},
        db::Migration{907, "weekly mails", kWeeklyMailsSchema}};
    const auto file = world.folder.path() / "carillon.db";
    for (auto& node : nodes) node = needed(db::Database::open(file, kMore));
    statistics = needed(db::Database::open(world.folder.path() / "statistics.db", rollups_schema()));
    warehouse = sql_warehouse(*statistics);
    world.clock.set(Time{kMonday} + 12h);
    figures = std::make_unique<Figures>(Figures::Parts{.logs = [] { return std::vector<std::filesystem::path>{}; },
                                                       .warehouse = *warehouse,
                                                       .podcasts = *world.database,
                                                       .clock = world.clock,
                                                       .lists = world.folder.path() / "lists"});
    needed(nodes[0]->write_now([&](db::Session& session) -> Result<> {
      if (!accounts::queries::network(session, "default"))
        accounts::queries::insert(session, accounts::Network{.slug = "default", .name = "Harbour Media", .created = world.clock.now()});
      name = accounts::queries::network(session, "default")->name;
      for (const auto& [id, role] :
           {std::pair{ada, accounts::Role::owner}, std::pair{ben, accounts::Role::analyst}, std::pair{cyd, accounts::Role::producer}}) {
        accounts::queries::insert(
            session, accounts::Person{.id = id, .email = id + "@example.org", .name = id, .roles = {}, .created = world.clock.now()});
        accounts::queries::set_role(session, id, "default", role);
      }
      return {};
    }));
  }
  WeeklyMails mails(std::size_t node = 0) {
    return WeeklyMails{{.database = *nodes.at(node),
                        .figures = *figures,
                        .channels = {&mailbox},
                        .clock = world.clock,
                        .random = random,
                        .origin = [] { return std::string{"https://pod.example.org"}; },
                        .link_key = std::string(32, 'k')}};
  }
  void count(std::chrono::sys_days day, std::uint32_t downloads) {
    CountedDay counted;
    counted.texts = {"", world.episodes[0].id};
    for (std::uint32_t number = 0; number < downloads; ++number)
      counted.downloads.push_back({.first = Time{day} + 1h, .listener = number, .bytes = 1, .key = 1, .episode = 1});
    needed(warehouse->put({.day = day, .counted = Time{day} + 30h}, counted, {{world.episodes[0].id, world.show.id}}));
  }

  CatalogueWorld world{1};
  std::string name;  ///< of the network
  std::string ada = "ada", ben = "ben", cyd = "cyd";
  std::array<std::unique_ptr<db::Database>, 2> nodes;
  std::unique_ptr<db::Database> statistics;
  std::unique_ptr<Warehouse> warehouse;
  std::unique_ptr<Figures> figures;
  Mailbox mailbox;
  SystemRandom random;
};

TEST_F(WeeklyMailsTest, AreSentOnceAWeekByTwoNodes) {
  count(kMonday, 4);
  count(kMonday + std::chrono::days{6}, 8);
  count(kMonday - std::chrono::days{1}, 6);
  needed(mails().subscribe(ada, "default", kBy));
  needed(mails().subscribe(ada, "default", kBy));
  needed(mails().subscribe(ben, "default", kBy));
  mails().work();
  EXPECT_TRUE(mailbox.delivered.empty()) << "the first one is next Monday's";
  world.clock.set(Time{kMonday} + 7 * 24h + 5h);
  EXPECT_EQ(mails().work(), Time{kMonday} + 7 * 24h + 6h);
  EXPECT_TRUE(mailbox.delivered.empty());
  world.clock.advance(1h);
  {
    std::vector<std::jthread> both;
    for (const std::size_t node : {0U, 1U})
      both.emplace_back([this, node] {
        for (int round = 0; round < 20; ++round) mails(node).work();
      });
  }
  ASSERT_EQ(mailbox.delivered.size(), 2);
  EXPECT_NE(mailbox.delivered[0].to, mailbox.delivered[1].to);
  EXPECT_EQ(mailbox.delivered[0].subject, name + ": 12 downloads last week (+100 %)");
  EXPECT_THAT(mailbox.delivered[0].text, HasSubstr("8 listeners"));
  EXPECT_THAT(mailbox.delivered[0].text, HasSubstr(world.episodes[0].title));
  world.clock.advance(7 * 24h);
  mails().work();
  EXPECT_EQ(mailbox.delivered.size(), 4);
  EXPECT_EQ(mailbox.delivered[3].subject, name + ": 0 downloads last week (−100 %)");
}

TEST_F(WeeklyMailsTest, WaitForSundayToBeCounted) {
  needed(mails().subscribe(ada, "default", kBy));
  CountedDay nothing;
  nothing.texts = {""};
  const auto sunday = kMonday + std::chrono::days{6};
  needed(warehouse->put({.day = sunday, .counted = Time{sunday} + 23h}, nothing, {}));
  world.clock.set(Time{kMonday} + 7 * 24h + 7h);
  EXPECT_EQ(mails().work(), world.clock.now() + kMailAgain);
  EXPECT_TRUE(mailbox.delivered.empty());
  count(sunday, 1);
  mails().work();
  EXPECT_EQ(mailbox.delivered.size(), 1);
}

TEST_F(WeeklyMailsTest, AreTriedAgainUntilTheyAreOld) {
  needed(mails().subscribe(ada, "default", kBy));
  world.clock.set(Time{kMonday} + 7 * 24h + 7h);
  mailbox.answer = {notify::Outcome::later, "451 not now"};
  EXPECT_EQ(mails().work(), world.clock.now() + kMailAgain);
  mailbox.answer = {notify::Outcome::delivered, ""};
  mails().work();
  EXPECT_EQ(mailbox.delivered.size(), 1);
  // The server was off from Monday to Friday.
  world.clock.advance(7 * 24h + 4 * 24h);
  mails().work();
  EXPECT_EQ(mailbox.delivered.size(), 1);
  world.clock.advance(3 * 24h);
  mails().work();
  EXPECT_EQ(mailbox.delivered.size(), 2);
}

TEST_F(WeeklyMailsTest, EndWithTheRight) {
  needed(mails().subscribe(ben, "default", kBy));
  needed(mails().subscribe(cyd, "default", kBy));
  needed(mails().subscribe("nobody", "default", kBy));
  needed(nodes[0]->write_now([&](db::Session& session) -> Result<> {
    accounts::queries::set_role(session, ben, "default", std::nullopt);
    return {};
  }));
  world.clock.set(Time{kMonday} + 7 * 24h + 7h);
  mails().work();
  EXPECT_TRUE(mailbox.delivered.empty()) << "someone without a role, a producer, and someone who was deleted";
  EXPECT_FALSE(needed(mails().is_subscribed(ben, "default")));
}

TEST_F(WeeklyMailsTest, EndWithTheirLink) {
  needed(mails().subscribe(ada, "default", kBy));
  needed(mails().subscribe(ben, "default", kBy));
  world.clock.set(Time{kMonday} + 7 * 24h + 7h);
  mails().work();
  ASSERT_EQ(mailbox.delivered.size(), 2);
  for (const auto& message : mailbox.delivered) {
    const auto at = message.text.find("/unsubscribe/");
    ASSERT_NE(at, std::string::npos);
    auto token = message.text.substr(at + 13);
    token = token.substr(0, token.find('\n'));
    EXPECT_EQ(message.unsubscribe, "https://pod.example.org/unsubscribe/" + token);
    EXPECT_EQ(needed(mails().find(token)).network, name);
    for (const auto& wrong :
         {token.substr(0, token.size() - 1), token + "x", token.substr(27), std::string{}, std::string(26, '0') + token.substr(26)})
      EXPECT_EQ(mails().unsubscribe_with(wrong).error().kind, ErrorKind::not_found) << wrong;
    if (message.to != "ada@example.org") continue;
    needed(mails().unsubscribe_with(token));
    EXPECT_FALSE(mails().unsubscribe_with(token)) << "it works once";
  }
  EXPECT_FALSE(needed(mails().is_subscribed(ada, "default")));
  EXPECT_TRUE(needed(mails().is_subscribed(ben, "default")));
  std::vector<std::string> acts;
  for (const auto& line : needed(nodes[0]->read_now([](db::Session& session) -> Result<std::vector<accounts::AuditLine>> {
         return accounts::audit_lines(session, "default", "", 10);
       })))
    acts.push_back(line.act.what + " " + line.act.subject + " by " + line.actor.name);
  EXPECT_THAT(acts, ::testing::UnorderedElementsAre("weekly_mail.unsubscribe ada@example.org by ada@example.org",
                                                    "weekly_mail.subscribe ben@example.org by ada@example.org",
                                                    "weekly_mail.subscribe ada@example.org by ada@example.org"));
  // Whoever subscribes again gets another link.
  needed(mails().subscribe(ada, "default", kBy));
}

}  // namespace
}  // namespace carillon::stats
