#pragma once
// Reads certificates from server configurations: files, names and ports. Lenient: it uses what it understands and reports the rest, since
// endpoints would be missing otherwise.

#include "certs/probe/probe.hpp"
#include "certs/scan/files.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// The maximum depth of includes, and the maximum number of files.
inline constexpr int kDeepestInclude = 16;
inline constexpr std::size_t kMaxIncluded = 2'000;
/// All files of one configuration together.
inline constexpr std::size_t kMaxConfigurationBytes = 64U << 20;
inline constexpr std::size_t kMaxSites = 100'000;

/// A listener that only this machine can reach. If its site's names resolve to other addresses, it's checked at its own address, with the
/// name as server name (SNI).
struct LocalListener {
  std::string address;  ///< an IP address
  std::uint16_t port = 0;
  bool operator==(const LocalListener&) const = default;
};

/// One server block, virtual host, frontend or service.
struct Site {
  std::vector<std::string> names;         ///< its server names: DNS names and addresses, no wildcards; empty: the names in its certificates
  std::vector<std::uint16_t> ports;       ///< its TLS ports; empty: none of its own
  std::vector<std::string> certificates;  ///< files, with paths that can be opened from here; may be empty
  std::vector<std::string> folders;       ///< folders of certificates (HAProxy)
  StartTls starttls = StartTls::none;
  std::vector<LocalListener> local{};
  std::vector<std::string> patterns{};  ///< names that can't be looked up: wildcards, expressions, variables
  std::string place{};                  ///< where it's configured, "/etc/nginx/nginx.conf:12"
  bool operator==(const Site&) const = default;
};

/// The result.
struct Configuration {
  std::vector<Site> sites;
  std::vector<std::string> problems;  ///< sentences about parts that could not be read or understood: something may be missing
  std::vector<std::string> remarks;   ///< sentences about parts that are checked in another way: nothing is missing
};

enum class ServerKind { nginx, apache, haproxy, postfix };
/// The kind of server configuration of the file at `path` with that content; none if it isn't one.
[[nodiscard]] std::optional<ServerKind> recognised(const std::string& path, std::string_view content);

/// The configuration whose main file is `path`, or master.cf beside Postfix's main file. Fails if the main file can't be read.
[[nodiscard]] Result<Configuration> read_configuration(ServerKind kind, const std::string& path, const Files& files);

[[nodiscard]] Result<Configuration> read_nginx(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_apache(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_haproxy(const std::string& path, const Files& files);
[[nodiscard]] Result<Configuration> read_postfix(const std::string& path, const Files& files);

/// A name that can be looked up: no wildcard, no expression, no variable. Underscores are allowed, since some host names have them.
[[nodiscard]] bool is_plain_name(std::string_view name);
/// Adds a name as a configuration has it to the names or patterns of `site`, in A-labels; ".example.org" adds to both. Ignores "" and "_".
void add_name(Site& site, std::string_view name);
/// Adds a listener of `site`. `host` is an address, a name, or "", "*" etc. for all addresses.
void add_listener(Site& site, std::string_view host, std::uint16_t port);
[[nodiscard]] bool is_loopback(std::string_view host);
/// "443" or "8000-8010"; empty if it's neither. At most kMaxPorts.
[[nodiscard]] std::vector<std::uint16_t> ports_in(std::string_view range);
/// The nearest folder above `path` that has one of `mains`, otherwise the folder of `path`. Paths in a fragment are relative to it.
[[nodiscard]] std::string root_of(const std::string& path, std::initializer_list<std::string_view> mains, const Files& files);

/// Text with ${NAME} replaced. What has no value stays, and its name is in `missing`. "${NAME-text}" has a default.
struct Expanded {
  std::string text;
  std::vector<std::string> missing;
};
[[nodiscard]] Expanded expand_variables(std::string_view text, const std::function<std::optional<std::string>(const std::string&)>& value);

/// Reads the files of one configuration within its limits; exceeding one is a problem, once.
class Inclusions {
 public:
  Inclusions(const Files& files, Configuration& result) : files_{files}, result_{result} {}
  /// None if it can't be read or exceeds a limit. `depth`: of the file that includes it.
  [[nodiscard]] std::optional<std::string> read(const std::string& path, int depth, const std::string& place);

 private:
  void exceeded(const std::string& path, const std::string& place, const std::string& limit);

  const Files& files_;
  Configuration& result_;
  std::size_t count_ = 0, bytes_ = 0;
  bool is_reported_ = false;
};
void too_many_sites(Configuration& result);
/// Adds a site, or reports once that there are too many.
void add_site(Configuration& result, Site site);
/// The port of "443", "*:443", "192.0.2.7:443", "[::]:443"; none without one.
[[nodiscard]] std::optional<std::uint16_t> port_of(std::string_view address);
/// Appends `value` unless it is already there.
void add_once(std::vector<std::string>& values, std::string value);
void add_once(std::vector<std::uint16_t>& values, std::uint16_t value);

/// Words in the usual configuration syntax: separated by white space, "…" and '…' are one word with backslash escapes, '#' starts a
/// comment.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

}  // namespace carillon::certs
