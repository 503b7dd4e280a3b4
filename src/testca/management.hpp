#pragma once
// The authority as tests of whole programs command it: JSON in, JSON out.
//
//   GET  /roots                       {"roots":[PEM…],"intermediates":[PEM…]}
//   GET  /ledger?since=N              {"next":M,"entries":[{"time","act","account","names","type","detail","exempt"}…],"requests":{kind:
//   count}} GET  /certificates?name=N
//   {"certificates":[{"identifier","serial","account","names","profile","not_before","not_after","revoked","replaced","pem"}…]} GET /faults
//   {"faults":[{"number","kind","at","name","struck"}…]} POST /faults                      {"kind", "at"?, "name"?, "count"?,
//   "after_seconds"?, "for_seconds"?, "status"?, "retry_after_seconds"?, "delay_seconds"?} → {"number"} DELETE /faults[/NUMBER] POST
//   /renewal-info                {"certificate": identifier | "name", "start"?, "end"?, "explanation"?, "raw"?, "status"?,
//   "retry_after_seconds"?} DELETE /renewal-info/IDENTIFIER POST /revoke                      {"certificate" | "name"}; the name means its
//   newest certificate POST /forget                      loses all memory POST /names                       {"name", "type"?:
//   "dns"|"caa"|"connection"|…, "detail"?}: from now on it fails to prove itself; without a type it is asked again POST /settings any of:
//   bad_nonce_share, validation_seconds, processing_seconds, authorization_reuse_seconds, poll_after_seconds, limits, renew_at,
//   renew_short_at,
//                                     http_port, tls_port, clock_offset_seconds

#include "base/mutex.hpp"
#include "testca/authority.hpp"
#include "testca/validators.hpp"

#include <atomic>

namespace carillon::testca {

/// The real time, and how far from it the authority lives. Any thread.
class OffsetClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return real_.now() + offset_.load(); }
  void set_offset(Duration offset) { offset_ = offset; }

 private:
  SystemClock real_;
  std::atomic<Duration> offset_{};
};

/// Where names are looked for, and which of them fail whatever they answer. Any thread.
class Ground {
 public:
  explicit Ground(ProvingGround place) : place_{std::move(place)} {}
  [[nodiscard]] Result<> validate(const Validation& validation) const;
  void set_ports(std::optional<std::uint16_t> http, std::optional<std::uint16_t> tls);
  void set_failure(const std::string& name, std::optional<Error> failure);

 private:
  mutable Mutex mutex_;
  ProvingGround place_ GUARDED_BY(mutex_);
  std::map<std::string, Error> failing_ GUARDED_BY(mutex_);
};

/// Any thread.
class Management {
 public:
  Management(Authority& authority, OffsetClock& clock, Ground& ground) : authority_{authority}, clock_{clock}, ground_{ground} {}

  struct Answer {
    int status = 200;
    std::string body;
  };
  /// `query` is the `since` or the `name` as text, "" if none. `body` is a JSON object or empty.
  [[nodiscard]] Answer answer(http::Method method, std::string_view path, std::string_view query, std::string_view body);

 private:
  Authority& authority_;
  OffsetClock& clock_;
  Ground& ground_;
};

}  // namespace carillon::testca
