// The JSON of requests and replies, written plainly and parsed strictly: what is not expected is refused, not skipped.

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "media/protocol/protocol.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>

namespace carillon::media::protocol {
namespace {

namespace json = boost::json;

/// Depth of the deepest message.
constexpr std::size_t kDeepest = 5;
constexpr std::size_t kLongestLayerName = 40, kLongestReason = 400;
/// A person reads it; what libav or a broken pipe adds must not burst the packet (six bytes for an escaped one).
constexpr std::size_t kLongestSentence = 2'000;
/// kMaxPeaks bytes as base64.
constexpr std::size_t kLongestOutline = (kMaxPeaks + 2) / 3 * 4;
/// A silence: when it begins and how long it is in hundredths of seconds, four and three bytes with the lowest first, and half decibels
/// below full scale.
constexpr std::size_t kStartSize = 4, kSilenceSize = 8;
constexpr std::chrono::milliseconds kSilenceStep{10};
constexpr double kSilenceLevel = -0.5;
constexpr std::size_t kLongestSilences = (kMaxSilences * kSilenceSize + 2) / 3 * 4;
constexpr double kQuietest = -1'000, kLoudest = 1'000;                    // LUFS
constexpr std::int64_t kLongestDuration = 366LL * 24 * 3600 * 1'000'000;  // microseconds

/// All files of one picture: a fine JPEG of the largest is the most of it.
constexpr std::int64_t kLargestOutput = 64 << 20;

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorKind::invalid, "a message between carillon and carillon-media is invalid: " + std::string{why});
}

Result<json::object> parse_object(std::string_view text) {
  if (text.size() > kLongestMessage) return refused("it is longer than 16 KiB");
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code error;
  json::value value = json::parse(json::string_view{text.data(), text.size()}, error, {}, options);
  if (error) return refused("it isn't JSON (" + error.message() + ")");
  if (!value.is_object()) return refused("it isn't a JSON object");
  return std::move(value.get_object());
}

/// Takes fields out of an object one by one; finish() tells whether every one was there, fit, and nothing was left.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_{object} {}

  std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most) {
    const json::value* value = take(name);
    if (value != nullptr && value->is_int64() && value->get_int64() >= least && value->get_int64() <= most) return value->get_int64();
    complain(name, "isn't a whole number in range");
    return least;
  }
  double number(std::string_view name, double least, double most) {
    const json::value* value = take(name);
    if (value != nullptr && value->is_number()) {
      boost::system::error_code error;
      const auto result = value->to_number<double>(error);
      if (!error && result >= least && result <= most) return result;
    }
    complain(name, "isn't a number in range");
    return least;
  }
  std::string text(std::string_view name, std::size_t longest = kLongestSentence) {
    const json::value* value = take(name);
    if (value != nullptr && value->is_string() && value->get_string().size() <= longest) return std::string{value->get_string()};
    complain(name, "isn't a string of the allowed length");
    return {};
  }
  bool flag(std::string_view name) {
    const json::value* value = take(name);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    complain(name, "isn't true or false");
    return false;
  }
  json::array list(std::string_view name, std::size_t most) {
    const json::value* value = take(name);
    if (value != nullptr && value->is_array() && value->get_array().size() <= most) return value->get_array();
    complain(name, "isn't a list of allowed length");
    return {};
  }
  [[nodiscard]] Result<> finish() const {
    if (!problem_.empty()) return refused(problem_);
    if (taken_ != object_.size()) return refused("it has an unknown field");
    return {};
  }

 private:
  const json::value* take(std::string_view name) {
    const json::value* value = object_.if_contains(json::string_view{name.data(), name.size()});
    taken_ += value != nullptr;
    return value;
  }
  void complain(std::string_view name, std::string_view what) {
    if (problem_.empty()) problem_ = "\"" + std::string{name} + "\" " + std::string{what};
  }
  const json::object& object_;
  std::size_t taken_ = 0;
  std::string problem_;
};

std::string sentence(std::string_view text) { return std::string{cut_to(clean_for_xml(text), kLongestSentence)}; }

std::string tag(std::string_view text) { return std::string{cut_to(clean_for_xml(text), kLongestProbedTag)}; }

/// JSON has no infinity and no NaN: what was not measured is as quiet as nothing.
double measured(double loudness) { return std::isfinite(loudness) ? std::clamp(loudness, kQuietest, kLoudest) : kQuietest; }

