#pragma once
// One TLS handshake with somebody else's server, without ever waiting: from connect(2) to the chain that was sent.

#include "base/file.hpp"
#include "certs/probe/probe.hpp"
#include "certs/probe/starttls.hpp"
#include "crypto/certificate.hpp"

#include <optional>

namespace carillon::certs {

/// The settings that all handshakes share: every version and cipher OpenSSL still has, so that the old and weak can be seen; nothing
/// verified, nothing resumed. Immutable; any thread.
class TlsLook {
 public:
  [[nodiscard]] static Result<TlsLook> create();
  /// A client's side over `socket`, which stays its owner's; null when there is no memory.
  [[nodiscard]] crypto::SslHandle over(int socket) const;

 private:
  TlsLook(crypto::SslContextHandle context, crypto::BioMethodHandle method) noexcept
      : context_{std::move(context)}, method_{std::move(method)} {}
  crypto::SslContextHandle context_;
  crypto::BioMethodHandle method_;
};

/// Whom to look at.
struct Attempt {
  std::string address;  ///< an IP address
  std::uint16_t port = 443;
  std::string server_name;  ///< sent as SNI (RFC 6066 §3); "" or an address: none is sent
  StartTls starttls = StartTls::none;
};

/// What came of it. Either there is a chain or an obstacle.
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
  /// Connects; nothing here waits.
  Handshake(const TlsLook& look, const Attempt& attempt);

  [[nodiscard]] bool over() const noexcept { return over_; }
  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

  /// Goes on as far as it can; to be called when the descriptor is ready.
  void advance();
  /// Says something that a server of plain text answers, if nothing was heard yet: some wait for the end of a line before they complain.
  void nudge();
  /// The time is up.
  void give_up();
  /// Once, when it is over.
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
  FileDescriptor socket_;
  crypto::SslHandle ssl_;
  std::optional<StartTlsDialogue> dialogue_;
  bool is_v6_ = false;
  bool leads_out_ = true;  ///< an answer could find its way back
  bool is_connected_ = false;
  bool heard_ = false;
  bool wants_write_ = true;
  bool over_ = false;
  std::string to_say_;
  Outcome outcome_;
};

/// What it means that a connection failed with `error` (an errno). `here`: the reason lies in this machine, since connect() or socket()
/// said so before anything was sent, or since no answer could find it. Only then there is no way; else the network speaks of the other end.
[[nodiscard]] Obstacle obstacle_of_connect(int error, bool is_v6, bool here) noexcept;

/// "192.0.2.7:443", "[2001:db8::1]:443".
[[nodiscard]] std::string endpoint_text(std::string_view host, std::uint16_t port);

}  // namespace carillon::certs
