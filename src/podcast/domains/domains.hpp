#pragma once
// Shows' own domains: claimed by a publisher, looked at in DNS, given a certificate once they lead here.

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
  /// What the keeper of certificates does for it. All of it may block.
  struct Certificates {
    std::function<Result<>(const certs::NameOptions& name_options)> keep;
    std::function<Result<>(const std::string& name)> forget;
    std::function<std::optional<certs::NameStatus>(const std::string& name)> find;
    std::function<std::vector<certs::NameStatus>()> list;
  };
  /// Every A and AAAA record of a name, or its texts, as dns::Resolver has it; may block for long.
  using Lookup = std::function<Result<std::vector<std::string>>(const std::string& name)>;
  /// What `http://NAME/PATH` answers when it is asked for at `address`, which was looked up before; connects to nothing else, and to no
  /// address that a tenant may not reach. May block for long.
  using Fetch = std::function<Result<std::string>(const std::string& name, const std::string& address, const std::string& path)>;
  /// Tells people of a show's network; `solve` when it is over.
  struct Telling {
    std::function<Result<>(db::Session& session, const incidents::Report& report)> report;
    std::function<Result<>(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how)> solve;
    /// Closes what was told before `before` and nobody has to do anything about any more. May block.
    std::function<void(Time before)> close_old;
  };
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    DomainTable& table;  ///< kept as the database is
    Certificates certificates;
    Lookup addresses;
    Lookup texts;
    Fetch fetch;
    Telling telling;
  };
  struct Settings {
    std::string origin;                 ///< "https://pod.example.org:8443"
    std::string host;                   ///< the origin's, in small letters
    std::vector<std::string> reserved;  ///< hosts that are ours beside it
    std::uint16_t port = 443;           ///< where the world reaches us over TLS
  };
  Domains(Parts parts, Settings settings);
  ~Domains();

  /// Fills the table, and tells the keeper what was decided before the last stop. Blocks.
  Result<> start();

  /// A claim, which needs a proof: see Proof. `conflict` for what is ours, and for what another show has proven by a text and uses, without
  /// a word of whose it is.
  asio::awaitable<Result<DomainStatus>> add(accounts::Actor by, std::string show_slug, std::string name);
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string show_slug, std::string name);
  /// With a look into DNS, for at most kPatience; what has no answer by then is unknown.
  asio::awaitable<Result<std::vector<DomainStatus>>> list(std::string show_slug);
  asio::awaitable<Result<DomainStatus>> find(std::string show_slug, std::string name);

  /// A show has another slug: its domains lead to that from now on. A failure is logged; the next look at the domains makes up for it.
  asio::awaitable<void> show_moved();

  /// What a request for `path` at any of our names over plain HTTP gets, if it is one that proves that a name leads here. Any thread.
  [[nodiscard]] std::optional<std::string> proof_of_place(std::string_view path) const;

  /// Looks at what is due, and has the keeper keep what leads here and drop what is nobody's any more. Answers when something is due next.
  /// Blocks; one thread.
  std::optional<Time> work();

  /// Another node changed the domains. Blocks.
  Result<> reload();

  /// Nobody waits for name servers any more; a question that is under way ends as it would.
  void stop();

  [[nodiscard]] const std::string& origin() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The kind of the changes (db/change.hpp) of the table of domains.
inline constexpr std::string_view kDomainsChange = "domains";

/// Incidents that a network is told of: a claim without proof was dropped; a domain no longer leads here; another network has proven it.
inline constexpr std::string_view kDomainUnproven = "domain-unproven";
inline constexpr std::string_view kDomainLeft = "domain-left";
inline constexpr std::string_view kDomainLost = "domain-lost";

/// So long they stand in lists; each is one message.
inline constexpr std::chrono::days kNoticeStays{7};

/// Below this path on plain HTTP a name proves that it leads here.
inline constexpr std::string_view kPlacePath = "/.well-known/carillon-domain/";

/// How long a request waits for name servers.
inline constexpr std::chrono::seconds kPatience{5};

}  // namespace carillon::podcast
