#pragma once
// Counts responses by kind of request and status, and the bytes sent. For /metrics.

#include "http/message.hpp"

#include <array>
#include <atomic>

namespace carillon::app {

/// The kind of a request, by its path.
enum class Traffic { audio, feed, page, picture, text, asset, api, studio, challenge, health, redirect, other };
inline constexpr std::size_t kTrafficKinds = 12;
[[nodiscard]] std::string_view name_of(Traffic kind) noexcept;
/// `path` is the path after resolving a custom domain. Pure.
[[nodiscard]] Traffic traffic_of(std::string_view path) noexcept;

/// Any thread.
class TrafficCounter {
 public:
  /// Counts a response when nothing more of it will be sent. Redirects without TLS are a kind of their own, whatever their path.
  void count(const http::Request& request, int status, ByteCount sent) noexcept;

  /// carillon_requests_total{kind,status} and carillon_sent_bytes_total{kind}, in Prometheus text format.
  [[nodiscard]] std::string text() const;

 private:
  static constexpr int kFirstStatus = 100, kStatuses = 500;

  std::array<std::array<std::atomic<std::uint64_t>, kStatuses>, kTrafficKinds> requests_{};
  std::array<std::atomic<std::uint64_t>, kTrafficKinds> bytes_{};
};

}  // namespace carillon::app
