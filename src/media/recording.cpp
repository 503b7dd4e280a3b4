// Decoding: libav behind a list of names, so that foreign bytes reach the readers and decoders that are listed here and no others.

#include "media/recording.hpp"

#include "base/text.hpp"
#include "media/container.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <numbers>
#include <vector>

namespace carillon::media {
namespace {

constexpr const char* kDemuxers = "wav,mp3,w64,aiff,caf,flac,ogg,wv,aac,ac3,eac3,asf,mov,matroska";

struct Decoder {
  AVCodecID codec;
  const char* name;
};
constexpr Decoder kDecoders[] = {
    {AV_CODEC_ID_MP3, "mp3float"},
    {AV_CODEC_ID_MP2, "mp2float"},
    {AV_CODEC_ID_AAC, "aac"},
    {AV_CODEC_ID_ALAC, "alac"},
    {AV_CODEC_ID_FLAC, "flac"},
    {AV_CODEC_ID_VORBIS, "vorbis"},
    {AV_CODEC_ID_OPUS, "opus"},
    {AV_CODEC_ID_WAVPACK, "wavpack"},
    {AV_CODEC_ID_AC3, "ac3"},
    {AV_CODEC_ID_EAC3, "eac3"},
    {AV_CODEC_ID_WMAV1, "wmav1"},
    {AV_CODEC_ID_WMAV2, "wmav2"},
    {AV_CODEC_ID_PCM_U8, "pcm_u8"},
    {AV_CODEC_ID_PCM_S8, "pcm_s8"},
    {AV_CODEC_ID_PCM_S16LE, "pcm_s16le"},
    {AV_CODEC_ID_PCM_S16BE, "pcm_s16be"},
    {AV_CODEC_ID_PCM_S24LE, "pcm_s24le"},
    {AV_CODEC_ID_PCM_S24BE, "pcm_s24be"},
    {AV_CODEC_ID_PCM_S32LE, "pcm_s32le"},
    {AV_CODEC_ID_PCM_S32BE, "pcm_s32be"},
    {AV_CODEC_ID_PCM_F32LE, "pcm_f32le"},
    {AV_CODEC_ID_PCM_F32BE, "pcm_f32be"},
    {AV_CODEC_ID_PCM_F64LE, "pcm_f64le"},
    {AV_CODEC_ID_PCM_F64BE, "pcm_f64be"},
    {AV_CODEC_ID_PCM_ALAW, "pcm_alaw"},
    {AV_CODEC_ID_PCM_MULAW, "pcm_mulaw"},
    {AV_CODEC_ID_ADPCM_MS, "adpcm_ms"},
    {AV_CODEC_ID_ADPCM_IMA_WAV, "adpcm_ima_wav"},
    {AV_CODEC_ID_ADPCM_IMA_QT, "adpcm_ima_qt"},
};

/// The same numbers with the other byte first.
struct Swapped {
  AVCodecID little, big;
};
constexpr Swapped kSwapped[] = {
    {AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S16BE}, {AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S24BE},
    {AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_S32BE}, {AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_F32BE},
    {AV_CODEC_ID_PCM_F64LE, AV_CODEC_ID_PCM_F64BE},
};

constexpr int kBuffer = 64 * 1024;
/// How much is looked at to recognise the format and the first frame. A tag with a large picture is skipped, not counted.
constexpr std::int64_t kProbeLimit = 1024 * 1024;
/// Bytes of libav's table of positions, for seeking, which nobody does here: memory must not grow with the recording.
constexpr unsigned kIndexLimit = 64 * 1024;
/// A file has a sound and perhaps a few videos and pictures.
constexpr int kMaxStreams = 64;
/// libav's own threshold below which a guess is not to be trusted; text with a stray 0xFF must not become noise.
constexpr int kSureEnough = AVPROBE_SCORE_RETRY;
/// More damage than this and the recording is refused: listeners would hear it.
constexpr double kDamageLimit = 0.05;
/// Tolerance between the length that a header promises and what is there.
constexpr double kLengthTolerance = 0.01;
constexpr double kLengthSlack = 1.0;  // seconds
/// What decoders cut off at both ends is shorter than this, or than some frames.
constexpr double kEnds = 0.1;           // seconds
constexpr double kEndsSamples = 4'096;  // at the rate of the recording
/// A longer gap between the times of two packets is one; times are rounded to milliseconds, and recorders are late at times.
constexpr double kGap = 0.1;  // seconds
/// Frames of silence that fill a gap.
constexpr int kSilentFrame = 4096;
/// Numbers beyond those of the largest integers are no sound.
constexpr double kLoudestSample = 1ULL << 32;
/// What takes the place of a damaged sample fades from the last good one, within milliseconds.
constexpr double kFade = 0.98;

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

const Decoder* decoder_for(AVCodecID codec) {
  const auto* found = std::ranges::find(kDecoders, codec, &Decoder::codec);
  return found == std::end(kDecoders) ? nullptr : found;
}

const std::string& decoder_names() {
  static const std::string names = [] {
    std::string list;
    for (const auto& decoder : kDecoders) list += (list.empty() ? "" : ",") + std::string{decoder.name};
    return list;
  }();
  return names;
}

std::string metadata_of(const AVDictionary* metadata, const char* key) {
  const auto* entry = av_dict_get(metadata, key, nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

/// What people call such a file.
std::string kind_of(const AVFormatContext& format) {
  const std::string_view name{format.iformat->name};
  if (name == "wav") return "WAV";
  if (name == "mp3") return "MP3";
  if (name == "w64") return "Wave64";
  if (name == "aiff") return "AIFF";
  if (name == "caf") return "Core Audio";
  if (name == "flac") return "FLAC";
  if (name == "ogg") return "Ogg";
  if (name == "wv") return "WavPack";
  if (name == "aac") return "AAC";
  if (name == "ac3" || name == "eac3") return "AC-3";
  if (name == "asf") return "Windows Media";
  if (name.starts_with("matroska")) return "Matroska or WebM";
  const auto brand = metadata_of(format.metadata, "major_brand");
  if (brand.starts_with("M4A")) return "M4A";
  if (brand.starts_with("M4B")) return "M4B";
  if (brand.starts_with("qt")) return "QuickTime";
  return brand.starts_with("3g") ? "3GP" : "MP4";
}

bool is_matroska(const AVFormatContext& format) { return std::string_view{format.iformat->name}.starts_with("matroska"); }

/// A file may name others that belong to it: none of them is opened.
int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EACCES); }

/// Apple's and the MPEG's marks of encrypted sound (ISO/IEC 14496-12 §8.12).
bool is_encrypted(const AVStream& stream) {
  const auto tag = stream.codecpar->codec_tag;
  return tag == MKTAG('d', 'r', 'm', 's') || tag == MKTAG('e', 'n', 'c', 'a') ||
         av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr;
}

template <class Sample>
void repair_samples(Sample* samples, int count, int step, double& last, std::uint64_t& repaired) {
  for (int i = 0; i < count; ++i) {
    Sample& sample = samples[static_cast<std::ptrdiff_t>(i) * step];
    if (std::abs(sample) <= static_cast<Sample>(kLoudestSample)) {  // false for what is no number
      last = sample;
      continue;
    }
    last *= kFade;
    sample = static_cast<Sample>(last);
    ++repaired;
  }
}

}  // namespace

FileReader::FileReader(int descriptor, ByteCount length) : descriptor_{descriptor}, length_{static_cast<std::int64_t>(length.value)} {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  context_ = avio_alloc_context(buffer, kBuffer, 0, this, &FileReader::read, nullptr, &FileReader::seek);
}

FileReader::~FileReader() {
  // libav may have replaced the buffer it was given, so the context's is the one to free.
  if (context_ != nullptr) av_freep(static_cast<void*>(&context_->buffer));
  avio_context_free(&context_);
}

double FileReader::fraction() const noexcept {
  return length_ > 0 ? std::min(1.0, static_cast<double>(position_) / static_cast<double>(length_)) : 0;
}

int FileReader::read(void* self, std::uint8_t* into, int size) {
  auto& reader = *static_cast<FileReader*>(self);
  ssize_t got;
  do got = pread(reader.descriptor_, into, static_cast<std::size_t>(size), reader.position_);
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    reader.failure_ = errno;
    return AVERROR(errno);
  }
  if (got == 0) return AVERROR_EOF;
  reader.position_ += got;
  return static_cast<int>(got);
}

