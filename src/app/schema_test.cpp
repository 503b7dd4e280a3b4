#include "app/schema.hpp"

#include "base/testing/testing.hpp"
#include "db/database.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <algorithm>
#include <map>

namespace carillon::app {
namespace {

/// The steps before this number, as an older Carillon had them.
std::span<const db::Migration> schema_before(int number) {
  const auto all = schema();
  const auto end = std::ranges::find(all, number, &db::Migration::number);
  return all.first(static_cast<std::size_t>(end - all.begin()));
}

TEST(Schema, GivesTheJobsOfAnOlderCarillonToTheirNetworks) {
  const carillon::testing::TemporaryFolder folder;
  const auto file = folder.path() / "carillon.db";
  const std::string show = "01jshow0000000000000000000", episode = "01jep000000000000000000000", gone = "01jgone0000000000000000000";
  {
    const auto database = db::Database::open(file, schema_before(29)).value();
    const auto filled = database->write_now([&](db::Session& session) -> Result<> {
      session
          << "INSERT INTO shows (id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, "
             "link, is_explicit, serial, locked, medium, bitrate, channels, sample_rate, guid, created, changed, revision) VALUES (:id, "
             "'harbour', 'demo', 'Demo', '', 'en', '', '', '', '', '', '', 0, 0, 0, 'podcast', 1, 1, 1, 'g', 1, 1, 1)",
          soci::use(show);
      session << "INSERT INTO episodes (id, show_id, guid, slug, file_name, title, notes, season, number, type, is_explicit, state, "
                 "publish_at, "
                 "published, original, frames, frames_length, duration, loudness, prefix, prefix_length, whole, frozen_since, created, "
                 "changed, "
                 "revision) VALUES (:id, :show, 'g', 's', 'f', 't', '', 0, 0, 'full', 0, 'draft', 0, 0, '', '', 0, 0, 0, '', 0, '', 0, 1, "
                 "1, 1)",
          soci::use(episode), soci::use(show);
      int number = 0;
      const auto job = [&](const std::string& kind, const std::string& subject, const std::string& share) {
        const auto id = kind + std::to_string(++number);
        session << "INSERT INTO jobs (id, kind, subject, payload, state, run_at, created, share) VALUES (:id, :kind, :subject, '{}', "
                   "'done', 1, "
                   "1, :share)",
            soci::use(id), soci::use(kind), soci::use(subject), soci::use(share);
      };
      job("ingest", episode, "harbour");
      job("publish", episode, "");
      job("announce", show + " https://hub.example.org/", "");
      job("ingest", gone, "outside");
      job("announce", gone + " podping", "");
      job("sweep", "media", "");
      job("publish", "overdue", "");
      return {};
    });
    ASSERT_TRUE(filled) << filled.error().message;
  }
  const auto database = db::Database::open(file, schema()).value();
  std::map<std::string, std::string> networks;
  ASSERT_TRUE(database->read_now([&](db::Session& session) -> Result<> {
    std::string id, network;
    soci::statement statement{(session.prepare << "SELECT id, network FROM jobs", soci::into(id), soci::into(network))};
    statement.execute();
    while (statement.fetch()) networks[id] = network;
    return {};
  }));
  const std::map<std::string, std::string> expected{{"ingest1", "harbour"}, {"publish2", "harbour"}, {"announce3", "harbour"},
                                                    {"ingest4", "outside"}, {"announce5", ""},       {"sweep6", ""},
                                                    {"publish7", ""}};
  EXPECT_EQ(networks, expected);
}

TEST(Schema, GivesEveryShowOfAnOlderCarillonItsFeed) {
  const carillon::testing::TemporaryFolder folder;
  const auto file = folder.path() / "carillon.db";
  {
    const auto database = db::Database::open(file, schema_before(36)).value();
    ASSERT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
      for (const std::string slug : {"one", "trashed"}) {
        session
            << "INSERT INTO shows (id, network, slug, title, description, language, category, category_sub, author, owner_email, "
               "copyright, link, is_explicit, serial, locked, medium, bitrate, channels, sample_rate, guid, created, changed, revision, "
               "deleted) VALUES ('id of ' || :id, 'harbour', :slug, 'Demo', '', 'en', '', '', '', '', '', '', 0, 0, 0, 'podcast', 1, 1, "
               "1, 'g', 7, 9, 1, :deleted)",
            soci::use(slug), soci::use(slug), soci::use(slug == "one" ? 0 : 8);
      }
      return {};
    }));
  }
  const auto database = db::Database::open(file, schema()).value();
  std::vector<std::string> feeds;
  ASSERT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
    std::string row;
    soci::statement statement{
        (session.prepare << "SELECT id || ',' || show_id || ',' || slug || ',' || created || ',' || changed FROM feeds ORDER BY slug",
         soci::into(row))};
    statement.execute();
    while (statement.fetch()) feeds.push_back(row);
    session << "DELETE FROM shows WHERE slug = 'one'";
    return {};
  }));
  EXPECT_EQ(feeds, (std::vector<std::string>{"id of one,id of one,one,7,7", "id of trashed,id of trashed,trashed,7,7"}));
  int left = 0;
  ASSERT_TRUE(database->read_now([&](db::Session& session) -> Result<> {
    session << "SELECT COUNT(*) FROM feeds", soci::into(left);
    return {};
  }));
  EXPECT_EQ(left, 1) << "a feed goes with its show";
}