/// One byte each: as numbers they would burst the packet.
std::string outline(std::span<const std::uint8_t> peaks) {
  return to_base64(std::as_bytes(peaks.first(std::min(peaks.size(), kMaxPeaks))));
}

/// Those that travel; another one would promise something about things that only carillon knows.
std::optional<ErrorKind> kind_named(std::string_view name) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::too_large, ErrorKind::no_space, ErrorKind::unavailable, ErrorKind::internal}) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

/// The names of findings, in the order of their kinds.
constexpr std::string_view kFindingNames[] = {"silent",      "too_short", "quiet",      "raised",        "loudness_missed",
                                              "peak_missed", "repaired",  "lost",       "filled",        "offset",
                                              "rumble",      "mirrored",  "level_kept", "encoded_again", "cues_dropped"};
/// Larger is no figure of ours.
constexpr double kLargestAmount = 1e12;

json::array written(std::span<const Finding> findings) {
  json::array list;
  for (const auto& [kind, amount] : findings.first(std::min(findings.size(), kMaxFindings))) {
    const double said = std::isfinite(amount) ? std::clamp(amount, -kLargestAmount, kLargestAmount) : 0;
    list.push_back(json::object{{"kind", name_of(kind)}, {"amount", said}});
  }
  return list;
}

json::array written(std::span<const ProbeDone::Chapter> chapters) {
  json::array list;
  for (const auto& [start, title] : chapters.first(std::min(chapters.size(), kMaxProbedChapters)))
    list.push_back(json::object{{"start", start.count()}, {"title", cut_to(clean_for_xml(title), kLongestChapterTitle)}});
  return list;
}

std::string name_of(PictureFormat format) { return format == PictureFormat::jpeg ? "jpeg" : "webp"; }

struct ReplyWriter {
  json::object operator()(const Progress& progress) const {
    return {{"progress", std::clamp(progress.fraction, 0.0, 1.0)}, {"doing", sentence(progress.doing)}};
  }
  json::object operator()(const MasterDone& done) const {
    return {{"done",
             {{"duration", done.duration.count()},
              {"source_loudness", measured(done.source_loudness)},
              {"loudness", measured(done.loudness)},
              {"true_peak", measured(done.true_peak)},
              {"loudness_range", measured(done.loudness_range)},
              {"has_picture", done.has_picture},
              {"speech_share", measured(done.speech_share)},
              {"silences", silences_text(done.silences)},
              {"findings", written(done.findings)},
              {"peaks", outline(done.peaks)}}}};
  }
  json::object operator()(const PictureDone& done) const {
    json::array files;
    for (const auto& file : done.files)
      files.push_back(json::object{{"side", file.side}, {"format", name_of(file.format)}, {"length", file.length.value}});
    return {{"picture", {{"side", done.side}, {"files", std::move(files)}}}};
  }
  json::object operator()(const ProbeDone& done) const {
    return {{"probed",
             {{"duration", done.duration.count()},
              {"missing", done.missing.count()},
              {"title", tag(done.tags.title)},
              {"artist", tag(done.tags.artist)},
              {"album", tag(done.tags.album)},
              {"date", tag(done.tags.date)},
              {"chapters", written(done.chapters)}}}};
  }
  json::object operator()(const Confined& confined) const {
    json::object layers;
    for (const auto& layer : confined.layers)
      layers[cut_to(clean_for_xml(layer.name), kLongestLayerName)] = cut_to(clean_for_xml(layer.missing), kLongestReason);
    return {{"confined", std::move(layers)}};
  }
  json::object operator()(const Error& error) const {
    const auto kind = kind_named(name_of(error.kind)).value_or(ErrorKind::internal);
    return {{"error", {{"kind", std::string{name_of(kind)}}, {"message", sentence(error.message)}}}};
  }
};

