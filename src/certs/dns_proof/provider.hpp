#pragma once
// DNS providers as configured: they change the records that prove control of a name (DNS-01, RFC 8555 §8.4).

#include "dns/server_address.hpp"
#include "dns/tsig_key.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace carillon::certs {

/// A hook's calling convention. Those of other ACME clients are supported, so their scripts work unchanged.
enum class HookStyle {
  carillon,    ///< HOOK present|cleanup RECORD VALUE
  lego,        ///< the same, with a dot after RECORD
  certbot,     ///< HOOK with CERTBOT_DOMAIN and CERTBOT_VALIDATION in its environment; another command cleans up
  dehydrated,  ///< HOOK deploy_challenge|clean_challenge DOMAIN TOKEN VALUE
};

inline constexpr std::chrono::seconds kHookDeadline{60};
inline constexpr std::chrono::seconds kDnsPatience{600};

/// The settings of one provider.
struct DnsProviderSettings {
  std::vector<std::string> names;  ///< it changes records at and below these names; empty: all

  std::optional<dns::ServerAddress> server;  ///< the primary, which accepts updates (RFC 2136)
  std::optional<dns::TsigKey> key;
  std::string zone;  ///< "": found by asking the server

  std::vector<std::string> hook;     ///< run directly, without a shell
  std::vector<std::string> cleanup;  ///< run to remove the record; empty: `hook`
  HookStyle style = HookStyle::carillon;
  std::chrono::seconds hook_deadline = kHookDeadline;

  std::vector<dns::ServerAddress> wait_for;      ///< servers that must have the record before the CA is asked; empty: the zone's
  std::chrono::seconds patience = kDnsPatience;  ///< how long they may take
};

/// One record to add or remove.
struct DnsProof {
  std::string domain;  ///< the name whose control it proves, without "*."
  std::string record;  ///< where the TXT record goes: `_acme-challenge.DOMAIN`, or the target of its CNAME
  std::string value;   ///< its text
  std::string token;   ///< of the challenge
};

/// Changes records. Any thread; blocks at most until its deadline. Leaves other records of the same name alone, because `example.org` and
/// `*.example.org` are proved at the same name.
class DnsProvider {
 public:
  DnsProvider() = default;
  DnsProvider(const DnsProvider&) = delete;
  DnsProvider& operator=(const DnsProvider&) = delete;
  virtual ~DnsProvider() = default;
  /// Can be repeated. The error is a sentence for the steward.
  [[nodiscard]] virtual Result<> present(const DnsProof& proof) = 0;
  [[nodiscard]] virtual Result<> remove(const DnsProof& proof) = 0;
};

/// `stop` kills running hooks. The settings have a server or a hook.
[[nodiscard]] std::unique_ptr<DnsProvider> make_provider(const DnsProviderSettings& settings, std::stop_token stop);

/// The settings for `record`: those with the longest name that equals it or is a parent of it; null if there are none. Points into `all`.
[[nodiscard]] const DnsProviderSettings* provider_for(const std::vector<DnsProviderSettings>& all, std::string_view record);

/// The name of the record that proves control of `name`, which may be a wildcard (RFC 8555 §8.4).
[[nodiscard]] std::string challenge_record(std::string_view name);
/// The text of that record (RFC 8555 §8.4).
[[nodiscard]] std::string challenge_value(std::string_view key_authorization);

}  // namespace carillon::certs
