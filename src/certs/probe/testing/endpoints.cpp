// See endpoints.hpp. One listener on every address; getsockname(2) tells which of them a client came to.

#include "certs/probe/testing/endpoints.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace carillon::certs::testing {
namespace {

using crypto::testing::Kind;

constexpr int kBacklog = 4'096;
constexpr std::chrono::milliseconds kDrip{200};

void require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

std::string local_address(int descriptor) {
  sockaddr_in6 address{};
  socklen_t length = sizeof address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    ::inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

int refuse_everybody(SSL*, int* alert, void*) {
  *alert = SSL_AD_HANDSHAKE_FAILURE;
  return SSL_CLIENT_HELLO_ERROR;
}

void say(int descriptor, std::string_view text) { (void)::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL); }

}  // namespace

std::vector<NamedBehaviour> every_behaviour() {
  std::vector<NamedBehaviour> all;
  all.reserve(crypto::testing::kKinds.size() + 4);
  for (const auto kind : crypto::testing::kKinds) all.push_back({crypto::testing::name_of(kind), {Manner::tls, kind}});
  all.push_back({"silent", {Manner::silent}});
  all.push_back({"slow", {Manner::slow}});
  all.push_back({"plain_http", {Manner::plain_http}});
  all.push_back({"reset", {Manner::reset}});
  return all;
}

struct Endpoints::Visitor {
  FileDescriptor socket;
  std::string address;
  Behaviour behaviour;
  crypto::SslHandle ssl;
  std::string heard;
  std::size_t dripped = 0;
};

Endpoints::Endpoints(const crypto::testing::Authority& authority, Choose choose, Serve serve, std::uint16_t port, bool has_v6)
    : authority_{authority},
      choose_{std::move(choose)},
      serve_{std::move(serve)},
      context_{SSL_CTX_new(TLS_server_method())},
      listener_{::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)},
      epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      waker_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  require(context_ && listener_ && epoll_ && waker_, "socket");
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
  const int on = 1, off = 0;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(listener_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  if (!has_v6) address.sin6_addr.s6_addr[10] = address.sin6_addr.s6_addr[11] = 0xFF;  // ::ffff:0.0.0.0
  address.sin6_port = htons(port);
  require(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  require(::listen(listener_.get(), kBacklog) == 0, "listen");
  socklen_t length = sizeof address;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin6_port);
  for (const int descriptor : {listener_.get(), waker_.get()}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  }
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Endpoints::~Endpoints() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  (void)!::write(waker_.get(), &one, sizeof one);
}

std::size_t Endpoints::most_at_once(const std::string& address) const {
  const Lock lock{mutex_};
  const auto found = crowding_.find(address);
  return found == crowding_.end() ? 0 : found->second.most;
}

void Endpoints::count(const std::string& address, int descriptor) {
  const Lock lock{mutex_};
  auto& crowding = crowding_[address];
  // Who has gone already does not count, whether or not its end has been read here.
  std::erase_if(crowding.open, [](int other) {
    tcp_info about{};
    socklen_t length = sizeof about;
    return ::getsockopt(other, IPPROTO_TCP, TCP_INFO, &about, &length) != 0 || about.tcpi_state != TCP_ESTABLISHED;
  });
  crowding.open.insert(descriptor);
  crowding.most = std::max(crowding.most, crowding.open.size());
}

void Endpoints::forget(const std::string& address, int descriptor) {
  const Lock lock{mutex_};
  crowding_[address].open.erase(descriptor);
}

void Endpoints::run(const std::stop_token& stop) {
  // Of this thread alone: whether those who look bear a peer that goes away is for them to show.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  auto next_drip = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    std::array<epoll_event, 256> events;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(kDrip.count()));
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener_.get()) {
        accept_all();
      } else if (const auto found = visitors_.find(descriptor); found != visitors_.end() && !serve(*found->second)) {
        forget(found->second->address, descriptor);
        visitors_.erase(found);
      }
    }
    if (std::chrono::steady_clock::now() >= next_drip) {
      drip();
      next_drip = std::chrono::steady_clock::now() + kDrip;
    }
  }
}

