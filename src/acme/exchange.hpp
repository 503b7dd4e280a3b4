#pragma once
// One signed request to a CA and its response, with retries for a bad nonce (RFC 8555 §6). Only for client.cpp.

#include "acme/client.hpp"
#include "base/mutex.hpp"

#include <deque>

namespace carillon::acme {

/// Who signs: the account (by its URL), or the key alone, if it has no account yet (RFC 8555 §6.2).
enum class SignedBy { account, key };

/// A response with a status below 400.
struct Reply {
  int status = 0;
  std::string body;
  std::string location;
  std::vector<std::string> links;  ///< field lines
  std::optional<Duration> retry_after;
};

/// Holds nonces, the directory and the account URL. Any thread; blocks.
class Exchange {
 public:
  Exchange(http::Outgoing& outgoing, Issuer issuer, crypto::PrivateKey key, std::string account);

  [[nodiscard]] Answer<Directory> directory();
  void forget_directory();

  /// `what` is the requested action, for error messages. `payload` "" is POST-as-GET (RFC 8555 §6.3).
  [[nodiscard]] Answer<Reply> post(const std::string& url, const std::string& payload, const std::string& what, SignedBy by,
                                   std::string_view accept = {});
  [[nodiscard]] Answer<Reply> get(const std::string& url, const std::string& what);

  [[nodiscard]] Failure unreadable(const std::string& what, const Error& why, int status) const;
  [[nodiscard]] Failure refusal(const std::string& what, const std::string& why, int status, std::string_view type) const;

  [[nodiscard]] const Issuer& issuer() const noexcept { return issuer_; }
  [[nodiscard]] std::shared_ptr<const crypto::PrivateKey> key() const;
  void use_key(crypto::PrivateKey key);
  [[nodiscard]] std::string account() const;
  void use_account(std::string url);
  [[nodiscard]] std::optional<Time> last_date() const;

 private:
  struct Sent {
    http::OutgoingAnswer answer;
    std::string nonce;  ///< the response's, "" if none
    std::optional<Time> date;
  };
  [[nodiscard]] Answer<Sent> send(http::OutgoingRequest request, const std::string& what);
  [[nodiscard]] Answer<std::string> nonce();
  [[nodiscard]] Answer<std::string> signed_body(const std::string& url, const std::string& payload, const std::string& nonce,
                                                SignedBy by) const;
  [[nodiscard]] Failure failure_of(const Sent& sent, const std::string& what) const;
  [[nodiscard]] static Reply reply_of(Sent sent);
  void keep_nonce(std::string nonce);
  void drop_nonces();

  http::Outgoing& outgoing_;
  const Issuer issuer_;

  mutable Mutex mutex_;  ///< guards the following members; never held during a request
  std::string account_ GUARDED_BY(mutex_);
  std::shared_ptr<const crypto::PrivateKey> key_ GUARDED_BY(mutex_);  ///< replaced when the account gets another
  std::optional<Directory> directory_ GUARDED_BY(mutex_);
  std::deque<std::string> nonces_ GUARDED_BY(mutex_);  ///< the oldest first
  std::optional<Time> last_date_ GUARDED_BY(mutex_);
};

}  // namespace carillon::acme
