#pragma once
// The keeper put together: what `serve` and `guard` have in common. Made in the order of the layers, stopped in the other.

#include "api/events/event_relay.hpp"
#include "api/events/events.hpp"
#include "api/keeper/keeper_api.hpp"
#include "app/configuration.hpp"
#include "app/data_folder.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/serving/certificate_table.hpp"
#include "certs/serving/local_ca.hpp"
#include "crypto/certificate.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"
#include "site/keeper/keeper_site.hpp"

#include <memory>

namespace carillon::app {

/// "https://pod.example.org:8443" → "pod.example.org"; an IPv6 address without its brackets.
[[nodiscard]] std::string host_of(std::string_view origin);

/// The roots that issuers' `trust` names, beside the public ones. A file that cannot be read is logged and left out.
[[nodiscard]] std::vector<crypto::Certificate> roots_of(const Configuration& configuration);

/// From the main thread.
class CertificateKeeping {
 public:
  struct Parts {
    const DataFolder& data;
    const Clock& clock;
    Random& random;
    db::Database& database;  ///< with guard_schema() or more
    api::EventBus& events;
    api::EventRelay& relay;
    bool has_accounts = false;  ///< whether its operators and owners are people to be told, too
  };
  /// Makes everything and puts what is in force into the table; nothing runs yet. `origin`: where links in messages lead.
  static Result<std::unique_ptr<CertificateKeeping>> create(const Parts& parts, const Configuration& configuration,
                                                            const std::string& origin);
  ~CertificateKeeping();

  /// The names of the configuration (first of them: the default for clients that name none) and the port they are reached at. Those of the
  /// local CA are served when this returns.
  Result<> keep_configured(const Configuration& configuration, std::uint16_t port);
  /// The clock was set back: certificates, watches and incidents go on. Blocks. Any thread.
  void clock_set_back(const SetBack& jump);
  /// Begins to work: renewals, watches, reminders, peers.
  void start();
  /// Ends every step under way.
  void stop();

  [[nodiscard]] certs::CertificateTable& table() noexcept;
  [[nodiscard]] certs::Keeper& keeper() noexcept;
  [[nodiscard]] http::Outgoing& outgoing() noexcept;  ///< as [outgoing] says
  [[nodiscard]] incidents::Incidents& incidents() noexcept;
  /// Once the origin is known. `refused_calendar` hears of requests with a wrong calendar secret, and may be empty.
  void open_doors(const std::string& origin, std::function<bool()> ready,
                  std::function<void(const http::Request& request)> refused_calendar = {});
  [[nodiscard]] site::KeeperSite& site() noexcept;  ///< after open_doors
  [[nodiscard]] api::KeeperApi& api() noexcept;     ///< after open_doors
  /// What seals secrets at rest.
  [[nodiscard]] const crypto::MasterKey& master() const noexcept;
  /// Sends a mail in the background and tries it again for `worth`: see AccountMails. False when too many wait. Any thread.
  bool send_mail(std::string to, std::string subject, std::string text, Duration worth);
  /// Whether a mail channel is configured.
  [[nodiscard]] bool can_send_mail() const;
  /// In the text format of Prometheus.
  [[nodiscard]] std::string metrics();

 private:
  struct Impl;
  explicit CertificateKeeping(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::app
