// See configuration_check.hpp.

#include "app/configuration_check.hpp"

#include "base/ip/address.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/probe/probe.hpp"
#include "crypto/key_kind.hpp"
#include "dns/names.hpp"
#include "dns/server_address.hpp"
#include "dns/this_machine.hpp"
#include "dns/tsig_key.hpp"
#include "http/client/web_url.hpp"
#include "jobs/node.hpp"
#include "notify/shapes.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

/// Each hears of every change: more only cost.
constexpr std::size_t kMaxHubs = 8;

std::unexpected<Error> wrong(const std::string& key, const std::string& why) {
  return fail(ErrorKind::invalid, "“" + key + "” " + why, key);
}

/// An origin as browsers send it: https://HOST or https://HOST:PORT with the normalized host.
Result<> check_origin(const std::string& key, const std::string& verb, std::string& origin) {
  const auto refused = [&](const std::string& why) {
    return wrong(key, verb + " “" + clean_for_xml(origin) + "”: " + why + " (example: https://pod.example.org).");
  };
  constexpr std::string_view kScheme = "https://", kAnyPort = ":443";
  if (!origin.starts_with(kScheme)) return refused("it must begin with https://");
  const auto authority = std::string_view{origin}.substr(kScheme.size());
  if (authority.contains('@')) return refused("it must not contain a user name or password; write only https:// and the host");
  if (authority.find_first_of("/?#") != std::string_view::npos)
    return refused("it must end after the host or its port, without “/” or a path");
  const auto bracket = authority.rfind(']');
  const bool has_port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
  const auto endpoint = certs::endpoint_from(has_port ? std::string(authority) : std::string(authority) + std::string(kAnyPort));
  if (!endpoint) {
    const auto host = dns::host_name(authority.substr(0, bracket == std::string_view::npos ? authority.find(':') : bracket + 1));
    return refused(has_port && (host || authority.starts_with('[')) ? "its port isn't a number from 1 to 65535"
                                                                    : "it must have a valid host name or IP address");
  }
  const auto host = endpoint->host.contains(':') ? "[" + endpoint->host + "]" : endpoint->host;
  origin = std::string(kScheme) + host + (has_port ? ":" + std::to_string(endpoint->port) : "");
  return {};
}

/// `example`: a URL of this kind.
Result<> check_url(const std::string& key, const std::string& verb, const std::string& url, std::string_view example,
                   const http::WebUrlRules& rules = {}) {
  const auto checked = http::check_web_url(url, rules);
  if (checked) return {};
  return wrong(key, verb + (rules.may_have_user ? "" : " “" + clean_for_xml(url) + "”") + ": " + checked.error().message +
                        " (example: " + std::string(example) + ").");
}

/// Puts people's addresses in small letters, as everywhere else.
Result<> check_people(Configuration& configuration) {
  const auto check_one = [&](const std::string& key, std::string& address) -> Result<> {
    auto good = checked_mail_address(address, key);
    if (!good) {
      const auto source = configuration.source.find(key);
      return wrong(key, "can't be used" + (source == configuration.source.end() ? std::string{} : " (" + source->second + ")") + ": " +
                            good.error().message);
    }
    address = std::move(*good);
    return {};
  };
  for (auto* one : {&configuration.steward, &configuration.deputy}) {
    if (one->empty()) continue;
    if (auto good = check_one(one == &configuration.steward ? "certificates.steward" : "certificates.deputy", *one); !good) return good;
  }
  for (auto& one : configuration.operators) {
    if (auto good = check_one("certificates.operators", one); !good) return good;
  }
  for (auto& issuer : configuration.issuers) {
    if (issuer.contact.empty()) continue;
    if (auto good = check_one("certificates.issuers.contact", issuer.contact); !good) return good;
  }
  return {};
}

