#pragma once
// One non-blocking TLS handshake with another server: from connect(2) to the chain that it sends.

#include "base/file.hpp"
#include "certs/probe/probe.hpp"
#include "certs/probe/starttls.hpp"
#include "crypto/certificate.hpp"

#include <optional>

namespace carillon::certs {

/// The settings of all handshakes: every version and cipher that OpenSSL still supports, so that old and weak servers can be checked; no
/// verification, no resumption. Immutable; any thread.
class TlsLook {
 public:
  [[nodiscard]] static Result<TlsLook> create();
  /// The client side over `socket`, which stays with its owner; null if out of memory.
  [[nodiscard]] crypto::SslHandle over(int socket) const;

 private:
  TlsLook(crypto::SslContextHandle context, crypto::BioMethodHandle method) noexcept
      : context_{std::move(context)}, method_{std::move(method)} {}
  crypto::SslContextHandle context_;
  crypto::BioMethodHandle method_;
};

/// The endpoint to check.
struct Attempt {
  std::string address;  ///< an IP address
  std::uint16_t port = 443;
  std::string server_name;  ///< sent as SNI (RFC 6066 §3); "" or an address: none is sent
  StartTls starttls = StartTls::none;
  KeyOffer keys = KeyOffer::any;
};

/// The result: either a chain or an obstacle.
struct Outcome {
  std::vector<crypto::Certificate> chain;  ///< leaf first, as it was sent
  std::string protocol;
  Obstacle obstacle = Obstacle::none;
  std::string detail;  ///< the end of a sentence: "it refuses connections"
  bool was_connected = false;
};

/// One thread at a time.
class Handshake {
 public:
  /// Connects without blocking.
  Handshake(const TlsLook& look, const Attempt& attempt);

  [[nodiscard]] bool over() const noexcept { return over_; }
  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

  /// Continues as far as possible; call it when the descriptor is ready.
  void advance();
  /// Sends something that plain-text servers respond to, if nothing was received yet: some wait for the end of a line before they report an
  /// error.
  void nudge();
  /// Ends it after the deadline.
  void give_up();
  /// Call once, when it is done.
  [[nodiscard]] Outcome take_outcome() { return std::move(outcome_); }

 private:
  void connect(const Attempt& attempt);
  void not_connected(int error, bool at_once);
  void connected();
  void talk();
  void shake();
  void begin_tls();
  void failed(int number, bool first_words);
  void take_chain();
  void end(Obstacle obstacle, std::string detail);

  const TlsLook& look_;
  std::string server_name_;
  KeyOffer keys_ = KeyOffer::any;
  FileDescriptor socket_;
  crypto::SslHandle ssl_;
  std::optional<StartTlsDialogue> dialogue_;
  bool is_v6_ = false;
  bool leads_out_ = true;  ///< a response could be routed back
  bool is_connected_ = false;
  bool heard_ = false;
  bool wants_write_ = true;
  bool over_ = false;
  std::string to_say_;
  Outcome outcome_;
};

/// The obstacle for a connection that failed with `error` (an errno). `here`: the cause is on this machine, because connect() or socket()
/// failed before anything was sent, or because no response could be routed back. Only then it is `no_route`; otherwise the error is about
/// the other end.
[[nodiscard]] Obstacle obstacle_of_connect(int error, bool is_v6, bool here) noexcept;

/// "192.0.2.7:443", "[2001:db8::1]:443".
[[nodiscard]] std::string endpoint_text(std::string_view host, std::uint16_t port);

}  // namespace carillon::certs