std::int64_t FileReader::seek(void* self, std::int64_t offset, int whence) {
  auto& reader = *static_cast<FileReader*>(self);
  if ((whence & AVSEEK_SIZE) != 0) return reader.length_;
  std::int64_t base = 0;
  if ((whence & ~AVSEEK_FORCE) == SEEK_CUR) base = reader.position_;
  if ((whence & ~AVSEEK_FORCE) == SEEK_END) base = reader.length_;
  std::int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return AVERROR(EINVAL);
  return reader.position_ = target;
}

Result<std::unique_ptr<Recording>> Recording::open(int descriptor, int sample_rate, std::chrono::microseconds longest) {
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (end < 0) return fail_errno("read", "the recording", errno);
  if (end == 0) return fail(ErrorKind::invalid, fmt::format("The file is empty (0 bytes). {}.", protocol::kSupportedFormats));
  const ByteCount length{static_cast<std::uint64_t>(end)};
  std::unique_ptr<Recording> recording{new Recording{descriptor, length, sample_rate, longest}};
  if (auto result = recording->open_streams(); !result) return forward_error(result);
  return recording;
}

/// Whether the file begins as one of the ISO base media formats does (ISO/IEC 14496-12 §4.3).
bool Recording::begins_with_box() const {
  std::array<char, 8> head{};
  return pread(reader_.descriptor(), head.data(), head.size(), 0) == static_cast<ssize_t>(head.size()) &&
         std::string_view{head.data() + 4, 4} == "ftyp";
}

