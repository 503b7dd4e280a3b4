// The real carillon-media: what it makes of good recordings, what it says about bad ones, and that nothing of it stays behind.

#include "audio/media_program.hpp"

#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"
#include "audio/testing/recordings.hpp"
#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace carillon::audio {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Format kMono{96'000, 1, 44'100};
const Promise kAMinute{.duration = std::chrono::minutes{1}};

const std::function<bool(double, std::string_view)> kGoOn = [](double, std::string_view) { return true; };

std::string output_of(const std::string& command) {
  std::string output;
  if (FILE* pipe = popen(command.c_str(), "r"); pipe != nullptr) {
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    pclose(pipe);
  }
  return output;
}

bool has_ffmpeg() {
  static const bool found = std::system("ffmpeg -version >/dev/null 2>&1") == 0;
  return found;
}

/// The number behind the last `name` in `text`.
std::optional<double> number_behind(const std::string& text, const std::string& name) {
  const auto at = text.rfind(name);
  return at == std::string::npos ? std::nullopt : std::optional{std::strtod(text.c_str() + at + name.size(), nullptr)};
}

class MediaProgramTest : public ::testing::Test {
 protected:
  std::filesystem::path target() const { return folder_.path() / "master.mp3"; }

  FileDescriptor file_with(std::string_view content) {
    const auto path = folder_.path() / "source";
    EXPECT_TRUE(write_file(path, content));
    return open_file(path, O_RDONLY).value();
  }

  Result<MasterMade> make(std::string_view content, Format format = {},
                          const std::function<bool(double, std::string_view)>& progress = kGoOn, const MasterSettings& settings = {}) {
    const auto source = file_with(content);
    const auto output = open_file(target(), O_RDWR | O_CREAT | O_TRUNC).value();
    auto promise = program_.read_promise(source.get(), kGoOn);
    if (!promise) return forward_error(promise);
    return program_.make_master(source.get(), output.get(), format, *promise, progress, settings);
  }

  Mp3Stream stream() const {
    Mp3Walker walker;
    const auto bytes = read_file(target()).value();
    const auto fed = walker.feed(as_bytes(bytes));
    EXPECT_TRUE(fed) << fed.error().message;
    auto stream = walker.finish();
    EXPECT_TRUE(stream) << stream.error().message;
    return stream.value_or(Mp3Stream{});
  }

  /// Frames as promised, and as many as the sound needs: at most the encoder's delay and one frame more.
  void expect_master(const Result<MasterMade>& made, double seconds, Format format = {}) {
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_NEAR(std::chrono::duration<double>(made->duration).count(), seconds, 0.05);
    const auto found = stream();
    EXPECT_TRUE(found.constant_bitrate);
    EXPECT_FALSE(found.reservoir);
    EXPECT_EQ(found.first.version, 1);
    EXPECT_EQ(found.first.bitrate, format.bitrate);
    EXPECT_EQ(found.first.channels, format.channels);
    EXPECT_EQ(found.first.sample_rate, format.sample_rate);
    EXPECT_EQ(found.length.value, std::filesystem::file_size(target()));
    const double needed = std::chrono::duration<double>(made->duration).count() * format.sample_rate / 1152;
    EXPECT_GE(static_cast<double>(found.frames), needed);
    EXPECT_LE(static_cast<double>(found.frames), needed + 3);
  }

  /// As another program hears it.
  void expect_loudness(const Result<MasterMade>& made, double tolerance = 1) {
    ASSERT_TRUE(made);
    EXPECT_NEAR(made->loudness, -16, tolerance);
    if (!has_ffmpeg()) GTEST_SKIP() << "ffmpeg is not installed, so nobody else listens";
    const auto said =
        output_of(fmt::format("ffmpeg -nostats -hide_banner -i '{}' -af ebur128=peak=true -f null - 2>&1", target().string()));
    const auto loudness = number_behind(said, "I:"), peak = number_behind(said, "Peak:");
    ASSERT_TRUE(loudness && peak) << said;
    EXPECT_NEAR(*loudness, -16, tolerance);
    EXPECT_NEAR(*loudness, made->loudness, 0.3) << "what is reported is what is heard";
    EXPECT_LE(*peak, -1.0) << "dBTP";
    EXPECT_NEAR(*peak, made->true_peak, 0.2) << "what is reported is what is heard";
  }

