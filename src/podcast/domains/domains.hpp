#pragma once
// Custom domains: claimed by a publisher, checked in DNS, with a certificate once they point here.

#include "accounts/caller.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "podcast/domains/domain.hpp"
#include "podcast/domains/domain_table.hpp"

#include <functional>
#include <memory>

namespace carillon::podcast {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field.
class Domains {
 public:
  /// The functions of the certificate keeper that it needs. All may block.
  struct Certificates {
    std::function<Result<>(const certs::NameOptions& name_options)> keep;
    std::function<Result<>(const std::string& name)> forget;
    std::function<std::optional<certs::NameStatus>(const std::string& name)> find;
    std::function<std::vector<certs::NameStatus>()> list;
  };
  /// All A and AAAA records of a name, or its TXT records; see dns::Resolver. May block for long.
  using Lookup = std::function<Result<std::vector<std::string>>(const std::string& name)>;
  /// Fetches `http://NAME/PATH` from `address`, which was resolved before; connects only to it, and only if tenants may reach it. May block
  /// for long.
  using Fetch = std::function<Result<std::string>(const std::string& name, const std::string& address, const std::string& path)>;
  /// Notifies people of a show's network; `solve` if it is resolved.
  struct Telling {
    std::function<Result<>(db::Session& session, const incidents::Report& report)> report;
    std::function<Result<>(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how)> solve;
    /// Closes notices from before `before` that need no action. May block.
    std::function<void(Time before)> close_old;
  };
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    DomainTable& table;  ///< kept in sync with the database
    Certificates certificates;
    Lookup addresses;
    Lookup texts;
    Fetch fetch;
    Telling telling;
  };
  struct Settings {
    std::string origin;                 ///< "https://pod.example.org:8443"
    std::string host;                   ///< the origin's host, in lower case
    std::vector<std::string> reserved;  ///< our other hosts
    std::uint16_t port = 443;           ///< our public TLS port
  };
  Domains(Parts parts, Settings settings);
  ~Domains();

  /// Fills the table and updates the keeper with decisions from before the last stop. Blocks.
  Result<> start();

  /// Adds a claim, which must be verified: see Proof. `conflict` for our own hosts, and for a domain that another show has verified with a
  /// TXT record and uses, without revealing which show.
  asio::awaitable<Result<DomainStatus>> add(accounts::Actor by, std::string show_slug, std::string name);
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string show_slug, std::string name);
  /// Includes DNS lookups for at most kPatience; results that aren't available by then are unknown.
  asio::awaitable<Result<std::vector<DomainStatus>>> list(std::string show_slug);
  asio::awaitable<Result<DomainStatus>> find(std::string show_slug, std::string name);

  /// Call it after a show's slug changed: its domains then use the new one. A failure is logged; the next check of the domains corrects it.
  asio::awaitable<void> show_moved();

  /// The response to a plain HTTP request for `path`, if it is one that verifies that a name points here. Any thread.
  [[nodiscard]] std::optional<std::string> proof_of_place(std::string_view path) const;

  /// Checks due domains; makes the keeper manage domains that point here and drop those without an owner. Returns when the next check is
  /// due. Blocks; one thread.
  std::optional<Time> work();

  /// Reloads the domains after a change by another node. Blocks.
  Result<> reload();

  /// Stops waiting for name servers; running queries end on their own.
  void stop();

  [[nodiscard]] const std::string& origin() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The kind of the changes (db/change.hpp) of the table of domains.
inline constexpr std::string_view kDomainsChange = "domains";

/// Incidents for a network: an unverified claim was dropped; a domain no longer points here; another network has verified it.
inline constexpr std::string_view kDomainUnproven = "domain-unproven";
inline constexpr std::string_view kDomainLeft = "domain-left";
inline constexpr std::string_view kDomainLost = "domain-lost";

/// How long they stay in lists; each is one message.
inline constexpr std::chrono::days kNoticeStays{7};

/// The path on plain HTTP that verifies that a name points here.
inline constexpr std::string_view kPlacePath = "/.well-known/carillon-domain/";

/// How long a request waits for name servers.
inline constexpr std::chrono::seconds kPatience{5};

}  // namespace carillon::podcast
