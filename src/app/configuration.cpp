// See configuration.hpp. The only file that knows TOML.

#include "app/configuration.hpp"

#include "base/file.hpp"
#include "base/ip/address.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <span>
#include <variant>

namespace carillon::app {
namespace {

/// One key: where a text, a list of texts or a number lands in its record.
template <class Record>
struct Key {
  std::string_view name;
  std::variant<std::string Record::*, std::vector<std::string> Record::*, int Record::*> member;
  bool secret = false;  ///< may be given as NAME_file, and is never shown
  bool file = false;    ///< a path, relative to the configuration file; “public” is none
  int least = 1;        ///< of a number
  int most = 65535;     ///< of a number; unless said, the highest port
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

/// Each hears of every change: more only cost.
constexpr std::size_t kMostHubs = 8;

constexpr std::array kServer{
    Key<Configuration>{"origin", &Configuration::origin}, Key<Configuration>{"former_origins", &Configuration::former_origins},
    Key<Configuration>{"http", &Configuration::http},     Key<Configuration>{"https", &Configuration::https},
    Key<Configuration>{"user", &Configuration::user},     Key<Configuration>{"group", &Configuration::group},
};
constexpr std::array kLimits{
    Key<Configuration>{"connections", &Configuration::connections},
    Key<Configuration>{"connections_per_address", &Configuration::connections_per_address},
    Key<Configuration>{"exempt", &Configuration::exempt},
};
constexpr std::array kProxy{
    Key<Configuration>{"trusted", &Configuration::trusted_proxies},
    Key<Configuration>{"header", &Configuration::proxy_field},
};
constexpr std::array kDns{Key<Configuration>{"servers", &Configuration::dns_servers}};
constexpr std::array kCertificates{
    Key<Configuration>{"steward", &Configuration::steward},
    Key<Configuration>{"deputy", &Configuration::deputy},
    Key<Configuration>{"operators", &Configuration::operators},
    Key<Configuration>{"names", &Configuration::certificate_names},
    Key<Configuration>{"master_key_file", &Configuration::master_key_file, false, true},
    Key<Configuration>{"heartbeat", &Configuration::heartbeat},
};
constexpr std::array kOutgoing{Key<Configuration>{"allow", &Configuration::outgoing_allow}};
constexpr std::array kAnnounce{Key<Configuration>{"hubs", &Configuration::hubs}};
constexpr std::array kRequests{
    Key<Configuration>{.name = "keep_days", .member = &Configuration::requests_keep_days, .least = 0, .most = 36500},
    Key<Configuration>{.name = "per_address", .member = &Configuration::requests_per_address, .least = 0, .most = 1'000'000},
    Key<Configuration>{.name = "places", .member = &Configuration::places, .file = true},
    Key<Configuration>{.name = "networks", .member = &Configuration::networks, .file = true},
    Key<Configuration>{.name = "data_centres", .member = &Configuration::data_centres, .file = true},
};
constexpr std::array kSections{
    Section<Configuration>{"server", kServer},
    Section<Configuration>{"dns", kDns},
    Section<Configuration>{"certificates", kCertificates},
    Section<Configuration>{"outgoing", kOutgoing},
    Section<Configuration>{"announce", kAnnounce},
    Section<Configuration>{"requests", kRequests},
    Section<Configuration>{"limits", kLimits},
    Section<Configuration>{"proxy", kProxy},
};

constexpr std::array kIssuer{
    Key<IssuerSection>{"name", &IssuerSection::name},
    Key<IssuerSection>{"directory", &IssuerSection::directory},
    Key<IssuerSection>{"contact", &IssuerSection::contact},
    Key<IssuerSection>{"profile", &IssuerSection::profile},
    Key<IssuerSection>{"directory_ca_file", &IssuerSection::directory_ca_file, false, true},
    Key<IssuerSection>{"trust", &IssuerSection::trust, false, true},
    Key<IssuerSection>{"challenge", &IssuerSection::challenge},
    Key<IssuerSection>{"eab_key_id", &IssuerSection::eab_key_id},
    Key<IssuerSection>{"eab_hmac_key", &IssuerSection::eab_hmac_key, true},
    Key<IssuerSection>{"eab_ends", &IssuerSection::eab_ends},
};
constexpr std::array kExport{
    Key<ExportSection>{"name", &ExportSection::name},
    Key<ExportSection>{"folder", &ExportSection::folder, false, true},
    Key<ExportSection>{"command", &ExportSection::command},
    Key<ExportSection>{"port", &ExportSection::port},
};
constexpr std::array kPeer{
    Key<PeerSection>{"url", &PeerSection::url},
    Key<PeerSection>{"token", &PeerSection::token, true},
    Key<PeerSection>{"ca_file", &PeerSection::ca_file, false, true},
};
constexpr std::array kSmtp{
    Key<SmtpSection>{"host", &SmtpSection::host},
    Key<SmtpSection>{"port", &SmtpSection::port},
    Key<SmtpSection>{"security", &SmtpSection::security},
    Key<SmtpSection>{"user", &SmtpSection::user},
    Key<SmtpSection>{"password", &SmtpSection::password, true},
    Key<SmtpSection>{"from", &SmtpSection::from},
    Key<SmtpSection>{"ca_file", &SmtpSection::ca_file, false, true},
};
constexpr std::array kWebhook{
    Key<WebhookSection>{"url", &WebhookSection::url},
    Key<WebhookSection>{"secret", &WebhookSection::secret, true},
};

constexpr std::array kPodping{
    Key<PodpingSection>{"endpoint", &PodpingSection::endpoint},
    Key<PodpingSection>{"token", &PodpingSection::token, true},
};

constexpr std::string_view kIssuers = "certificates.issuers", kExports = "certificates.exports", kPeers = "peers",
                           kNotifySmtp = "notify.smtp", kNotifyWebhook = "notify.webhook", kAnnouncePodping = "announce.podping";

/// Every key there is, with its section, for “did you mean”.
std::vector<std::string> known_keys() {
  std::vector<std::string> names;
  const auto add = [&](std::string_view section, const auto& keys) {
    for (const auto& key : keys) {
      names.push_back(std::string(section) + "." + std::string(key.name));
      if (key.secret) names.push_back(names.back() + "_file");
    }
  };
  for (const auto& section : kSections) add(section.name, section.keys);
  add(kIssuers, kIssuer);
  add(kExports, kExport);
  add(kPeers, kPeer);
  add(kNotifySmtp, kSmtp);
  add(kNotifyWebhook, kWebhook);
  add(kAnnouncePodping, kPodping);
  return names;
}

std::unexpected<Error> unknown(const std::string& name, const std::string& where) {
  const auto names = known_keys();
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = nearest(name, views);
  return fail(ErrorKind::invalid,
              where + ": “" + name + "” is no key of the configuration" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."),
              name);
}

/// Reads one file into a configuration.
class Reader {
 public:
  Reader(Configuration& configuration, std::filesystem::path file) : configuration_{configuration}, file_{std::move(file)} {}