std::unexpected<Error> Recording::damaged(double promised, double there) const {
  return fail(ErrorKind::invalid,
              fmt::format("This {} file is damaged: it should last {}, but only {} of it can be read. Export or upload it again.", kind_,
                          clock_text(promised), clock_text(there)));
}

std::unexpected<Error> Recording::not_taken(int error) const {
  if (reader_.failure() != 0) return fail_errno("read", "the recording", reader_.failure());
  // The limit is the same for every attempt, so it is the file's fault: libav also says this of sizes that cannot be.
  if (error == AVERROR(ENOMEM)) {
    return fail(ErrorKind::invalid,
                fmt::format("The file is damaged, or was crafted to exhaust resources: reading it takes too much memory. {}.",
                            protocol::kSupportedFormats));
  }
  if (kind_.empty() && begins_with_box()) {
    return fail(ErrorKind::invalid,
                "This MP4 or M4A file is incomplete: its index is missing, because the recording or the upload was interrupted. Export or "
                "upload it again.");
  }
  if (kind_.empty()) {
    return fail(ErrorKind::invalid,
                fmt::format("This isn't a supported recording, or its beginning is damaged. {}.", protocol::kSupportedFormats));
  }
  return fail(ErrorKind::invalid, fmt::format("This {} file can't be read: it is damaged or incomplete ({}). Export or upload it again.",
                                              kind_, libav_text(error)));
}

Result<> Recording::open_streams() {
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr || reader_.context() == nullptr) return not_taken(AVERROR(ENOMEM));
  format->pb = reader_.context();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = open_nothing;
  format->probesize = kProbeLimit;
  format->max_index_size = kIndexLimit;
  format->max_streams = kMaxStreams;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", kDemuxers, 0);
  av_dict_set(&options, "codec_whitelist", decoder_names().c_str(), 0);
  int error = avformat_open_input(&format, nullptr, nullptr, &options);  // frees and clears `format` when it fails
  av_dict_free(&options);
  if (error < 0) return not_taken(error);
  format_.reset(format);
  if (format_->probe_score < kSureEnough) return not_taken(AVERROR_INVALIDDATA);
  kind_ = kind_of(*format_);
  has_times_ = is_matroska(*format_);
  // Pictures and videos aren't looked into. In Matroska their times tell where the file ends, and nothing may be parsed to get them.
  if (has_times_) format_->flags |= AVFMT_FLAG_NOPARSE;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (!has_times_ && format_->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  if (error = avformat_find_stream_info(format_.get(), nullptr); error < 0) return not_taken(error);
  if (auto found = find_sound(); !found) return found;
  return open_decoder();
}

Result<> Recording::find_sound() {
  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  bool has_video = false;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    auto& stream = *format_->streams[i];
    const bool is_picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    has_video = has_video || (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_picture);
    if (static_cast<int>(i) != index && (!has_times_ || is_picture)) stream.discard = AVDISCARD_ALL;
  }
  if (index >= 0) {
    stream_ = format_->streams[index];
    return {};
  }
  if (has_video) return fail(ErrorKind::invalid, fmt::format("This {} file is a video without sound. Choose a file with sound.", kind_));
  return fail(ErrorKind::invalid, fmt::format("This {} file contains no readable audio. {}.", kind_, protocol::kSupportedFormats));
}

std::unexpected<Error> Recording::encrypted() const {
  return fail(
      ErrorKind::invalid,
      fmt::format("This {} file is encrypted (copy protection), so it can't be decoded. Export the recording without protection.", kind_));
}

/// Whether the next packet is. Only there some files say so.
Result<> Recording::check_encryption() {
  if (packet_->data == nullptr && av_read_frame(format_.get(), packet_.get()) < 0) return {};
  const bool is_locked = av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
  av_packet_unref(packet_.get());
  if (is_locked) return encrypted();
  return {};
}

