#pragma once
// Who can change the DNS records that prove control of a name (DNS-01, RFC 8555 §8.4), as the configuration says it.

#include "dns/server_address.hpp"
#include "dns/tsig_key.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace carillon::certs {

/// How a hook command wants to be called; the shapes of other ACME clients, so that their scripts work unchanged.
enum class HookStyle {
  carillon,    ///< HOOK present|cleanup RECORD VALUE
  lego,        ///< the same, with a dot behind RECORD
  certbot,     ///< HOOK with CERTBOT_DOMAIN and CERTBOT_VALIDATION in its environment; another command cleans up
  dehydrated,  ///< HOOK deploy_challenge|clean_challenge DOMAIN TOKEN VALUE
};

inline constexpr std::chrono::seconds kHookDeadline{60};
inline constexpr std::chrono::seconds kDnsPatience{600};

/// One provider as configured.
struct DnsProviderSettings {
  std::vector<std::string> names;  ///< records at these names and below are this provider's; empty: all

  std::optional<dns::ServerAddress> server;  ///< the primary, which takes updates (RFC 2136)
  std::optional<dns::TsigKey> key;
  std::string zone;  ///< "": the server is asked

  std::vector<std::string> hook;     ///< run directly, without a shell
  std::vector<std::string> cleanup;  ///< run to remove the record; empty: `hook`
  HookStyle style = HookStyle::carillon;
  std::chrono::seconds hook_deadline = kHookDeadline;

  std::vector<dns::ServerAddress> wait_for;      ///< these have to have the record before the CA looks; empty: those of its zone
  std::chrono::seconds patience = kDnsPatience;  ///< how long they may take
};

/// One record as it should be, or no longer.
struct DnsProof {
  std::string domain;  ///< whose control it proves, without "*."
  std::string record;  ///< where the TXT record goes: `_acme-challenge.DOMAIN`, or what that is an alias of
  std::string value;   ///< its text
  std::string token;   ///< of the challenge
};

/// Changes records. Any thread; blocks, for at most its deadline. Other records of the same name stay as they are: `example.org` and
/// `*.example.org` are proved at one name.
class DnsProvider {
 public:
  DnsProvider() = default;
  DnsProvider(const DnsProvider&) = delete;
  DnsProvider& operator=(const DnsProvider&) = delete;
  virtual ~DnsProvider() = default;
  /// Doing it again does no harm. The error is a sentence for the steward.
  [[nodiscard]] virtual Result<> present(const DnsProof& proof) = 0;
  [[nodiscard]] virtual Result<> remove(const DnsProof& proof) = 0;
};

/// `stop`: ends hooks that run. The settings have a server or a hook.
[[nodiscard]] std::unique_ptr<DnsProvider> make_provider(const DnsProviderSettings& settings, std::stop_token stop);

/// The settings for `record`: those with the longest of the names that it is, or is below of; null: none. The pointer is into `all`.
[[nodiscard]] const DnsProviderSettings* provider_for(const std::vector<DnsProviderSettings>& all, std::string_view record);

/// The name of the record that proves control of `name`, which may be a wildcard (RFC 8555 §8.4).
[[nodiscard]] std::string challenge_record(std::string_view name);
/// The text of that record (RFC 8555 §8.4).
[[nodiscard]] std::string challenge_value(std::string_view key_authorization);

}  // namespace carillon::certs
