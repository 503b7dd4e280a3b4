#pragma once
// A database in a folder of its own, a clock that is moved by hand, channels that keep what they are given, and people: what tests of
// incidents share.

#include "base/testing/testing.hpp"
#include "incidents/acknowledging.hpp"
#include "incidents/channel_orders.hpp"
#include "incidents/incidents.hpp"
#include "incidents/quiet_people.hpp"
#include "incidents/schema.hpp"

#include <boost/json.hpp>

#include <array>
#include <functional>
#include <map>

namespace carillon::incidents::testing {

/// What a power cut looks like from inside; no std::exception, so that nobody catches it.
struct Kill {};

/// Delivers unless it was told otherwise.
class FakeChannel final : public notify::Channel {
 public:
  explicit FakeChannel(std::string name) : name_{std::move(name)} {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] notify::Delivery deliver(const notify::Message& message) override {
    ++tried;
    if (before) before(message);
    const auto said = answers.contains(message.to) ? answers[message.to] : answer;
    if (said.outcome == notify::Outcome::delivered) delivered.push_back(message);
    if (after) after(message);
    return said;
  }
  [[nodiscard]] bool follows_acknowledgments() const noexcept override { return follows; }
  bool follows = false;
  notify::Delivery answer{notify::Outcome::delivered, "250 taken"};
  std::map<std::string, notify::Delivery> answers;  ///< for one recipient
  std::function<void(const notify::Message&)> before, after;
  std::vector<notify::Message> delivered;
  int tried = 0;

 private:
  std::string name_;
};

class FakePeople final : public People {
 public:
  [[nodiscard]] std::vector<std::string> operators() override {
    if (asked) asked();
    return operators_;
  }
  [[nodiscard]] std::vector<std::string> owners(const std::string& network) override { return owners_[network]; }
  [[nodiscard]] std::vector<std::string> departed() override {
    std::vector<std::string> all;
    for (const auto& [address, at] : left_) all.push_back(address);
    return all;
  }
  std::function<void()> asked;
  std::map<std::string, Time> left_;  ///< who was put out, and when
  std::vector<std::string> operators_{"op@x.org"};
  std::map<std::string, std::vector<std::string>> owners_{{"net", {"owner@x.org"}}};
};

inline constexpr std::array kMigrations{db::Migration{1, "incidents", kSchema}, db::Migration{2, "channels", kChannelOrdersSchema},
                                        db::Migration{3, "quiet times", kQuietTimesSchema},
                                        db::Migration{4, "acknowledgments", kAcknowledgmentsSchema}};
inline const std::string kLinkKey(32, 'k');

class World {
 public:
  World() { open(); }

  /// As after a restart: whatever was in memory is gone.
  void open() {
    incidents.reset();
    orders.reset();
    quiet.reset();
    database.reset();
    database = db::Database::open(folder.path() / "test.db", kMigrations).value();
    orders = std::make_unique<ChannelOrders>(*database, std::vector<notify::Channel*>{&mail, &hook});
    quiet = std::make_unique<QuietPeople>(*database);
    incidents = make_incidents(*database, clock, random, people,
                               {.channels = {&mail, &hook},
                                .channels_of = [this](const std::string& person) { return orders->channels_of(person); },
                                .quiet_until = [this](const std::string& person, Time now) { return quiet->until(person, now); },
                                .machine = [this] { return machine; },
                                .changed = [this](const std::string& id) { reported.push_back(id); },
                                .may_send = [this] { return may_send; },
                                .origin = "https://pod.x.org",
                                .link_key = kLinkKey});
    acknowledging = std::make_unique<Acknowledging>(
        *database, *incidents, clock, kLinkKey,
        Holders{.has_left = [this](const std::string& address, Time when) -> Result<bool> {
                  const auto left = people.left_.find(address);
                  return left != people.left_.end() && left->second >= when;
                },
                .acknowledged = [this](const std::string& id, const std::string& person,
                                       const std::string& from) { acknowledgements.push_back(id + " " + person + " " + from); }});
  }
  Stewardship machine{"machine@x.org", "", ""};
  std::vector<std::string> acknowledgements;  ///< by link: incident, person, where from
  bool may_send = true;
  std::vector<std::string> reported;  ///< ids of incidents that changed
  static Report example(std::string subject = "www.x.org") {
    return {.kind = "renewal-failed",
            .subject = subject,
            .in_charge = {"steward@x.org", "deputy@x.org", "net"},
            .what = "The certificate for " + subject + " could not be renewed: the CA does not answer.",
            .consequence = "On 24 December apps stop playing everything under " + subject + ".",
            .remedy = "carillon cert renew " + subject,
            .noticed_at = {}};
  }
  std::string report(const Report& what) {
    return database->write_now([&](db::Session& session) { return incidents->report(session, what); }).value();
  }
  /// "name0.x.org" and so on, in one transaction.
  void report_many(int count) {
    database
        ->write_now([&](db::Session& session) -> Result<> {
          for (int i = 0; i < count; ++i) incidents->report(session, example("name" + std::to_string(i) + ".x.org")).value();
          return {};
        })
        .value();
  }
  void solve_many(int count) {
    database
        ->write_now([&](db::Session& session) -> Result<> {
          for (int i = 0; i < count; ++i)
            incidents->solve(session, "renewal-failed", "name" + std::to_string(i) + ".x.org", "It was renewed.").value();
          return {};
        })
        .value();
  }
  void solve(const std::string& kind, const std::string& subject, const std::string& how = "It was renewed.") {
    database->write_now([&](db::Session& session) { return incidents->solve(session, kind, subject, how); }).value();
  }
  /// Works whenever something is due, until `until` from now.
  void live(Duration until) {
    const auto end = clock.now() + until;
    for (auto next = incidents->work(); next && *next <= end; next = incidents->work()) clock.set(std::max(*next, clock.now()));
    clock.set(end);
  }
  /// "steward@x.org +4h": who got what through a channel, and when, from `begin`.
  [[nodiscard]] static std::vector<std::string> heard(const FakeChannel& channel, Time begin) {
    std::vector<std::string> lines;
    for (const auto& message : channel.delivered)
      lines.push_back(std::string(boost::json::parse(message.json).at("type").as_string() == "closing" ? "solved " : "") +
                      message.to.substr(0, message.to.find('@')) + " +" +
                      std::to_string(std::chrono::duration_cast<std::chrono::minutes>(message.at - begin).count()));
    return lines;
  }
  Incident only() { return incidents->list(true).value().at(0); }

  carillon::testing::TemporaryFolder folder;
  carillon::testing::ManualClock clock;
  carillon::testing::SeededRandom random;
  FakePeople people;
  FakeChannel mail{"smtp"}, hook{"webhook"};
  std::unique_ptr<db::Database> database;
  std::unique_ptr<ChannelOrders> orders;
  std::unique_ptr<QuietPeople> quiet;
  std::unique_ptr<Incidents> incidents;
  std::unique_ptr<Acknowledging> acknowledging;
};

}  // namespace carillon::incidents::testing