Result<Reply> parse_done(const json::object& object) {
  Fields fields{object};
  MasterDone done;
  done.duration = std::chrono::microseconds{fields.integer("duration", 0, kLongestDuration)};
  done.source_loudness = fields.number("source_loudness", kQuietest, kLoudest);
  done.loudness = fields.number("loudness", kQuietest, kLoudest);
  done.true_peak = fields.number("true_peak", kQuietest, kLoudest);
  done.loudness_range = fields.number("loudness_range", kQuietest, kLoudest);
  done.has_picture = fields.flag("has_picture");
  done.speech_share = fields.number("speech_share", -1, 1);
  auto silences = silences_from(fields.text("silences", kLongestSilences));
  const auto findings = fields.list("findings", kMaxFindings);
  const auto peaks = from_base64(fields.text("peaks", kLongestOutline));
  if (auto result = fields.finish(); !result) return forward_error(result);
  for (const auto& finding : findings) {
    if (!finding.is_object()) return refused("a finding isn't an object");
    Fields of_finding{finding.get_object()};
    const auto kind = finding_kind_from(of_finding.text("kind"));
    const auto amount = of_finding.number("amount", -kLargestAmount, kLargestAmount);
    if (auto result = of_finding.finish(); !result) return forward_error(result);
    if (!kind) return refused("a finding is unknown");
    done.findings.push_back({*kind, amount});
  }
  if (!silences) return forward_error(silences);
  done.silences = std::move(*silences);
  if (!peaks || peaks->size() > kMaxPeaks) return refused("its peaks aren't base64, or there are too many");
  for (const auto byte : *peaks) {
    if (std::to_integer<int>(byte) > kFullScale) return refused("a peak is above full scale");
    done.peaks.push_back(std::to_integer<std::uint8_t>(byte));
  }
  return done;
}

Result<Reply> parse_probed(const json::object& object) {
  Fields fields{object};
  ProbeDone done;
  done.duration = std::chrono::microseconds{fields.integer("duration", 1, std::chrono::microseconds{kLongestRecording}.count())};
  done.missing = std::chrono::microseconds{fields.integer("missing", 0, kLongestDuration)};
  done.tags.title = fields.text("title", kLongestProbedTag);
  done.tags.artist = fields.text("artist", kLongestProbedTag);
  done.tags.album = fields.text("album", kLongestProbedTag);
  done.tags.date = fields.text("date", kLongestProbedTag);
  const auto chapters = fields.list("chapters", kMaxProbedChapters);
  if (auto result = fields.finish(); !result) return forward_error(result);
  for (const auto& chapter : chapters) {
    if (!chapter.is_object()) return refused("a chapter isn't an object");
    Fields of_chapter{chapter.get_object()};
    const std::chrono::microseconds start{of_chapter.integer("start", 0, std::chrono::microseconds{kLongestRecording}.count())};
    auto title = of_chapter.text("title", kLongestChapterTitle);
    if (auto result = of_chapter.finish(); !result) return forward_error(result);
    done.chapters.push_back({start, std::move(title)});
  }
  return Reply{std::move(done)};
}

Result<Reply> parse_picture(const json::object& object) {
  Fields fields{object};
  PictureDone done;
  done.side = static_cast<int>(fields.integer("side", 1, kLargestSide));
  const auto files = fields.list("files", kMaxPictureFiles);
  if (auto result = fields.finish(); !result) return forward_error(result);
  for (const auto& file : files) {
    if (!file.is_object()) return refused("one of its picture files isn't an object");
    Fields of_file{file.get_object()};
    PictureDone::File made;
    made.side = static_cast<int>(of_file.integer("side", 1, done.side));
    const auto format = of_file.text("format");
    made.format = format == name_of(PictureFormat::webp) ? PictureFormat::webp : PictureFormat::jpeg;
    made.length = ByteCount{static_cast<std::uint64_t>(of_file.integer("length", 1, kLargestOutput))};
    if (auto result = of_file.finish(); !result) return forward_error(result);
    if (format != name_of(made.format)) return refused("the format of one of its files is unknown");
    done.files.push_back(made);
  }
  return done;
}

Result<Reply> parse_error(const json::object& object) {
  Fields fields{object};
  const auto kind = kind_named(fields.text("kind"));
  Error error{kind.value_or(ErrorKind::internal), fields.text("message"), {}};
  if (auto result = fields.finish(); !result) return forward_error(result);
  if (!kind) return refused("its error kind is unknown");
  return Reply{std::move(error)};
}

Result<Reply> parse_confined(const json::object& object) {
  if (object.size() > kMaxLayers) return refused("it has too many layers");
  Confined confined;
  for (const auto& [name, missing] : object) {
    if (name.size() > kLongestLayerName || !missing.is_string() || missing.get_string().size() > kLongestReason)
      return refused("a layer of its sandbox is unknown");
    confined.layers.push_back({std::string{name}, std::string{missing.get_string()}});
  }
  return Reply{std::move(confined)};
}

}  // namespace

