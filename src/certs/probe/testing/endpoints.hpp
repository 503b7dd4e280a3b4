#pragma once
// A thousand servers in one thread: every loopback address is another one, and behaves as it is told.

#include "base/file.hpp"
#include "base/mutex.hpp"
#include "crypto/testing/authority.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace carillon::certs::testing {

/// What a server does with a connection.
enum class Manner {
  tls,
  silent,        ///< takes it and says nothing
  slow,          ///< a byte now and then, for ever
  plain_http,    ///< answers whatever it hears with HTTP
  patient_http,  ///< the same, but waits for the end of a line
  reset,         ///< tears it down
  closed,        ///< closes it at once
  alert,         ///< TLS that refuses everybody
  smtp,          ///< STARTTLS, then TLS
  imap,
  smtp_plain,  ///< SMTP without STARTTLS
};

struct Behaviour {
  Manner manner = Manner::tls;
  crypto::testing::Kind kind = crypto::testing::Kind::good;
  auto operator<=>(const Behaviour&) const = default;
};

/// One of each kind that a scan meets, with the word that tests and the program know it by.
struct NamedBehaviour {
  std::string_view name;
  Behaviour behaviour;
};
[[nodiscard]] std::vector<NamedBehaviour> every_behaviour();

/// Serves on one port of every address of 127.0.0.0/8 and ::1 until it goes.
class Endpoints {
 public:
  /// By the address that a client came to. Called on the endpoints' own thread.
  using Choose = std::function<Behaviour(const std::string& address)>;
  /// What to serve instead of what `choose` leads to; for tests with dates of their own. An empty chain: nothing instead.
  using Serve = std::function<crypto::testing::Served(const std::string& address)>;

  /// Without `has_v6` nobody listens on ::1.
  Endpoints(const crypto::testing::Authority& authority, Choose choose, Serve serve = {}, std::uint16_t port = 0, bool has_v6 = true);
  ~Endpoints();
  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::size_t most_at_once(
      const std::string& address) const;  ///< connections to it that were open at the same time; any thread
  [[nodiscard]] std::size_t most_mute_at_once() const noexcept { return most_mute_; }  ///< connections to silent and slow ones
  [[nodiscard]] std::size_t resumed() const noexcept { return resumed_; }              ///< handshakes that went on with an older session

 private:
  struct Visitor;
  void run(const std::stop_token& stop);
  void accept_all();
  void count(const std::string& address, int descriptor);
  void forget(const std::string& address, int descriptor);
  bool serve(Visitor& visitor);
  bool serve_tls(Visitor& visitor);
  bool serve_mail(Visitor& visitor);
  void begin_tls(Visitor& visitor);
  void drip();

  const crypto::testing::Authority& authority_;
  Choose choose_;
  Serve serve_;
  crypto::SslContextHandle context_;
  FileDescriptor listener_, epoll_, waker_;
  std::uint16_t port_ = 0;
  std::map<int, std::unique_ptr<Visitor>> visitors_;
  struct Crowding {
    std::set<int> open;
    std::size_t most = 0;
  };
  mutable Mutex mutex_;
  std::map<std::string, Crowding> crowding_ GUARDED_BY(mutex_);
  std::atomic<std::size_t> resumed_ = 0;
  std::atomic<std::size_t> most_mute_ = 0;
  std::jthread thread_;
};

}  // namespace carillon::certs::testing
