#pragma once
// Networks: what shows and people belong to.

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

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
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
  /// Those that `by` sees, by slug, after `after`.
  asio::awaitable<Result<std::vector<Network>>> list(Caller by, std::string after, std::size_t limit);
  asio::awaitable<Result<Network>> edit(Caller by, std::string slug, NetworkEdit edit, std::optional<std::int64_t> revision);
  /// What was done in one network, or everywhere; the newest first, older than `before`.
  asio::awaitable<Result<std::vector<AuditLine>>> audit(std::optional<std::string> network, std::string before, std::size_t limit);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
