#pragma once
// Lists of networks: data centers and VPNs, which listeners rarely use, and addresses that many listeners share.

#include "base/ip/address.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon::stats {

/// Immutable; any thread.
class DataCentres {
 public:
  /// More lines than any such list has (ipcat: 4,668): limits the cost of a wrong file.
  static constexpr std::size_t kMaxLines = 1'000'000;

  /// One network per line, as `192.0.2.0,192.0.2.255` (first and last address; more columns are ignored, as in ipcat's datacenters.csv),
  /// `192.0.2.0/24`, `2001:db8::/32` (more columns are ignored, as in Apple's list of its Private Relay), or `AS64496` (needs the
  /// network database). Empty lines and those starting with `#` are ignored.
  /// `invalid` with the line number for anything else, and for a list without networks.
  /// `what` the list is called in messages.
  static Result<DataCentres> parse(std::string_view text, std::string_view what = "data center list");

  [[nodiscard]] bool contains(const IpAddress& address, const std::optional<std::uint32_t>& network) const noexcept;

 private:
  struct Range {
    IpAddress first, last;
  };
  std::vector<Range> v4_, v6_;  ///< by their first address, without overlaps
  std::vector<std::uint32_t> networks_;
};

}  // namespace carillon::stats