  Result<> read() {
    const auto content = read_file(file_);
    if (!content) return std::unexpected(content.error());
    const auto parsed = toml::parse(*content, file_.string());
    if (!parsed) {
      const auto& error = parsed.error();
      return fail(ErrorKind::invalid,
                  file_.string() + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()) + ".");
    }
    for (const auto& [name, node] : parsed.table()) {
      if (auto taken = take_top(std::string(name.str()), node); !taken) return taken;
    }
    return {};
  }

 private:
  std::string place(const toml::node& node) const { return file_.string() + ":" + std::to_string(node.source().begin.line); }

  Result<> take_top(const std::string& name, const toml::node& node) {
    if (name == kPeers) return take_list(kPeers, std::span<const Key<PeerSection>>{kPeer}, node, configuration_.peers);
    const auto* table = node.as_table();
    if (!table) return unknown(name, place(node));
    for (const auto& [inner, value] : *table) {
      const auto full = name + "." + std::string(inner.str());
      if (full == kIssuers) {
        if (auto taken = take_list(kIssuers, std::span<const Key<IssuerSection>>{kIssuer}, value, configuration_.issuers); !taken)
          return taken;
      } else if (full == kExports) {
        if (auto taken = take_list(kExports, std::span<const Key<ExportSection>>{kExport}, value, configuration_.exports); !taken)
          return taken;
      } else if (full == kNotifySmtp) {
        if (auto taken = take_table(kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, value, configuration_.smtp); !taken)
          return taken;
      } else if (full == kNotifyWebhook) {
        if (auto taken = take_table(kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook}, value, configuration_.webhook); !taken)
          return taken;
      } else if (full == kAnnouncePodping) {
        if (auto taken = take_table(kAnnouncePodping, std::span<const Key<PodpingSection>>{kPodping}, value, configuration_.podping);
            !taken)
          return taken;
      } else {
        const auto section = std::ranges::find(kSections, name, &Section<Configuration>::name);
        if (section == kSections.end()) return unknown(full, place(value));
        if (auto taken = take_key(section->name, section->keys, std::string(inner.str()), value, configuration_); !taken) return taken;
      }
    }
    return {};
  }

