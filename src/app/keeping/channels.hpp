#pragma once
// The channels of the configuration: how messages leave.

#include "app/configuration.hpp"
#include "http/client/outgoing.hpp"
#include "notify/channel.hpp"

#include <memory>
#include <vector>

namespace carillon::app {

struct Channels {
  std::vector<std::unique_ptr<notify::Channel>> owned;

  /// `outgoing` and `clock` must live longer.
  [[nodiscard]] static Result<Channels> open(const Configuration& configuration, http::Outgoing& outgoing, const Clock& clock);
  /// In order of preference.
  [[nodiscard]] std::vector<notify::Channel*> all() const;
  /// Those of mail alone: a link that opens an account is for nobody else's eyes.
  [[nodiscard]] std::vector<notify::Channel*> of_mail() const;
};

}  // namespace carillon::app