Result<> Recording::open_decoder() {
  if (is_encrypted(*stream_)) return encrypted();
  if (auto ready = correct_codec(); !ready) return ready;
  if (auto ready = unpack(); !ready) return ready;
  const auto* known = decoder_for(stream_->codecpar->codec_id);
  const AVCodec* codec = known != nullptr ? avcodec_find_decoder_by_name(known->name) : nullptr;
  if (codec == nullptr) {
    const auto id = stream_->codecpar->codec_id;
    const auto format = id == AV_CODEC_ID_NONE ? std::string{"an unknown format"} : fmt::format("the format “{}”", avcodec_get_name(id));
    return fail(ErrorKind::invalid,
                fmt::format("This {} file contains audio in {}, which isn't supported. {}.", kind_, format, protocol::kSupportedFormats));
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  decoded_.reset(av_frame_alloc());
  packet_.reset(av_packet_alloc());
  if (!decoder_ || !decoded_ || !packet_) return not_taken(AVERROR(ENOMEM));
  if (const int error = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar); error < 0) return not_taken(error);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;
  // Where a format has checksums, damage is found and not heard.
  const auto id = stream_->codecpar->codec_id;
  if (id == AV_CODEC_ID_FLAC || id == AV_CODEC_ID_WAVPACK) decoder_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "codec_whitelist", decoder_names().c_str(), 0);
  const int error = avcodec_open2(decoder_.get(), codec, &options);
  av_dict_free(&options);
  if (error < 0) return not_taken(error);
  // AAC and Opus say how many channels there are only when they are decoded.
  if (decoder_->ch_layout.nb_channels == 1 && id != AV_CODEC_ID_AAC && id != AV_CODEC_ID_OPUS) shape_.channels = 1;
  if (decoder_->ch_layout.nb_channels == 0 || decoder_->sample_rate == 0) return not_taken(AVERROR_INVALIDDATA);
  return check_format(decoder_->sample_rate, decoder_->ch_layout.nb_channels);
}

/// libav takes the samples of a big-endian WAV file (RIFX) for little-endian ones.
Result<> Recording::correct_codec() {
  if (kind_ != "WAV") return {};
  std::array<unsigned char, 4> form{};
  const std::int64_t position = avio_tell(format_->pb);
  if (avio_seek(format_->pb, 0, SEEK_SET) < 0 || avio_read(format_->pb, form.data(), form.size()) != static_cast<int>(form.size()) ||
      avio_seek(format_->pb, position, SEEK_SET) < 0)
    return not_taken(AVERROR(EIO));
  if (form != std::array<unsigned char, 4>{'R', 'I', 'F', 'X'}) return {};
  for (const auto& [little, big] : kSwapped) {
    if (stream_->codecpar->codec_id != little) continue;
    stream_->codecpar->codec_id = big;
    return {};
  }
  const auto id = stream_->codecpar->codec_id;
  if (id == AV_CODEC_ID_PCM_U8 || id == AV_CODEC_ID_PCM_ALAW || id == AV_CODEC_ID_PCM_MULAW) return {};
  return fail(ErrorKind::invalid, "This is a big-endian WAV file (RIFX) whose audio isn't PCM. Export it as WAV (PCM).");
}

/// 24 bits may stand in 32, which the header's alignment says. libav goes by the bits alone and would hear noise.
Result<> Recording::unpack() {
  auto& parameters = *stream_->codecpar;
  // libav takes them for a kind of float that one program wrote long ago.
  const bool is_24 = parameters.codec_id == AV_CODEC_ID_PCM_S24LE || parameters.codec_id == AV_CODEC_ID_PCM_F24LE;
  if (kind_ != "WAV" || !is_24 || parameters.block_align != 4 * parameters.ch_layout.nb_channels) return {};
  parameters.codec_id = AV_CODEC_ID_PCM_S32LE;
  parameters.bits_per_coded_sample = 32;
  // They belong into the upper ones (Multimedia Programming Interface 1.0), but some programs put them into the lower. Then the lowest byte
  // is used and the highest has nothing but the sign.
  Packet packet{av_packet_alloc()};
  if (!packet) return not_taken(AVERROR(ENOMEM));
  bool lowest_used = false, highest_used = false;
  while (!highest_used && av_read_frame(format_.get(), packet.get()) >= 0) {
    for (int at = 0; at + 4 <= packet->size; at += 4) {
      const auto* sample = packet->data + at;
      lowest_used = lowest_used || sample[0] != 0;
      highest_used = highest_used || sample[3] != ((sample[2] & 0x80) != 0 ? 0xFF : 0);
    }
    av_packet_unref(packet.get());
  }
  if (reader_.failure() != 0) return not_taken(AVERROR(EIO));
  if (const int error = avformat_seek_file(format_.get(), stream_->index, 0, 0, 0, 0); error < 0) return not_taken(error);
  if (lowest_used && !highest_used) scale_ = 256;
  return {};
}