  template <class Record>
  Result<> take_list(std::string_view section, std::span<const Key<Record>> keys, const toml::node& node, std::vector<Record>& into) {
    const auto* array = node.as_array();
    if (!array || !std::ranges::all_of(*array, [](const toml::node& one) { return one.is_table(); }))
      return fail(ErrorKind::invalid, place(node) + ": write “[[" + std::string(section) + "]]” once for each.", std::string(section));
    for (const auto& one : *array) {
      Record record;
      if (auto taken = take_table(section, keys, one, record); !taken) return taken;
      into.push_back(std::move(record));
    }
    return {};
  }

  template <class Record>
  Result<> take_table(std::string_view section, std::span<const Key<Record>> keys, const toml::node& node, Record& into) {
    const auto* table = node.as_table();
    if (!table)
      return fail(ErrorKind::invalid,
                  place(node) + ": “" + std::string(section) + "” must be a section, as in [" + std::string(section) + "].",
                  std::string(section));
    for (const auto& [name, value] : *table) {
      if (auto taken = take_key(section, keys, std::string(name.str()), value, into); !taken) return taken;
    }
    return {};
  }

  template <class Record>
  Result<> take_key(std::string_view section, std::span<const Key<Record>> keys, const std::string& name, const toml::node& node,
                    Record& into) {
    const auto full = std::string(section) + "." + name;
    const auto key = std::ranges::find_if(
        keys, [&](const Key<Record>& known) { return name == known.name || (known.secret && name == std::string(known.name) + "_file"); });
    if (key == keys.end()) return unknown(full, place(node));
    configuration_.source[std::string(section) + "." + std::string(key->name)] = "file " + place(node);
    if (const auto* number = std::get_if<int Record::*>(&key->member)) {
      const auto value = node.value_exact<std::int64_t>();
      if (!value || *value < key->least || *value > key->most)
        return fail(ErrorKind::invalid, place(node) + ": “" + full + "” " + range_of(*key) + ".", full);
      into.** number = static_cast<int>(*value);
      return {};
    }
    if (const auto* list = std::get_if<std::vector<std::string> Record::*>(&key->member)) {
      const auto* array = node.as_array();
      const bool texts_only = array && std::ranges::all_of(*array, [](const toml::node& one) { return one.is_string(); });
      if (!texts_only)
        return fail(ErrorKind::invalid, place(node) + ": “" + full + "” must be a list of texts, as in [\"a\", \"b\"].", full);
      auto& texts = into.**list;
      texts.clear();
      for (const auto& one : *array) texts.push_back(one.value_or(std::string{}));
      return {};
    }
    const auto text = node.value_exact<std::string>();
    if (!text) return fail(ErrorKind::invalid, place(node) + ": “" + full + "” must be a text in quotes.", full);
    auto& target = into.*std::get<std::string Record::*>(key->member);
    if (name != key->name) {
      const auto secret = read_file(beside(*text));
      if (!secret) return fail(ErrorKind::invalid, place(node) + ": “" + full + "”: " + secret.error().message + ".", full);
      target = trimmed(*secret);
      return {};
    }
    target = key->file && !text->empty() && *text != "public" ? beside(*text).string() : *text;
    return {};
  }

