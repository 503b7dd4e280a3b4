#pragma once
// The location and network of an address, if the operator has installed databases.

#include "base/ip/address.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::stats {

/// The data about an address; all of it may be missing.
struct Place {
  std::string country;                   ///< ISO 3166-1 alpha-2
  std::string region;                    ///< "US-CA" (ISO 3166-2) if the database has codes, else its name
  std::optional<std::uint32_t> network;  ///< number of the autonomous system
  std::optional<bool> data_centre;       ///< of a data center or a VPN; none without a list of these
  bool shared = false;                   ///< many people use it, e.g. a relay that hides addresses; then data_centre is none
};

/// A file that is in use, for people who want to know what figures are based on.
struct ListInUse {
  std::string name;         ///< "places", "networks", "data_centres", "vpns", "shared"
  std::string file;         ///< its name without the folder
  Time dated;               ///< when it was built, if it says so, else when the file was changed
  std::string kind;         ///< what a database calls itself, e.g. "GeoLite2-City"; else ""
  std::string attribution;  ///< a text that its license wants to be visible where its data is shown; "" if none is known
  std::string link;         ///< of the attribution
};
/// What the publisher of a database wants to be visible, by what the database calls itself. Pure.
[[nodiscard]] std::pair<std::string_view, std::string_view> attribution_of(std::string_view kind) noexcept;

/// Called for each record with the full address. The default returns nothing.
using PlaceOf = std::function<Place(const IpAddress&)>;

/// The operator's files; "" for none. Missing files count as none.
struct PlaceFiles {
  std::filesystem::path places;        ///< MaxMind's format: country, or city with regions
  std::filesystem::path networks;      ///< MaxMind's format: numbers of autonomous systems
  std::filesystem::path data_centres;  ///< see DataCentres::parse, like the following
  std::filesystem::path vpns;
  std::filesystem::path shared;  ///< addresses that many listeners share; more important than the former two
};

/// Any thread. Each file is read into memory, so that overwriting it in place does no harm.
class Places {
 public:
  /// More than any database for this has (cities of the world: 130 MB).
  static constexpr std::uint64_t kLargestFile = 1ULL << 30;

  explicit Places(PlaceFiles files);
  ~Places();
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  [[nodiscard]] Place of(const IpAddress& address) const;
  [[nodiscard]] std::vector<ListInUse> lists() const;

  /// Reads the files that are new or have changed. An unusable one is logged once per change, and its previous content stays active.
  /// Blocks.
  void refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::stats