Result<> check_server(Configuration& configuration) {
  if (!configuration.origin.empty()) {
    if (auto good = check_origin("server.origin", "(" + configuration.source.at("server.origin") + ") is", configuration.origin); !good)
      return good;
  }
  for (auto& former : configuration.former_origins) {
    if (auto good = check_origin("server.former_origins", "lists", former); !good) return good;
  }
  for (const auto& [key, networks] :
       {std::pair{"limits.exempt", &configuration.exempt}, std::pair{"proxy.trusted", &configuration.trusted_proxies}}) {
    for (const auto& network : *networks) {
      if (const auto parsed = IpNetwork::parse(network); !parsed) return wrong(key, "can't be used: " + parsed.error().message);
    }
  }
  if (configuration.proxy_field != "x-forwarded-for" && configuration.proxy_field != "forwarded")
    return wrong("proxy.header", "is “" + configuration.proxy_field + "”; it must be x-forwarded-for or forwarded.");
  if (!configuration.node.empty() && !jobs::is_node_name(configuration.node))
    return wrong("server.node", "is “" + configuration.node +
                                    "”; use at most 64 lowercase letters, digits, hyphens and dots, starting with a letter or digit.");
  if (configuration.data_folder != "own" && configuration.data_folder != "shared")
    return wrong("server.data_folder", "is “" + configuration.data_folder + "”; it must be own or shared.");
  if (configuration.data_folder == "shared" && configuration.node.empty())
    return wrong("server.data_folder", "is shared, so this node needs a name: set server.node.");
  if (configuration.user.empty() && !configuration.group.empty())
    return wrong("server.group", "needs server.user: Carillon drops root privileges only if a user is set.");
  return {};
}

Result<> check_issuers(const Configuration& configuration) {
  std::vector<std::string> names;
  for (const auto& issuer : configuration.issuers) {
    if (!is_slug(issuer.name))
      return wrong("certificates.issuers.name",
                   "is “" + issuer.name + "”; an issuer's name can contain only lowercase letters, digits and hyphens.");
    if (issuer.name == "local" || issuer.name == "manual")
      return wrong("certificates.issuers.name", "is “" + issuer.name + "”, which is reserved; choose another.");
    if (std::ranges::find(names, issuer.name) != names.end())
      return wrong("certificates.issuers.name", "“" + issuer.name + "” is listed twice.");
    names.push_back(issuer.name);
    if (auto good = check_url("certificates.issuers.directory", "for “" + issuer.name + "” is", issuer.directory,
                              "https://acme-v02.api.letsencrypt.org/directory", {.https_only = true});
        !good)
      return good;
    if (!issuer.challenge.empty() && issuer.challenge != "http-01" && issuer.challenge != "tls-alpn-01" && issuer.challenge != "dns-01" &&
        issuer.challenge != "dns-persist-01")
      return wrong("certificates.issuers.challenge", "for “" + issuer.name + "” must be http-01, tls-alpn-01, dns-01 or dns-persist-01.");
    if (!issuer.key.empty() && !crypto::key_kind_from(issuer.key))
      return wrong("certificates.issuers.key", "for “" + issuer.name + "” must be p256, p384, rsa2048 or rsa3072.");
    if (issuer.eab_key_id.empty() != issuer.eab_hmac_key.empty())
      return wrong("certificates.issuers.eab_key_id",
                   "and eab_hmac_key_file for “" + issuer.name + "” must be set together; one of them is missing.");
    if (!issuer.eab_ends.empty() && !parse_rfc3339(issuer.eab_ends))
      return wrong("certificates.issuers.eab_ends", "for “" + issuer.name + "” must be a time, e.g. 2027-03-01T00:00:00Z.");
  }
  return {};
}

/// Normalizes the name, so that its different notations become one value.
Result<> check_name(const std::string& key, std::string& name) {
  auto one = dns::certificate_name(name);
  if (!one) return wrong(key, "can't be used: " + one.error().message);
  name = std::move(*one);
  return {};
}

/// The same for a name that may have the mark of a certificate with an RSA key.
Result<> check_managed_name(const std::string& key, std::string& name) {
  const bool is_rsa = certs::has_rsa_mark(name);
  if (is_rsa) name = certs::without_rsa_mark(name);
  if (auto good = check_name(key, name); !good) return good;
  if (is_rsa) name = certs::with_rsa_mark(name);
  return {};
}

/// The group that contains `name`, or null.
const GroupSection* group_with(const Configuration& configuration, const std::string& name) {
  const auto found = std::ranges::find_if(
      configuration.groups, [&](const GroupSection& group) { return std::ranges::find(group.names, name) != group.names.end(); });
  return found == configuration.groups.end() ? nullptr : &*found;
}