  /// Relative paths are meant from where the file lies, wherever the program was started.
  std::filesystem::path beside(const std::string& path) const { return std::filesystem::absolute(file_).parent_path() / path; }

  Configuration& configuration_;
  std::filesystem::path file_;
};

std::string variable_of(std::string_view section, std::string_view name) {
  auto variable = "CARILLON_" + std::string(section) + "_" + std::string(name);
  std::ranges::transform(variable, variable.begin(), [](unsigned char c) { return c == '.' ? '_' : static_cast<char>(std::toupper(c)); });
  return variable;
}

template <class Record>
Result<> read_environment(Configuration& configuration, const Environment& environment, std::string_view section,
                          std::span<const Key<Record>> keys, Record& into) {
  for (const auto& key : keys) {
    const auto variable = variable_of(section, key.name);
    const char* value = environment(variable.c_str());
    if (!value) continue;
    if (const auto* number = std::get_if<int Record::*>(&key.member)) {
      const auto parsed = parse_number(value);
      if (!parsed || std::cmp_less(*parsed, key.least) || std::cmp_greater(*parsed, key.most))
        return fail(ErrorKind::invalid, variable + " is “" + value + "”; it " + range_of(key) + ".", variable);
      into.** number = static_cast<int>(*parsed);
    } else if (const auto* list = std::get_if<std::vector<std::string> Record::*>(&key.member)) {
      auto& texts = into.**list;
      texts.clear();
      for (const auto item : split(value, ',')) {
        if (!trimmed(item).empty()) texts.emplace_back(trimmed(item));
      }
    } else {
      into.*std::get<std::string Record::*>(key.member) = value;
    }
    configuration.source[std::string(section) + "." + std::string(key.name)] = "environment " + variable;
  }
  return {};
}

bool is_origin(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return false;
  const auto host = text.substr(kScheme.size());
  return !host.empty() && host.find_first_of("/?# \t") == std::string_view::npos;
}

/// Printable ASCII without what a header field or an attribute would have to escape.
bool is_web_address(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto rest = text.substr(scheme.size());
    return !rest.empty() && rest.front() != '/' && std::ranges::all_of(rest, [](char c) {
      return c > ' ' && c < 0x7f && std::string_view{"<>\"\\^`{|}#"}.find(c) == std::string_view::npos;
    });
  }
  return false;
}

