#pragma once
// A name server of the test's own on loopback: answers what the test says, on UDP and TCP, and remembers what it was asked.

#include "base/file.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace carillon::dns::testing {

enum Type : std::uint16_t { kA = 1, kCname = 5, kTxt = 16, kAaaa = 28, kCaa = 257 };

struct Record {
  std::string owner;
  std::uint16_t type = kA;
  std::string rdata;
};

struct Reply {
  int code = 0;  ///< RCODE: 2 SERVFAIL, 3 NXDOMAIN
  std::vector<Record> records;
  bool truncated_over_udp = false;
  bool silent = false;
  bool wrong_id = false;
};

/// `name` as on the wire, uncompressed.
inline std::string wire_name(const std::string& name) {
  std::string wire;
  for (const auto label : split(name, '.')) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire + '\0';
}
inline std::string wire_number(unsigned number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}; }
inline std::string wire_address(const std::string& text) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) throw std::invalid_argument(text);
  return {bytes.data(), 16};
}
inline std::string wire_caa(bool critical, const std::string& tag, const std::string& value) {
  return std::string(1, critical ? '\x80' : '\0') + static_cast<char>(tag.size()) + tag + value;
}

inline Record a(std::string owner, const std::string& address) { return {std::move(owner), kA, wire_address(address)}; }
inline Record aaaa(std::string owner, const std::string& address) { return {std::move(owner), kAaaa, wire_address(address)}; }
inline Record cname(std::string owner, const std::string& target) { return {std::move(owner), kCname, wire_name(target)}; }
inline Record caa(std::string owner, const std::string& tag, const std::string& value, bool critical = false) {
  return {std::move(owner), kCaa, wire_caa(critical, tag, value)};
}

/// Answers until it is destroyed. What nobody set gets NXDOMAIN.
class Responder {
 public:
  Responder() {
    for (int tries = 0; tries < 20; ++tries) {
      udp_ = FileDescriptor{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
      tcp_ = FileDescriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
      sockaddr_in where{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
      socklen_t length = sizeof where;
      auto* generic = reinterpret_cast<sockaddr*>(&where);
      if (::bind(udp_.get(), generic, sizeof where) != 0 || ::getsockname(udp_.get(), generic, &length) != 0) continue;
      if (::bind(tcp_.get(), generic, sizeof where) != 0 || ::listen(tcp_.get(), 8) != 0) continue;
      port_ = ntohs(where.sin_port);
      thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
      return;
    }
    throw std::runtime_error("no port is free for a name server");
  }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void set(const std::string& name, std::uint16_t type, Reply reply) {
    const std::lock_guard lock{mutex_};
    replies_[{name, type}] = std::move(reply);
  }
  /// "CAA example.org" in order; over TCP with " tcp" behind it.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock{mutex_};
    return asked_;
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::array<pollfd, 2> waiting{{{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}}};
      constexpr int kLookForStop = 20;  // milliseconds
      if (::poll(waiting.data(), waiting.size(), kLookForStop) <= 0) continue;
      if ((waiting[0].revents & POLLIN) != 0) serve_datagram();
      if ((waiting[1].revents & POLLIN) != 0) serve_connection();
    }
  }

  void serve_datagram() {
    std::array<char, 4096> bytes{};
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const auto got = ::recvfrom(udp_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length);
    if (got <= 0) return;
    const auto answer = answer_to({bytes.data(), static_cast<std::size_t>(got)}, false);
    if (!answer.empty()) ::sendto(udp_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
  }

  void serve_connection() {
    const FileDescriptor peer{::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    std::string query(2, '\0');
    if (::recv(peer.get(), query.data(), 2, MSG_WAITALL) != 2) return;
    query.resize(static_cast<std::size_t>(static_cast<unsigned char>(query[0]) << 8 | static_cast<unsigned char>(query[1])));
    if (::recv(peer.get(), query.data(), query.size(), MSG_WAITALL) != static_cast<ssize_t>(query.size())) return;
    const auto answer = answer_to(query, true);
    const auto framed = wire_number(static_cast<unsigned>(answer.size())) + answer;
    ::send(peer.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  }

  std::string answer_to(const std::string& query, bool over_tcp) {
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != '\0') {
      if (!name.empty()) name += '.';
      name += query.substr(at + 1, static_cast<unsigned char>(query[at]));
      at += 1 + static_cast<unsigned char>(query[at]);
    }
    if (at + 5 > query.size()) return {};
    const auto type =
        static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 1]) << 8 | static_cast<unsigned char>(query[at + 2]));
    const auto question = query.substr(12, at + 5 - 12);

    const std::lock_guard lock{mutex_};
    static const std::map<std::uint16_t, std::string> kNames{{kA, "A"}, {kCname, "CNAME"}, {kTxt, "TXT"}, {kAaaa, "AAAA"}, {kCaa, "CAA"}};
    asked_.push_back(kNames.at(type) + " " + name + (over_tcp ? " tcp" : ""));
    const auto known = replies_.find({name, type});
    const Reply reply = known == replies_.end() ? Reply{.code = 3} : known->second;
    if (reply.silent) return {};
    const bool truncated = reply.truncated_over_udp && !over_tcp;
    const auto& records = truncated ? std::vector<Record>{} : reply.records;
    std::string answer = query.substr(0, 2);
    if (reply.wrong_id) answer[0] = static_cast<char>(answer[0] ^ 1);
    answer += static_cast<char>(0x81 | (truncated ? 0x02 : 0));
    answer += static_cast<char>(0x80 | reply.code);
    answer += wire_number(1) + wire_number(static_cast<unsigned>(records.size())) + wire_number(0) + wire_number(0) + question;
    for (const auto& record : records)
      answer += wire_name(record.owner) + wire_number(record.type) + wire_number(1) + std::string(4, '\0') +
                wire_number(static_cast<unsigned>(record.rdata.size())) + record.rdata;
    return answer;
  }

  FileDescriptor udp_, tcp_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::uint16_t>, Reply> replies_;
  std::vector<std::string> asked_;
  std::jthread thread_;  ///< last: stops before what it uses goes
};

}  // namespace carillon::dns::testing