TEST(Schema, NamesTheProtocolInOlderIncidentsAboutWatches) {
  const carillon::testing::TemporaryFolder folder;
  const auto file = folder.path() / "carillon.db";
  {
    const auto database = db::Database::open(file, schema_before(61)).value();
    ASSERT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
      const auto watch = [&](const std::string& host, int port, const std::string& starttls, const std::string& name) {
        session << "INSERT INTO watches (host, port, starttls, server_name, accepted, steward, deputy, network, added, next_look) VALUES "
                   "(:host, :port, :starttls, :name, '', '', '', '', 1, 1)",
            soci::use(host), soci::use(port), soci::use(starttls), soci::use(name);
      };
      watch("mail.example.org", 25, "smtp", "");
      watch("mail.example.org", 993, "", "");
      watch("2001:db8::1", 587, "smtp", "mx.example.org");
      watch("both.example.org", 143, "", "");
      watch("both.example.org", 143, "imap", "");
      for (const std::string subject : {"mail.example.org:25", "mail.example.org:993", "[2001:db8::1]:587 as mx.example.org",
                                        "both.example.org:143", "gone.example.org:25"})
        session << "INSERT INTO incidents (id, kind, subject, steward, deputy, network, what, consequence, remedy, state, opened_at, "
                   "begun_at) VALUES (:id, 'watched-broken', :subject, '', '', '', '', '', '', 'open', 1, 1)",
            soci::use(subject), soci::use(subject);
      return {};
    }));
  }
  const auto database = db::Database::open(file, schema()).value();
  std::map<std::string, std::string> subjects;
  ASSERT_TRUE(database->read_now([&](db::Session& session) -> Result<> {
    std::string id, subject;
    soci::statement statement{(session.prepare << "SELECT id, subject FROM incidents", soci::into(id), soci::into(subject))};
    statement.execute();
    while (statement.fetch()) subjects[id] = subject;
    return {};
  }));
  const std::map<std::string, std::string> expected{{"mail.example.org:25", "mail.example.org:25 (smtp)"},
                                                    {"mail.example.org:993", "mail.example.org:993"},
                                                    {"[2001:db8::1]:587 as mx.example.org", "[2001:db8::1]:587 as mx.example.org (smtp)"},
                                                    {"both.example.org:143", "both.example.org:143"},
                                                    {"gone.example.org:25", "gone.example.org:25"}};
  EXPECT_EQ(subjects, expected);
}

}  // namespace
}  // namespace carillon::app