std::unexpected<Error> wrong(const std::string& key, const std::string& why) {
  return fail(ErrorKind::invalid, "“" + key + "” " + why, key);
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

/// What only makes sense together.
Result<> check(const Configuration& configuration) {
  if (!configuration.origin.empty() && !is_origin(configuration.origin))
    return wrong("server.origin", "is “" + configuration.origin + "” (" + configuration.source.at("server.origin") +
                                      "); it must be https:// and a host, without a path, as in https://pod.example.org.");
  for (const auto& [key, networks] :
       {std::pair{"limits.exempt", &configuration.exempt}, std::pair{"proxy.trusted", &configuration.trusted_proxies}}) {
    for (const auto& network : *networks) {
      if (const auto parsed = IpNetwork::parse(network); !parsed) return wrong(key, "can't be used: " + parsed.error().message);
    }
  }
  if (configuration.proxy_field != "x-forwarded-for" && configuration.proxy_field != "forwarded")
    return wrong("proxy.header", "is “" + configuration.proxy_field + "”; it must be x-forwarded-for or forwarded.");
  if (configuration.user.empty() && !configuration.group.empty())
    return wrong("server.group", "needs server.user: only with a user does Carillon give up root.");
  std::vector<std::string> names;
  for (const auto& issuer : configuration.issuers) {
    if (!is_slug(issuer.name))
      return wrong("certificates.issuers.name", "is “" + issuer.name + "”; an issuer needs a name of small letters, digits and hyphens.");
    if (issuer.name == "local" || issuer.name == "manual")
      return wrong("certificates.issuers.name", "is “" + issuer.name + "”, which is taken; choose another.");
    if (std::ranges::find(names, issuer.name) != names.end())
      return wrong("certificates.issuers.name", "“" + issuer.name + "” stands there twice.");
    names.push_back(issuer.name);
    if (!issuer.directory.starts_with("https://"))
      return wrong("certificates.issuers.directory", "of “" + issuer.name + "” must be the https:// address of an ACME directory.");
    if (!issuer.challenge.empty() && issuer.challenge != "http-01" && issuer.challenge != "tls-alpn-01")
      return wrong("certificates.issuers.challenge", "of “" + issuer.name + "” must be http-01 or tls-alpn-01.");
    if (issuer.eab_key_id.empty() != issuer.eab_hmac_key.empty())
      return wrong("certificates.issuers.eab_key_id",
                   "and eab_hmac_key_file of “" + issuer.name + "” belong together; one of them is missing.");
    if (!issuer.eab_ends.empty() && !parse_rfc3339(issuer.eab_ends))
      return wrong("certificates.issuers.eab_ends", "of “" + issuer.name + "” must be a time as in 2027-03-01T00:00:00Z.");
  }
  for (const auto& wanted : configuration.exports) {
    if (wanted.name.empty() || wanted.folder.empty()) return wrong("certificates.exports", "needs a name and a folder.");
  }
  for (const auto& peer : configuration.peers) {
    if (!is_origin(peer.url))
      return wrong("peers.url", "is “" + peer.url + "”; it must be https:// and a host, as in https://pod.example.org.");
  }
  if (configuration.hubs.size() > kMostHubs)
    return wrong("announce.hubs", "names " + std::to_string(configuration.hubs.size()) + " hubs; at most " + std::to_string(kMostHubs) +
                                      " are told, and one is enough.");
  for (const auto& hub : configuration.hubs) {
    if (!is_web_address(hub))
      return wrong("announce.hubs", "names “" + hub + "”; a hub is an http:// or https:// address, as in https://hub.example.org/.");
    if (std::ranges::count(configuration.hubs, hub) > 1) return wrong("announce.hubs", "names “" + hub + "” twice.");
  }
  const auto& podping = configuration.podping;
  if (!podping.endpoint.empty() && !is_web_address(podping.endpoint))
    return wrong("announce.podping.endpoint",
                 "is “" + podping.endpoint + "”; it must be an http:// or https:// address, as in https://podping.cloud/.");
  if (podping.endpoint.empty() != podping.token.empty())
    return wrong("announce.podping.endpoint", "and token_file belong together; one of them is missing.");
  if (podping.token.find_first_of("\r\n") != std::string::npos) return wrong("announce.podping.token", "must be one line.");
  const auto& smtp = configuration.smtp;
  if (smtp.security != "starttls" && smtp.security != "tls" && smtp.security != "none")
    return wrong("notify.smtp.security", "is “" + smtp.security + "”; it must be starttls, tls or none.");
  if (!smtp.host.empty() && smtp.from.empty()) return wrong("notify.smtp.from", "is missing: mail needs an address to come from.");
  return {};
}

template <class Record>
void show(std::vector<std::pair<std::string, std::string>>& shown, std::string_view section, std::span<const Key<Record>> keys,
          const Record& record) {
  for (const auto& key : keys) {
    std::string text;
    if (const auto* number = std::get_if<int Record::*>(&key.member))
      text = std::to_string(record.**number);
    else if (const auto* list = std::get_if<std::vector<std::string> Record::*>(&key.member)) {
      for (const auto& one : record.**list) text += (text.empty() ? "" : ", ") + one;
    } else {
      text = record.*std::get<std::string Record::*>(key.member);
      if (key.secret && !text.empty()) text = "(set)";
    }
    shown.emplace_back(std::string(section) + "." + std::string(key.name), text.empty() ? "none" : text);
  }
}

}  // namespace

