#pragma once
// The location and network of an address, if the operator has installed databases.

#include "base/ip/address.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon::stats {

/// The data about an address; all of it may be missing.
struct Place {
  std::string country;                   ///< ISO 3166-1 alpha-2
  std::string region;                    ///< "US-CA" (ISO 3166-2) if the database has codes, else its name
  std::optional<std::uint32_t> network;  ///< number of the autonomous system
  std::optional<bool> data_centre;
};

/// Called for each record with the full address. The default returns nothing.
using PlaceOf = std::function<Place(const IpAddress&)>;

/// The operator's files; "" for none. Missing files count as none.
struct PlaceFiles {
  std::filesystem::path places;        ///< MaxMind's format: country, or city with regions
  std::filesystem::path networks;      ///< MaxMind's format: numbers of autonomous systems
  std::filesystem::path data_centres;  ///< see DataCentres::parse
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

  /// Reads the files that are new or have changed. An unusable one is logged once per change, and its previous content stays active.
  /// Blocks.
  void refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::stats