  void expect_invalid(std::string_view content, const std::string& why) {
    const auto made = make(content);
    ASSERT_FALSE(made) << why;
    EXPECT_EQ(made.error().kind, ErrorKind::invalid) << made.error().message;
    EXPECT_THAT(made.error().message, HasSubstr(why));
  }

  /// A program that does what the shell's `script` says.
  MediaProgram impostor(const std::string& script, std::chrono::milliseconds limit = kQuietLimit) {
    const auto path = folder_.path() / "impostor";
    EXPECT_TRUE(write_file(path, "#!/bin/sh\n" + script + "\n", 0700));
    return MediaProgram{path, limit};
  }

  Error error_of(const MediaProgram& program) {
    const auto source = file_with("anything");
    const auto output = open_file(target(), O_RDWR | O_CREAT | O_TRUNC).value();
    const auto made = program.make_master(source.get(), output.get(), {}, kAMinute, kGoOn);
    EXPECT_FALSE(made);
    return made ? Error{} : made.error();
  }

  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
    EXPECT_EQ(errno, ECHILD);
  }

  carillon::testing::TemporaryFolder folder_;
  MediaProgram program_{CARILLON_MEDIA_PROGRAM};
};

/// `file` of 24 bits with each sample in 32, in the upper or the lower ones.
std::string in_32_bits(const std::string& file, int channels, bool upper) {
  std::string wide = file.substr(0, 44);
  for (std::size_t at = 44; at + 3 <= file.size(); at += 3) {
    const auto sample = file.substr(at, 3);
    const char sign = (sample[2] & 0x80) != 0 ? '\xFF' : '\0';
    wide += upper ? std::string(1, '\0') + sample : sample + std::string(1, sign);
  }
  const auto put = [&](std::size_t at, std::size_t number, int size) {
    for (int i = 0; i < size; ++i) wide[at + static_cast<std::size_t>(i)] = static_cast<char>(number >> (8 * i) & 0xFF);
  };
  put(28, 44'100U * 4U * static_cast<unsigned>(channels), 4);
  put(32, 4U * static_cast<unsigned>(channels), 2);
  put(40, wide.size() - 44, 4);
  return wide;
}

TEST_F(MediaProgramTest, TwentyFourBitsInThirtyTwoSoundTheSame) {
  for (const int channels : {1, 2}) {
    const auto file = wav(speech(0.3), 6, {.channels = channels, .bits = 24});
    const auto plain = make(file);
    ASSERT_TRUE(plain) << plain.error().message;
    for (const bool upper : {false, true}) {
      const auto made = make(in_32_bits(file, channels, upper));
      expect_master(made, 6);
      ASSERT_TRUE(made);
      EXPECT_NEAR(made->source_loudness, plain->source_loudness, 0.1) << (upper ? "upper" : "lower");
    }
  }
}

TEST_F(MediaProgramTest, Speech) {
  const auto made = make(wav(speech(0.5), 12));
  expect_master(made, 12);
  expect_loudness(made);
}

TEST_F(MediaProgramTest, VeryQuiet) {
  const auto made = make(wav(speech(0.03), 12, {.bits = 24}));
  expect_master(made, 12);
  EXPECT_LT(made->source_loudness, -40);
  expect_loudness(made);
}

TEST_F(MediaProgramTest, TooLoud) {
  const auto made = make(wav(noise(1), 10));
  expect_master(made, 10);
  EXPECT_GT(made->source_loudness, -10);
  expect_loudness(made);
}

TEST_F(MediaProgramTest, TheNoiseOfAnEmptyRoomIsNotBlownUp) {
  const auto made = make(wav(noise(0.001), 6, {.bits = 24}));
  expect_master(made, 6);
  EXPECT_LT(made->source_loudness, -55);
  EXPECT_LT(made->loudness, made->source_loudness + 30.5);
}

TEST_F(MediaProgramTest, KnocksMakeTheLimiterWorkAndTheLoudnessStillFits) {
  const auto made = make(wav(knocks(0.9), 15));
  expect_master(made, 15);
  expect_loudness(made);
}

TEST_F(MediaProgramTest, PeaksStayBelowALowerLimit) {
  const auto recording = wav(knocks(0.9), 4);
  const auto usual = make(recording);
  const auto limited = make(recording, {}, kGoOn, {.true_peak = usual.value().true_peak - 1});
  expect_master(limited, 4);
  expect_loudness(limited);
  EXPECT_LE(limited->true_peak, usual->true_peak - 1);
}

TEST_F(MediaProgramTest, Mono) {
  const auto made = make(wav(speech(0.5), 8, {.channels = 1}), kMono);
  expect_master(made, 8, kMono);
  expect_loudness(made);
}

TEST_F(MediaProgramTest, OtherRatesAndChannelsAreConverted) {
  const auto up = make(wav(speech(0.5), 6, {.channels = 1, .sample_rate = 22'050}));
  expect_master(up, 6);
  expect_loudness(up);
  const auto down = make(wav(speech(0.5), 6, {.channels = 2, .sample_rate = 48'000, .bits = 24}), kMono);
  expect_master(down, 6, kMono);
  expect_loudness(down);
}

TEST_F(MediaProgramTest, SpokenWords) {
  if (std::system("espeak-ng --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "espeak-ng is not installed";
  // Into a pipe, so the header of the WAV does not know how long it is.
  const auto spoken = output_of(
      "espeak-ng --stdout 'Carillon is a tower of bells. It broadcasts to a whole town, and it reminds. This is a test of spoken words.'");
  const auto made = make(spoken);
  ASSERT_TRUE(made) << made.error().message;
  expect_master(made, std::chrono::duration<double>(made->duration).count());
  EXPECT_GT(made->duration, std::chrono::seconds{4});
  expect_loudness(made);
}

TEST_F(MediaProgramTest, TellsTheOutlineOfWhatItMade) {
  const auto made = make(wav([voice = speech(0.5)](double seconds) { return seconds < 3 ? 0 : voice(seconds); }, 6));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_NEAR(static_cast<double>(made->peaks.size()), 60, 1);
  for (std::size_t i = 0; i < 28; ++i) EXPECT_LE(made->peaks[i], 1) << i;
  const auto loudest = *std::max_element(made->peaks.begin(), made->peaks.end());
  EXPECT_GT(loudest, 20);
  EXPECT_LE(loudest, 90) << "the limiter leaves room";
}

TEST_F(MediaProgramTest, SilenceStaysSilent) {
  const auto made = make(wav(sine(440, 0), 3));
  expect_master(made, 3);
  EXPECT_EQ(made->source_loudness, -70);
  EXPECT_THAT(made->peaks, ::testing::AllOf(::testing::SizeIs(::testing::Ge(30U)), ::testing::Each(0)));
  EXPECT_EQ(made->loudness, -70);
}

TEST_F(MediaProgramTest, ShorterThanTheLoudnessCanBeMeasured) {
  expect_master(make(wav(sine(440, 0.5), 0.2)), 0.2);
  expect_master(make(wav(sine(440, 0.5), 0.001)), 0.001);
}

TEST_F(MediaProgramTest, Mp3IsTakenWithAndWithoutPrefix) {
  const auto first = make(wav(speech(0.5), 10));
  expect_master(first, 10);
  const auto bare = read_file(target()).value();
  const auto prefix = id3_tag({.title = "Title", .show = "Show"}) + info_frame(stream());
  const double seconds = std::chrono::duration<double>(stream().duration()).count();

  const auto second = make(prefix + bare);
  expect_master(second, seconds);
  expect_loudness(second);
  EXPECT_NEAR(second->source_loudness, first->loudness, 0.2);
  expect_master(make(bare), seconds);
}

TEST_F(MediaProgramTest, OthersReadThePrefixAndItsDuration) {
  if (!has_ffmpeg()) GTEST_SKIP() << "ffprobe is not installed";
  ASSERT_TRUE(make(wav(speech(0.5), 20)));
  const auto made = stream();
  ASSERT_TRUE(write_file(folder_.path() / "whole.mp3",
                         id3_tag({.title = "A title", .show = "A show"}) + info_frame(made) + read_file(target()).value()));
  const auto said =
      output_of(fmt::format("ffprobe -v warning -show_format -show_streams '{}' 2>&1", (folder_.path() / "whole.mp3").string()));
  EXPECT_NEAR(number_behind(said, "\nduration=").value_or(0), std::chrono::duration<double>(made.duration()).count(), 0.001) << said;
  EXPECT_THAT(said, HasSubstr("TAG:title=A title"));
  EXPECT_THAT(said, HasSubstr("TAG:album=A show"));
  EXPECT_THAT(said, Not(HasSubstr("[mp3"))) << "no warning";
}

TEST_F(MediaProgramTest, TellsHowFarItIs) {
  double last = 0;
  std::vector<std::string> doing;
  const auto made = make(wav(speech(0.5), 20), {}, [&](double fraction, std::string_view what) {
    EXPECT_GE(fraction, last);
    EXPECT_LE(fraction, 1);
    last = fraction;
    if (doing.empty() || doing.back() != what) doing.emplace_back(what);
    return true;
  });
  ASSERT_TRUE(made);
  EXPECT_GT(last, 0.85);
  ASSERT_GE(doing.size(), 2u);
  EXPECT_EQ(doing[0], "Measuring the loudness");
  EXPECT_EQ(doing[1], "Encoding");
}

TEST_F(MediaProgramTest, AnOldTargetIsReplaced) {
  ASSERT_TRUE(write_file(target(), std::string(1'000'000, 'x')));
  const auto source = file_with(wav(speech(0.5), 2));
  const auto output = open_file(target(), O_RDWR).value();
  expect_master(program_.make_master(source.get(), output.get(), {}, kAMinute, kGoOn), 2);
}

TEST_F(MediaProgramTest, WhatIsNoRecordingIsInvalid) {
  Bytes garbage(200'000);
  carillon::testing::SeededRandom{}.fill(garbage);
  std::string text;
  while (text.size() < 100'000) text += "Dear listeners, this is a text and not a recording.\n";
  expect_invalid("", "empty");
  expect_invalid(as_text(garbage), "isn't a supported recording");
  expect_invalid(text, "isn't a supported recording");
  expect_invalid("x", "isn't a supported recording");
  expect_invalid("fLaC" + std::string(1000, '\0'), "isn't a supported recording");
}

TEST_F(MediaProgramTest, DamagedRecordingsAreInvalid) {
  const auto good = wav(speech(0.5), 10);
  expect_invalid(std::string_view{good}.substr(0, good.size() / 2), "incomplete: it should last 0:10 but ends after 0:0");
  expect_invalid(std::string_view{good}.substr(0, 44), "incomplete");
  expect_invalid(std::string_view{good}.substr(0, 20), "WAV");
  expect_invalid(wav(sine(440, 1), 0), "no audio");
  expect_invalid(wav(sine(440, 1), 1, {.format_tag = 0x2001}), "WAV");  // DTS, which must not reach a decoder

  ASSERT_TRUE(make(good));
  const auto mp3 = info_frame(stream()) + read_file(target()).value();
  expect_invalid(std::string_view{mp3}.substr(0, mp3.size() / 2), "incomplete");
  expect_invalid(id3_tag({.title = "Only a tag"}), "isn't a supported recording");
}

TEST_F(MediaProgramTest, AHoleInAnMp3IsTooMuchDamageOrIsSteppedOver) {
  ASSERT_TRUE(make(wav(speech(0.5), 20)));
  auto mp3 = read_file(target()).value();
  Bytes garbage(2'000);
  carillon::testing::SeededRandom{}.fill(garbage);
  auto scratched = mp3;
  scratched.replace(100'000, garbage.size(), as_text(garbage));
  EXPECT_TRUE(make(scratched)) << "five frames of 800";
}

TEST_F(MediaProgramTest, StopsWhenAsked) {
  int calls = 0;
  const auto made = make(wav(speech(0.5), 30), {}, [&](double, std::string_view) { return ++calls < 3; });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(made.error().message, HasSubstr("canceled"));
  EXPECT_EQ(calls, 3);
}

TEST_F(MediaProgramTest, TwoAtATimeDoNotDisturbEachOther) {
  const auto source = file_with(wav(speech(0.5), 5));
  const auto outer_output = open_file(target(), O_RDWR | O_CREAT).value();
  const auto inner_output = open_file(folder_.path() / "inner.mp3", O_RDWR | O_CREAT).value();
  Result<MasterMade> inner = fail(ErrorKind::internal, "not run");
  bool started = false;
  const auto outer = program_.make_master(source.get(), outer_output.get(), {}, kAMinute, [&](double, std::string_view) {
    if (!std::exchange(started, true)) inner = program_.make_master(source.get(), inner_output.get(), {}, kAMinute, kGoOn);
    return true;
  });
  ASSERT_TRUE(inner) << inner.error().message;
  expect_master(outer, 5);
  EXPECT_EQ(read_file(target()).value(), read_file(folder_.path() / "inner.mp3").value()) << "the same recording gives the same bytes";
}

TEST_F(MediaProgramTest, AProgramThatIsNotThereIsUnavailable) {
  const auto error = error_of(MediaProgram{folder_.path() / "nothing"});
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message, HasSubstr("nothing"));
}

TEST_F(MediaProgramTest, AProgramThatDiesIsUnavailableAndItsLastWordsAreHeard) {
  const auto error = error_of(impostor("echo 'the tape is torn' >&2; exit 3"));
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message, HasSubstr("status 3"));
  EXPECT_THAT(error.message, HasSubstr("the tape is torn"));
  EXPECT_THAT(error_of(impostor("kill -SEGV $$")).message, HasSubstr("signal 11"));
  const auto verbose = error_of(impostor("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1")).message;
  EXPECT_LT(verbose.size(), 2'500u);
}

TEST_F(MediaProgramTest, AProgramThatHangsIsStopped) {
  EXPECT_THAT(error_of(impostor("exec sleep 1000", std::chrono::milliseconds{200})).message, HasSubstr("sent nothing for 0.2 s"));
  EXPECT_THAT(error_of(impostor("exec 3>&-; exec sleep 1000")).message, HasSubstr("signal 9"));
}

TEST_F(MediaProgramTest, AProgramThatTalksNonsenseIsUnavailable) {
  EXPECT_EQ(error_of(impostor("echo nonsense >&3; exec sleep 1000")).kind, ErrorKind::unavailable);
  EXPECT_EQ(error_of(impostor("echo '{\"progress\":7,\"doing\":\"x\"}' >&3; exec sleep 1000")).kind, ErrorKind::unavailable);
  EXPECT_EQ(error_of(impostor("head -c 40000 /dev/zero | dd bs=40000 iflag=fullblock 2>/dev/null >&3; exec sleep 1000")).kind,
            ErrorKind::unavailable);
}

TEST_F(MediaProgramTest, TheProgramGetsNoSecretsAndNoOtherDescriptors) {
  setenv("CARILLON_TEST_SECRET", "tell-nobody", 1);
  const auto bystander = FileDescriptor{open("/dev/zero", O_RDONLY)};  // without O_CLOEXEC
  const auto error = error_of(impostor("env >&2; ls -l /proc/$$/fd >&2; exit 1"));
  unsetenv("CARILLON_TEST_SECRET");
  EXPECT_THAT(error.message, HasSubstr("socket:"));
  EXPECT_THAT(error.message, Not(HasSubstr("tell-nobody")));
  EXPECT_THAT(error.message, Not(HasSubstr("/dev/zero")));
}

/// As the real program does before it reads anything of the recording. The request is taken first: what ends with something unread takes
/// back what it said.
constexpr std::string_view kSaysConfined = "dd bs=16384 count=1 <&3 >/dev/null 2>&1; printf '{\"confined\":{}}' >&3; ";

TEST_F(MediaProgramTest, AProgramThatDoesNotSayHowItIsConfinedIsUnavailable) {
  const auto error = error_of(impostor("printf '{\"progress\":0.5,\"doing\":\"x\"}' >&3; exec sleep 1000"));
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message, HasSubstr("sandbox"));
}

TEST_F(MediaProgramTest, WhatDecodingNeverNeedsIsTheRecordingsFault) {
  const auto stopped = [&](const std::string& signal) {
    return error_of(impostor(std::string{kSaysConfined} + "echo 'forbidden system call openat (257)' >&2; kill -" + signal + " $$"));
  };
  const auto forbidden = stopped("SYS");
  EXPECT_EQ(forbidden.kind, ErrorKind::invalid);
  EXPECT_THAT(forbidden.message, HasSubstr("forbidden system call openat (257)"));
  EXPECT_EQ(stopped("XCPU").kind, ErrorKind::invalid);
  EXPECT_THAT(stopped("XCPU").message, HasSubstr("processor time"));
  EXPECT_EQ(stopped("XFSZ").kind, ErrorKind::invalid);
  EXPECT_THAT(stopped("XFSZ").message, HasSubstr("larger than"));
  EXPECT_EQ(stopped("KILL").kind, ErrorKind::unavailable) << "a machine without memory, perhaps: worth another try";
}

#ifndef CARILLON_INSTRUMENTED
TEST_F(MediaProgramTest, ADecoderThatWasTakenOverIsEndedAndWhatItTriedIsNamed) {
  const auto secret = folder_.path() / "master.key";
  ASSERT_TRUE(write_file(secret, "the master key"));
  const auto taken_over = [&](const std::string& attempt) {
    return error_of(impostor(std::string{kSaysConfined} + "exec '" CARILLON_PLANTED_PROGRAM "' " + attempt + " 4>&- 5>&-"));
  };
  const auto opened = taken_over("open '" + secret.string() + "'");
  EXPECT_EQ(opened.kind, ErrorKind::invalid);
  EXPECT_THAT(opened.message, HasSubstr("forbidden system call openat"));
  EXPECT_THAT(taken_over("fork").message, HasSubstr("forbidden system call clone"));
  EXPECT_THAT(taken_over("kill-parent").message, HasSubstr("forbidden system call"));
  const auto spun = taken_over("spin seconds=1");
  EXPECT_EQ(spun.kind, ErrorKind::invalid);
  EXPECT_THAT(spun.message, HasSubstr("processor time"));
}
#endif

TEST_F(MediaProgramTest, WhatIsMadeBeyondThePromiseIsNotTaken) {
  const auto done = std::string{kSaysConfined} +
                    "printf "
                    "'{\"done\":{\"duration\":DURATION,\"source_loudness\":0,\"loudness\":0,\"true_peak\":0,\"loudness_range\":0,\"has_"
                    "picture\":false,\"speech_"
                    "share\":0,\"silences\":\"\","
                    "\"findings\":[],\"peaks\":\"\"}}' >&3";
  const auto claimed = [&](std::string_view duration) {
    auto script = done;
    return script.replace(script.find("DURATION"), 8, duration);
  };
  EXPECT_THAT(error_of(impostor(claimed("86400000000"))).message, HasSubstr("more audio than the recording contains"));
}

TEST_F(MediaProgramTest, AFloodOfWordsOrProgressEndsAtTheDeadline) {
  // The deadline for silence holds against one that never stops talking on the wrong channel.
  const auto loud = error_of(impostor(std::string{kSaysConfined} + "exec yes >&2", std::chrono::milliseconds{500}));
  EXPECT_EQ(loud.kind, ErrorKind::unavailable);
  int calls = 0;
  const auto source = file_with("anything");
  const auto output = open_file(target(), O_RDWR | O_CREAT | O_TRUNC).value();
  const auto flooding = impostor(std::string{kSaysConfined} +
                                 "i=0; while [ $i -lt 300 ]; do printf '{\"progress\":0.5,\"doing\":\"x\"}' >&3; i=$((i+1)); done; exit 1");
  const auto made = flooding.make_master(source.get(), output.get(), {}, kAMinute, [&](double, std::string_view) {
    ++calls;
    return true;
  });
  EXPECT_FALSE(made);
  EXPECT_LT(calls, 150) << "progress that is none is not passed on";
}

TEST_F(MediaProgramTest, TheProbeTellsTheLayers) {
  const auto layers = program_.probe();
  ASSERT_TRUE(layers) << layers.error().message;
  ASSERT_EQ(layers->size(), 4U);
  EXPECT_EQ(layers->front().name, "seccomp");
#ifndef CARILLON_INSTRUMENTED
  EXPECT_EQ(layers->front().missing, "");
#endif
  EXPECT_FALSE(MediaProgram{folder_.path() / "nothing"}.probe());
}

TEST_F(MediaProgramTest, DecodingEndsWhereThePromiseDoes) {
  const auto source = file_with(wav(speech(0.5), 30));
  const auto output = open_file(target(), O_RDWR | O_CREAT | O_TRUNC).value();
  // As from a file that looks shorter to us than to libav.
  const auto made = program_.make_master(source.get(), output.get(), {}, Promise{.duration = std::chrono::seconds{5}}, kGoOn);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::invalid);
  EXPECT_THAT(made.error().message, HasSubstr("longer than its header says"));
}

TEST_F(MediaProgramTest, ByItselfTheProgramSaysWhatItIs) {
  const auto said = output_of(std::string{CARILLON_MEDIA_PROGRAM} + " 2>&1 3<&-");
  EXPECT_THAT(said, HasSubstr("carillon starts this program"));
}

}  // namespace
}  // namespace carillon::audio