std::string_view name_of(Finding::Kind kind) noexcept { return kFindingNames[static_cast<std::size_t>(kind)]; }

std::optional<Finding::Kind> finding_kind_from(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kFindingNames, name);
  if (found == std::end(kFindingNames)) return std::nullopt;
  return static_cast<Finding::Kind>(found - std::begin(kFindingNames));
}

std::string silences_text(std::span<const Silence> silences) {
  Bytes bytes;
  for (const auto& [from, until, level] : silences.first(std::min(silences.size(), kMaxSilences))) {
    auto start = static_cast<std::uint64_t>(from / kSilenceStep), length = static_cast<std::uint64_t>((until - from) / kSilenceStep);
    for (std::size_t i = 0; i < kSilenceSize - 1; ++i) {
      auto& number = i < kStartSize ? start : length;
      bytes.push_back(static_cast<std::byte>(number & 0xFF));
      number >>= 8;
    }
    bytes.push_back(static_cast<std::byte>(std::clamp(level / kSilenceLevel, 0.0, 255.0)));
  }
  return to_base64(bytes);
}

Result<std::vector<Silence>> silences_from(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() % kSilenceSize != 0 || bytes->size() > kMaxSilences * kSilenceSize)
    return refused("its silences aren't base64, or there are too many");
  std::vector<Silence> silences;
  std::chrono::milliseconds last{-1};
  for (std::size_t at = 0; at < bytes->size(); at += kSilenceSize) {
    const auto number = [&](std::size_t begin, std::size_t end) {
      std::int64_t value = 0;
      for (std::size_t i = end; i-- > begin;) value = value << 8 | std::to_integer<std::int64_t>((*bytes)[at + i]);
      return value;
    };
    const auto from = kSilenceStep * number(0, kStartSize);
    const auto until = from + kSilenceStep * number(kStartSize, kSilenceSize - 1);
    if (from <= last || until <= from || until > kLongestRecording + kSilenceStep) return refused("its silences aren't in order");
    silences.push_back(
        {.from = from, .until = until, .level = kSilenceLevel * static_cast<double>(number(kSilenceSize - 1, kSilenceSize))});
    last = until;
  }
  return silences;
}

