// See configuration.hpp. The only file that knows TOML.

#include "app/configuration.hpp"

#include "app/configuration_check.hpp"
#include "app/configuration_keys.hpp"
#include "base/foreign/small_file.hpp"
#include "base/text.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>

namespace carillon::app {
namespace {

constexpr ByteCount kLargestConfiguration{1ULL << 20};

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
  add(kDnsProviders, kDnsProvider);
  add(std::string(kGroups) + ".NAME", kGroup);
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
              where + ": “" + name + "” isn't a configuration key" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."), name);
}

/// Reads one file into a configuration.
class Reader {
 public:
  Reader(Configuration& configuration, std::filesystem::path file) : configuration_{configuration}, file_{std::move(file)} {}

  Result<> read() {
    const auto content = read_small_file(file_, kLargestConfiguration);
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
      } else if (full == kDnsProviders) {
        if (auto taken =
                take_one_or_list(kDnsProviders, std::span<const Key<DnsSection>>{kDnsProvider}, value, configuration_.dns_providers);
            !taken)
          return taken;
      } else if (full == kGroups) {
        if (auto taken = take_groups(value); !taken) return taken;
      } else if (full == kNotifySmtp) {
        if (auto taken = take_table(kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, value, configuration_.smtp); !taken)
          return taken;
      } else if (full == kNotifyWebhook) {
        if (auto taken = take_table(kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook}, value, configuration_.webhook); !taken)
          return taken;
      } else if (full == kNotifyWebhooks) {
        if (auto taken = take_webhooks(value); !taken) return taken;
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

  /// [notify.webhooks.NAME], one for each.
  Result<> take_webhooks(const toml::node& node) {
    const auto* table = node.as_table();
    if (!table)
      return fail(ErrorKind::invalid, place(node) + ": write “[notify.webhooks.NAME]” once per webhook.", std::string(kNotifyWebhooks));
    for (const auto& [name, value] : *table) {
      WebhookSection webhook{.name = std::string(name.str())};
      const auto section = std::string(kNotifyWebhooks) + "." + webhook.name;
      if (auto taken = take_table(section, std::span<const Key<WebhookSection>>{kWebhook}, value, webhook); !taken) return taken;
      configuration_.webhooks.push_back(std::move(webhook));
    }
    return {};
  }

  template <class Record>
  Result<> take_list(std::string_view section, std::span<const Key<Record>> keys, const toml::node& node, std::vector<Record>& into) {
    const auto* array = node.as_array();
    if (!array || !std::ranges::all_of(*array, [](const toml::node& one) { return one.is_table(); }))
      return fail(ErrorKind::invalid, place(node) + ": write “[[" + std::string(section) + "]]” once per entry.", std::string(section));
    for (const auto& one : *array) {
      Record record;
      if (auto taken = take_table(section, keys, one, record); !taken) return taken;
      into.push_back(std::move(record));
    }
    return {};
  }

  Result<> take_groups(const toml::node& node) {
    const auto* table = node.as_table();
    if (!table || !std::ranges::all_of(*table, [](const auto& one) { return one.second.is_table(); }))
      return fail(ErrorKind::invalid, place(node) + ": write “[" + std::string(kGroups) + ".NAME]” for each group, with its `names`.",
                  std::string(kGroups));
    for (const auto& [name, value] : *table) {
      GroupSection group{.name = std::string(name.str()), .names = {}};
      if (auto taken = take_table(std::string(kGroups) + "." + group.name, std::span<const Key<GroupSection>>{kGroup}, value, group);
          !taken)
        return taken;
      configuration_.groups.push_back(std::move(group));
    }
    return {};
  }

  /// A single one is a section; several are a list.
  template <class Record>
  Result<> take_one_or_list(std::string_view section, std::span<const Key<Record>> keys, const toml::node& node,
                            std::vector<Record>& into) {
    if (!node.is_table()) return take_list(section, keys, node, into);
    Record record;
    if (auto taken = take_table(section, keys, node, record); !taken) return taken;
    into.push_back(std::move(record));
    return {};
  }

  template <class Record>
  Result<> take_table(std::string_view section, std::span<const Key<Record>> keys, const toml::node& node, Record& into) {
    const auto* table = node.as_table();
    if (!table)
      return fail(ErrorKind::invalid,
                  place(node) + ": “" + std::string(section) + "” must be a section, e.g. [" + std::string(section) + "].",
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
    if (const auto* flag = std::get_if<bool Record::*>(&key->member)) {
      const auto value = node.value_exact<bool>();
      if (!value) return fail(ErrorKind::invalid, place(node) + ": “" + full + "” must be true or false.", full);
      into.** flag = *value;
      return {};
    }
    if (const auto* list = std::get_if<std::vector<std::string> Record::*>(&key->member)) {
      const auto* array = node.as_array();
      const bool texts_only = array && std::ranges::all_of(*array, [](const toml::node& one) { return one.is_string(); });
      if (!texts_only)
        return fail(ErrorKind::invalid, place(node) + ": “" + full + "” must be a list of strings, e.g. [\"a\", \"b\"].", full);
      auto& texts = into.**list;
      texts.clear();
      for (const auto& one : *array) texts.push_back(one.value_or(std::string{}));
      return {};
    }
    const auto text = node.value_exact<std::string>();
    if (!text) return fail(ErrorKind::invalid, place(node) + ": “" + full + "” must be a string in quotes.", full);
    auto& target = into.*std::get<std::string Record::*>(key->member);
    if (name == key->name && key->only_in_file)
      return fail(ErrorKind::invalid, place(node) + ": “" + full + "” is a secret: write it to a file and set “" + full + "_file”.", full);
    if (name != key->name) {
      const auto secret = key->passphrase ? read_passphrase_file(beside(*text)) : read_small_file(beside(*text), kLargestSecretFile);
      if (!secret)
        return fail(ErrorKind::invalid,
                    place(node) + ": “" + full + "”: " + secret.error().message + (secret.error().message.ends_with('.') ? "" : "."), full);
      target = key->passphrase ? *secret : trimmed(*secret);
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
    } else if (const auto* flag = std::get_if<bool Record::*>(&key.member)) {
      const std::string_view text = value;
      if (text != "true" && text != "false")
        return fail(ErrorKind::invalid, variable + " is “" + value + "”; it must be true or false.", variable);
      into.** flag = text == "true";
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

template <class Record>
void show(std::vector<std::pair<std::string, std::string>>& shown, std::string_view section, std::span<const Key<Record>> keys,
          const Record& record) {
  for (const auto& key : keys) {
    std::string text;
    if (const auto* number = std::get_if<int Record::*>(&key.member))
      text = std::to_string(record.**number);
    else if (const auto* flag = std::get_if<bool Record::*>(&key.member))
      text = record.**flag ? "true" : "false";
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
  for (const auto& one : groups) show(all, std::string(kGroups) + "." + one.name, std::span<const Key<GroupSection>>{kGroup}, one);
  for (const auto& provider : dns_providers) show(all, kDnsProviders, std::span<const Key<DnsSection>>{kDnsProvider}, provider);
  for (const auto& peer : peers) show(all, kPeers, std::span<const Key<PeerSection>>{kPeer}, peer);
  show(all, kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, smtp);
  show(all, kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook}, webhook);
  for (const auto& one : webhooks)
    show(all, std::string(kNotifyWebhooks) + "." + one.name, std::span<const Key<WebhookSection>>{kWebhook}, one);
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
    if (auto read = Reader{configuration, *file}.read(); !read) return forward_error(read);
  }
  for (const auto& section : kSections) {
    if (auto read = read_environment(configuration, environment, section.name, section.keys, configuration); !read)
      return forward_error(read);
  }
  if (auto read = read_environment(configuration, environment, kNotifySmtp, std::span<const Key<SmtpSection>>{kSmtp}, configuration.smtp);
      !read)
    return forward_error(read);
  if (auto read = read_environment(configuration, environment, kNotifyWebhook, std::span<const Key<WebhookSection>>{kWebhook},
                                   configuration.webhook);
      !read)
    return forward_error(read);
  if (auto read = read_environment(configuration, environment, kAnnouncePodping, std::span<const Key<PodpingSection>>{kPodping},
                                   configuration.podping);
      !read)
    return forward_error(read);
  if (overrides.http) configuration.http = *overrides.http, configuration.source["server.http"] = "command line";
  if (overrides.https) configuration.https = *overrides.https, configuration.source["server.https"] = "command line";
  if (auto checked = check(configuration); !checked) return forward_error(checked);
  return configuration;
}

}  // namespace carillon::app
