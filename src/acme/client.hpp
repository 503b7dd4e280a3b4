#pragma once
// An ACME client (RFC 8555): one object per issuer and account. It has no database and no clock. Each call is one exchange (with retries
// for a bad nonce), so callers can stop and continue at any point.

#include "base/time.hpp"
#include "crypto/key.hpp"
#include "http/client/outgoing.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace carillon::acme {

/// Why an exchange failed.
struct Failure {
  Error error;                                    ///< one sentence: the issuer, the request and its reply
  int status = 0;                                 ///< the HTTP status; 0: no response
  std::string type;                               ///< the last part of urn:ietf:params:acme:error:… ("rateLimited"), "" if none
  std::optional<Duration> retry_after;            ///< as sent by the CA (RFC 9110 §10.2.3)
  std::map<std::string, std::string> of_names{};  ///< the names that the CA rejects and why, if it says so (RFC 8555 §6.7.1)
};
template <class T>
using Answer = std::expected<T, Failure>;

struct Directory {
  std::string new_nonce, new_account, new_order, revoke_certificate, key_change;
  std::string renewal_info;                     ///< "" if the CA has none (RFC 9773)
  std::map<std::string, std::string> profiles;  ///< name → description
  std::vector<std::string> caa_identities;
  bool external_account_required = false;
  std::string terms_of_service;
  std::vector<std::string> issuer_domains{};  ///< draft-ietf-acme-dns-persist-02 §3.2
  std::string account_hash_prefix{};          ///< the same, §4.1; "" if the CA has none
};

/// External account binding (RFC 8555 §7.3.4).
struct ExternalAccount {
  std::string key_id;
  std::string hmac_key;  ///< raw bytes
};

enum class Status { pending, ready, processing, valid, invalid, deactivated, expired, revoked };

struct Challenge {
  std::string type;  ///< "http-01", "tls-alpn-01", "dns-01", "dns-persist-01"
  std::string url;
  std::string token;  ///< "" for "dns-persist-01"
  Status status = Status::pending;
  std::string error;                          ///< the CA's message, "" if none
  std::vector<std::string> issuer_domains{};  ///< of "dns-persist-01": the CA's names for the record, at least one
  bool hashes_accounts = false;               ///< of "dns-persist-01": as draft 02 has it
};

struct Authorization {
  std::string url;
  std::string name;
  bool wildcard = false;
  Status status = Status::pending;
  std::vector<Challenge> challenges;
  std::optional<Duration> retry_after;
};

struct Order {
  std::string url;
  Status status = Status::pending;
  std::vector<std::string> authorizations;
  std::string finalize;
  std::string certificate;                              ///< "" until valid
  std::string error;                                    ///< why it is invalid
  std::string error_type;                               ///< the last part of its URN
  std::map<std::string, std::string> error_of_names{};  ///< see Failure::of_names
  std::optional<Time> expires;
  std::optional<Duration> retry_after;
};

struct NewOrder {
  std::vector<std::string> names;
  std::string profile;   ///< "" = the CA's default
  std::string replaces;  ///< ARI identifier of the certificate this one follows (RFC 9773 §5), "" if none
};

/// RFC 9773 §4.2. Always start < end: an empty or reversed window is a Failure.
struct RenewalInfo {
  Time start;
  Time end;
  std::string explanation;
  Duration retry_after;  ///< from the CA, clamped to 1 min … 1 day; 6 h if it sends none
};

/// The CA that a client talks to.
struct Issuer {
  std::string name;                       ///< for messages
  std::string directory;                  ///< URL
  std::filesystem::path directory_trust;  ///< PEM for the directory's own HTTPS; empty: the system's
};

/// Any thread; blocks. Nonces are reused between calls. A call without an account URL fails with the type "accountDoesNotExist", like the
/// CA's own response for a deleted account: register, then try again.
class Client {
 public:
  Client(http::Outgoing& outgoing, Issuer issuer, crypto::PrivateKey account_key, std::string account_url = {});
  ~Client();

  [[nodiscard]] Answer<Directory> directory();  ///< fetched once, then cached
  void forget_directory();                      ///< after a failure that may mean that it has moved

  /// Creates the account, or finds it if the key has one; returns its URL and uses it from now on. Accepts the CA's terms. Contacts are
  /// email addresses or URLs ("mailto:…"). Type "externalAccountRequired" if the CA requires an external account and none is set.
  [[nodiscard]] Answer<std::string> register_account(const std::vector<std::string>& contacts,
                                                     const std::optional<ExternalAccount>& external);
  [[nodiscard]] Answer<void> update_account(const std::vector<std::string>& contacts);
  [[nodiscard]] Answer<void> deactivate_account();  ///< permanent; the client has no account afterwards
  [[nodiscard]] std::string account_url() const;

  [[nodiscard]] Answer<Order> new_order(const NewOrder& name_options);
  [[nodiscard]] Answer<Order> order(const std::string& url);
  [[nodiscard]] Answer<Authorization> authorization(const std::string& url);
  /// Tells the CA that it can validate the challenge.
  [[nodiscard]] Answer<void> respond(const std::string& challenge_url);
  [[nodiscard]] Answer<Order> finalize(const Order& order, const std::string& request_der);

  struct Chains {
    std::string first;                    ///< PEM, leaf first; certificates and nothing else
    std::vector<std::string> alternates;  ///< URLs (RFC 8555 §7.4.2, `Link: rel="alternate"`)
  };
  [[nodiscard]] Answer<Chains> download(const std::string& url);

  /// The URL of the key's account, which is used from now on; type "accountDoesNotExist" if it has none (RFC 8555 §7.3.1).
  [[nodiscard]] Answer<std::string> find_account();
  /// Replaces the account's key (RFC 8555 §7.3.5); requests that begin later are signed with `next`. After a failure without a status, the
  /// CA may have accepted `next`: find_account() of a client with that key says so.
  [[nodiscard]] Answer<void> change_key(crypto::PrivateKey next);
  /// `reason` as in RFC 5280 §5.3.1. Signed by the account. An already revoked certificate counts as success.
  [[nodiscard]] Answer<void> revoke(const std::string& certificate_der, int reason);

  /// Unauthenticated GET. `certificate_id` comes from certificate_id().
  [[nodiscard]] Answer<RenewalInfo> renewal_info(const std::string& certificate_id);

  /// token "." thumbprint of the account key (RFC 8555 §8.1).
  [[nodiscard]] std::string key_authorization(const std::string& token) const;

  /// `Date` of the CA's last response; compare it with our own time immediately.
  [[nodiscard]] std::optional<Time> last_date() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// base64url(authority key identifier) "." base64url(serial) (RFC 9773 §4.1); "" if the certificate has no authority key identifier.
[[nodiscard]] std::string certificate_id(std::string_view certificate_der);

}  // namespace carillon::acme