/// The caller of this program may have looked at the header already; libav may have seen another one.
Result<> Recording::check_format(int sample_rate, int channels) const {
  if (channels > protocol::kMaxChannels) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file has {} channels; Carillon supports mono to 5.1 ({} channels). Export it in stereo.", kind_,
                            channels, protocol::kMaxChannels));
  }
  if (sample_rate >= protocol::kLowestSampleRate && sample_rate <= protocol::kHighestSampleRate && channels >= 1) return {};
  return fail(ErrorKind::invalid,
              fmt::format("This {} file has a sample rate of {} Hz; Carillon supports {} to {} Hz. Export it at 44,100 or 48,000 Hz.",
                          kind_, sample_rate, protocol::kLowestSampleRate, protocol::kHighestSampleRate));
}

bool Recording::is_float() const noexcept {
  const auto id = stream_->codecpar->codec_id;
  return id == AV_CODEC_ID_PCM_F32LE || id == AV_CODEC_ID_PCM_F32BE || id == AV_CODEC_ID_PCM_F64LE || id == AV_CODEC_ID_PCM_F64BE;
}

std::span<const std::byte> Recording::picture() const noexcept {
  std::span<const std::byte> found;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const auto& stream = *format_->streams[i];
    const auto& picture = stream.attached_pic;
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0 || picture.data == nullptr || picture.size <= 0) continue;
    // The first one, unless another is marked as the front cover (ID3v2.4 §4.14, also in FLAC).
    const bool is_front = metadata_of(stream.metadata, "comment") == "Cover (front)";
    if (found.empty() || is_front) found = {reinterpret_cast<const std::byte*>(picture.data), static_cast<std::size_t>(picture.size)};
    if (is_front) break;
  }
  return found;
}

Result<Frame> Recording::next() {
  while (!frames_ended_ || waiting_) {
    if (!waiting_) {
      const int error = avcodec_receive_frame(decoder_.get(), decoded_.get());
      if (error == AVERROR(EAGAIN)) {
        if (auto more = decode_more(); !more) return forward_error(more);
        continue;
      }
      if (error != AVERROR_EOF && error < 0) {
        count_damage();
        continue;
      }
      frames_ended_ = error == AVERROR_EOF;
      waiting_ = !frames_ended_;
    }
    if (waiting_ && has_times_) {
      auto silence = silence_before(*decoded_);
      if (!silence) return forward_error(silence);
      if (*silence) return silence;
    }
    waiting_ = false;
    auto converted = convert(frames_ended_ ? nullptr : decoded_.get());
    av_frame_unref(decoded_.get());
    if (!converted) return forward_error(converted);
    if (frames_ended_) {
      if (auto whole = check_whole(); !whole) return forward_error(whole);
    }
    if (*converted && (*converted)->nb_samples > 0) return converted;
  }
  return Frame{};
}

/// Whether `there` is what was `promised`, in seconds.
Result<> Recording::check_length(double promised, double there) const {
  if (there + kLengthSlack >= promised * (1 - kLengthTolerance)) return {};
  return fail(ErrorKind::invalid, fmt::format("This {} file is incomplete: it should last {} but ends after {}. Export or upload it again.",
                                              kind_, clock_text(promised), clock_text(there)));
}

/// Hands the decoder one packet more, or the end; false at the end.
Result<bool> Recording::decode_more() {
  while (!packets_ended_) {
    const int error = av_read_frame(format_.get(), packet_.get());
    if (error < 0) {
      if (reader_.failure() != 0) return not_taken(error);
      // A file that ends in the middle of a packet is judged by its length in check_whole().
      packets_ended_ = true;
      avcodec_send_packet(decoder_.get(), nullptr);
      return false;
    }
    const auto& from = *format_->streams[packet_->stream_index];
    if (packet_->pts != AV_NOPTS_VALUE)
      furthest_ = std::max(furthest_, static_cast<double>(packet_->pts + packet_->duration) * av_q2d(from.time_base));
    const bool ours = packet_->stream_index == stream_->index;
    if (ours && packet_->duration > 0) packet_seconds_ = static_cast<double>(packet_->duration) * av_q2d(stream_->time_base);
    const int sent = ours ? avcodec_send_packet(decoder_.get(), packet_.get()) : 0;
    av_packet_unref(packet_.get());
    if (!ours) continue;
    ++packets_;
    if (sent == AVERROR(ENOMEM)) return not_taken(sent);
    if (sent < 0) count_damage();
    return true;
  }
  return false;
}

