// The TLS settings and the choice of the certificate. See tls.hpp.

#include "base/ip/address.hpp"
#include "base/log.hpp"
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

namespace carillon::net {
namespace {

/// Parsed certificates kept; the rest is parsed again when it is asked for (6.7 KiB each).
constexpr std::size_t kMaxParsed = 1024;
/// Mozilla's "intermediate" (guideline 5.7) less its suites with finite-field Diffie-Hellman: forward secrecy and authenticated encryption
/// alone, so no static RSA and no CBC. TLS 1.3 has nothing else by itself.
constexpr const char* kSuites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";

std::string openssl_reason() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

/// The server name of a client hello (RFC 6066 §3): a list with one entry of type host_name. "" when there is none or it is malformed.
std::string_view server_name_in(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  std::size_t length = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &length) != 1 || length < 5) return {};
  const std::size_t list = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
  const std::size_t name = static_cast<std::size_t>(bytes[3]) << 8 | bytes[4];
  if (list + 2 != length || bytes[2] != TLSEXT_NAMETYPE_host_name || name + 5 > length || name > TLSEXT_MAXLEN_host_name) return {};
  return {reinterpret_cast<const char*>(bytes + 5), name};
}

/// The protocols of a client hello (RFC 7301 §3.1) behind the length of their list. "" when there are none or they are malformed.
std::string_view protocols_in(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  std::size_t length = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes, &length) != 1 || length < 2) return {};
  const std::size_t list = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
  if (list + 2 != length) return {};
  return {reinterpret_cast<const char*>(bytes + 2), list};
}

/// The address that the client has connected to; "" if it's unknown.
std::string local_address_of(SSL* ssl) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  const int descriptor = SSL_get_fd(ssl);
  if (descriptor < 0 || ::getsockname(descriptor, address, &size) != 0) return {};
  const auto parsed = IpAddress::of(*address);
  return parsed ? parsed->text() : std::string{};
}

int on_client_hello(SSL* ssl, int* alert, void* context) {
  if (static_cast<TlsContext*>(context)->choose(ssl, server_name_in(ssl), is_acme_challenge(protocols_in(ssl))))
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_CLIENT_HELLO_ERROR;
}

int on_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_length, const unsigned char* offered, unsigned int offered_length,
            void* context) {
  if (is_acme_challenge(
          {reinterpret_cast<const char*>(offered), offered_length})) {  // the client hello was let through, so its proof is at hand
    *chosen = offered + 1;
    *chosen_length = offered[0];
    return SSL_TLSEXT_ERR_OK;
  }
  static constexpr unsigned char kSpoken[] =
      "\x02h2"
      "\x08http/1.1"
      "\x08http/1.0";
  const unsigned skipped = static_cast<const TlsContext*>(context)->http2() ? 0 : 1 + kHttp2.size();
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, chosen_length, kSpoken + skipped, sizeof kSpoken - 1 - skipped, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // no_application_protocol: who asks for h2 alone must not be answered with HTTP/1.1 (RFC 7301 §3.2)
  *chosen = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::shared_ptr<const CertificateForTls> CertificateLookup::challenge_for(std::string_view) const { return nullptr; }

bool is_acme_challenge(std::string_view offered) noexcept {
  return offered.size() == 1 + kAcmeProtocol.size() && static_cast<std::size_t>(offered.front()) == kAcmeProtocol.size() &&
         offered.substr(1) == kAcmeProtocol;
}

struct TlsContext::Parsed {
  std::vector<std::unique_ptr<X509, decltype(&X509_free)>> chain;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, &EVP_PKEY_free};
};

Result<std::unique_ptr<TlsContext>> TlsContext::create(const CertificateLookup& lookup, bool http2) {
  std::unique_ptr<TlsContext> result{new TlsContext{lookup, http2}};
  result->context_ = SSL_CTX_new(TLS_server_method());
  auto* context = result->context_;
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(context, kSuites) != 1 ||
      SSL_CTX_set1_groups_list(context, kGroups) != 1)
    return fail(ErrorKind::internal, "set up TLS: " + openssl_reason());
  // Without tickets and a session cache every handshake is a whole one and shows the certificate of now: a swap is seen at once.
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A record is a header of 5 bytes and the rest: read together, a request costs a system call less. Reading never waits before it has
  // asked OpenSSL.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_client_hello_cb(context, on_client_hello, result.get());
  SSL_CTX_set_alpn_select_cb(context, on_alpn, result.get());
  return result;
}

bool TlsContext::use(SSL* ssl, const Parsed& certificate) {
  auto* stack = sk_X509_new_null();
  for (std::size_t i = 1; i < certificate.chain.size(); ++i) sk_X509_push(stack, certificate.chain[i].get());
  // OpenSSL takes references of its own: what is in the cache may go while the connection lives.
  const bool used = SSL_use_cert_and_key(ssl, certificate.chain.front().get(), certificate.key.get(), stack, 1) == 1;
  sk_X509_free(stack);
  ERR_clear_error();
  return used;
}

bool TlsContext::has_expired(const Parsed& certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate.chain.front().get())) < 0;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

bool TlsContext::choose(SSL* ssl, std::string_view server_name, bool is_challenge) {
  auto certificate = is_challenge ? lookup_.challenge_for(server_name) : nullptr;
  // Clients that connect to an address send no name (RFC 6066 §3): they expect the certificate of that address.
  if (!is_challenge && server_name.empty()) certificate = lookup_.certificate_for(local_address_of(ssl));
  if (!is_challenge && !certificate) certificate = lookup_.certificate_for(server_name);
  if (!certificate) return false;
  const auto ready = parsed(certificate);
  if (!ready) return false;
  if (!certificate->beside) return use(ssl, *ready);
  // OpenSSL keeps one certificate for each kind of key, and uses the first kind in our order that the client can verify. One that has
  // expired must not be used while the other is valid.
  const auto beside = parsed(certificate->beside);
  if (!beside) return use(ssl, *ready);
  if (has_expired(*beside) && !has_expired(*ready)) return use(ssl, *ready);
  if (has_expired(*ready) && !has_expired(*beside)) return use(ssl, *beside);
  const bool has_second = use(ssl, *beside);
  return use(ssl, *ready) || has_second;
}

std::shared_ptr<const TlsContext::Parsed> TlsContext::parsed(const std::shared_ptr<const CertificateForTls>& certificate) {
  const Lock lock{mutex_};
  if (const auto known = by_certificate_.find(certificate.get()); known != by_certificate_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
    return known->second->second;
  }
  auto fresh = std::make_shared<Parsed>();
  for (const auto& der : certificate->chain_der) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    fresh->chain.emplace_back(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())), &X509_free);
  }
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(certificate->key_der.data());
  fresh->key.reset(d2i_AutoPrivateKey(nullptr, &key_bytes, static_cast<long>(certificate->key_der.size())));
  const bool whole =
      !fresh->chain.empty() && fresh->key && std::ranges::all_of(fresh->chain, [](const auto& entry) { return entry != nullptr; });
  if (!whole) {
    log::error("a stored certificate can't be loaded", {{"reason", openssl_reason()}});
    return nullptr;
  }
  // The entry keeps the certificate alive, so its address is nobody else's.
  recent_.emplace_front(certificate, fresh);
  by_certificate_[certificate.get()] = recent_.begin();
  if (recent_.size() > kMaxParsed) {
    by_certificate_.erase(recent_.back().first.get());
    recent_.pop_back();
  }
  return fresh;
}

}  // namespace carillon::net
