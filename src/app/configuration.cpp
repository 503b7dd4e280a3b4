// See configuration.hpp. The only file that knows TOML.

#include "app/configuration.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace carillon::app {
namespace {

/// One key of the file: how a text or a list of texts reaches the configuration.
struct Key {
  std::string_view section;
  std::string_view name;
  std::string Configuration::* text = nullptr;
  std::vector<std::string> Configuration::* list = nullptr;
};

constexpr std::array kKeys{
    Key{"server", "origin", &Configuration::origin},
    Key{"server", "former_origins", nullptr, &Configuration::former_origins},
    Key{"server", "http", &Configuration::http},
    Key{"server", "https", &Configuration::https},
    Key{"certificates", "names", nullptr, &Configuration::certificate_names},
};

std::string dotted(const Key& key) { return std::string(key.section) + "." + std::string(key.name); }

std::unexpected<Error> unknown(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const auto& key : kKeys) names.push_back(dotted(key));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = nearest(name, views);
  return fail(ErrorKind::invalid, where + ": “" + name + "” is no key of the configuration" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."), name);
}

std::string place(const std::filesystem::path& file, const toml::node& node) {
  return file.string() + ":" + std::to_string(node.source().begin.line);
}

Result<> take(Configuration& configuration, const Key& key, const toml::node& node, const std::string& where) {
  if (key.text) {
    const auto text = node.value_exact<std::string>();
    if (!text) return fail(ErrorKind::invalid, where + ": “" + dotted(key) + "” must be a text in quotes.", dotted(key));
    configuration.*key.text = *text;
    return {};
  }
  const auto* array = node.as_array();
  std::vector<std::string> list;
  bool texts_only = array != nullptr;
  if (array) {
    for (const auto& item : *array) {
      const auto text = item.value_exact<std::string>();
      texts_only = texts_only && text.has_value();
      list.push_back(text.value_or(""));
    }
  }
  if (!texts_only) return fail(ErrorKind::invalid, where + ": “" + dotted(key) + "” must be a list of texts, as in [\"a\", \"b\"].", dotted(key));
  configuration.*key.list = std::move(list);
  return {};
}

Result<> read_file_into(Configuration& configuration, const std::filesystem::path& file) {
  const auto content = read_file(file);
  if (!content) return std::unexpected(content.error());
  const auto parsed = toml::parse(*content, file.string());
  if (!parsed) {
    const auto& error = parsed.error();
    return fail(ErrorKind::invalid, file.string() + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()) + ".");
  }
  for (const auto& [section_name, section] : parsed.table()) {
    const std::string section_text(section_name.str());
    const auto* table = section.as_table();
    if (!table) return unknown(section_text, place(file, section));
    for (const auto& [name, node] : *table) {
      const std::string full = section_text + "." + std::string(name.str());
      const auto key = std::ranges::find_if(kKeys, [&](const Key& known) { return dotted(known) == full; });
      if (key == kKeys.end()) return unknown(full, place(file, node));
      if (auto taken = take(configuration, *key, node, place(file, node)); !taken) return taken;
      configuration.source[full] = "file " + place(file, node);
    }
  }
  return {};
}

void read_environment_into(Configuration& configuration, const Environment& environment) {
  for (const auto& key : kKeys) {
    std::string name = "CARILLON_" + std::string(key.section) + "_" + std::string(key.name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const char* value = environment(name.c_str());
    if (!value) continue;
    if (key.text) configuration.*key.text = value;
    if (key.list) {
      auto& list = configuration.*key.list;
      list.clear();
      for (const auto item : split(value, ',')) {
        if (!trimmed(item).empty()) list.emplace_back(trimmed(item));
      }
    }
    configuration.source[dotted(key)] = "environment " + name;
  }
}

bool is_origin(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return false;
  const auto host = text.substr(kScheme.size());
  return !host.empty() && host.find_first_of("/?# \t") == std::string_view::npos;
}

}  // namespace

std::string Configuration::effective_origin(int https_port) const {
  if (!origin.empty()) return origin;
  return "https://localhost" + (https_port == 443 ? std::string() : ":" + std::to_string(https_port));
}

Result<Configuration> read_configuration(const std::optional<std::filesystem::path>& file, const Environment& environment, const Overrides& overrides) {
  Configuration configuration;
  for (const auto& key : kKeys) configuration.source[dotted(key)] = "default";
  if (file) {
    if (auto read = read_file_into(configuration, *file); !read) return passed_on(read);
  }
  read_environment_into(configuration, environment);
  if (overrides.http) configuration.http = *overrides.http, configuration.source["server.http"] = "command line";
  if (overrides.https) configuration.https = *overrides.https, configuration.source["server.https"] = "command line";

  if (!configuration.origin.empty() && !is_origin(configuration.origin))
    return fail(ErrorKind::invalid, "“server.origin” is “" + configuration.origin + "” (" + configuration.source["server.origin"] +
                                        "); it must be https:// and a host, without a path, as in https://pod.example.org.", "server.origin");
  return configuration;
}

}  // namespace carillon::app