void Recording::count_damage() {
  ++damaged_packets_;
  damage_.lost += packet_seconds_;
}

Result<Frame> Recording::empty_frame(int samples) {
  Frame out{av_frame_alloc()};
  if (!out) return not_taken(AVERROR(ENOMEM));
  out->format = kSampleFormat;
  out->sample_rate = shape_.sample_rate;
  out->nb_samples = samples;
  av_channel_layout_default(&out->ch_layout, shape_.channels);
  if (samples <= 0) return out;
  if (const int error = av_frame_get_buffer(out.get(), 0); error < 0) return not_taken(error);
  return out;
}

Result<> Recording::count_samples(int made) {
  samples_ += made;
  if (duration() <= longest_) return {};
  return fail(ErrorKind::invalid, fmt::format("This {} file is longer than its header says: it continues past {}. Export it again.", kind_,
                                              clock_text(std::chrono::duration<double>(longest_).count())));
}

/// A frame of silence if `decoded` isn't due yet: browsers and recorders leave out what they didn't hear.
Result<Frame> Recording::silence_before(const AVFrame& decoded) {
  if (decoded.pts == AV_NOPTS_VALUE) return Frame{};
  const double start = stream_->start_time == AV_NOPTS_VALUE ? 0 : static_cast<double>(stream_->start_time) * av_q2d(stream_->time_base);
  const double due = static_cast<double>(decoded.pts) * av_q2d(stream_->time_base) - std::max(start, 0.0);
  const double missing = due - static_cast<double>(samples_) / shape_.sample_rate;
  if (missing < kGap) return Frame{};
  auto silence = empty_frame(static_cast<int>(std::min<double>(kSilentFrame, missing * shape_.sample_rate)));
  if (!silence) return silence;
  auto* samples = reinterpret_cast<double*>((*silence)->data[0]);
  std::fill_n(samples, static_cast<std::ptrdiff_t>((*silence)->nb_samples) * shape_.channels, 0.0);
  (*silence)->pts = samples_;
  damage_.filled += static_cast<double>((*silence)->nb_samples) / shape_.sample_rate;
  if (auto counted = count_samples((*silence)->nb_samples); !counted) return forward_error(counted);
  return silence;
}

/// Puts something in the place of samples that are no numbers: one of them would spoil everything that is computed afterwards.
void Recording::repair(AVFrame& decoded) {
  const auto format = static_cast<AVSampleFormat>(decoded.format);
  const auto packed = av_get_packed_sample_fmt(format);
  if (packed != AV_SAMPLE_FMT_FLT && packed != AV_SAMPLE_FMT_DBL) return;
  const int channels = std::min(decoded.ch_layout.nb_channels, protocol::kMaxChannels);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  for (int channel = 0; channel < channels; ++channel) {
    auto* data = decoded.extended_data[planar ? channel : 0];
    const int first = planar ? 0 : channel, step = planar ? 1 : decoded.ch_layout.nb_channels;
    auto& last = last_samples_[static_cast<std::size_t>(channel)];
    if (packed == AV_SAMPLE_FMT_FLT)
      repair_samples(reinterpret_cast<float*>(data) + first, decoded.nb_samples, step, last, damage_.repaired_samples);
    else
      repair_samples(reinterpret_cast<double*>(data) + first, decoded.nb_samples, step, last, damage_.repaired_samples);
  }
}

/// Brings a decoded frame, or with null what the resampler still holds, into `shape_`.
Result<Frame> Recording::convert(AVFrame* decoded) {
  if (decoded == nullptr && !resampler_) return Frame{};
  auto empty = empty_frame(0);
  if (!empty) return empty;
  if (decoded != nullptr) {
    if (auto ready = make_resampler(decoded, empty->get()); !ready) return forward_error(ready);
    if (av_frame_make_writable(decoded) < 0) return not_taken(AVERROR(ENOMEM));
    repair(*decoded);
  }
  const auto** input = decoded == nullptr ? nullptr : const_cast<const std::uint8_t**>(decoded->extended_data);
  const int count = decoded == nullptr ? 0 : decoded->nb_samples;
  const int most = swr_get_out_samples(resampler_.get(), count);
  if (most <= 0) return Frame{};
  auto out = empty_frame(most);
  if (!out) return out;
  const int made = swr_convert(resampler_.get(), (*out)->data, (*out)->nb_samples, input, count);
  if (made < 0) return not_taken(made);
  (*out)->nb_samples = made;
  if (scale_ != 1) {
    auto* samples = reinterpret_cast<double*>((*out)->data[0]);
    for (int i = 0; i < made * shape_.channels; ++i) samples[i] *= scale_;
  }
  (*out)->pts = samples_;
  if (auto counted = count_samples(made); !counted) return forward_error(counted);
  return out;
}