Allowance allowance_of(const Request& request) noexcept {
  struct Of {
    Allowance operator()(const MasterRequest& master) const {
      // Measured: an hour takes 46 s on one core of a small server, and 76 s when the limiter makes it look for its loudness several times.
      // A quarter of the recording's length is enough for a machine ten times as slow.
      constexpr std::chrono::seconds kBeginning{60};
      constexpr int kPartOfLength = 4;
      // On a busy machine, where the process stands behind everything else, time passes faster than it computes.
      constexpr std::chrono::seconds kWaiting{600};
      constexpr int kBusy = 8;
      constexpr ByteCount kFrames{1 << 20};
      const auto length = std::chrono::ceil<std::chrono::seconds>(master.longest);
      const auto processor_time = kBeginning + length / kPartOfLength;
      const auto bytes = static_cast<std::uint64_t>(length.count()) * static_cast<std::uint64_t>(master.bitrate) / 8;
      return {.processor_time = processor_time, .time = kWaiting + processor_time * kBusy, .output = ByteCount{bytes} + kFrames};
    }
    Allowance operator()(const PictureRequest&) const {
      // Measured: the largest picture takes 3 s, most of it for its WebP.
      constexpr std::chrono::seconds kPicture{30};
      // A publisher waits for it.
      constexpr std::chrono::seconds kPatience{120};
      return {.processor_time = kPicture, .time = kPatience, .output = ByteCount{static_cast<std::uint64_t>(kLargestOutput)}};
    }
    Allowance operator()(const ProbeRequest&) const {
      // Without a length in its header, all of a file is read, though not decoded; as slow disks do it.
      constexpr std::chrono::seconds kReading{600};
      constexpr std::chrono::seconds kFromDisk{3'600};
      return {.processor_time = kReading, .time = kFromDisk, .output = ByteCount{1}};
    }
  };
  return std::visit(Of{}, request);
}

std::size_t descriptors_of(const Request&) noexcept { return 2; }

std::string to_json(const Request& request) {
  struct Writer {
    json::object operator()(const MasterRequest& master) const {
      return {{"version", kVersion},
              {"op", "master"},
              {"bitrate", master.bitrate},
              {"channels", master.channels},
              {"sample_rate", master.sample_rate},
              {"loudness", master.loudness},
              {"true_peak", master.true_peak},
              {"level", master.level},
              {"encode", master.encode},
              {"longest", master.longest.count()}};
    }
    json::object operator()(const ProbeRequest&) const { return {{"version", kVersion}, {"op", "probe"}}; }
    json::object operator()(const PictureRequest& picture) const {
      return {{"version", kVersion},        {"op", "picture"},    {"smallest", picture.smallest},        {"largest", picture.largest},
              {"damaged", picture.damaged}, {"fit", picture.fit}, {"in_recording", picture.in_recording}};
    }
  };
  return json_text(std::visit(Writer{}, request));
}

std::string to_json(const Reply& reply) { return json_text(std::visit(ReplyWriter{}, reply)); }

Result<Request> parse_request(std::string_view text) {
  auto object = parse_object(text);
  if (!object) return forward_error(object);
  const json::value* version = object->if_contains("version");
  // Said before anything else is looked at: another version may have other fields.
  if (version == nullptr || !version->is_int64() || version->get_int64() != kVersion) {
    return refused("it has a different version; carillon and carillon-media must be from the same release");
  }
  Fields fields{*object};
  fields.integer("version", kVersion, kVersion);
  const auto operation = fields.text("op");
  if (operation == "picture") {
    PictureRequest picture;
    picture.smallest = static_cast<int>(fields.integer("smallest", 1, kLargestSide));
    picture.largest = static_cast<int>(fields.integer("largest", picture.smallest, kLargestSide));
    picture.damaged = fields.flag("damaged");
    picture.fit = fields.flag("fit");
    picture.in_recording = fields.flag("in_recording");
    if (auto result = fields.finish(); !result) return forward_error(result);
    return Request{picture};
  }
  if (operation == "probe") {
    if (auto result = fields.finish(); !result) return forward_error(result);
    return Request{ProbeRequest{}};
  }
  if (operation != "master") return refused("its operation is unknown");
  MasterRequest master;
  master.bitrate = static_cast<int>(fields.integer("bitrate", 32'000, 320'000));
  master.channels = static_cast<int>(fields.integer("channels", 1, 2));
  master.sample_rate = static_cast<int>(fields.integer("sample_rate", 32'000, 48'000));
  master.loudness = fields.number("loudness", kQuietestTarget, kLoudestTarget);
  master.true_peak = fields.number("true_peak", kLowestTruePeak, kMaxTruePeak);
  master.level = fields.flag("level");
  master.encode = fields.flag("encode");
  master.longest = std::chrono::microseconds{fields.integer("longest", 0, std::chrono::microseconds{kLongestRecording}.count())};
  if (auto result = fields.finish(); !result) return forward_error(result);
  if (master.sample_rate != 32'000 && master.sample_rate != 44'100 && master.sample_rate != 48'000)
    return refused("MPEG-1 doesn't support its sample rate");
  return Request{master};
}

Result<Reply> parse_reply(std::string_view text) {
  auto object = parse_object(text);
  if (!object) return forward_error(object);
  if (const json::value* done = object->if_contains("done"); done != nullptr && done->is_object() && object->size() == 1) {
    return parse_done(done->get_object());
  }
  if (const json::value* picture = object->if_contains("picture"); picture != nullptr && picture->is_object() && object->size() == 1) {
    return parse_picture(picture->get_object());
  }
  if (const json::value* probed = object->if_contains("probed"); probed != nullptr && probed->is_object() && object->size() == 1) {
    return parse_probed(probed->get_object());
  }
  if (const json::value* error = object->if_contains("error"); error != nullptr && error->is_object() && object->size() == 1) {
    return parse_error(error->get_object());
  }
  if (const json::value* confined = object->if_contains("confined"); confined != nullptr && confined->is_object() && object->size() == 1) {
    return parse_confined(confined->get_object());
  }
  Fields fields{*object};
  Progress progress;
  progress.fraction = fields.number("progress", 0, 1);
  progress.doing = fields.text("doing");
  if (auto result = fields.finish(); !result) return forward_error(result);
  return Reply{std::move(progress)};
}

}  // namespace carillon::media::protocol
