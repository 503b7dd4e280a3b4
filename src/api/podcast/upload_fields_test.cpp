#include "api/podcast/upload_fields.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

TEST(UploadMetadata, IsPairsOfANameAndBase64) {
  for (const auto* good : {"", "filename dGFsay53YXY=", "filename dGFsay53YXY=,type YXVkaW8=", "flag", "flag ", "a YQ==, b Yg=="})
    EXPECT_TRUE(check_metadata(good)) << good;
}

TEST(UploadMetadata, IsRefusedWhenItIsBroken) {
  std::string pool;
  for (std::size_t k = 0; k <= kMaxMetadata; ++k) pool += (k == 0 ? "k" : ",k") + std::to_string(k);
  for (const auto& bad : std::vector<std::string>{"filename no!base64", "filename dGFsay53YXY", ",", "a,,b", "a YQ==,a YQ==", " ",
                                                  "ä YQ==", "a YQ== YQ==", std::string(kLongestMetadata + 1, 'a'), pool}) {
    const auto checked = check_metadata(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
    EXPECT_EQ(checked.error().field, "Upload-Metadata");
  }
}

TEST(UploadMetadata, GivesAValueThatIsText) {
  const auto name = "filename " + to_base64(as_bytes("Gespräch.wav"));
  EXPECT_EQ(metadata_value("type YQ==," + name, "filename"), "Gespräch.wav");
  EXPECT_EQ(metadata_value("filename", "filename"), "");
  EXPECT_FALSE(metadata_value(name, "file"));
  EXPECT_FALSE(metadata_value("filename " + to_base64(as_bytes("\xFF\xFE")), "filename"));
  EXPECT_FALSE(metadata_value("", "filename"));
}

TEST(UploadChecksum, NamesItsAlgorithm) {
  const auto sum = parse_checksum("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->algorithm, crypto::ChecksumAlgorithm::sha1);
  EXPECT_EQ(to_hex(sum->sum), "a9993e364706816aba3e25717850c26c9cd0d89d");
  for (const auto* bad : {"", "sha1", "sha1 ", "md5 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "sha1 ?",
                          "SHA1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="})
    EXPECT_EQ(parse_checksum(bad).error().kind, ErrorKind::invalid) << bad;
}

}  // namespace
}  // namespace carillon::api
