// See handshake.hpp.

#include "certs/probe/handshake.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace carillon::certs {
namespace {

constexpr const char* kTornDown = "it reset the connection";
constexpr const char* kNotTls = "it responds, but not with TLS";
/// Every group that OpenSSL has for TLS (IANA's registry of TLS groups), the usual first: a server may have its key on any of them.
constexpr const char* kGroups =
    "X25519:P-256:P-384:P-521:X448:secp256k1:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp224r1:secp224k1:P-192:secp192k1:"
    "secp160r1:secp160r2:secp160k1:sect571r1:sect571k1:sect409r1:sect409k1:sect283r1:sect283k1:sect239k1:sect233r1:sect233k1:sect193r1:"
    "sect193r2:sect163r1:sect163r2:sect163k1";
constexpr unsigned char kAlertRecord = 0x15, kHandshakeRecord = 0x16, kTlsMajorVersion = 3;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::optional<SocketAddress> socket_address(const std::string& address, std::uint16_t port) {
  SocketAddress result;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    result.length = sizeof *v4;
    return result;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    result.length = sizeof *v6;
    return result;
  }
  return {};
}

/// Up to TLS 1.2 the suites say which kinds of keys a client can use, from TLS 1.2 on the signature algorithms (RFC 8446 §4.2.3).
bool limit_keys(SSL* ssl, KeyOffer keys) {
  switch (keys) {
    case KeyOffer::any:
      return true;
    case KeyOffer::elliptic_curve:
      return SSL_set_cipher_list(ssl, "ALL:!aNULL:!PSK:!SRP:!aRSA:!aDSS:@SECLEVEL=0") == 1 &&
             SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:ECDSA+SHA1") == 1;
    case KeyOffer::rsa:
      return SSL_set_cipher_list(ssl, "ALL:!aNULL:!PSK:!SRP:!aECDSA:!aDSS:@SECLEVEL=0") == 1 &&
             SSL_set1_sigalgs_list(ssl,
                                   "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"
                                   "rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1") == 1;
  }
  return true;
}

int accept_all(X509_STORE_CTX*, void*) { return 1; }

/// As OpenSSL's own, but a peer that has gone away is an error here and no signal that ends the program.
int write_without_signal(BIO* bio, const char* data, int length) {
  int socket = -1;
  BIO_get_fd(bio, &socket);
  errno = 0;
  const auto sent = static_cast<int>(::send(socket, data, static_cast<std::size_t>(length), MSG_NOSIGNAL));
  BIO_clear_retry_flags(bio);
  if (sent <= 0 && BIO_sock_should_retry(sent) != 0) BIO_set_retry_write(bio);
  return sent;
}

crypto::BioMethodHandle socket_method() {
  crypto::BioMethodHandle method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket without signals")};
  const BIO_METHOD* original = BIO_s_socket();
  if (!method || BIO_meth_set_write(method.get(), write_without_signal) != 1 ||
      BIO_meth_set_read(method.get(), BIO_meth_get_read(original)) != 1 ||
      BIO_meth_set_ctrl(method.get(), BIO_meth_get_ctrl(original)) != 1 ||
      BIO_meth_set_create(method.get(), BIO_meth_get_create(original)) != 1 ||
      BIO_meth_set_destroy(method.get(), BIO_meth_get_destroy(original)) != 1)
    return {};
  return method;
}

/// Whether an answer of the Internet could find this machine: a global IPv6 address cannot be reached from one that is not. Containers
/// often have nothing but a local one (fd00::/8) and a default route that ends at their host.
bool leads_out(int socket, const sockaddr_storage& to) {
  // Global unicast is 2000::/3 (RFC 4291 §2.4, IANA's registry).
  const auto is_global = [](const sockaddr_storage& address) {
    return (reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr[0] & 0xE0U) == 0x20U;
  };
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&from), &length) != 0) return true;
  return !is_global(to) || is_global(from);
}

}  // namespace

Result<TlsLook> TlsLook::create() {
  crypto::SslContextHandle context{SSL_CTX_new(TLS_client_method())};
  auto method = socket_method();
  if (!context || !method) return fail(ErrorKind::internal, "TLS could not be prepared: " + crypto::openssl_reason() + ".");
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  // Suites without a certificate show nothing, and a server that chooses by its own order would take them (Postfix does).
  if (SSL_CTX_set_cipher_list(context.get(), "ALL:!aNULL:!PSK:!SRP:@SECLEVEL=0") != 1 ||
      SSL_CTX_set1_groups_list(context.get(), kGroups) != 1)
    return fail(ErrorKind::internal, "TLS could not be prepared: " + crypto::openssl_reason() + ".");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Thousands wait at once: what waits must not hold its buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  // The chain is judged afterwards, and against other roots for other names.
  SSL_CTX_set_cert_verify_callback(context.get(), accept_all, nullptr);
  return TlsLook{std::move(context), std::move(method)};
}

