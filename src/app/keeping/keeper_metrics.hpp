#pragma once
// What the keeper tells Prometheus (text exposition format).

#include "certs/keeper/keeper.hpp"
#include "http/message.hpp"

namespace carillon::app {

/// carillon_certificate_seconds_left{name,issuer}, …_state{name,state}, …_failures{name}, …_last_seen_seconds{name}, and
/// carillon_keeper_seconds_since_last_round. Any thread.
[[nodiscard]] std::string metrics_of(const certs::Keeper& keeper, Time now);

/// The same as an answer over HTTP.
[[nodiscard]] http::Response metrics_answer(std::string metrics);

}  // namespace carillon::app
