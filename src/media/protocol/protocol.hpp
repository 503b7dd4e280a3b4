#pragma once
// The protocol between carillon and carillon-media. One message is one JSON document in one packet of a SOCK_SEQPACKET socket pair; files
// are passed as descriptors (SCM_RIGHTS), never as paths, so that carillon-media needs no permission to open files.

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carillon::media::protocol {

/// Both programs come from one build; a mismatch means an incomplete upgrade and is an error.
inline constexpr int kVersion = 7;
/// Where carillon-media finds its end of the socket pair.
inline constexpr int kControlDescriptor = 3;
/// A longer message is an error on both ends.
inline constexpr std::size_t kLongestMessage = 16 * 1024;
/// More descriptors beside one message are an error on both ends.
inline constexpr std::size_t kMaxDescriptors = 4;

/// Peaks of a waveform per second, and the maximum in total: longer recordings have fewer per second.
inline constexpr int kPeaksPerSecond = 10;
inline constexpr std::size_t kMaxPeaks = 8'000;
/// The peak of a sample that cannot be louder.
inline constexpr int kFullScale = 100;

/// Limits for recordings; anything beyond is a mistake or an attack. 8 kHz is the telephone's rate and the
/// lowest of MP3, 192 kHz the highest of recorders, 6 channels are 5.1.
inline constexpr int kLowestSampleRate = 8'000;
inline constexpr int kHighestSampleRate = 192'000;
inline constexpr int kMaxChannels = 6;
/// Longer recordings are a mistake, or an attack on the disk.
inline constexpr std::chrono::hours kLongestRecording{24};

/// For people whose file is something else.
inline constexpr const char* kSupportedFormats =
    "Carillon supports WAV, MP3, M4A (AAC), FLAC, AIFF, Ogg, Opus, and the sound of MP4, MOV and WebM files; export the recording in one "
    "of "
    "these formats and upload it again";

/// The quietest and loudest that a master can be leveled to, in LUFS.
inline constexpr double kQuietestTarget = -30, kLoudestTarget = -10;
/// The highest true peak of a master in dBTP, decoded (Apple Podcasts, audio requirements), and the lowest that can be asked for.
inline constexpr double kMaxTruePeak = -1, kLowestTruePeak = -6;

/// "Make a master": descriptors are the recording (read) and the target (written). Only parse_request creates it, so its numbers are valid.
struct MasterRequest {
  int bitrate = 128'000;                                  ///< bit/s, 32,000–320,000
  int channels = 2;                                       ///< 1 or 2
  int sample_rate = 44'100;                               ///< Hz: 32,000, 44,100 or 48,000 (MPEG-1)
  double loudness = -16;                                  ///< of the master, LUFS
  double true_peak = kMaxTruePeak;                        ///< dBTP that the master mustn't exceed, decoded
  bool level = true;                                      ///< to that loudness; false: as recorded, and only peaks are limited
  bool encode = true;                                     ///< false: the recording is only measured, and the target stays empty
  std::chrono::microseconds longest = kLongestRecording;  ///< the expected length plus some slack; decoding stops there with `invalid`
};

/// The maximum size of an image file.
inline constexpr ByteCount kLargestPicture{12ULL << 20};
/// The sizes in which images are shown, in pixels per side.
inline constexpr int kPictureSides[] = {150, 300, 600, 1400, 3000};
inline constexpr int kLargestSide = 3000;

/// "Make this picture's sizes": descriptors are the picture (read) and the target (written).
struct PictureRequest {
  int smallest = 1;  ///< pixels a side, at most kLargestSide; what is smaller, or larger than `largest`, is `invalid`
  int largest = kLargestSide;
  bool damaged = false;       ///< accept the decodable part of a damaged image
  bool fit = false;           ///< crop to the square in the middle, and scale to a side that is allowed
  bool in_recording = false;  ///< the file is a recording, and the picture the cover in its metadata
};

/// Ends the message about a picture that could be cropped or scaled: PictureRequest::fit.
inline constexpr std::string_view kOfferToFit = " Carillon can crop and scale it if you ask for it (fit=crop).";

/// "What is this recording?": descriptors are the recording (read) and a target that stays empty.
struct ProbeRequest {};

/// One request is one process. Further operations become further alternatives.
using Request = std::variant<MasterRequest, PictureRequest, ProbeRequest>;

/// How many descriptors are passed with `request`.
[[nodiscard]] std::size_t descriptors_of(const Request& request) noexcept;

/// Resource limits, by the expected length of the recording, or for any image. They are process limits of carillon-media, and carillon also
/// enforces them from outside.
struct Allowance {
  std::chrono::seconds processor_time;
  std::chrono::seconds time;  ///< on a busy machine
  ByteCount output;
};
[[nodiscard]] Allowance allowance_of(const Request& request) noexcept;

/// The first reply, before any of the recording is read: the sandbox of the process (confinement/confinement.hpp).
struct Confined {
  struct Layer {
    std::string name;
    std::string missing;  ///< why it isn't active; "" if it is
  };
  std::vector<Layer> layers = {};
};
inline constexpr std::size_t kMaxLayers = 8;

struct Progress {
  double fraction = 0;  ///< 0–1
  std::string doing;    ///< for people: "Measuring the loudness"
};
/// Something about a recording that its publisher should know. `amount` as said here.
struct Finding {
  enum class Kind {
    silent,           ///< there is no sound in it; 0
    too_short,        ///< too short for its loudness to be measured, so it was left as it was; seconds
    quiet,            ///< so quiet that it was raised only by this much, and is still quieter than it should be; dB
    raised,           ///< very quiet, and raised by this much, with its noise; dB
    loudness_missed,  ///< the master's loudness couldn't be brought to the target; LUFS
    peak_missed,      ///< the master's true peak couldn't be brought below the limit; dBTP
    repaired,         ///< samples that were no numbers and were replaced; how many
    lost,             ///< couldn't be decoded and is missing; seconds
    filled,           ///< left out by the file's own times, and silent in the master; seconds
    offset,           ///< a constant offset was removed; percent of full scale
    rumble,           ///< strong tones below the audible ones were removed; dB of it against the rest
    mirrored,         ///< the second channel was the first one turned upside down, and was turned back; 0
    level_kept,       ///< not leveled, as the show asks, and not within the usual limits; LUFS
    encoded_again,    ///< an MP3 that can't be served as it was uploaded, though the show asks for that; 1: the episode has cue points; 0
    cues_dropped,     ///< cue points that didn't apply to this recording and were deleted; how many
  };
  Kind kind = Kind::silent;
  double amount = 0;
  bool operator==(const Finding&) const = default;
};
[[nodiscard]] std::string_view name_of(Finding::Kind kind) noexcept;
[[nodiscard]] std::optional<Finding::Kind> finding_kind_from(std::string_view name) noexcept;
inline constexpr std::size_t kMaxFindings = 16;

/// A pause.
struct Silence {
  std::chrono::milliseconds from{};
  std::chrono::milliseconds until{};
  double level = 0;  ///< of its loudest 20 ms, dBFS
  bool operator==(const Silence&) const = default;
};
/// Silences that are passed on: the longest. The shortest that is one.
inline constexpr std::size_t kMaxSilences = 300;
inline constexpr std::chrono::milliseconds kShortestSilence{300};
/// Silences as base64 of eight bytes each, and back: the form in which they are passed on and stored. `invalid` if they overlap, aren't in
/// order or are more than kMaxSilences.
[[nodiscard]] std::string silences_text(std::span<const Silence> silences);
[[nodiscard]] Result<std::vector<Silence>> silences_from(std::string_view text);

struct MasterDone {
  std::chrono::microseconds duration{};
  double source_loudness = 0;            ///< LUFS
  double loudness = 0;                   ///< LUFS of the master, decoded
  double true_peak = 0;                  ///< dBTP of the master, decoded
  double loudness_range = 0;             ///< LU of the source (EBU Tech 3342)
  bool has_picture = false;              ///< the recording has a cover in its metadata
  double speech_share = -1;              ///< 0–1 of the time with sound, estimated; −1: not known
  std::vector<Silence> silences = {};    ///< of the master; at most kMaxSilences
  std::vector<Finding> findings = {};    ///< at most kMaxFindings
  std::vector<std::uint8_t> peaks = {};  ///< the master's waveform: 0–kFullScale each, at most kMaxPeaks
};

/// Chapters of a recording that are passed on, the bytes of a title, of a tag, and of all titles and tags together.
inline constexpr std::size_t kMaxProbedChapters = 100;
inline constexpr std::size_t kLongestChapterTitle = 200;
inline constexpr std::size_t kLongestProbedTag = 400;
inline constexpr std::size_t kLongestChapters = 5'000;

/// What a recording says about itself, before it is decoded.
struct ProbeDone {
  struct Chapter {
    std::chrono::microseconds start{};
    std::string title;
  };
  std::chrono::microseconds duration{};
  std::chrono::microseconds missing{};  ///< what damage seems to have taken
  /// Its metadata; "" for what it doesn't say. At most kLongestProbedTag bytes each.
  struct Tags {
    std::string title, artist, album, date;
  };
  Tags tags = {};
  std::vector<Chapter> chapters = {};  ///< by start; at most kMaxProbedChapters
};
enum class PictureFormat { jpeg, webp };
/// The files in the target, in order: the full size as JPEG, then every smaller side of kPictureSides as JPEG, and every side up
/// to its own as WebP.
struct PictureDone {
  struct File {
    int side = 0;
    PictureFormat format = PictureFormat::jpeg;
    ByteCount length;
  };
  int side = 0;
  std::vector<File> files = {};
};
inline constexpr std::size_t kMaxPictureFiles = 10;

/// Confined comes first, a MasterDone, a PictureDone, a ProbeDone or an Error last.
using Reply = std::variant<Progress, MasterDone, Error, Confined, PictureDone, ProbeDone>;

[[nodiscard]] std::string to_json(const Request& request);
[[nodiscard]] std::string to_json(const Reply& reply);
/// `invalid` for anything but exactly what to_json writes: another version, an unknown or missing field, a number out of range.
[[nodiscard]] Result<Request> parse_request(std::string_view text);
[[nodiscard]] Result<Reply> parse_reply(std::string_view text);

struct Message {
  std::string text;
  std::vector<FileDescriptor> descriptors;
};

/// A connected pair of SOCK_SEQPACKET sockets, both closed on exec.
struct SocketPair {
  FileDescriptor ours;
  FileDescriptor theirs;
};
[[nodiscard]] Result<SocketPair> make_socket_pair();

/// Blocks until the packet is sent. `unavailable` if the other end is closed. The descriptors stay with the caller.
[[nodiscard]] Result<> send(int socket, std::string_view text, std::span<const int> descriptors = {});
/// Blocks for one packet; none at the end of the connection. `invalid` if it is longer than kLongestMessage or has too many descriptors.
[[nodiscard]] Result<std::optional<Message>> receive(int socket);

}  // namespace carillon::media::protocol
