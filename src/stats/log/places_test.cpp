// Databases as MaxMind and DB-IP name their fields, good and bad files, and files that change. tests/mmdb.py made them.

#include "stats/log/places.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

using testing::TemporaryFolder;

constexpr const char* kFlat = "tests/data/places-flat.mmdb";
constexpr const char* kNested = "tests/data/places-nested.mmdb";
constexpr const char* kNetworks = "tests/data/networks.mmdb";

Place at(const Places& places, const char* address) { return places.of(IpAddress::parse(address).value()); }

TEST(PlacesTest, FlatNames) {
  const Places places{{.places = kFlat, .networks = {}, .data_centres = {}}};
  const auto found = at(places, "192.0.2.7");
  EXPECT_EQ(found.country, "CH");
  EXPECT_EQ(found.region, "Zürich");
  EXPECT_FALSE(found.network);
  EXPECT_FALSE(found.data_centre);
  EXPECT_EQ(at(places, "192.0.2.200").country, "DE");
  EXPECT_EQ(at(places, "192.0.2.200").region, "");
  EXPECT_EQ(at(places, "2001:db8::5").country, "NO");
  EXPECT_EQ(at(places, "::ffff:192.0.2.7").country, "CH");
  EXPECT_EQ(at(places, "8.8.8.8").country, "");
}

TEST(PlacesTest, NestedNames) {
  const Places places{{.places = kNested, .networks = {}, .data_centres = {}}};
  EXPECT_EQ(at(places, "192.0.2.7").country, "US");
  EXPECT_EQ(at(places, "192.0.2.7").region, "US-CA");
  EXPECT_EQ(at(places, "198.51.100.1").country, "GB");
  EXPECT_EQ(at(places, "198.51.100.1").region, "Orkney");
  EXPECT_EQ(at(places, "203.0.113.1").country, "") << "where a network is registered is not where it is";
}

TEST(PlacesTest, NumbersOfNetworksAndDataCentresByThem) {
  const TemporaryFolder folder;
  const auto list = folder.path() / "data-centres.csv";
  ASSERT_TRUE(write_file(list, "AS4200000000\n192.0.2.128,192.0.2.255,Example,https://example.org/\n"));
  const Places places{{.places = {}, .networks = kNetworks, .data_centres = list}};
  EXPECT_EQ(at(places, "192.0.2.7").network, 64496U);
  EXPECT_EQ(at(places, "192.0.2.7").data_centre, false);
  EXPECT_EQ(at(places, "192.0.2.128").data_centre, true);
  EXPECT_EQ(at(places, "2001:db8::1").network, 4'200'000'000U);
  EXPECT_EQ(at(places, "2001:db8::1").data_centre, true);
  EXPECT_FALSE(at(places, "8.8.8.8").network);
  EXPECT_EQ(at(places, "8.8.8.8").data_centre, false);
}

TEST(PlacesTest, SharedAddressesAreNoDataCentre) {
  const TemporaryFolder folder;
  const auto list = folder.path() / "data-centres.csv", vpns = folder.path() / "vpns.csv", shared = folder.path() / "shared.csv";
  ASSERT_TRUE(write_file(list, "192.0.2.0/24\n"));
  ASSERT_TRUE(write_file(vpns, "198.51.100.0/24\n2001:db8:2::/48\n"));
  Places places{{.places = kFlat, .networks = kNetworks, .data_centres = list, .vpns = vpns, .shared = shared}};
  EXPECT_EQ(at(places, "192.0.2.7").data_centre, true);
  EXPECT_EQ(at(places, "198.51.100.7").data_centre, true);
  EXPECT_EQ(at(places, "203.0.113.7").data_centre, false);
  // As Apple publishes its Private Relay's addresses.
  ASSERT_TRUE(write_file(shared, "192.0.2.6/31,GB,GB-EN,London,\n2001:db8:2:7::/64,DE,DE-BE,Berlin,\n198.51.100.9/32,US,,,\n"));
  places.refresh();
  for (const auto* address : {"192.0.2.6", "192.0.2.7", "198.51.100.9", "2001:db8:2:7::1"}) {
    EXPECT_TRUE(at(places, address).shared) << address;
    EXPECT_FALSE(at(places, address).data_centre) << address;
  }
  EXPECT_EQ(at(places, "192.0.2.7").country, "CH");
  EXPECT_EQ(at(places, "192.0.2.8").data_centre, true);
  EXPECT_FALSE(at(places, "192.0.2.8").shared);
  std::filesystem::remove(shared);
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").data_centre, true);
  std::filesystem::remove(list);
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").data_centre, false) << "there is still a list";
}

TEST(PlacesTest, SaysWhatIsInUse) {
  const TemporaryFolder folder;
  const auto shared = folder.path() / "shared-addresses.csv";
  ASSERT_TRUE(write_file(shared, "192.0.2.6/31\n"));
  const Places places{{.places = kFlat, .networks = kNetworks, .data_centres = "/nowhere", .vpns = {}, .shared = shared}};
  const auto lists = places.lists();
  ASSERT_EQ(lists.size(), 3);
  EXPECT_EQ(lists[0].name, "places");
  EXPECT_EQ(lists[0].file, "places-flat.mmdb");
  EXPECT_FALSE(lists[0].kind.empty());
  EXPECT_EQ(lists[2].name, "shared");
  EXPECT_LT(std::chrono::abs(lists[2].dated - std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now())),
            std::chrono::hours{1});
  EXPECT_EQ(lists[2].attribution, "");
}

