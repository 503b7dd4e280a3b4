#pragma once
// What the configuration of a server says about its certificates: which files, for which names, on which ports. Read leniently: a scan
// wants what can be understood, and leaves the rest to the server.

#include "certs/probe/probe.hpp"
#include "certs/scan/files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// Files that include each other are read to this depth, and so many in all.
inline constexpr int kDeepestInclude = 16;
inline constexpr std::size_t kMaxIncluded = 2'000;
inline constexpr std::size_t kMaxSites = 100'000;

/// One server block, virtual host or frontend.
struct Site {
  std::vector<std::string> names;    ///< what it answers to: DNS names and addresses, no wildcards; empty: whatever its certificates say
  std::vector<std::uint16_t> ports;  ///< where it speaks TLS; empty: nowhere of its own
  std::vector<std::string> certificates;  ///< files, their paths as they can be opened from here
  std::vector<std::string> folders;       ///< folders of certificates (HAProxy)
  StartTls starttls = StartTls::none;
  bool operator==(const Site&) const = default;
};

/// What was found.
struct Configuration {
  std::vector<Site> sites;
  std::vector<std::string> problems;  ///< sentences: what could not be read or understood
};

enum class ServerKind { nginx, apache, haproxy, postfix };
/// Of the file at `path` with that content; none if it is none of them.
[[nodiscard]] std::optional<ServerKind> recognised(const std::string& path, std::string_view content);

/// The configuration whose main file is `path`. Fails when that can't be read.
[[nodiscard]] Result<Configuration> read_configuration(ServerKind kind, const std::string& path, const Files& files);

[[nodiscard]] Result<Configuration> read_nginx(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_apache(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_haproxy(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_postfix(const std::string& path, const Files& files);

/// A name that can be looked up: no wildcard, no expression, no variable.
[[nodiscard]] bool is_plain_name(std::string_view name);
/// The port of "443", "*:443", "192.0.2.7:443", "[::]:443"; none without one.
[[nodiscard]] std::optional<std::uint16_t> port_of(std::string_view address);
/// `value` behind those that are there, once.
void add_once(std::vector<std::string>& values, std::string value);
void add_once(std::vector<std::uint16_t>& values, std::uint16_t value);

/// Words as most configurations write them: separated by blanks, "…" and '…' taken as one with backslash for quotes, a '#' begins a
/// comment.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

}  // namespace carillon::certs
