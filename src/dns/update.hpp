#pragma once
// Changing TXT records of a zone: dynamic updates (RFC 2136), signed with TSIG (RFC 8945).

#include "dns/resolver.hpp"
#include "dns/server_address.hpp"
#include "dns/tsig_key.hpp"

#include <optional>

namespace carillon::dns {

/// One server that takes updates. Any thread; blocks for at most the timeout, twice. Names as in Resolver. Errors are sentences for the
/// person who runs the server: `refused` when it doesn't accept the update or the key, `unavailable` when it can't now, `invalid` for what
/// is no name.
class Updater {
 public:
  Updater(ServerAddress server, std::optional<TsigKey> key, std::chrono::milliseconds timeout = kAnswerTimeout)
      : server_{std::move(server)}, key_{std::move(key)}, timeout_{timeout} {}

  /// The zone of this server that `name` belongs to, from the SOA record in its answer.
  [[nodiscard]] Result<std::string> zone_of(const std::string& name) const;
  /// Adds one TXT record beside those that are there; adding the same one again does no harm.
  [[nodiscard]] Result<> add_text(const std::string& zone, const std::string& name, const std::string& text,
                                  std::chrono::seconds lifetime) const;
  /// Removes that one TXT record; removing one that isn't there does no harm.
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
