#pragma once
// The configuration: one TOML file, the environment over it, the command line over that; every key has a default.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// `[[certificates.issuers]]`, in the order of trying.
struct IssuerSection {
  std::string name;
  std::string directory;
  std::string contact;
  std::string profile;
  std::string directory_ca_file;
  std::string trust;
  std::string challenge;
  std::string eab_key_id;
  std::string eab_hmac_key;  ///< base64url, as CAs hand it out
  std::string eab_ends;      ///< RFC 3339; "" when nobody wrote it down
};

/// `[[certificates.exports]]`.
struct ExportSection {
  std::string name;
  std::string folder;
  std::vector<std::string> command;
  int port = 443;
  std::string layout = "files";  ///< or "haproxy"
  std::string owner;
  std::string group;
  std::string mode;  ///< octal; "": as the file that is replaced has it
};

/// `[[peers]]`: other Carillons that this one watches.
struct PeerSection {
  std::string url;
  std::string token;
  std::string ca_file;
};

/// `[notify.smtp]`; without a host there is no mail.
struct SmtpSection {
  std::string host;
  int port = 587;
  std::string security = "starttls";
  std::string user;
  std::string password;
  std::string from;
  std::string ca_file;
};

/// `[notify.webhook]`.
struct WebhookSection {
  std::string url;
  std::string secret;
};

/// `[announce.podping]`; without an endpoint nobody is pinged.
struct PodpingSection {
  std::string endpoint;
  std::string token;
};

struct Configuration {
  std::string origin;                       ///< "" = https://localhost:<https port>
  std::vector<std::string> former_origins;  ///< earlier ones keep serving
  std::string http = ":8080";
  std::string https = ":8443";
  std::string user;                 ///< whom the process becomes once it has its ports; "" = it stays who it is
  std::string group;                ///< "" = the user's own
  std::string node;                 ///< this node's name among those that share a database; "" = made at the first start
  std::string data_folder = "own";  ///< "shared": other nodes serve the same data folder; for tests, until a release says otherwise

  int connections = 20'000;                     ///< `[limits]`: at the same time; fewer where descriptors do not suffice
  int connections_per_address = 512;            ///< of these, for one IPv4 address or IPv6 /64
  std::vector<std::string> exempt;              ///< networks that no limit per address holds for
  std::vector<std::string> trusted_proxies;     ///< `[proxy]`: networks that are believed when they say whose a connection or request is
  std::string proxy_field = "x-forwarded-for";  ///< the field they say it in

  std::vector<std::string> dns_servers;

  std::string steward;  ///< who is in charge of what has nobody else
  std::string deputy;
  std::vector<std::string> operators;          ///< told after 12 hours, where there are no accounts that say so
  std::vector<std::string> certificate_names;  ///< beside the origin's
  std::string master_key_file;                 ///< "" = systemd's credential, else beside the data
  int longest_notice_days = 30;                ///< reminders of a certificate that people renew begin at most so long before its end
  std::string heartbeat;                       ///< URL pinged after each completed round, "" for none
  std::vector<IssuerSection> issuers;
  std::vector<ExportSection> exports;

  int requests_keep_days = 395;    ///< of the request log; 0: for good
  int requests_per_address = 300;  ///< records a minute of one address; 0: no limit
  std::string places;              ///< files that tell where addresses are; "": in the data folder, if there
  std::string networks;
  std::string data_centres;

  std::vector<PeerSection> peers;
  SmtpSection smtp;
  WebhookSection webhook;
  std::vector<std::string> outgoing_allow;
  std::vector<std::string> hubs;  ///< `[announce]`: WebSub hubs that hear of every change of a feed
  PodpingSection podping;

  /// Where each value came from, by key: "default", "file …", "environment …", "command line".
  std::map<std::string, std::string> source;

  /// The origin in force, when `https_port` is the one really bound.
  [[nodiscard]] std::string effective_origin(int https_port) const;
  /// Where the world reaches it over TLS: the origin's port, 443 where it names none.
  [[nodiscard]] std::uint16_t public_port(std::uint16_t https_port) const;
  /// (key, value) of everything, for people; secrets are not shown.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> shown() const;
};

/// "https://pod.example.org:8443" → "pod.example.org"; an IPv6 address without its brackets.
[[nodiscard]] std::string host_of(std::string_view origin);

/// What the command line says; it wins over everything.
struct Overrides {
  std::optional<std::string> http;
  std::optional<std::string> https;
};

/// An environment variable's value by name; passed in, so that tests have their own.
using Environment = std::function<const char*(const char*)>;

/// Reads `file` (none: no file), CARILLON_<SECTION>_<KEY> and `overrides`. An unknown key, a wrong type or a broken file is `invalid`, with
/// the line and the nearest known key. A secret may be given as `KEY_file`, relative to the configuration file.
[[nodiscard]] Result<Configuration> read_configuration(const std::optional<std::filesystem::path>& file, const Environment& environment,
                                                       const Overrides& overrides);

}  // namespace carillon::app