crypto::SslHandle TlsLook::over(int socket) const {
  crypto::SslHandle ssl{SSL_new(context_.get())};
  BIO* bio = BIO_new(method_.get());
  if (!ssl || bio == nullptr) return BIO_free(bio), crypto::SslHandle{};
  BIO_set_fd(bio, socket, BIO_NOCLOSE);
  SSL_set_bio(ssl.get(), bio, bio);
  return ssl;
}

Handshake::Handshake(const TlsLook& look, const Attempt& attempt) : look_{look}, server_name_{attempt.server_name}, keys_{attempt.keys} {
  if (attempt.starttls != StartTls::none)
    dialogue_.emplace(attempt.starttls, attempt.server_name.empty() ? attempt.address : attempt.server_name);
  connect(attempt);
}

void Handshake::connect(const Attempt& attempt) {
  const auto address = socket_address(attempt.address, attempt.port);
  if (!address) return end(Obstacle::unresolved, "“" + attempt.address + "” isn't an address");
  socket_ = FileDescriptor{::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  is_v6_ = address->storage.ss_family == AF_INET6;
  if (!socket_) return not_connected(errno, true);
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) == 0) return connected();
  if (errno != EINPROGRESS) return not_connected(errno, true);
  leads_out_ = !is_v6_ || leads_out(socket_.get(), address->storage);
}

void Handshake::not_connected(int error, bool at_once) {
  const auto obstacle = obstacle_of_connect(error, is_v6_, at_once || !leads_out_);
  switch (obstacle) {
    case Obstacle::refused:
      return end(obstacle, "it refuses connections");
    case Obstacle::silence:
      return end(obstacle, "it doesn't respond");
    case Obstacle::reset:
      return end(obstacle, kTornDown);
    case Obstacle::no_socket:
      return end(obstacle, "this machine could not open a connection: " + errno_text(error));
    case Obstacle::unreachable:
      return end(obstacle, "the network reports it as unreachable: " + errno_text(error));
    default:
      return end(obstacle, leads_out_ ? "no route to host: " + errno_text(error)
                                      : "this machine has no global IPv6 address, so it can't receive a response");
  }
}

void Handshake::advance() {
  if (over_) return;
  if (!is_connected_) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return not_connected(error, false);
    return connected();
  }
  if (dialogue_) return talk();
  shake();
}

void Handshake::connected() {
  is_connected_ = true;
  if (dialogue_) {
    to_say_ = dialogue_->opening();
    wants_write_ = !to_say_.empty();  // otherwise, the server speaks first
    return;
  }
  begin_tls();
}

void Handshake::talk() {
  if (!to_say_.empty()) {
    const auto sent = ::send(socket_.get(), to_say_.data(), to_say_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return end(Obstacle::reset, kTornDown);
    if (sent > 0) to_say_.erase(0, static_cast<std::size_t>(sent));
    wants_write_ = !to_say_.empty();
    if (wants_write_) return;
    if (dialogue_->state() == StartTlsDialogue::State::ready) return begin_tls();
  }
  std::array<char, 2'048> buffer;
  const auto received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (received == 0) return end(Obstacle::closed, "it closed the connection before TLS started");
  if (received < 0) {
    if (errno != EAGAIN) end(Obstacle::reset, kTornDown);
    return;
  }
  heard_ = true;
  to_say_ += dialogue_->take({buffer.data(), static_cast<std::size_t>(received)});
  switch (dialogue_->state()) {
    case StartTlsDialogue::State::talking:
      break;
    case StartTlsDialogue::State::refused:
      return end(Obstacle::no_starttls, dialogue_->reason());
    case StartTlsDialogue::State::foreign:
      return end(Obstacle::not_tls, dialogue_->reason());
    case StartTlsDialogue::State::ready:
      if (to_say_.empty()) return begin_tls();
      break;  // MySQL: the request for TLS has no answer
  }
  wants_write_ = !to_say_.empty();
}

void Handshake::begin_tls() {
  heard_ = false;
  dialogue_.reset();
  ssl_ = look_.over(socket_.get());
  if (!ssl_) return end(Obstacle::broken_tls, "TLS could not be started: " + crypto::openssl_reason());
  SSL_set_connect_state(ssl_.get());
  if (!limit_keys(ssl_.get(), keys_)) return end(Obstacle::broken_tls, "TLS could not be started: " + crypto::openssl_reason());
  if (!server_name_.empty() && !crypto::is_ip_address(server_name_)) SSL_set_tlsext_host_name(ssl_.get(), server_name_.c_str());
  shake();
}

void Handshake::shake() {
  if (!heard_) {
    // The first byte tells TLS from everything else; OpenSSL would wait for five.
    std::array<unsigned char, 2> first{};
    const auto peeked = ::recv(socket_.get(), first.data(), first.size(), MSG_PEEK | MSG_DONTWAIT);
    if (peeked > 0) {
      heard_ = true;
      const bool is_record = (first[0] == kHandshakeRecord || first[0] == kAlertRecord) && (peeked < 2 || first[1] == kTlsMajorVersion);
      if (!is_record) return end(Obstacle::not_tls, kNotTls);
    }
    // The kernel tells a reset once: to whoever asks first.
    if (peeked < 0 && errno != EAGAIN) return end(Obstacle::reset, kTornDown);
  }
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    take_chain();
    if (outcome_.chain.empty()) return end(Obstacle::broken_tls, "it uses TLS without a certificate");
    (void)SSL_shutdown(ssl_.get());  // a polite end; nobody waits for the answer
    return end(Obstacle::none, {});
  }
  const bool first_words = !heard_;
  heard_ = heard_ || BIO_number_read(SSL_get_rbio(ssl_.get())) > 0;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wants_write_ = false;
      return;
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return;
    default:
      failed(errno, first_words);
  }
}

