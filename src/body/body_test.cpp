#include "body/body.hpp"

#include "base/testing/testing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace carillon {
namespace {

class FromSlices : public ::testing::Test {
 protected:
  FromSlices() {
    EXPECT_TRUE(write_file(path_, "__file__"));
    file_ = std::make_shared<const FileDescriptor>(open_file(path_, O_RDONLY).value());
    body_.append(BytesSlice{nullptr, as_bytes("head")});
    body_.append(FileSlice{file_, ByteCount{2}, ByteCount{4}});
    body_.append(BytesSlice{nullptr, {}});
    body_.append(BytesSlice{nullptr, as_bytes("tail")});
  }
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "file";
  std::shared_ptr<const FileDescriptor> file_;
  Body body_;
};

constexpr std::string_view kWhole = "headfiletail";

TEST_F(FromSlices, IsOneSequence) {
  EXPECT_EQ(body_.length().value, kWhole.size());
  EXPECT_EQ(body_.slices().size(), 3U) << "an empty slice is none";
  EXPECT_EQ(whole(body_).value(), kWhole);
}

TEST_F(FromSlices, EveryPartIsWhatASubstringIs) {
  for (std::size_t first = 0; first <= kWhole.size(); ++first) {
    for (std::size_t count = 0; first + count <= kWhole.size(); ++count) {
      const auto part = body_.part(ByteCount{first}, ByteCount{count});
      ASSERT_EQ(part.length().value, count);
      ASSERT_EQ(whole(part).value(), kWhole.substr(first, count));
    }
  }
}

TEST_F(FromSlices, IsReadInPiecesOfAnySize) {
  for (std::size_t size = 1; size <= kWhole.size(); ++size) {
    BodyReader reader{body_};
    std::string text;
    Bytes piece(size);
    while (reader.left().value > 0) {
      const auto got = reader.read(piece, BodyReader::Wait::allowed);
      ASSERT_TRUE(got && *got > 0);
      text += as_text(std::span{piece}.first(*got));
    }
    EXPECT_EQ(text, kWhole);
    EXPECT_EQ(reader.read(piece, BodyReader::Wait::allowed).value(), 0U);
  }
}

TEST_F(FromSlices, OutlivesTheNameOfItsFile) {
  std::filesystem::remove(path_);
  EXPECT_EQ(whole(body_).value(), kWhole);
}

TEST_F(FromSlices, AFileThatShrankIsAnErrorAndNoShorterBody) {
  ASSERT_EQ(::truncate(path_.c_str(), 4), 0);
  EXPECT_EQ(whole(body_).error().kind, ErrorKind::corrupt);
}

TEST(Body, KeepsItsTextAlive) {
  auto text = std::make_shared<const std::string>("kept");
  const std::weak_ptr<const std::string> watched = text;
  auto body = Body::of(std::move(text));
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(whole(body.part(ByteCount{1}, ByteCount{2})).value(), "ep");
  body = {};
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace carillon
