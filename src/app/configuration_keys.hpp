#pragma once
// All configuration keys and where their values are stored. Only for configuration.cpp and running/configuration_changes.cpp.

#include "app/configuration.hpp"

#include <array>
#include <span>
#include <variant>

namespace carillon::app {

/// One key: where a text, a list of texts, a number or a switch is stored in its record.
template <class Record>
struct Key {
  std::string_view name;
  std::variant<std::string Record::*, std::vector<std::string> Record::*, int Record::*, bool Record::*> member;
  bool secret = false;        ///< can be set as NAME_file, and is never shown
  bool file = false;          ///< a path, relative to the configuration file; “public” isn't a path
  int least = 1;              ///< of a number
  int most = 65535;           ///< of a number; default: the highest port
  bool live = false;          ///< applied when the configuration is reloaded; everything else needs a restart
  bool only_in_file = false;  ///< a secret that the configuration can't contain itself
  bool passphrase = false;    ///< in its file, the first line, unchanged
};

template <class Record>
std::string range_of(const Key<Record>& key) {
  return "must be a number from " + std::to_string(key.least) + " to " + std::to_string(key.most);
}

template <class Record>
struct Section {
  std::string_view name;
  std::span<const Key<Record>> keys;
};

inline constexpr std::array kServer{
    Key<Configuration>{"origin", &Configuration::origin}, Key<Configuration>{"former_origins", &Configuration::former_origins},
    Key<Configuration>{"http", &Configuration::http},     Key<Configuration>{"https", &Configuration::https},
    Key<Configuration>{"user", &Configuration::user},     Key<Configuration>{"group", &Configuration::group},
    Key<Configuration>{"node", &Configuration::node},     Key<Configuration>{"data_folder", &Configuration::data_folder},
    Key<Configuration>{"http2", &Configuration::http2},
};
inline constexpr std::array kLimits{
    Key<Configuration>{"connections", &Configuration::connections},
    Key<Configuration>{"connections_per_address", &Configuration::connections_per_address},
    Key<Configuration>{"exempt", &Configuration::exempt},
};
inline constexpr std::array kProxy{
    Key<Configuration>{"trusted", &Configuration::trusted_proxies},
    Key<Configuration>{"header", &Configuration::proxy_field},
};
inline constexpr std::array kDns{Key<Configuration>{"servers", &Configuration::dns_servers}};
inline constexpr std::array kCertificates{
    Key<Configuration>{.name = "steward", .member = &Configuration::steward, .live = true},
    Key<Configuration>{.name = "deputy", .member = &Configuration::deputy, .live = true},
    Key<Configuration>{.name = "operators", .member = &Configuration::operators, .live = true},
    Key<Configuration>{.name = "names", .member = &Configuration::certificate_names, .live = true},
    Key<Configuration>{"master_key_file", &Configuration::master_key_file, false, true},
    Key<Configuration>{"heartbeat", &Configuration::heartbeat},
    Key<Configuration>{.name = "longest_notice_days", .member = &Configuration::longest_notice_days, .least = 1, .most = 3650},
};
inline constexpr std::array kOutgoing{Key<Configuration>{"allow", &Configuration::outgoing_allow}};
inline constexpr std::array kAnnounce{Key<Configuration>{"hubs", &Configuration::hubs}};
inline constexpr std::array kMedia{
    Key<Configuration>{.name = "keep_originals", .member = &Configuration::keep_originals, .least = 0, .most = 36500},
};
inline constexpr std::array kRequests{
    Key<Configuration>{.name = "keep_days", .member = &Configuration::requests_keep_days, .least = 0, .most = 36500},
    Key<Configuration>{.name = "per_address", .member = &Configuration::requests_per_address, .least = 0, .most = 1'000'000},
    Key<Configuration>{.name = "places", .member = &Configuration::places, .file = true},
    Key<Configuration>{.name = "networks", .member = &Configuration::networks, .file = true},
    Key<Configuration>{.name = "data_centres", .member = &Configuration::data_centres, .file = true},
};
inline constexpr std::array kSections{
    Section<Configuration>{"server", kServer},
    Section<Configuration>{"dns", kDns},
    Section<Configuration>{"certificates", kCertificates},
    Section<Configuration>{"outgoing", kOutgoing},
    Section<Configuration>{"announce", kAnnounce},
    Section<Configuration>{"media", kMedia},
    Section<Configuration>{"requests", kRequests},
    Section<Configuration>{"limits", kLimits},
    Section<Configuration>{"proxy", kProxy},
};

inline constexpr std::array kIssuer{
    Key<IssuerSection>{"name", &IssuerSection::name},
    Key<IssuerSection>{"directory", &IssuerSection::directory},
    Key<IssuerSection>{"contact", &IssuerSection::contact},
    Key<IssuerSection>{"profile", &IssuerSection::profile},
    Key<IssuerSection>{"preferred_chain", &IssuerSection::preferred_chain},
    Key<IssuerSection>{"directory_ca_file", &IssuerSection::directory_ca_file, false, true},
    Key<IssuerSection>{"trust", &IssuerSection::trust, false, true},
    Key<IssuerSection>{"challenge", &IssuerSection::challenge},
    Key<IssuerSection>{"key", &IssuerSection::key},
    Key<IssuerSection>{"eab_key_id", &IssuerSection::eab_key_id},
    Key<IssuerSection>{"eab_hmac_key", &IssuerSection::eab_hmac_key, true},
    Key<IssuerSection>{"eab_ends", &IssuerSection::eab_ends},
};
inline constexpr std::array kExport{
    Key<ExportSection>{"name", &ExportSection::name},
    Key<ExportSection>{"folder", &ExportSection::folder, false, true},
    Key<ExportSection>{"command", &ExportSection::command},
    Key<ExportSection>{"port", &ExportSection::port},
    Key<ExportSection>{"layout", &ExportSection::layout},
    Key<ExportSection>{"owner", &ExportSection::owner},
    Key<ExportSection>{"group", &ExportSection::group},
    Key<ExportSection>{"mode", &ExportSection::mode},
    Key<ExportSection>{"host", &ExportSection::host},
    Key<ExportSection>{"pkcs12", &ExportSection::pkcs12},
    Key<ExportSection>{.name = "pkcs12_passphrase", .member = &ExportSection::pkcs12_passphrase, .secret = true, .passphrase = true},
};
inline constexpr std::array kGroup{Key<GroupSection>{.name = "names", .member = &GroupSection::names, .live = true}};
inline constexpr std::array kDnsProvider{
    Key<DnsSection>{"names", &DnsSection::names},
    Key<DnsSection>{"server", &DnsSection::server},
    Key<DnsSection>{"tsig_key", &DnsSection::tsig_key, true},
    Key<DnsSection>{"zone", &DnsSection::zone},
    Key<DnsSection>{"hook", &DnsSection::hook},
    Key<DnsSection>{"cleanup_hook", &DnsSection::cleanup_hook},
    Key<DnsSection>{"hook_style", &DnsSection::hook_style},
    Key<DnsSection>{.name = "hook_timeout_seconds", .member = &DnsSection::hook_timeout_seconds, .least = 1, .most = 240},
    Key<DnsSection>{"wait_for", &DnsSection::wait_for},
    Key<DnsSection>{.name = "wait_seconds", .member = &DnsSection::wait_seconds, .least = 1, .most = 86'400},
};
inline constexpr std::array kPeer{
    Key<PeerSection>{"url", &PeerSection::url},
    Key<PeerSection>{"token", &PeerSection::token, true},
    Key<PeerSection>{"ca_file", &PeerSection::ca_file, false, true},
};
inline constexpr std::array kSmtp{
    Key<SmtpSection>{"host", &SmtpSection::host},
    Key<SmtpSection>{"port", &SmtpSection::port},
    Key<SmtpSection>{"security", &SmtpSection::security},
    Key<SmtpSection>{"user", &SmtpSection::user},
    Key<SmtpSection>{"password", &SmtpSection::password, true},
    Key<SmtpSection>{"from", &SmtpSection::from},
    Key<SmtpSection>{"ca_file", &SmtpSection::ca_file, false, true},
};
inline constexpr std::array kWebhook{
    Key<WebhookSection>{"url", &WebhookSection::url, true},
    Key<WebhookSection>{"secret", &WebhookSection::secret, true},
    Key<WebhookSection>{"shape", &WebhookSection::shape},
    Key<WebhookSection>{.name = "token", .member = &WebhookSection::token, .secret = true, .only_in_file = true},
    Key<WebhookSection>{"room", &WebhookSection::room},
    Key<WebhookSection>{"chat", &WebhookSection::chat},
};

inline constexpr std::array kPodping{
    Key<PodpingSection>{"endpoint", &PodpingSection::endpoint},
    Key<PodpingSection>{"token", &PodpingSection::token, true},
};

inline constexpr std::string_view kIssuers = "certificates.issuers", kExports = "certificates.exports", kDnsProviders = "certificates.dns",
                                  kGroups = "certificates.groups", kPeers = "peers", kNotifySmtp = "notify.smtp",
                                  kNotifyWebhook = "notify.webhook", kNotifyWebhooks = "notify.webhooks",
                                  kAnnouncePodping = "announce.podping";

}  // namespace carillon::app
