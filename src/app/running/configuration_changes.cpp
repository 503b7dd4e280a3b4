// See configuration_changes.hpp.

#include "app/running/configuration_changes.hpp"

#include "app/configuration_keys.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

template <class Record>
bool is_same(const Key<Record>& key, const Record& one, const Record& other) {
  return std::visit([&](const auto member) { return one.*member == other.*member; }, key.member);
}

template <class Record>
void compare(ConfigurationChanges& changes, std::string_view section, std::span<const Key<Record>> keys, const Record& before,
             const Record& again) {
  for (const auto& key : keys) {
    if (is_same(key, before, again)) continue;
    (key.live ? changes.applied : changes.waiting).push_back(std::string(section) + "." + std::string(key.name));
  }
}

template <class Record>
void compare_list(std::vector<std::string>& changes, std::string_view name, std::span<const Key<Record>> keys,
                  const std::vector<Record>& before, const std::vector<Record>& again) {
  const bool same = std::ranges::equal(before, again, [&](const Record& one, const Record& other) {
    return std::ranges::all_of(keys, [&](const auto& key) { return is_same(key, one, other); });
  });
  if (!same) changes.emplace_back(name);
}

std::string listed(const std::vector<std::string>& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text.empty() ? "nothing" : text;
}

}  // namespace

ConfigurationChanges changes_between(const Configuration& before, const Configuration& again) {
  ConfigurationChanges changes;
  for (const auto& section : kSections) compare(changes, section.name, section.keys, before, again);
  compare_list(changes.waiting, kIssuers, std::span<const Key<IssuerSection>>{kIssuer}, before.issuers, again.issuers);
  compare_list(changes.applied, kExports, std::span<const Key<ExportSection>>{kExport}, before.exports, again.exports);
  const bool same_groups = std::ranges::equal(before.groups, again.groups, [](const GroupSection& one, const GroupSection& other) {
    return one.name == other.name && one.names == other.names;
  });
  if (!same_groups) changes.applied.emplace_back(kGroups);
  compare_list(changes.waiting, kDnsProviders, std::span<const Key<DnsSection>>{kDnsProvider}, before.dns_providers, again.dns_providers);
  compare_list(changes.waiting, kPeers, std::span<const Key<PeerSection>>{kPeer}, before.peers, again.peers);
  compare(changes, kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, before.smtp, again.smtp);
  compare(changes, kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook}, before.webhook, again.webhook);
  const bool same_names = std::ranges::equal(before.webhooks, again.webhooks, {}, &WebhookSection::name, &WebhookSection::name);
  if (!same_names)
    changes.waiting.emplace_back(kNotifyWebhooks);
  else
    compare_list(changes.waiting, kNotifyWebhooks, std::span<const Key<WebhookSection>>{kWebhook}, before.webhooks, again.webhooks);
  compare(changes, kAnnouncePodping, std::span<const Key<PodpingSection>>{kPodping}, before.podping, again.podping);
  return changes;
}

void log_reload(const Configuration& running, const Configuration& before, const Configuration& again) {
  const auto waiting = changes_between(running, again).waiting;
  log::info("configuration reloaded", {{"applied", listed(changes_between(before, again).applied)}, {"needs_restart", listed(waiting)}});
}

}  // namespace carillon::app
