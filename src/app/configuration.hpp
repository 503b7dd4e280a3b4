#pragma once
// The configuration: one TOML file, overridden by the environment, then by the command line; every key has a default.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// `[[certificates.issuers]]`, in the order in which they are tried.
struct IssuerSection {
  std::string name;
  std::string directory;
  std::string contact;
  std::string profile;
  std::string preferred_chain;  ///< a root's common name; "": the CA's default chain
  std::string directory_ca_file;
  std::string trust;
  std::string challenge;
  std::string key;  ///< the kind of key of its certificates; "": p256
  std::string eab_key_id;
  std::string eab_hmac_key;  ///< base64url, the format of CAs
  std::string eab_ends;      ///< RFC 3339; "" if not set
};

/// `[[certificates.exports]]`.
struct ExportSection {
  std::string name;
  std::string folder;
  std::vector<std::string> command;
  int port = 443;
  std::string host;              ///< the host on which a wildcard is verified
  std::string layout = "files";  ///< or "haproxy"
  std::string owner;
  std::string group;
  std::string mode;    ///< octal; "": the mode of the replaced file
  std::string pkcs12;  ///< the name of a PKCS#12 file in the folder; "": none
  std::string pkcs12_passphrase;
};

/// `[certificates.groups.NAME]`: names that share one certificate.
struct GroupSection {
  std::string name;
  std::vector<std::string> names;
};

/// `[certificates.dns]`, or `[[certificates.dns]]` if there are several: a provider that changes DNS records for DNS-01.
struct DnsSection {
  std::vector<std::string> names;
  std::string server;
  std::string tsig_key;  ///< in the form that tools write to files (dns/tsig_key.hpp)
  std::string zone;
  std::vector<std::string> hook;
  std::vector<std::string> cleanup_hook;
  std::string hook_style = "carillon";
  int hook_timeout_seconds = 60;
  std::vector<std::string> wait_for;
  int wait_seconds = 600;
};

/// `[[peers]]`: other Carillon servers that this one watches.
struct PeerSection {
  std::string url;
  std::string token;
  std::string ca_file;
};

/// `[notify.smtp]`; without a host, no email is sent.
struct SmtpSection {
  std::string host;
  int port = 587;
  std::string security = "starttls";
  std::string user;
  std::string password;
  std::string from;
  std::string ca_file;
};

/// `[notify.webhook]`, and `[notify.webhooks.NAME]` for others.
struct WebhookSection {
  std::string name = "webhook";  ///< of the channel
  std::string url;               ///< may be a secret itself
  std::string secret;            ///< signs the messages of shape carillon
  std::string shape;             ///< "slack", …; "" is carillon
  std::string token;
  std::string room;
  std::string chat;

  [[nodiscard]] bool is_set() const noexcept { return !(url.empty() && shape.empty() && token.empty() && room.empty() && chat.empty()); }
};

/// `[announce.podping]`; without an endpoint, no pings are sent.
struct PodpingSection {
  std::string endpoint;
  std::string token;
};

struct Configuration {
  std::string origin;                       ///< "" = https://localhost:<https port>
  std::vector<std::string> former_origins;  ///< earlier ones keep serving
  std::string http = ":8080";
  std::string https = ":8443";
  std::string user;                 ///< the user to switch to after binding ports; "" = don't switch
  std::string group;                ///< "" = the user's own
  bool http2 = true;                ///< `[server]`: offered to clients besides HTTP/1.1
  std::string node;                 ///< this node's name among those that share a database; "" = generated at the first start
  std::string data_folder = "own";  ///< "shared": other nodes serve the same data folder; only for tests so far

  int connections = 20'000;                     ///< `[limits]`: at the same time; fewer if there aren't enough file descriptors
  int connections_per_address = 512;            ///< of these, for one IPv4 address or IPv6 /64
  std::vector<std::string> exempt;              ///< address ranges without per-address limits
  std::vector<std::string> trusted_proxies;     ///< `[proxy]`: address ranges of proxies that are trusted about client addresses
  std::string proxy_field = "x-forwarded-for";  ///< the header field with the client address

  std::vector<std::string> dns_servers;

  std::string steward;  ///< the default steward
  std::string deputy;
  std::vector<std::string> operators;          ///< notified after 12 hours if there are no accounts
  std::vector<std::string> certificate_names;  ///< besides the origin's
  std::string master_key_file;                 ///< "" = systemd's credential, else beside the data
  int longest_notice_days = 30;                ///< reminders about manually renewed certificates start at most this many days before expiry
  std::string heartbeat;                       ///< URL pinged after each completed round, "" for none
  std::vector<IssuerSection> issuers;
  std::vector<ExportSection> exports;
  std::vector<GroupSection> groups;  ///< by name
  std::vector<DnsSection> dns_providers;

  int keep_originals = 0;  ///< `[media]`: days for which recordings are kept after processing; 0: always

  int requests_keep_days = 395;    ///< of the request log; 0: forever
  int requests_per_address = 300;  ///< records per minute and address; 0: no limit
  std::string places;              ///< location databases; "": those in the data folder, if any
  std::string networks;
  std::string data_centres;

  std::vector<PeerSection> peers;
  SmtpSection smtp;
  WebhookSection webhook;
  std::vector<WebhookSection> webhooks;  ///< in the order of their names
  std::vector<std::string> outgoing_allow;
  std::vector<std::string> hubs;  ///< `[announce]`: WebSub hubs to notify of every feed change
  PodpingSection podping;

  /// Where each value came from, by key: "default", "file …", "environment …", "command line".
  std::map<std::string, std::string> source;

  /// The effective origin if `https_port` is the bound port.
  [[nodiscard]] std::string effective_origin(int https_port) const;
  /// The public HTTPS port: the origin's port, or 443 if it has none.
  [[nodiscard]] std::uint16_t public_port(std::uint16_t https_port) const;
  /// (key, value) of all keys, for people; secrets are hidden.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> shown() const;
};

/// "https://pod.example.org:8443" → "pod.example.org"; an IPv6 address without its brackets.
[[nodiscard]] std::string host_of(std::string_view origin);

/// Values from the command line, which take precedence.
struct Overrides {
  std::optional<std::string> http;
  std::optional<std::string> https;
};

/// An environment variable's value by name; passed in, so that tests have their own.
using Environment = std::function<const char*(const char*)>;

/// Reads `file` (none: no file), CARILLON_<SECTION>_<KEY> and `overrides`. An unknown key, a wrong type or a broken file is `invalid`, with
/// the line and the nearest known key. A secret can be set as `KEY_file`, relative to the configuration file.
[[nodiscard]] Result<Configuration> read_configuration(const std::optional<std::filesystem::path>& file, const Environment& environment,
                                                       const Overrides& overrides);

}  // namespace carillon::app
