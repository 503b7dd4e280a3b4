#include "app/keeping/default_stewardship.hpp"

#include "accounts/store/contacts.hpp"
#include "accounts/testing/steward.hpp"
#include "app/schema.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon::app {
namespace {

class InCharge : public ::testing::Test {
 protected:
  void name(const std::string& steward) {
    database_
        ->write_now([&](db::Session& session) -> Result<> {
          accounts::testing::name_steward(session, steward);
          return {};
        })
        .value();
  }
  static Configuration with(const std::string& steward, const std::string& deputy) {
    Configuration configuration;
    configuration.steward = steward;
    configuration.deputy = deputy;
    return configuration;
  }

  carillon::testing::TemporaryFolder folder_{carillon::testing::TemporaryFolder::On::memory};
  std::unique_ptr<db::Database> database_ = db::Database::open(folder_.path() / "test.db", schema()).value();
};

TEST_F(InCharge, IsWhomTheFirstPersonNamesFromThenOn) {
  const DefaultStewardship stewardship{with("", "deputy@x.org"), database_.get()};
  EXPECT_EQ(stewardship.now().steward, "");
  name("ada@x.org");
  EXPECT_EQ(stewardship.now().steward, "ada@x.org");
  EXPECT_EQ(stewardship.now().deputy, "deputy@x.org");
}

TEST_F(InCharge, IsWhomTheConfigurationNamesAsItWasLastRead) {
  name("ada@x.org");
  DefaultStewardship stewardship{with("ops@x.org", "deputy@x.org"), database_.get()};
  EXPECT_EQ(stewardship.now().steward, "ops@x.org");
  stewardship.configure(with("", ""));
  EXPECT_EQ(stewardship.now().steward, "ada@x.org");
  EXPECT_EQ(stewardship.now().deputy, "");
  stewardship.configure(with("night@x.org", ""));
  EXPECT_EQ(stewardship.now().steward, "night@x.org");
}

TEST_F(InCharge, OperatorsAreThoseOfTheConfigurationAsItWasLastRead) {
  auto configuration = with("", "");
  configuration.operators = {"before@x.org"};
  DefaultStewardship stewardship{configuration, database_.get()};
  configuration.operators = {"duty@x.org", "night@x.org"};
  EXPECT_EQ(stewardship.operators(), (std::vector<std::string>{"before@x.org"}));
  stewardship.configure(configuration);
  EXPECT_EQ(stewardship.operators(), configuration.operators);
}

TEST_F(InCharge, NeedsNoAccounts) {
  const DefaultStewardship stewardship{with("", ""), nullptr};
  EXPECT_EQ(stewardship.now().steward, "");
}

}  // namespace
}  // namespace carillon::app
