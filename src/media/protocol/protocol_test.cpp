// Messages there and back, what is refused, and descriptors over the socket.

#include "media/protocol/protocol.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <limits>

namespace carillon::media::protocol {
namespace {

constexpr std::string_view kRequest =
    R"({"version":7,"op":"master","bitrate":96000,"channels":1,"sample_rate":44100,"loudness":-19,"true_peak":-1.5,"level":true,"encode":false,"longest":3600000000})";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text{kRequest};
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

SocketPair sockets() { return make_socket_pair().value(); }

TEST(Protocol, ARecordingThatWasProbedIsSaidWithItsChapters) {
  const auto reply =
      parse_reply(to_json(ProbeDone{.duration = std::chrono::microseconds{1'000'001},
                                    .missing = std::chrono::microseconds{3},
                                    .chapters = {{std::chrono::microseconds{0}, "One"}, {std::chrono::seconds{1}, "Zwei: ü"}}}));
  ASSERT_TRUE(reply) << reply.error().message;
  const auto& probed = std::get<ProbeDone>(*reply);
  EXPECT_EQ(probed.duration.count(), 1'000'001);
  EXPECT_EQ(probed.missing.count(), 3);
  ASSERT_EQ(probed.chapters.size(), 2U);
  EXPECT_EQ(probed.chapters[1].title, "Zwei: ü");
  const auto request = parse_request(to_json(Request{ProbeRequest{}}));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(std::holds_alternative<ProbeRequest>(*request));
}

TEST(Request, ThereAndBack) {
  EXPECT_EQ(to_json(Request{MasterRequest{
                .bitrate = 96'000, .channels = 1, .loudness = -19, .true_peak = -1.5, .encode = false, .longest = std::chrono::hours{1}}}),
            kRequest);
  const auto request = parse_request(kRequest);
  ASSERT_TRUE(request) << request.error().message;
  const auto& master = std::get<MasterRequest>(*request);
  EXPECT_EQ(master.bitrate, 96'000);
  EXPECT_EQ(master.channels, 1);
  EXPECT_EQ(master.sample_rate, 44'100);
  EXPECT_DOUBLE_EQ(master.loudness, -19);
  EXPECT_DOUBLE_EQ(master.true_peak, -1.5);
  EXPECT_TRUE(master.level);
  EXPECT_FALSE(master.encode);
  EXPECT_EQ(master.longest, std::chrono::hours{1});
  EXPECT_EQ(descriptors_of(*request), 2u);
}

TEST(Request, AnythingElseIsRefused) {
  for (const auto& text : {std::string{},
                           std::string{"null"},
                           std::string{"[]"},
                           std::string{"{}"},
                           std::string{kRequest} + "x",
                           std::string{kRequest.substr(1)},
                           replaced("\"version\":7", "\"version\":1"),
                           replaced("\"version\":7,", ""),
                           replaced("\"version\":7", "\"version\":\"2\""),
                           replaced("master", "format_disk"),
                           replaced("\"op\":\"master\",", ""),
                           replaced("96000", "1"),
                           replaced("96000", "96000.5"),
                           replaced("96000", "1e999"),
                           replaced("96000", "-96000"),
                           replaced("96000", "\"96000\""),
                           replaced("-1.5", "-0.5"),
                           replaced("-1.5", "-7"),
                           replaced("\"channels\":1", "\"channels\":3"),
                           replaced("\"channels\":1", "\"channels\":null"),
                           replaced("44100", "44101"),
                           replaced("44100", "22050"),
                           replaced("3600000000", "-1"),
                           replaced("3600000000", "86400000001"),
                           replaced("\"op\"", "\"path\":\"/etc/passwd\",\"op\""),
                           "{\"version\":7,\"op\":" + std::string(100, '[') + std::string(100, ']') + "}",
                           std::string(20'000, ' ')}) {
    const auto request = parse_request(text);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().kind, ErrorKind::invalid);
  }
}

TEST(Request, OfAPictureThereAndBack) {
  const auto text = to_json(Request{PictureRequest{1400, 3000, true, true}});
  const auto request = parse_request(text);
  ASSERT_TRUE(request) << request.error().message;
  const auto& picture = std::get<PictureRequest>(*request);
  EXPECT_EQ(picture.smallest, 1400);
  EXPECT_EQ(picture.largest, 3000);
  EXPECT_TRUE(picture.damaged);
  EXPECT_TRUE(picture.fit);
  EXPECT_EQ(descriptors_of(*request), 2u);
  for (const std::string wrong :
       {R"({"version":7,"op":"picture","smallest":1400,"largest":3001,"damaged":false,"fit":false,"in_recording":false})",
        R"({"version":7,"op":"picture","smallest":1400,"largest":1399,"damaged":false,"fit":false,"in_recording":false})",
        R"({"version":7,"op":"picture","smallest":0,"largest":1400,"damaged":false,"fit":false,"in_recording":false})",
        R"({"version":7,"op":"picture","smallest":1,"largest":1400,"damaged":1,"fit":false,"in_recording":false})",
        R"({"version":7,"op":"picture","smallest":1,"largest":1400,"fit":false,"in_recording":false})",
        R"({"version":7,"op":"picture","smallest":1,"largest":1400,"damaged":false})"})
    EXPECT_FALSE(parse_request(wrong)) << wrong;
}

TEST(Reply, OfAPictureThereAndBack) {
  const auto done =
      parse_reply(to_json(PictureDone{1500, {{1500, PictureFormat::jpeg, ByteCount{90'000}}, {150, PictureFormat::webp, ByteCount{7}}}}));
  ASSERT_TRUE(done) << done.error().message;
  const auto& picture = std::get<PictureDone>(*done);
  EXPECT_EQ(picture.side, 1500);
  ASSERT_EQ(picture.files.size(), 2u);
  EXPECT_EQ(picture.files[1].side, 150);
  EXPECT_EQ(picture.files[1].format, PictureFormat::webp);
  EXPECT_EQ(picture.files[1].length, ByteCount{7});
  for (const std::string wrong :
       {R"({"picture":{"side":3001,"files":[]}})", R"({"picture":{"side":1400}})", R"({"picture":{"side":1400,"files":[7]}})",
        R"({"picture":{"side":1400,"files":[{"side":1401,"format":"jpeg","length":1}]}})",
        R"({"picture":{"side":1400,"files":[{"side":1400,"format":"gif","length":1}]}})",
        R"({"picture":{"side":1400,"files":[{"side":1400,"format":"jpeg","length":0}]}})",
        R"({"picture":{"side":1400,"files":[{"side":1400,"format":"jpeg","length":99999999999}]}})"})
    EXPECT_FALSE(parse_reply(wrong)) << wrong;
}

TEST(Reply, ThereAndBack) {
  const auto progress = parse_reply(to_json(Progress{0.31, "Measuring \"the\" loudness"}));
  ASSERT_TRUE(progress) << progress.error().message;
  EXPECT_DOUBLE_EQ(std::get<Progress>(*progress).fraction, 0.31);
  EXPECT_EQ(std::get<Progress>(*progress).doing, "Measuring \"the\" loudness");

  const auto done = parse_reply(to_json(MasterDone{.duration = std::chrono::microseconds{3'600'000'001},
                                                   .source_loudness = -23.5,
                                                   .loudness = -16,
                                                   .true_peak = -1.25,
                                                   .loudness_range = 4,
                                                   .findings = {{Finding::Kind::lost, 3.2}, {Finding::Kind::mirrored, 0}},
                                                   .peaks = {0, 37, 100}}));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(std::get<MasterDone>(*done).duration.count(), 3'600'000'001);
  EXPECT_DOUBLE_EQ(std::get<MasterDone>(*done).source_loudness, -23.5);
  EXPECT_DOUBLE_EQ(std::get<MasterDone>(*done).loudness, -16);
  EXPECT_DOUBLE_EQ(std::get<MasterDone>(*done).true_peak, -1.25);
  EXPECT_DOUBLE_EQ(std::get<MasterDone>(*done).loudness_range, 4);
  EXPECT_EQ(std::get<MasterDone>(*done).findings, (std::vector<Finding>{{Finding::Kind::lost, 3.2}, {Finding::Kind::mirrored, 0}}));
  EXPECT_EQ(std::get<MasterDone>(*done).peaks, (std::vector<std::uint8_t>{0, 37, 100}));

  const auto error = parse_reply(to_json(Error{ErrorKind::no_space, "The disk is full.", ""}));
  ASSERT_TRUE(error) << error.error().message;
  EXPECT_EQ(std::get<Error>(*error).kind, ErrorKind::no_space);
  EXPECT_EQ(std::get<Error>(*error).message, "The disk is full.");
  EXPECT_EQ(std::get<Error>(parse_reply(to_json(Error{ErrorKind::conflict, "x", ""})).value()).kind, ErrorKind::internal);
}

TEST(Reply, TellsHowItIsConfined) {
  const auto reply = parse_reply(to_json(Confined{{{"seccomp", ""}, {"landlock", "this kernel has none"}}}));
  ASSERT_TRUE(reply) << reply.error().message;
  const auto& layers = std::get<Confined>(*reply).layers;
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "seccomp");
  EXPECT_EQ(layers[0].missing, "");
  EXPECT_EQ(layers[1].missing, "this kernel has none");
}

TEST(Allowance, GrowsWithThePromisedLengthAndNotWithTheFile) {
  const auto minute = allowance_of(MasterRequest{.longest = std::chrono::minutes{1}});
  const auto day = allowance_of(MasterRequest{.longest = kLongestRecording});
  EXPECT_EQ(minute.processor_time, std::chrono::seconds{75});
  EXPECT_EQ(minute.output, ByteCount{60 * 16'000 + (1 << 20)});
  EXPECT_EQ(day.processor_time, std::chrono::seconds{60} + std::chrono::hours{6});
  EXPECT_LT(day.output, ByteCount{2ULL << 30});
  EXPECT_GT(day.time, day.processor_time);
}

TEST(Reply, WhatJsonCannotSayIsBrought) {
  const auto done =
      parse_reply(to_json(MasterDone{{}, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_LT(std::get<MasterDone>(*done).source_loudness, -100);
  const auto progress = parse_reply(to_json(Progress{1.0000001, std::string(5'000, '\x01') + "\xFF"}));
  ASSERT_TRUE(progress) << progress.error().message;
  EXPECT_EQ(std::get<Progress>(*progress).fraction, 1);
  EXPECT_LE(to_json(Error{ErrorKind::invalid, std::string(100'000, '"'), ""}).size(), kLongestMessage);
}

TEST(Reply, SilencesThereAndBack) {
  using namespace std::chrono_literals;
  const std::vector<Silence> silences{{0ms, 300ms, -127.5}, {310ms, 1'000ms, -40}, {23h, 24h, -61.5}};
  const auto done = parse_reply(to_json(MasterDone{.speech_share = 0.25, .silences = silences}));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(std::get<MasterDone>(*done).silences, silences);
  EXPECT_DOUBLE_EQ(std::get<MasterDone>(*done).speech_share, 0.25);
  EXPECT_EQ(silences_from("").value(), std::vector<Silence>{});
  for (const auto& wrong :
       {std::vector<Silence>{{1s, 1s, -50}}, {{2s, 3s, -50}, {1s, 4s, -50}}, {{1s, 3s, -50}, {2s, 4s, -50}}, {{1s, 25h, -50}}})
    EXPECT_FALSE(silences_from(silences_text(wrong)));
  for (const std::string wrong : {"?", "AAAA", "-"}) EXPECT_FALSE(silences_from(wrong)) << wrong;
}

TEST(Reply, TheLongestOutlineFitsIntoOneMessage) {
  std::vector<Silence> many;
  for (std::size_t i = 0; i <= kMaxSilences; ++i)
    many.push_back({std::chrono::seconds{250 * i}, std::chrono::seconds{250 * i + 249}, -127.5});
  const auto text = to_json(MasterDone{.duration = std::chrono::hours{24},
                                       .source_loudness = -1e300,
                                       .loudness = -1e300,
                                       .true_peak = -1e300,
                                       .loudness_range = -1e300,
                                       .speech_share = 0.123456789012345678,
                                       .silences = many,
                                       .findings = std::vector<Finding>(kMaxFindings, {Finding::Kind::loudness_missed, -1e300}),
                                       .peaks = std::vector<std::uint8_t>(kMaxPeaks + 1, kFullScale)});
  EXPECT_LE(text.size(), kLongestMessage);
  const auto done = parse_reply(text);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(std::get<MasterDone>(*done).peaks.size(), kMaxPeaks);
  EXPECT_EQ(std::get<MasterDone>(*done).silences.size(), kMaxSilences);
}

TEST(Reply, AnythingElseIsRefused) {
  for (
      const std::string text :
      {"",
       "7",
       "{}",
       R"({"progress":0.5})",
       R"({"progress":1.5,"doing":"x"})",
       R"({"progress":"half","doing":"x"})",
       R"({"progress":0.5,"doing":7})",
       R"({"progress":0.5,"doing":"x","more":1})",
       R"({"done":{}})",
       R"({"done":7})",
       R"({"done":{"duration":-1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[],"peaks":""}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[]}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[{"kind":"x","amount":1}],"peaks":""}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[1],"peaks":""}})",
       R"({"probed":{"duration":0,"missing":0,"title":"","artist":"","album":"","date":"","chapters":[]}})",
       R"({"probed":{"duration":86400000001,"missing":0,"title":"","artist":"","album":"","date":"","chapters":[]}})",
       R"({"probed":{"duration":1,"missing":0,"title":"","artist":"","album":"","date":"","chapters":[{"start":-1,"title":"x"}]}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[],"peaks":"ZQ=="}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[],"peaks":"?"}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[],"peaks":[1]}})",
       R"({"done":{"duration":1,"source_loudness":0,"loudness":0,"true_peak":0,"loudness_range":0,"has_picture":false,"speech_share":0,"silences":"","findings":[],"peaks":""},"error":{"kind":"invalid","message":"x"}})",
       R"({"confined":7})",
       R"({"confined":{"seccomp":7}})",
       R"({"confined":{},"more":1})",
       R"({"confined":{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""}})",
       R"({"error":{"kind":"curious","message":"x"}})",
       R"({"error":{"kind":"invalid"}})",
       R"({"error":{"kind":"invalid","message":"x","field":"y"}})"}) {
    EXPECT_FALSE(parse_reply(text)) << text;
  }
}

TEST(Socket, PacketsStayApartAndEnd) {
  auto pair = sockets();
  ASSERT_TRUE(send(pair.ours.get(), "one"));
  ASSERT_TRUE(send(pair.ours.get(), "two"));
  EXPECT_EQ(receive(pair.theirs.get()).value()->text, "one");
  EXPECT_EQ(receive(pair.theirs.get()).value()->text, "two");
  pair.ours.reset();
  const auto end = receive(pair.theirs.get());
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_EQ(send(pair.theirs.get(), "three").error().kind, ErrorKind::unavailable);
}

TEST(Socket, AnUnreadPacketOfADeadPeerIsAnEnd) {
  auto pair = sockets();
  ASSERT_TRUE(send(pair.ours.get(), "nobody will read this"));
  pair.theirs.reset();
  const auto end = receive(pair.ours.get());
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_FALSE(*end);
}

TEST(Socket, DescriptorsTravel) {
  const auto pair = sockets();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const FileDescriptor reading{ends[0]};
  FileDescriptor writing{ends[1]};
  ASSERT_TRUE(send(pair.ours.get(), "take this", std::array{ends[1], ends[0]}));
  writing.reset();
  const auto message = receive(pair.theirs.get());
  ASSERT_TRUE(message && *message);
  ASSERT_EQ((*message)->descriptors.size(), 2u);
  ASSERT_EQ(write((*message)->descriptors[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(reading.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(Socket, TooMuchIsRefusedOnBothEnds) {
  const auto pair = sockets();
  EXPECT_FALSE(send(pair.ours.get(), std::string(kLongestMessage + 1, 'x')));
  EXPECT_FALSE(send(pair.ours.get(), ""));
  EXPECT_FALSE(send(pair.ours.get(), "x", std::vector<int>(kMaxDescriptors + 1, 0)));

  const std::string large(kLongestMessage + 1, 'x');
  ASSERT_EQ(::send(pair.ours.get(), large.data(), large.size(), 0), static_cast<ssize_t>(large.size()));
  const auto message = receive(pair.theirs.get());
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace carillon::media::protocol
