#pragma once
// Counts what is answered: how many requests of which kind with which status, and the bytes that were sent. For /metrics.

#include "http/message.hpp"

#include <array>
#include <atomic>

namespace carillon::app {

/// What a request is for, by its address.
enum class Traffic { audio, feed, page, picture, text, asset, api, studio, challenge, health, redirect, other };
inline constexpr std::size_t kTrafficKinds = 12;
[[nodiscard]] std::string_view name_of(Traffic kind) noexcept;
/// `path` as it is after a show's own domain was taken out of it. Pure.
[[nodiscard]] Traffic traffic_of(std::string_view path) noexcept;

/// Any thread. Must outlive the answers that it counted.
class TrafficCounter {
 public:
  /// Counts what `handler` answers, also what it throws. The body's bytes are counted once they're sent.
  asio::awaitable<http::Response> counted(http::Request& request, const http::Handler& handler);
  /// The same for what is answered without TLS: challenges, redirects.
  asio::awaitable<http::Response> counted_plain(http::Request& request, const http::Handler& handler);

  /// carillon_requests_total{kind,status} and carillon_sent_bytes_total{kind}, as Prometheus reads them.
  [[nodiscard]] std::string text() const;

 private:
  static constexpr int kFirstStatus = 100, kStatuses = 500;
  void count(Traffic kind, int status) noexcept;
  asio::awaitable<http::Response> counted(http::Request& request, const http::Handler& handler, bool plain);

  std::array<std::array<std::atomic<std::uint64_t>, kStatuses>, kTrafficKinds> requests_{};
  std::array<std::atomic<std::uint64_t>, kTrafficKinds> bytes_{};
};

}  // namespace carillon::app
