#pragma once
// A certificate authority for tests: RFC 8555 with profiles, external accounts and RFC 9773, in memory, strict, with real limits and faults
// at will.
//
// It stands where the outside world would (http::Outgoing), so that the production client and keeper talk to it without a network;
// `carillon-test-ca` serves the very same over HTTPS.

#include "base/random.hpp"
#include "base/time.hpp"
#include "http/client/outgoing.hpp"
#include "testca/faults.hpp"
#include "testca/ledger.hpp"
#include "testca/limits.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::testca {

/// What is to be proven before a name is believed.
struct Validation {
  std::string name;  ///< without "*."
  std::string type;  ///< "http-01", "tls-alpn-01", "dns-01", "dns-persist-01"
  std::string token;
  std::string key_authorization;
  bool wildcard = false;
  std::string account{};                      ///< its URL, for "dns-persist-01"
  std::vector<std::string> issuer_domains{};  ///< the same
};
/// Decides whether `name` has proven itself. An Error makes the authorization invalid; its `field` is the problem's type ("dns", "caa",
/// "connection", "unauthorized"…), "unauthorized" when empty, "connection" when the kind is `unavailable`. Called without the authority's
/// lock; may block.
using Validator = std::function<Result<>(const Validation& validation)>;

struct Settings {
  std::string origin = "https://ca.test";  ///< what every URL begins with; the directory is at origin + "/directory"
  std::map<std::string, Duration> profiles{{"classic", std::chrono::days{90}},
                                           {"tlsserver", std::chrono::days{45}},
                                           {"shortlived", std::chrono::hours{160}},
                                           {"seconds", std::chrono::seconds{60}}};
  std::string default_profile = "classic";
  /// The profile of an order that names none, by its first name; empty: default_profile.
  std::function<std::string(std::string_view name)> profile_of{};
  std::vector<std::string> caa_identities{"ca.test"};
  std::map<std::string, std::string> external_accounts;  ///< key id → MAC key, raw bytes
  bool external_account_required = false;
  std::string terms_of_service;                                                  ///< URL; when set, new accounts have to agree
  std::set<std::string> blocked_names;                                           ///< orders for them are `rejectedIdentifier`
  std::vector<std::string> challenge_types{"http-01", "tls-alpn-01", "dns-01"};  ///< "dns-persist-01" (draft 01), too, if it is here

  Duration validation_time{};  ///< from the client's word to the verdict
  Duration processing_time{};  ///< from finalize to the certificate; zero: finalize answers `valid`
  Duration authorization_reuse = std::chrono::hours{7};
  Duration order_lifetime = std::chrono::days{7};
  Duration poll_after = std::chrono::seconds{1};  ///< Retry-After while something is in progress; zero: none
  Duration retention = std::chrono::days{7};      ///< what expired is kept this much longer, then forgotten: a year fits into memory
  double renew_at = 2.0 / 3;                      ///< where in its life a certificate's default renewal window is centred
  double renew_short_at = 2.0 / 3;                ///< the same for lives under ten days; Let's Encrypt says a half
  Duration renewal_poll = std::chrono::hours{6};  ///< Retry-After of renewal information

  std::string revocation_list{};  ///< the URL of revocation_list() in certificates; "": none

  double bad_nonce_share = 0;     ///< of all signed requests, refused with `badNonce`
  bool verify_signatures = true;  ///< false: signatures of messages and signing requests are not computed; for large simulations
  Limits limits;
  /// The registered domain of a name. Default: the last two labels.
  std::function<std::string(std::string_view name)> registered_domain;
};

/// What renewal-info says about one certificate instead of the default.
struct RenewalAnswer {
  Time start;
  Time end;
  std::string explanation;
  std::optional<std::string> raw;  ///< the body as it is, however malformed; the window does not count then
  int status = 200;
  std::optional<Duration> retry_after;  ///< none: Settings::renewal_poll
};

struct CertificateView {
  std::string identifier;  ///< RFC 9773 §4.1
  std::string serial;      ///< hex
  std::uint64_t account = 0;
  std::vector<std::string> names;
  std::string profile;
  Time not_before;
  Time not_after;
  bool revoked = false;
  bool replaced = false;  ///< an order said so
  std::string pem;
};

/// How an answer reaches the client. Whoever plays the wire acts on it.
struct Delivery {
  enum class Wire { whole, cut_before, cut_halfway, slow };
  http::OutgoingAnswer answer;
  Wire wire = Wire::whole;
  Duration delay{};  ///< how long a slow body takes
};

/// Any thread.
class Authority final : public http::Outgoing {
 public:
  /// `clock` and `random` must outlive it; `random` is used under its lock. The same Random gives the same serials, tokens and nonces.
  [[nodiscard]] static Result<std::unique_ptr<Authority>> create(const Clock& clock, Random& random, Validator validator,
                                                                 Settings settings = {});
  ~Authority() override;

  /// As the outside world answers: `unavailable` for another origin, a failed connection, a cut or too slow body.
  [[nodiscard]] Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override;
  /// The same with what the wire is to do.
  [[nodiscard]] Delivery deliver(const http::OutgoingRequest& request);

  /// By default a validation runs within the first exchange after its time. With this it is handed out instead, to be run `after` that
  /// long, anywhere; before the authority goes, all must have run or been dropped. Set it before the first exchange.
  void run_validations_with(std::function<void(Duration after, std::function<void()> validation)> runner);
  /// Does now what is due: validations and issuances. exchange() and ledger() do it by themselves.
  void settle();

  [[nodiscard]] std::string directory_url() const;
  [[nodiscard]] std::vector<std::string> roots_pem() const;
  [[nodiscard]] std::vector<std::string> intermediates_pem() const;
  /// The CRL (RFC 5280 §5), as DER; valid for an hour.
  [[nodiscard]] std::string revocation_list() const;

  void change(const std::function<void(Settings&)>& edit);

  std::uint64_t add_fault(Fault fault);
  void remove_fault(std::uint64_t number);
  void clear_faults();
  [[nodiscard]] std::vector<Faults::Active> faults() const;
  /// Down for everybody from `from` until `until`.
  std::uint64_t down_between(Time from, Time until) { return add_fault({.kind = FaultKind::no_answer, .from = from, .until = until}); }
  /// Loses accounts, orders, authorizations, certificates and nonces, as a CA restored from nothing. Keys, ledger, limits and faults stay.
  void forget_everything();

  /// Everything since entry number `since`.
  [[nodiscard]] std::vector<LedgerEntry> ledger(std::size_t since = 0);
  /// Reads every entry from its place, without a copy; `reader` must not call the authority.
  void read_ledger(const std::function<void(const LedgerEntry&)>& reader, std::size_t since = 0);
  /// How often each kind of request came, faults included.
  [[nodiscard]] std::array<std::uint64_t, kRequestKinds> requests() const;

  /// Every certificate that is remembered, oldest first; `name` "" = of all names.
  [[nodiscard]] std::vector<CertificateView> certificates(const std::string& name = {}) const;
  void set_renewal_info(const std::string& identifier, std::optional<RenewalAnswer> answer);
  /// Revokes on the authority's own account; its renewal information then says "now". `not_found`.
  Result<> revoke(const std::string& identifier);

  /// The time that the Date of an answer shows.
  [[nodiscard]] Time shown_time() const;

 private:
  struct Impl;
  explicit Authority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::testca