/// The hosts of the current origin and of former ones.
std::vector<std::string> origin_hosts(const Configuration& configuration) {
  std::vector<std::string> hosts;
  for (const auto& origin : configuration.former_origins) hosts.push_back(host_of(origin));
  if (!configuration.origin.empty()) hosts.push_back(host_of(configuration.origin));
  for (auto& host : hosts) host = dns::host_name(host).value_or(host);
  return hosts;
}

Result<> check_groups(Configuration& configuration) {
  const auto names = configuration.certificate_names;
  const auto origins = origin_hosts(configuration);
  std::vector<std::string> grouped;
  for (auto& group : configuration.groups) {
    const auto key = "certificates.groups." + group.name;
    auto members = certs::checked_members(group.name, group.names);
    if (!members) return wrong(key, "can't be used. " + members.error().message);
    if (std::ranges::find(names, group.name) != names.end())
      return wrong(key, "has the same name as an entry of certificates.names; choose another name for the group.");
    if (std::ranges::find(origins, group.name) != origins.end())
      return wrong(key, "has the same name as the host of server.origin or a former origin; choose another name for the group.");
    for (const auto& name : *members) {
      if (std::ranges::find(names, name) != names.end())
        return wrong(key, "contains “" + name + "”, which is also in certificates.names. Remove it from one of the two.");
      if (const auto* other = group_with(configuration, name); other != &group && std::ranges::find(grouped, name) != grouped.end())
        return wrong(key, "contains “" + name + "”, which is also in the group “" + other->name + "”. A name can be in only one group.");
    }
    grouped.insert(grouped.end(), members->begin(), members->end());
    group.names = std::move(*members);
  }
  for (const auto& group : configuration.groups) {
    if (const auto* other = group_with(configuration, group.name))
      return wrong("certificates.groups." + group.name,
                   "has the name of a host in the group “" + other->name + "”; choose another name for the group.");
  }
  return {};
}

/// Whether the name of an export is known, or is that of a host on a network: a name without dots that nothing else mentions is probably
/// that of a group, and certificates can't be ordered for it.
bool can_be_exported(const Configuration& configuration, const std::string& name) {
  if (name.contains('.') || IpAddress::parse(name) || dns::is_this_machine(name)) return true;
  const auto origins = origin_hosts(configuration);
  return std::ranges::find(configuration.certificate_names, name) != configuration.certificate_names.end() ||
         std::ranges::find(origins, name) != origins.end() ||
         std::ranges::find(configuration.groups, name, &GroupSection::name) != configuration.groups.end();
}

/// Whether `host` is directly below one of these wildcards.
bool is_below(const std::vector<std::string>& names, const std::string& host) {
  const auto dot = host.find('.');
  return dot != std::string::npos && std::ranges::find(names, "*" + host.substr(dot)) != names.end();
}

Result<> check_pkcs12(const ExportSection& wanted) {
  if (wanted.pkcs12.empty() != wanted.pkcs12_passphrase.empty())
    return wrong("certificates.exports.pkcs12", "and pkcs12_passphrase_file must be set together; one of them is missing or empty.");
  if (wanted.pkcs12.empty()) return {};
  if (wanted.pkcs12.find('/') != std::string::npos || wanted.pkcs12.starts_with('.') ||
      !(wanted.pkcs12.ends_with(".p12") || wanted.pkcs12.ends_with(".pfx")))
    return wrong("certificates.exports.pkcs12",
                 "is “" + wanted.pkcs12 + "”; it must be the name of a file in the export's folder that ends with .p12 or .pfx.");
  if (wanted.layout == "haproxy")
    return wrong("certificates.exports.pkcs12",
                 "can't be used with layout “haproxy”: HAProxy reads all files in the folder. Export to another "
                 "folder as well.");
  return {};
}