TEST(PlacesTest, KnowsWhoWantsToBeNamed) {
  EXPECT_EQ(attribution_of("DBIP-City-Lite").first, "IP Geolocation by DB-IP");
  EXPECT_EQ(attribution_of("ip-location-db dbip-city").second, "https://db-ip.com");
  EXPECT_EQ(attribution_of("GeoLite2-City").second, "https://www.maxmind.com");
  EXPECT_EQ(attribution_of("geo-whois-asn-country").first, "");
  EXPECT_EQ(attribution_of("").first, "");
}

TEST(PlacesTest, WithoutFilesNothingIsKnown) {
  const Places none{{}};
  const Places missing{{.places = "/nowhere/a", .networks = "/nowhere/b", .data_centres = "/nowhere/c"}};
  for (const auto* places : {&none, &missing}) {
    const auto found = at(*places, "192.0.2.7");
    EXPECT_EQ(found.country + found.region, "");
    EXPECT_FALSE(found.network);
    EXPECT_FALSE(found.data_centre);
  }
}

TEST(PlacesTest, AFileThatComesChangesBreaksOrGoes) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "places.mmdb";
  Places places{{.places = file, .networks = {}, .data_centres = {}}};
  EXPECT_EQ(at(places, "192.0.2.7").country, "");
  ASSERT_TRUE(write_file(file, read_file(kFlat).value()));
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").country, "CH");
  // In its place, as somebody copies it there.
  std::filesystem::resize_file(file, 10);
  EXPECT_EQ(at(places, "192.0.2.7").country, "CH");
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").country, "CH") << "what was read before stays";
  ASSERT_TRUE(write_file(file, read_file(kNested).value()));
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").country, "US");
  std::filesystem::remove(file);
  places.refresh();
  EXPECT_EQ(at(places, "192.0.2.7").country, "");
}

TEST(PlacesTest, DamagedDatabasesAnswerSomethingOrNothing) {
  const TemporaryFolder folder{TemporaryFolder::On::memory};
  const auto file = folder.path() / "places.mmdb";
  const auto whole = read_file(kFlat).value();
  for (std::size_t at_byte = 0; at_byte < whole.size(); at_byte += 7) {
    auto damaged = whole;
    damaged[at_byte] = static_cast<char>(damaged[at_byte] ^ 0xFF);
    ASSERT_TRUE(write_file(file, damaged));
    const Places places{{.places = file, .networks = file, .data_centres = {}}};
    for (const auto* address : {"192.0.2.7", "192.0.2.200", "2001:db8::5", "8.8.8.8"}) EXPECT_LE(at(places, address).region.size(), 64U);
  }
}

}  // namespace
}  // namespace carillon::stats
