#pragma once
// Changes a zone's TXT records with dynamic updates (RFC 2136), signed with TSIG (RFC 8945).

#include "dns/resolver.hpp"
#include "dns/server_address.hpp"
#include "dns/tsig_key.hpp"

#include <optional>

namespace carillon::dns {

/// One server that accepts updates. Any thread; blocks for at most twice the timeout. Names as in Resolver. Errors are sentences for the
/// server's operator: `refused` if it doesn't accept the update or the key, `unavailable` if it can't now, `invalid` if a name isn't valid.
class Updater {
 public:
  Updater(ServerAddress server, std::optional<TsigKey> key, std::chrono::milliseconds timeout = kAnswerTimeout)
      : server_{std::move(server)}, key_{std::move(key)}, timeout_{timeout} {}

  /// The zone of this server that `name` belongs to, from the SOA record in its answer.
  [[nodiscard]] Result<std::string> zone_of(const std::string& name) const;
  /// Adds one TXT record to the existing ones; can be repeated.
  [[nodiscard]] Result<> add_text(const std::string& zone, const std::string& name, const std::string& text,
                                  std::chrono::seconds lifetime) const;
  /// Removes one TXT record; can be repeated.
  [[nodiscard]] Result<> remove_text(const std::string& zone, const std::string& name, const std::string& text) const;

  [[nodiscard]] const ServerAddress& server() const noexcept { return server_; }

 private:
  enum class Change { add, remove };
  [[nodiscard]] Result<> change(Change kind, const std::string& zone, const std::string& name, const std::string& text,
                                std::chrono::seconds lifetime) const;

  ServerAddress server_;
  std::optional<TsigKey> key_;
  std::chrono::milliseconds timeout_;
};

}  // namespace carillon::dns