Result<> check_certificates(Configuration& configuration) {
  for (auto& name : configuration.certificate_names) {
    if (auto good = check_managed_name("certificates.names", name); !good) return good;
  }
  if (auto good = check_groups(configuration); !good) return good;
  for (auto& wanted : configuration.exports) {
    if (wanted.name.empty() || wanted.folder.empty()) return wrong("certificates.exports", "needs a name and a folder.");
    if (certs::has_rsa_mark(wanted.name))
      return wrong("certificates.exports.name", "is “" + wanted.name + "”. The export of “" +
                                                    std::string(certs::without_rsa_mark(wanted.name)) +
                                                    "” also writes its certificate with an RSA key; remove “+rsa” here.");
    if (auto good = check_name("certificates.exports.name", wanted.name); !good) return good;
    if (!can_be_exported(configuration, wanted.name))
      return wrong("certificates.exports.name",
                   "is “" + wanted.name +
                       "”, which is neither a group nor in certificates.names. If the group was renamed, use its "
                       "new name; if it is a host on your network, add it to certificates.names.");
    if (const auto* group = group_with(configuration, wanted.name))
      return wrong("certificates.exports.name", "is “" + wanted.name + "”, which is in the group “" + group->name +
                                                    "”. Export the certificate of the group: name = \"" + group->name + "\".");
    if (!wanted.host.empty()) {
      auto host = dns::host_name(wanted.host);
      if (!host) return wrong("certificates.exports.host", "can't be used: " + host.error().message);
      const auto group = std::ranges::find(configuration.groups, wanted.name, &GroupSection::name);
      if (!is_below(group == configuration.groups.end() ? std::vector{wanted.name} : group->names, *host))
        return wrong("certificates.exports.host",
                     "is “" + *host + "”, which the wildcard “" + wanted.name +
                         "” doesn't cover. Use a host under the wildcard where Carillon can verify the certificate.");
      wanted.host = std::move(*host);
    }
    const auto same = [&](const ExportSection& other) { return other.name == wanted.name && other.folder == wanted.folder; };
    if (std::ranges::count_if(configuration.exports, same) > 1)
      return wrong("certificates.exports",
                   "lists the export of “" + wanted.name + "” to " + wanted.folder + " twice; remove one of the two entries.");
    if (wanted.layout != "files" && wanted.layout != "haproxy")
      return wrong("certificates.exports.layout", "is “" + wanted.layout + "”; it must be files or haproxy.");
    const bool is_octal =
        wanted.mode.size() >= 3 && wanted.mode.size() <= 4 && wanted.mode.find_first_not_of("01234567") == std::string::npos;
    if (!wanted.mode.empty() && (!is_octal || !wanted.mode.ends_with('0') || (wanted.mode.size() == 4 && wanted.mode.front() != '0')))
      return wrong("certificates.exports.mode",
                   "is “" + wanted.mode +
                       "”; it must be an octal mode, e.g. 0640. The file contains a private key, so other users must have no access.");
  }
  for (const auto& wanted : configuration.exports) {
    if (auto good = check_pkcs12(wanted); !good) return good;
  }
  for (auto& peer : configuration.peers) {
    if (auto good = check_origin("peers.url", "is", peer.url); !good) return good;
  }
  if (!configuration.heartbeat.empty())
    return check_url("certificates.heartbeat", "can't be used", configuration.heartbeat, "https://beats.example.org/CHECK",
                     {.may_have_user = true});
  return {};
}

Result<> check_dns_providers(Configuration& configuration) {
  for (auto& provider : configuration.dns_providers) {
    for (auto& name : provider.names) {
      if (auto good = check_name("certificates.dns.names", name); !good) return good;
    }
    if (provider.server.empty() == provider.hook.empty())
      return wrong("certificates.dns", provider.server.empty() ? "needs a server (for dynamic updates) or a hook (a command)."
                                                               : "has both a server and a hook; use [[certificates.dns]] once for each.");
    if (!provider.server.empty()) {
      if (const auto server = dns::parse_server(provider.server, "certificates.dns.server"); !server)
        return std::unexpected(server.error());
      if (!provider.tsig_key.empty()) {
        if (const auto key = dns::parse_tsig_key(provider.tsig_key); !key)
          return wrong("certificates.dns.tsig_key", "can't be used. " + key.error().message);
      }
    } else if (!provider.tsig_key.empty()) {
      return wrong("certificates.dns.tsig_key", "has no effect with a hook, which uses its own credentials; remove it.");
    }
    for (const auto& server : provider.wait_for) {
      if (const auto parsed = dns::parse_server(server, "certificates.dns.wait_for"); !parsed) return std::unexpected(parsed.error());
    }
    const auto& style = provider.hook_style;
    if (style != "carillon" && style != "lego" && style != "certbot" && style != "dehydrated")
      return wrong("certificates.dns.hook_style", "is “" + style + "”; it must be carillon, lego, certbot or dehydrated.");
    if (style == "certbot" && !provider.hook.empty() && provider.cleanup_hook.empty())
      return wrong("certificates.dns.cleanup_hook", "is missing; certbot-style hooks need a second command that cleans up.");
  }
  return {};
}

