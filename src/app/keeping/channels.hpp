#pragma once
// The configured notification channels.

#include "app/configuration.hpp"
#include "http/client/outgoing.hpp"
#include "notify/channel.hpp"

#include <memory>
#include <vector>

namespace carillon::app {

struct Channels {
  std::vector<std::unique_ptr<notify::Channel>> owned;

  /// `outgoing` and `clock` must outlive it.
  [[nodiscard]] static Result<Channels> open(const Configuration& configuration, http::Outgoing& outgoing, const Clock& clock);
  /// In order of preference.
  [[nodiscard]] std::vector<notify::Channel*> all() const;
  /// Only email channels: links to an account must not reach anyone else.
  [[nodiscard]] std::vector<notify::Channel*> of_mail() const;
};

}  // namespace carillon::app