/// Makes `resampler_` one that takes frames like `decoded`, if it is not already.
Result<> Recording::make_resampler(AVFrame* decoded, AVFrame* out) {
  const Incoming incoming{decoded->sample_rate, decoded->format, decoded->ch_layout.nb_channels};
  // An MP3 glued together from several may change its format on the way; then the rest in the old resampler, some milliseconds, is let go.
  if (resampler_ && incoming == incoming_) return {};
  if (auto fit = check_format(incoming.sample_rate, incoming.channels); !fit) return fit;
  // Nobody says what the channels are: those of a recorder with several microphones, which all belong in the middle.
  const bool are_tracks = decoded->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC && incoming.channels > 2;
  if (decoded->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&decoded->ch_layout, incoming.channels);
  SwrContext* resampler = nullptr;
  // libswresample's own matrix is that of ITU-R BS.775: the center and the surrounds 3 dB lower, no low-frequency effects.
  int error = swr_alloc_set_opts2(&resampler, &out->ch_layout, kSampleFormat, shape_.sample_rate, &decoded->ch_layout,
                                  static_cast<AVSampleFormat>(incoming.format), incoming.sample_rate, 0, nullptr);
  resampler_.reset(resampler);
  if (error >= 0 && are_tracks) {
    const std::vector<double> equal(static_cast<std::size_t>(shape_.channels) * static_cast<std::size_t>(incoming.channels),
                                    std::numbers::sqrt2 / 2);
    error = swr_set_matrix(resampler_.get(), equal.data(), incoming.channels);
  }
  if (error >= 0) error = swr_init(resampler_.get());
  if (error < 0) {
    return fail(ErrorKind::invalid, fmt::format("This {} file has {} channels at {} Hz, which can't be converted to {} Hz ({}).", kind_,
                                                incoming.channels, incoming.sample_rate, shape_.sample_rate, libav_text(error)));
  }
  incoming_ = incoming;
  return {};
}

/// At the end: is what came out all that was promised?
Result<> Recording::check_whole() {
  const double decoded = std::chrono::duration<double>(duration()).count();
  if (samples_ == 0) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file contains no audio: it is empty, or ends right after its header. Export it again.", kind_));
  }
  const auto claimed = claimed_length();
  if (static_cast<double>(damaged_packets_) > kDamageLimit * static_cast<double>(packets_))
    return damaged(std::max(claimed.value_or(0), decoded + damage_.lost), decoded);
  if (damage_.filled > kLengthSlack && damage_.filled > kDamageLimit * decoded) return damaged(decoded, decoded - damage_.filled);
  // Carillon has read the headers of WAV files itself: they say strange things.
  if (!claimed || kind_ == "WAV") return {};
  // A video may go on after its sound has ended.
  if (has_times_) return check_length(*claimed, std::max(decoded, furthest_));
  if (*claimed - decoded > std::max(kEnds, kEndsSamples / decoder_->sample_rate)) damage_.lost = std::max(damage_.lost, *claimed - decoded);
  return check_length(*claimed, decoded);
}

/// A guess from the bitrate says nothing about what is missing; only a header's promise does. In seconds.
std::optional<double> Recording::claimed_length() const {
  if (format_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM) return std::nullopt;
  if (stream_->duration != AV_NOPTS_VALUE && stream_->duration > 0)
    return static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  if (has_times_ && format_->duration != AV_NOPTS_VALUE && format_->duration > 0)
    return static_cast<double>(format_->duration) / AV_TIME_BASE;
  return std::nullopt;
}

std::chrono::microseconds Recording::duration() const noexcept {
  return std::chrono::microseconds{av_rescale(samples_, 1'000'000, shape_.sample_rate)};
}

/// Where libav doesn't look: is all of the container there?
Result<> Recording::check_container(double& seconds, double& foreign) const {
  const auto container = walk_container(reader_.descriptor(), reader_.length(), format_->iformat->name);
  if (!container) return {};
  if (container->ends_within) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file is incomplete: it ends in the middle of a page, after {}. Export or upload it again.", kind_,
                            clock_text(seconds)));
  }
  if (auto whole = check_length(seconds / container->present, seconds); !whole) return whole;
  foreign = std::max({foreign, seconds * container->foreign, seconds / container->present - seconds});
  return {};
}

