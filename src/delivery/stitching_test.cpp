#include "delivery/stitching.hpp"

#include "audio/master.hpp"
#include "audio/testing/frames.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace carillon::delivery {
namespace {

using namespace std::chrono;
using audio::testing::frames;

Digest digest_of(unsigned number) {
  Digest digest;
  digest.bytes[0] = static_cast<std::byte>(number);
  return digest;
}

class Stitching : public ::testing::Test {
 protected:
  Stitching() {
    add(1, frames(kFrames, 'e'));
    for (unsigned i = 0; i < 4; ++i) add(10 + i, frames(20 + 7 * static_cast<int>(i), static_cast<char>('A' + i)));
    const std::vector<audio::TagChapter> chapters{{.start = 0s, .end = 10s, .title = "One", .url = ""},
                                                  {.start = 10s, .end = 26s, .title = "Two", .url = "https://example.org/two"}};
    add(2, audio::prefix_of({.title = "An episode", .chapters = chapters}, audio::stream_of(Body::of(files_[digest_of(1)])).value()));
  }
  void add(unsigned number, std::string bytes) { files_[digest_of(number)] = std::move(bytes); }
  Result<Stitched> stitched(const Arrangement& arrangement) {
    return stitch(arrangement, [this](const Digest& digest) -> Result<Body> {
      const auto found = files_.find(digest);
      if (found == files_.end()) return fail(ErrorKind::not_found, "no such blob");
      return Body::of(found->second);
    });
  }
  ByteCount cut(milliseconds at) { return audio::cut_at(Body::of(files_[digest_of(1)]), at).value(); }
  /// The whole of an inserted file.
  Piece inserted(unsigned number) { return {digest_of(number), {}, {files_[digest_of(number)].size()}}; }
  Piece content(ByteCount from, ByteCount to) { return {digest_of(1), from, to - from}; }
  [[nodiscard]] ByteCount end() { return {files_[digest_of(1)].size()}; }
  Arrangement around(std::vector<Piece> pieces) {
    return {.episode = "01jdz0000000000000000000ab", .prefix = digest_of(2), .content = digest_of(1), .pieces = std::move(pieces)};
  }