void Endpoints::accept_all() {
  while (true) {
    auto visitor = std::make_unique<Visitor>();
    visitor->socket = FileDescriptor{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!visitor->socket) break;
    const int descriptor = visitor->socket.get();
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    visitor->address = local_address(descriptor);
    visitor->behaviour = choose_(visitor->address);
    if (visitor->behaviour.manner == Manner::closed) continue;
    count(visitor->address, descriptor);
    if (visitor->behaviour.manner == Manner::smtp || visitor->behaviour.manner == Manner::smtp_plain)
      say(descriptor, "220-mail.test\r\n220 ESMTP\r\n");
    if (visitor->behaviour.manner == Manner::imap) say(descriptor, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n");
    if (visitor->behaviour.manner == Manner::tls || visitor->behaviour.manner == Manner::alert) begin_tls(*visitor);
    if (visitor->behaviour.manner == Manner::slow) say(descriptor, std::string_view{"\x16", 1});
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.fd = descriptor}};
    require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
    visitors_.emplace(descriptor, std::move(visitor));
  }
  const auto mute = std::ranges::count_if(visitors_, [](const auto& one) {
    return one.second->behaviour.manner == Manner::silent || one.second->behaviour.manner == Manner::slow;
  });
  most_mute_ = std::max(most_mute_.load(), static_cast<std::size_t>(mute));
}

void Endpoints::begin_tls(Visitor& visitor) {
  visitor.ssl.reset(SSL_new(context_.get()));
  SSL* ssl = visitor.ssl.get();
  auto served = serve_ ? serve_(visitor.address) : authority_.make(visitor.behaviour.kind, visitor.address);
  SSL_set_fd(ssl, visitor.socket.get());
  SSL_set_accept_state(ssl);
  require(SSL_use_certificate(ssl, served.chain.front().native()) == 1 && SSL_use_PrivateKey(ssl, served.key->native()) == 1,
          "certificate");
  for (std::size_t i = 1; i < served.chain.size(); ++i) SSL_add1_chain_cert(ssl, served.chain[i].native());
}

bool Endpoints::serve(Visitor& visitor) {
  const int descriptor = visitor.socket.get();
  if (visitor.ssl) return serve_tls(visitor);
  std::array<char, 4'096> buffer;
  const auto received = ::recv(descriptor, buffer.data(), buffer.size(), 0);
  if (received == 0 || (received < 0 && errno != EAGAIN)) return false;
  if (received < 0) return true;
  visitor.heard.append(buffer.data(), static_cast<std::size_t>(received));
  switch (visitor.behaviour.manner) {
    case Manner::reset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    }
    case Manner::patient_http:
      if (visitor.heard.find("\r\n\r\n") == std::string::npos) return true;
      [[fallthrough]];
    case Manner::plain_http:
      say(descriptor, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      ::shutdown(descriptor, SHUT_WR);
      return true;
    case Manner::smtp:
    case Manner::smtp_plain:
    case Manner::imap:
      return serve_mail(visitor);
    default:
      return true;  // silent and slow ones do not listen
  }
}

bool Endpoints::serve_mail(Visitor& visitor) {
  if (!visitor.heard.ends_with("\r\n")) return true;
  const auto line = std::exchange(visitor.heard, {});
  const int descriptor = visitor.socket.get();
  if (visitor.behaviour.manner == Manner::imap) {
    const auto tag = line.substr(0, line.find(' '));
    say(descriptor, "* NOTE wait\r\n" + tag + " OK begin\r\n");
    begin_tls(visitor);
  } else if (line.starts_with("EHLO")) {
    say(descriptor,
        visitor.behaviour.manner == Manner::smtp ? "250-mail.test\r\n250-STARTTLS\r\n250 HELP\r\n" : "250-mail.test\r\n250 HELP\r\n");
  } else {
    say(descriptor, "220 go ahead\r\n");
    begin_tls(visitor);
  }
  return true;
}

bool Endpoints::serve_tls(Visitor& visitor) {
  if (visitor.behaviour.manner == Manner::alert) SSL_CTX_set_client_hello_cb(context_.get(), refuse_everybody, nullptr);
  ERR_clear_error();
  const bool was_done = SSL_is_init_finished(visitor.ssl.get()) == 1;
  const int result = was_done ? SSL_read(visitor.ssl.get(), visitor.heard.data(), 0) : SSL_do_handshake(visitor.ssl.get());
  SSL_CTX_set_client_hello_cb(context_.get(), nullptr, nullptr);
  if (!was_done && result == 1) {
    if (SSL_session_reused(visitor.ssl.get()) == 1) ++resumed_;
    return true;
  }
  const int error = SSL_get_error(visitor.ssl.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    // Nothing more to read, and the peer has gone.
    char byte = 0;
    return ::recv(visitor.socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
  }
  return false;
}

void Endpoints::drip() {
  constexpr std::array<char, 5> kRecord{0x16, 3, 3, 0x40, 0};
  for (auto& [descriptor, visitor] : visitors_) {
    if (visitor->behaviour.manner != Manner::slow) continue;
    // The head of a handshake record of 16 KiB, then its inside; the first byte was sent at the start.
    const auto next = ++visitor->dripped;
    say(descriptor, {next < kRecord.size() ? &kRecord[next] : &kRecord[0], 1});
  }
}

}  // namespace carillon::certs::testing
