#pragma once
// Where an address is, and in whose network, as far as the operator has put databases there.

#include "base/ip/address.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon::stats {

/// What is known of an address; all of it may be missing.
struct Place {
  std::string country;                   ///< ISO 3166-1 alpha-2
  std::string region;                    ///< "US-CA" (ISO 3166-2) where the database has codes, else the name that it has
  std::optional<std::uint32_t> network;  ///< number of the autonomous system
  std::optional<bool> data_centre;
};

/// Asked for each record, with the full address. The default knows nothing.
using PlaceOf = std::function<Place(const IpAddress&)>;

/// Files of the operator's; "" for none. A file that is not there is none.
struct PlaceFiles {
  std::filesystem::path places;        ///< MaxMind's format: country, or city with regions
  std::filesystem::path networks;      ///< MaxMind's format: numbers of autonomous systems
  std::filesystem::path data_centres;  ///< see DataCentres::parse
};

/// Any thread. Each file is copied into memory when it is read: one that is overwritten in its place harms nobody.
class Places {
 public:
  /// More than any database for this has (cities of the world: 130 MB).
  static constexpr std::uint64_t kLargestFile = 1ULL << 30;

  explicit Places(PlaceFiles files);
  ~Places();
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  [[nodiscard]] Place of(const IpAddress& address) const;

  /// Reads the files that are new or have changed. One that cannot be used is said in the log, once for each change, and what was read of
  /// it before stays. Blocks.
  void refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::stats
