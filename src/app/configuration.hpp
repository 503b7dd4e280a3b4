#pragma once
// The configuration: one TOML file, the environment over it, the command line over that; every key has a default.

#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

struct Configuration {
  std::string origin;                       ///< "" = https://localhost:<https port>
  std::vector<std::string> former_origins;  ///< earlier ones keep serving
  std::string http = ":8080";
  std::string https = ":8443";
  std::vector<std::string> certificate_names;  ///< beside the origin's

  /// Where each value came from, by key: "default", "file …", "environment …", "command line".
  std::map<std::string, std::string> source;

  /// The origin in force, when `https_port` is the one really bound.
  [[nodiscard]] std::string effective_origin(int https_port) const;
};

/// What the command line says; it wins over everything.
struct Overrides {
  std::optional<std::string> http;
  std::optional<std::string> https;
};

/// An environment variable's value by name; passed in, so that tests have their own.
using Environment = std::function<const char*(const char*)>;

/// Reads `file` (none: no file), CARILLON_<SECTION>_<KEY> and `overrides`. An unknown key, a wrong type or a broken file is `invalid`, with the line and
/// the nearest known key.
[[nodiscard]] Result<Configuration> read_configuration(const std::optional<std::filesystem::path>& file, const Environment& environment,
                                                       const Overrides& overrides);

}  // namespace carillon::app
