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
    std::function<Result<>(const certs::Wish& wish)> keep;
    std::function<Result<>(const std::string& name)> forget;
    std::function<std::optional<certs::NameStatus>(const std::string& name)> find;
    std::function<std::vector<certs::NameStatus>()> list;
  };
  /// Every A and AAAA record of a name, as dns::Resolver has it; may block for long.
  using Lookup = std::function<Result<std::vector<std::string>>(const std::string& name)>;
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    DomainTable& table;  ///< kept as the database is
    Certificates certificates;
    Lookup addresses;
  };
  struct Settings {
    std::string origin;                 ///< "https://pod.example.org:8443"
    std::string host;                   ///< the origin's, in small letters
    std::vector<std::string> reserved;  ///< hosts that are ours beside it
    std::uint16_t port = 443;           ///< where the world reaches us over TLS
    incidents::Stewardship in_charge;   ///< of the certificates; the show's network is added
  };
  Domains(Parts parts, Settings settings);
  ~Domains();

  /// Fills the table, and tells the keeper what was decided before the last stop. Blocks.
  Result<> start();

  /// `conflict` when it is taken, without a word of whose it is.
  asio::awaitable<Result<DomainStatus>> add(accounts::Actor by, std::string show_slug, std::string name);
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string show_slug, std::string name);
  /// With a look into DNS, for at most kPatience; what has no answer by then is unknown.
  asio::awaitable<Result<std::vector<DomainStatus>>> list(std::string show_slug);
  asio::awaitable<Result<DomainStatus>> find(std::string show_slug, std::string name);

  /// Looks at what is due, and has the keeper keep what leads here and drop what is nobody's any more. Answers when something is due next.
  /// Blocks; one thread.
  std::optional<Time> work();

  /// Nobody waits for name servers any more; a question that is under way ends as it would.
  void stop();

  [[nodiscard]] const std::string& origin() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How long a request waits for name servers.
inline constexpr std::chrono::seconds kPatience{5};

}  // namespace carillon::podcast
