#pragma once
// The keeper's metrics in Prometheus text format.

#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "http/message.hpp"

namespace carillon::app {

/// carillon_certificate_seconds_left{name,issuer}, …_state{name,state}, …_failures{name}, …_last_seen_seconds{name}, and
/// carillon_keeper_seconds_since_last_round; for watches carillon_watched_certificate_seconds_left{name,starttls}
/// and …_state{name,starttls,state}; for exports carillon_certificate_export_state{name,folder,state}.
/// Any thread; doesn't block.
[[nodiscard]] std::string metrics_of(const certs::Keeper& keeper, const certs::Watcher& watcher, Time now);

/// The same as an HTTP response.
[[nodiscard]] http::Response metrics_answer(std::string metrics);

}  // namespace carillon::app
