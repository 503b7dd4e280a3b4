#pragma once
// Networks, which shows and people belong to.

#include "accounts/audit.hpp"
#include "accounts/store/networks.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

struct NetworkEdit {
  std::optional<std::string> name;
  std::optional<ByteCount> storage_quota;
  std::optional<int> show_quota, upload_quota;
};

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Networks {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
  };
  explicit Networks(const Parts& parts) : parts_{parts} {}

  asio::awaitable<Result<Network>> create(Caller by, std::string slug, std::string name);
  asio::awaitable<Result<Network>> find(std::string slug);
  /// The networks that `by` can see, sorted by slug, after `after`.
  asio::awaitable<Result<std::vector<Network>>> list(Caller by, std::string after, std::size_t limit);
  asio::awaitable<Result<Network>> edit(Caller by, std::string slug, NetworkEdit edit, std::optional<std::int64_t> revision);
  /// The audit lines of one network or of all; newest first, older than `before`.
  asio::awaitable<Result<std::vector<AuditLine>>> audit(std::optional<std::string> network, std::string before, std::size_t limit);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