std::string host_of(std::string_view origin) {
  origin.remove_prefix(origin.find("//") + 2);
  if (origin.starts_with('[')) return std::string(origin.substr(1, origin.find(']') - 1));
  return std::string(origin.substr(0, origin.find(':')));
}

std::string Configuration::effective_origin(int https_port) const {
  if (!origin.empty()) return origin;
  return "https://localhost" + (https_port == 443 ? std::string() : ":" + std::to_string(https_port));
}

std::uint16_t Configuration::public_port(std::uint16_t https_port) const {
  if (origin.empty()) return https_port;
  constexpr std::uint16_t kHttps = 443;
  const auto colon = origin.rfind(':');
  const auto number = parse_number(std::string_view(origin).substr(colon + 1));  // of "https://host" this is no number
  return number && *number > 0 && *number <= 65535 ? static_cast<std::uint16_t>(*number) : kHttps;
}

std::vector<std::pair<std::string, std::string>> Configuration::shown() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& section : kSections) show(all, section.name, section.keys, *this);
  if (origin.empty()) all.front().second = "https://localhost:<https port>";
  for (const auto& issuer : issuers) show(all, kIssuers, std::span<const Key<IssuerSection>>{kIssuer}, issuer);
  for (const auto& wanted : exports) show(all, kExports, std::span<const Key<ExportSection>>{kExport}, wanted);
  for (const auto& peer : peers) show(all, kPeers, std::span<const Key<PeerSection>>{kPeer}, peer);
  show(all, kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, smtp);
  show(all, kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook}, webhook);
  show(all, kAnnouncePodping, std::span<const Key<PodpingSection>>{kPodping}, podping);
  return all;
}

Result<Configuration> read_configuration(const std::optional<std::filesystem::path>& file, const Environment& environment,
                                         const Overrides& overrides) {
  Configuration configuration;
  for (const auto& section : kSections) {
    for (const auto& key : section.keys) configuration.source[std::string(section.name) + "." + std::string(key.name)] = "default";
  }
  if (file) {
    if (auto read = Reader{configuration, *file}.read(); !read) return passed_on(read);
  }
  for (const auto& section : kSections) {
    if (auto read = read_environment(configuration, environment, section.name, section.keys, configuration); !read) return passed_on(read);
  }
  if (auto read = read_environment(configuration, environment, kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, configuration.smtp);
      !read)
    return passed_on(read);
  if (auto read = read_environment(configuration, environment, kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook},
                                   configuration.webhook);
      !read)
    return passed_on(read);
  if (auto read = read_environment(configuration, environment, kAnnouncePodping, std::span<const Key<PodpingSection>>{kPodping},
                                   configuration.podping);
      !read)
    return passed_on(read);
  if (overrides.http) configuration.http = *overrides.http, configuration.source["server.http"] = "command line";
  if (overrides.https) configuration.https = *overrides.https, configuration.source["server.https"] = "command line";
  if (auto checked = check_people(configuration); !checked) return passed_on(checked);
  if (auto checked = check(configuration); !checked) return passed_on(checked);
  return configuration;
}

}  // namespace carillon::app