  static constexpr int kFrames = 1000;  // 26.1 s
  std::map<Digest, std::string> files_;
};

TEST_F(Stitching, TheEpisodeAloneIsItsMaster) {
  const auto whole_master = files_[digest_of(2)] + files_[digest_of(1)];
  EXPECT_EQ(whole(stitched(around({content({}, end())})).value().body).value(), whole_master);
}

TEST_F(Stitching, PiecesFollowEachOtherBehindTheirOwnTagAndInfoFrame) {
  const auto middle = cut(10s);
  const auto made = stitched(around({inserted(10), content({}, middle), inserted(11), inserted(12), content(middle, end())})).value();
  const auto bytes = whole(made.body).value();
  const auto slices = audio::slices_of(Body::of(files_[digest_of(2)]), {}).value();
  const auto prefix = (slices.tag.length() + slices.info.length()).value;
  const auto& sound = files_[digest_of(1)];
  EXPECT_EQ(bytes.substr(prefix), files_[digest_of(10)] + sound.substr(0, middle.value) + files_[digest_of(11)] + files_[digest_of(12)] +
                                      sound.substr(middle.value));
  const auto stream = audio::stream_of(Body::of(bytes.substr(prefix))).value();
  EXPECT_EQ(stream.frames, 1000U + 20 + 27 + 34);
  EXPECT_EQ(stream.duration(), made.times.duration());
  EXPECT_EQ(bytes.substr(slices.tag.length().value, slices.info.length().value), audio::info_frame(stream));

  const auto frame = [](int count) { return microseconds{count * 1152LL * 1'000'000 / 44'100}; };
  const auto chapters = audio::chapters_in(made.body).value();
  ASSERT_EQ(chapters.size(), 2U);
  EXPECT_EQ(chapters[0].start, duration_cast<milliseconds>(frame(20)));
  // Ten seconds are within frame 382, which is the first one behind the cut.
  EXPECT_NEAR(static_cast<double>(chapters[0].end.count()), 10'000 + 20 * 26.12, 27);
  EXPECT_NEAR(static_cast<double>(chapters[1].start.count()), 10'000 + (20 + 27 + 34) * 26.12, 27);
  EXPECT_EQ(chapters[1].title, "Two");
  EXPECT_EQ(chapters[1].url, "https://example.org/two");
}

TEST_F(Stitching, ARemovedPartIsNotThereAndItsChaptersAreWhereItWas) {
  const auto from = cut(8s), to = cut(12s);
  const auto made = stitched(around({content({}, from), content(to, end())})).value();
  const auto prefix = ByteCount{files_[digest_of(2)].size()};
  const auto stream = audio::stream_of(made.body.part(prefix, made.body.length() - prefix)).value();
  EXPECT_NEAR(static_cast<double>(duration_cast<milliseconds>(stream.duration()).count()), 26'122 - 4'000, 27);
  const auto chapters = audio::chapters_in(made.body).value();
  EXPECT_NEAR(static_cast<double>(chapters[1].start.count()), 8'000, 27);
}

TEST_F(Stitching, WhatIsGoneOrDoesNotFitIsNotServed) {
  EXPECT_EQ(stitched(around({inserted(10), {digest_of(77), {}, {417}}})).error().kind, ErrorKind::not_found);
  EXPECT_EQ(stitched(around({content({}, end() + ByteCount{1})})).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(stitched(around({content({}, end()), content(ByteCount{5}, end())})).error().kind, ErrorKind::corrupt) << "not a frame";
  auto mono = frames(20, 'm');
  for (std::size_t at = 0; at < mono.size();) {
    const auto length = audio::parse_mp3_header(as_bytes(mono).subspan(at)).value().length;
    mono[at + 3] = static_cast<char>(0xC0);
    at += length;
  }
  add(20, mono);
  EXPECT_EQ(stitched(around({content({}, end()), inserted(20)})).error().kind, ErrorKind::corrupt) << "mono within stereo";
  files_.erase(digest_of(2));
  EXPECT_EQ(stitched(around({content({}, end())})).error().kind, ErrorKind::not_found);
}

TEST_F(Stitching, EveryArrangementIsOneStreamOfWholeFramesWhoseInfoFrameIsRight) {
  std::mt19937 engine{11};
  for (int run = 0; run < 300; ++run) {
    std::vector<Piece> pieces;
    ByteCount at;
    for (int part = 0; part < 5; ++part) {
      if (engine() % 2 == 0) pieces.push_back(inserted(10 + engine() % 4));
      const auto next = part == 4 ? end() : std::max(at, cut(milliseconds{engine() % 26'000}));
      if (engine() % 8 != 0 && next > at) pieces.push_back(content(at, next));
      at = next;
    }
    if (pieces.empty()) continue;
    const auto arrangement = around(pieces);
    const auto made = stitched(arrangement).value();
    const auto bytes = whole(made.body).value();
    ASSERT_EQ(bytes, whole(stitched(arrangement).value().body).value());
    const auto tag = audio::id3_length(as_bytes(bytes)).value;
    const auto info = audio::parse_mp3_header(as_bytes(bytes).subspan(tag)).value().length;
    const auto stream = audio::stream_of(Body::of(bytes.substr(tag + info)));
    ASSERT_TRUE(stream) << stream.error().message;
    ASSERT_EQ(bytes.substr(tag, info), audio::info_frame(*stream));
    ASSERT_EQ(made.times.duration(), stream->duration());
    ASSERT_EQ(ByteCount{bytes.size() - tag - info}, arrangement.length());
  }
}

}  // namespace
}  // namespace carillon::delivery
