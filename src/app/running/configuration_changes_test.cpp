// Every key there is shows as changed: a section that is added later is compared, too, without anybody's thinking of it.

#include "app/running/configuration_changes.hpp"

#include "app/configuration_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class Record>
void change(const Key<Record>& key, Record& record) {
  if (const auto* number = std::get_if<int Record::*>(&key.member))
    ++(record.**number);
  else if (const auto* flag = std::get_if<bool Record::*>(&key.member))
    record.** flag = !(record.**flag);
  else if (const auto* list = std::get_if<std::vector<std::string> Record::*>(&key.member))
    (record.**list).emplace_back("another");
  else
    record.*std::get<std::string Record::*>(key.member) += "another";
}

/// Changes each key of a section alone.
template <class Record>
void walk(std::string_view section, std::span<const Key<Record>> keys, const std::function<Record&(Configuration&)>& record_of) {
  for (const auto& key : keys) {
    Configuration before, again;
    change(key, record_of(again));
    const auto changes = changes_between(before, again);
    const auto name = std::string(section) + "." + std::string(key.name);
    EXPECT_THAT(key.live ? changes.applied : changes.waiting, ElementsAre(name));
    EXPECT_THAT(key.live ? changes.waiting : changes.applied, IsEmpty()) << name;
  }
}

template <class Record>
void walk_list(std::string_view name, std::span<const Key<Record>> keys, std::vector<Record> Configuration::* list, bool live = false) {
  const auto changed = live ? &ConfigurationChanges::applied : &ConfigurationChanges::waiting;
  for (const auto& key : keys) {
    Configuration before, again;
    (before.*list).emplace_back();
    (again.*list).emplace_back();
    EXPECT_THAT(changes_between(before, again).*changed, IsEmpty());
    change(key, (again.*list).front());
    EXPECT_THAT(changes_between(before, again).*changed, ElementsAre(std::string(name))) << key.name;
  }
  Configuration before, again;
  (again.*list).emplace_back();
  EXPECT_THAT(changes_between(before, again).*changed, ElementsAre(std::string(name))) << "one more";
}

TEST(ConfigurationChanges, NameEveryKey) {
  for (const auto& section : kSections)
    walk<Configuration>(section.name, section.keys, [](Configuration& configuration) -> Configuration& { return configuration; });
  walk<SmtpSection>(kNotifySmtp, kSmtp, [](Configuration& configuration) -> SmtpSection& { return configuration.smtp; });
  walk<WebhookSection>(kNotifyWebhook, kWebhook, [](Configuration& configuration) -> WebhookSection& { return configuration.webhook; });
  walk<PodpingSection>(kAnnouncePodping, kPodping, [](Configuration& configuration) -> PodpingSection& { return configuration.podping; });
  walk_list<IssuerSection>(kIssuers, kIssuer, &Configuration::issuers);
  walk_list<ExportSection>(kExports, kExport, &Configuration::exports, true);
  walk_list<DnsSection>(kDnsProviders, kDnsProvider, &Configuration::dns_providers);
  walk_list<PeerSection>(kPeers, kPeer, &Configuration::peers);
  walk_list<WebhookSection>(kNotifyWebhooks, kWebhook, &Configuration::webhooks);
}

TEST(ConfigurationChanges, AreNoneOfTheSame) {
  const auto changes = changes_between({}, {});
  EXPECT_THAT(changes.applied, IsEmpty());
  EXPECT_THAT(changes.waiting, IsEmpty());
}

}  // namespace
}  // namespace carillon::app