Result<protocol::ProbeDone> Recording::probe(const std::function<Result<>(double)>& report) {
  protocol::ProbeDone done;
  double seconds = 0, foreign = 0;
  if (const auto claimed = claimed_length()) {
    seconds = *claimed;
  } else {
    const auto id = stream_->codecpar->codec_id;
    const bool is_constant = id == AV_CODEC_ID_AC3 || id == AV_CODEC_ID_EAC3 || id == AV_CODEC_ID_MP2;
    int largest = 0;
    std::int64_t first = -1;
    std::uint64_t sound = 0;  // bytes
    for (;;) {
      if (auto said = report(fraction()); !said) return forward_error(said);
      const int error = av_read_frame(format_.get(), packet_.get());
      if (error < 0) {
        if (reader_.failure() != 0) return not_taken(error);
        break;
      }
      if (packet_->stream_index == stream_->index) {
        const double length = static_cast<double>(packet_->duration) * av_q2d(stream_->time_base);
        if (has_times_ && packet_->pts != AV_NOPTS_VALUE)
          seconds = std::max(seconds, static_cast<double>(packet_->pts) * av_q2d(stream_->time_base) + length);
        else
          seconds += length;
        if (first < 0) first = packet_->pos;
        // Frames of these have one size each. What is longer has swallowed the hole behind it.
        if (largest == 0) largest = packet_->size + packet_->size / 2;
        sound += static_cast<std::uint64_t>(std::max(is_constant ? std::min(packet_->size, largest) : packet_->size, 0));
      }
      av_packet_unref(packet_.get());
      if (seconds > std::chrono::duration<double>(protocol::kLongestRecording).count()) break;
    }
    // In files that are nothing but frames, other bytes are damage.
    const std::string_view name{format_->iformat->name};
    if (first >= 0 && sound > 0 && (name == "aac" || name == "ac3" || name == "eac3" || name == "mp3")) {
      const auto all = static_cast<double>(reader_.length().value) - static_cast<double>(first);
      foreign = seconds * std::max(0.0, all / static_cast<double>(sound) - 1);
    }
  }
  if (auto whole = check_container(seconds, foreign); !whole) return forward_error(whole);
  const std::chrono::duration<double> longest = protocol::kLongestRecording;
  if (seconds > longest.count()) {
    return fail(ErrorKind::invalid,
                fmt::format("The recording is longer than {} hours, the limit for one episode.", protocol::kLongestRecording.count()));
  }
  if (seconds <= 0) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file contains no audio: it is empty, or ends right after its header. Export it again.", kind_));
  }
  if (foreign > kLengthSlack && foreign > kDamageLimit * seconds) return damaged(seconds + foreign, seconds);
  if (auto readable = check_encryption(); !readable) return forward_error(readable);
  done.duration = std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)};
  done.missing = std::chrono::microseconds{static_cast<std::int64_t>(foreign * 1e6)};
  // Ogg has them at the stream, the others at the file.
  const auto tag = [&](std::initializer_list<const char*> keys) {
    for (const auto* metadata : {format_->metadata, stream_->metadata}) {
      for (const char* key : keys) {
        if (auto text = std::string{cut_to(clean_for_xml(metadata_of(metadata, key)), protocol::kLongestProbedTag)}; !text.empty())
          return text;
      }
    }
    return std::string{};
  };
  done.tags = {.title = tag({"title"}), .artist = tag({"artist", "album_artist"}), .album = tag({"album"}), .date = tag({"date", "year"})};
  std::size_t room = protocol::kLongestChapters;
  for (const auto* text : {&done.tags.title, &done.tags.artist, &done.tags.album, &done.tags.date}) room -= text->size();
  for (unsigned i = 0; i < format_->nb_chapters; ++i) {
    const auto& chapter = *format_->chapters[i];
    const auto start = static_cast<double>(chapter.start) * av_q2d(chapter.time_base);
    auto title = std::string{cut_to(clean_for_xml(metadata_of(chapter.metadata, "title")), protocol::kLongestChapterTitle)};
    if (title.empty() || start < 0 || start > seconds || title.size() > room || done.chapters.size() == protocol::kMaxProbedChapters)
      continue;
    room -= title.size();
    done.chapters.push_back({std::chrono::microseconds{static_cast<std::int64_t>(start * 1e6)}, std::move(title)});
  }
  std::ranges::sort(done.chapters, {}, &protocol::ProbeDone::Chapter::start);
  return done;
}

}  // namespace carillon::media