void Handshake::failed(int number, bool first_words) {
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const bool is_ssl = code != 0 && ERR_GET_LIB(code) == ERR_LIB_SSL;
  Obstacle obstacle = Obstacle::broken_tls;
  std::string detail;
  if (is_ssl && first_words && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG)) {
    // They came between our look at the first byte and OpenSSL's.
    obstacle = Obstacle::not_tls;
    detail = kNotTls;
  } else if (is_ssl && reason >= SSL_AD_REASON_OFFSET) {
    obstacle = Obstacle::alert;
    detail = "the TLS handshake failed: " + crypto::openssl_reason();
  } else if (is_ssl && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    obstacle = Obstacle::closed;
    detail = "it closed the connection during the handshake";
  } else if (code == 0 || ERR_SYSTEM_ERROR(code)) {
    obstacle = number == 0 ? Obstacle::closed : Obstacle::reset;
    detail = number == 0 ? "it closed the connection during the handshake" : "it reset the connection during the handshake";
  } else {
    detail = "its TLS data is invalid: " + crypto::openssl_reason();
  }
  ERR_clear_error();
  // A server that wants a certificate of ours ends it here, but it has shown its own; only what we found wrong ourselves proves nothing.
  if (obstacle != Obstacle::broken_tls) take_chain();
  if (!outcome_.chain.empty()) obstacle = Obstacle::none;
  end(obstacle, std::move(detail));
}

void Handshake::take_chain() {
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl_.get());
  outcome_.protocol = SSL_get_version(ssl_.get());
  for (int i = 0; i < sk_X509_num(sent) && outcome_.chain.size() < crypto::kLongestChain; ++i) {
    X509* certificate = sk_X509_value(sent, i);
    X509_up_ref(certificate);
    outcome_.chain.emplace_back(crypto::X509Handle{certificate});
  }
}

void Handshake::nudge() {
  if (over_ || !ssl_ || heard_) return;
  constexpr std::string_view kEmptyLines = "\r\n\r\n";
  (void)::send(socket_.get(), kEmptyLines.data(), kEmptyLines.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Handshake::give_up() {
  if (over_) return;
  if (!is_connected_) return not_connected(ETIMEDOUT, false);
  if (heard_) return end(Obstacle::slow, "it is so slow that the handshake timed out");
  end(Obstacle::silence, "it accepts the connection but sends nothing");
}

void Handshake::end(Obstacle obstacle, std::string detail) {
  over_ = true;
  outcome_.obstacle = obstacle;
  outcome_.was_connected = is_connected_;
  outcome_.detail = std::move(detail);
  ssl_.reset();
  socket_.reset();
}

Obstacle obstacle_of_connect(int error, bool is_v6, bool here) noexcept {
  switch (error) {
    case ECONNREFUSED:
      return Obstacle::refused;
    case ETIMEDOUT:
      // No answer could have found the way here: that one stayed out says nothing.
      return here ? Obstacle::no_route : Obstacle::silence;
    case ECONNRESET:
      return Obstacle::reset;
    case EADDRNOTAVAIL:  // no address of that family here; of IPv4, rather no port left
      return is_v6 ? Obstacle::no_route : Obstacle::no_socket;
    case EAFNOSUPPORT:
    case ENETUNREACH:
    case EHOSTUNREACH:
      // What a router or a silent neighbour says later is about the other end: an AAAA record at a machine that is gone is a finding.
      return here ? Obstacle::no_route : Obstacle::unreachable;
    default:
      return here ? Obstacle::no_socket : Obstacle::unreachable;
  }
}

std::string endpoint_text(std::string_view host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return (is_v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

}  // namespace carillon::certs
