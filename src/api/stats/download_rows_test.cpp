#include "api/stats/download_rows.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

TEST(DownloadRows, PlacesComeBack) {
  const RowPlace place{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}, 1500};
  EXPECT_EQ(text_of(place), "2026-11-24.1500");
  EXPECT_EQ(row_place_from("2026-11-24.1500"), place);
  for (const auto* text : {"", "2026-11-24", "2026-11-24.", "2026-11-24.x", "2026-11-24.-1", "2026-13-24.1", "2026-11-24 1", "1500"})
    EXPECT_FALSE(row_place_from(text)) << text;
}

}  // namespace
}  // namespace carillon::api