Result<> check_announcing(const Configuration& configuration) {
  if (configuration.hubs.size() > kMaxHubs)
    return wrong("announce.hubs", "lists " + std::to_string(configuration.hubs.size()) + " hubs; list at most " + std::to_string(kMaxHubs) +
                                      " (one is enough).");
  for (const auto& hub : configuration.hubs) {
    if (auto good = check_url("announce.hubs", "lists", hub, "https://hub.example.org/"); !good) return good;
    if (std::ranges::count(configuration.hubs, hub) > 1) return wrong("announce.hubs", "lists “" + hub + "” twice.");
  }
  const auto& podping = configuration.podping;
  if (!podping.endpoint.empty()) {
    if (auto good = check_url("announce.podping.endpoint", "is", podping.endpoint, "https://podping.cloud/"); !good) return good;
  }
  if (podping.endpoint.empty() != podping.token.empty())
    return wrong("announce.podping.endpoint", "and token_file must be set together; one of them is missing.");
  if (podping.token.find_first_of("\r\n") != std::string::npos) return wrong("announce.podping.token", "must be one line.");
  return {};
}

Result<> check_mail(const Configuration& configuration) {
  const auto& smtp = configuration.smtp;
  if (smtp.security != "starttls" && smtp.security != "tls" && smtp.security != "none")
    return wrong("notify.smtp.security", "is “" + smtp.security + "”; it must be starttls, tls or none.");
  if (!smtp.host.empty() && smtp.from.empty()) return wrong("notify.smtp.from", "is missing: emails need a sender address.");
  return {};
}

/// The names of channels that the configuration itself uses.
constexpr std::string_view kMailChannel = "smtp", kWebhookChannel = "webhook";
/// People choose among them in a list.
constexpr std::size_t kMaxWebhooks = 32;

Result<> check_webhook(const WebhookSection& webhook, const std::string& section) {
  const auto shape = notify::shape_named(webhook.shape);
  if (!shape) return wrong(section + "." + shape.error().field, shape.error().message);
  const notify::ShapeSettings settings{
      .shape = *shape, .url = webhook.url, .token = webhook.token, .room = webhook.room, .chat = webhook.chat};
  if (auto checked = notify::check(settings); !checked) return wrong(section + "." + checked.error().field, checked.error().message);
  if (*shape != notify::Shape::carillon && !webhook.secret.empty())
    return wrong(section + ".secret", "has no meaning with shape = \"" + webhook.shape + "\", which isn't signed; remove it.");
  return {};
}

Result<> check_webhooks(const Configuration& configuration) {
  if (configuration.webhook.is_set()) {
    if (auto good = check_webhook(configuration.webhook, "notify.webhook"); !good) return good;
  }
  if (configuration.webhooks.size() > kMaxWebhooks)
    return wrong("notify.webhooks", "has " + std::to_string(configuration.webhooks.size()) + " webhooks; configure at most " +
                                        std::to_string(kMaxWebhooks) + ".");
  for (const auto& webhook : configuration.webhooks) {
    const auto section = "notify.webhooks." + clean_for_xml(webhook.name);
    if (!is_slug(webhook.name))
      return wrong(section, "isn't a valid name for a channel; use lower-case letters, digits and hyphens, e.g. notify.webhooks.on-call.");
    if (webhook.name == kMailChannel || webhook.name == kWebhookChannel)
      return wrong(section, "has the name of another channel; choose a different one.");
    if (auto good = check_webhook(webhook, section); !good) return good;
    const bool is_signed = webhook.shape.empty() || webhook.shape == notify::name_of(notify::Shape::carillon);
    if (is_signed && webhook.secret.empty())
      return wrong(section + ".secret", "is missing: messages are signed with it; set secret_file, or a shape such as \"slack\".");
  }
  return {};
}

}  // namespace

Result<> check(Configuration& configuration) {
  if (auto good = check_people(configuration); !good) return good;
  if (auto good = check_certificates(configuration); !good) return good;
  if (auto good = check_dns_providers(configuration); !good) return good;
  if (auto good = check_server(configuration); !good) return good;
  for (const auto& part : {check_issuers, check_announcing, check_mail, check_webhooks}) {
    if (auto good = part(configuration); !good) return good;
  }
  return {};
}

}  // namespace carillon::app
