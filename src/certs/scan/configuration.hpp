#pragma once
// Reads certificates from server configurations: files, names and ports. Lenient: it uses what it understands and skips the rest.

#include "certs/probe/probe.hpp"
#include "certs/scan/files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// The maximum depth of includes, and the maximum number of files.
inline constexpr int kDeepestInclude = 16;
inline constexpr std::size_t kMaxIncluded = 2'000;
inline constexpr std::size_t kMaxSites = 100'000;

/// One server block, virtual host or frontend.
struct Site {
  std::vector<std::string> names;         ///< its server names: DNS names and addresses, no wildcards; empty: the names in its certificates
  std::vector<std::uint16_t> ports;       ///< its TLS ports; empty: none of its own
  std::vector<std::string> certificates;  ///< files, with paths that can be opened from here
  std::vector<std::string> folders;       ///< folders of certificates (HAProxy)
  StartTls starttls = StartTls::none;
  bool operator==(const Site&) const = default;
};

/// The result.
struct Configuration {
  std::vector<Site> sites;
  std::vector<std::string> problems;  ///< sentences about parts that could not be read or understood
};

enum class ServerKind { nginx, apache, haproxy, postfix };
/// The kind of server configuration of the file at `path` with that content; none if it isn't one.
[[nodiscard]] std::optional<ServerKind> recognised(const std::string& path, std::string_view content);

/// The configuration whose main file is `path`. Fails if that can't be read.
[[nodiscard]] Result<Configuration> read_configuration(ServerKind kind, const std::string& path, const Files& files);

[[nodiscard]] Result<Configuration> read_nginx(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_apache(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_haproxy(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_postfix(const std::string& path, const Files& files);

/// A name that can be looked up: no wildcard, no expression, no variable.
[[nodiscard]] bool is_plain_name(std::string_view name);
/// The port of "443", "*:443", "192.0.2.7:443", "[::]:443"; none without one.
[[nodiscard]] std::optional<std::uint16_t> port_of(std::string_view address);
/// Appends `value` unless it is already there.
void add_once(std::vector<std::string>& values, std::string value);
void add_once(std::vector<std::uint16_t>& values, std::uint16_t value);

/// Words in the usual configuration syntax: separated by white space, "…" and '…' are one word with backslash escapes, '#' starts a
/// comment.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

}  // namespace carillon::certs
