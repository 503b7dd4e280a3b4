// Decoding: libav behind a whitelist, so that the code foreign bytes can reach is a WAV and an MP3 reader and nothing else.

#include "media/recording.hpp"

#include "media/protocol/protocol.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace carillon::media {
namespace {

constexpr const char* kDemuxers = "wav,mp3";
constexpr const char* kDecoders =
    "mp3float,pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav";
constexpr int kBuffer = 64 * 1024;
/// How much is looked at to recognise the format and the first frame. A tag with a large picture is skipped, not counted.
constexpr std::int64_t kProbeLimit = 1024 * 1024;
/// Bytes of libav's table of positions, for seeking, which nobody does here: memory must not grow with the recording.
constexpr unsigned kIndexLimit = 64 * 1024;
/// libav's own threshold below which a guess is not to be trusted; text with a stray 0xFF must not become noise.
constexpr int kSureEnough = AVPROBE_SCORE_RETRY;
/// More damage than this and the recording is refused: listeners would hear it.
constexpr double kDamageLimit = 0.05;
/// Tolerance between the length that a header promises and what is there.
constexpr double kLengthTolerance = 0.01;
constexpr double kLengthSlack = 1.0;  // seconds
constexpr const char* kWhatIsTaken =
    "Carillon supports WAV (PCM) and MP3; export the recording in one of these formats and upload it again";

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

FileReader::FileReader(int descriptor, ByteCount length) : descriptor_{descriptor}, length_{static_cast<std::int64_t>(length.value)} {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  context_ = avio_alloc_context(buffer, kBuffer, 0, this, &FileReader::read, nullptr, &FileReader::seek);
}

FileReader::~FileReader() {
  // libav may have replaced the buffer it was given, so the context's is the one to free.
  if (context_ != nullptr) av_freep(&context_->buffer);
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

Result<std::unique_ptr<Recording>> Recording::open(int descriptor, Shape shape, std::chrono::microseconds longest) {
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (end < 0) return fail_errno("read", "the recording", errno);
  if (end == 0) return fail(ErrorKind::invalid, fmt::format("The file is empty (0 bytes). {}.", kWhatIsTaken));
  const ByteCount length{static_cast<std::uint64_t>(end)};
  std::unique_ptr<Recording> recording{new Recording{descriptor, length, shape, longest}};
  if (auto result = recording->open_streams(); !result) return forward_error(result);
  return recording;
}

std::unexpected<Error> Recording::not_taken(int error) const {
  if (reader_.failure() != 0) return fail_errno("read", "the recording", reader_.failure());
  // The limit is the same for every attempt, so it is the file's fault: libav also says this of sizes that cannot be.
  if (error == AVERROR(ENOMEM)) {
    return fail(
        ErrorKind::invalid,
        fmt::format("The file is damaged, or was crafted to exhaust resources: reading it takes too much memory. {}.", kWhatIsTaken));
  }
  return fail(ErrorKind::invalid, fmt::format("This isn't a WAV or MP3 file, or its beginning is damaged. {}.", kWhatIsTaken));
}

Result<> Recording::open_streams() {
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr || reader_.context() == nullptr) return not_taken(AVERROR(ENOMEM));
  format->pb = reader_.context();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->probesize = kProbeLimit;
  format->max_index_size = kIndexLimit;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", kDemuxers, 0);
  av_dict_set(&options, "codec_whitelist", kDecoders, 0);
  int error = avformat_open_input(&format, nullptr, nullptr, &options);  // frees and clears `format` when it fails
  av_dict_free(&options);
  if (error < 0) return not_taken(error);
  format_.reset(format);
  kind_ = std::string_view{format_->iformat->name} == "wav" ? "WAV" : "MP3";
  if (format_->probe_score < kSureEnough) return not_taken(AVERROR_INVALIDDATA);
  if (error = avformat_find_stream_info(format_.get(), nullptr); error < 0) return not_taken(error);

  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (static_cast<int>(i) != index) format_->streams[i]->discard = AVDISCARD_ALL;  // cover pictures
  }
  if (index < 0) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file contains no readable audio ({}). {}.", kind_, libav_text(index), kWhatIsTaken));
  }
  stream_ = format_->streams[index];
  if (auto ready = unpack(codec); !ready) return ready;
  decoder_.reset(avcodec_alloc_context3(codec));
  decoded_.reset(av_frame_alloc());
  packet_.reset(av_packet_alloc());
  if (!decoder_ || !decoded_ || !packet_) return not_taken(AVERROR(ENOMEM));
  if (error = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar); error < 0) return not_taken(error);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;
  AVDictionary* decoder_options = nullptr;
  av_dict_set(&decoder_options, "codec_whitelist", kDecoders, 0);
  error = avcodec_open2(decoder_.get(), codec, &decoder_options);
  av_dict_free(&decoder_options);
  if (error < 0) {
    return fail(ErrorKind::invalid, fmt::format("This {} file contains audio in the format \"{}\", which isn't supported. {}.", kind_,
                                                avcodec_get_name(stream_->codecpar->codec_id), kWhatIsTaken));
  }
  return check_format(decoder_->sample_rate, decoder_->ch_layout.nb_channels);
}

/// 24 bits may stand in 32, which the header's alignment says. libav goes by the bits alone and would hear noise.
Result<> Recording::unpack(const AVCodec*& codec) {
  auto& parameters = *stream_->codecpar;
  // libav takes them for a kind of float that one program wrote long ago.
  const bool is_24 = parameters.codec_id == AV_CODEC_ID_PCM_S24LE || parameters.codec_id == AV_CODEC_ID_PCM_F24LE;
  if (!is_24 || parameters.block_align != 4 * parameters.ch_layout.nb_channels) return {};
  const AVCodec* wide = avcodec_find_decoder(AV_CODEC_ID_PCM_S32LE);
  if (wide == nullptr) return not_taken(AVERROR_DECODER_NOT_FOUND);
  codec = wide;
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

/// The caller of this program has looked at the header already; libav may have seen another one.
Result<> Recording::check_format(int sample_rate, int channels) const {
  if (sample_rate >= protocol::kLowestSampleRate && sample_rate <= protocol::kHighestSampleRate && channels >= 1 &&
      channels <= protocol::kMaxChannels)
    return {};
  return fail(ErrorKind::invalid,
              fmt::format("This {} file has {} channels at {} Hz; Carillon supports 1 to {} channels at {} to {} Hz.", kind_, channels,
                          sample_rate, protocol::kMaxChannels, protocol::kLowestSampleRate, protocol::kHighestSampleRate));
}

Result<Frame> Recording::next() {
  while (!frames_ended_) {
    const int error = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (error == AVERROR(EAGAIN)) {
      if (auto more = decode_more(); !more) return forward_error(more);
      continue;
    }
    if (error != AVERROR_EOF && error < 0) {
      ++damaged_packets_;
      continue;
    }
    frames_ended_ = error == AVERROR_EOF;
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
    const bool ours = packet_->stream_index == stream_->index;
    const int sent = ours ? avcodec_send_packet(decoder_.get(), packet_.get()) : 0;
    av_packet_unref(packet_.get());
    if (!ours) continue;
    ++packets_;
    if (sent == AVERROR(ENOMEM)) return not_taken(sent);
    if (sent < 0) ++damaged_packets_;
    return true;
  }
  return false;
}

/// Brings a decoded frame, or with null what the resampler still holds, into `shape_`.
Result<Frame> Recording::convert(AVFrame* decoded) {
  if (decoded == nullptr && !resampler_) return Frame{};
  Frame out{av_frame_alloc()};
  if (!out) return not_taken(AVERROR(ENOMEM));
  out->format = kSampleFormat;
  out->sample_rate = shape_.sample_rate;
  av_channel_layout_default(&out->ch_layout, shape_.channels);
  if (decoded != nullptr) {
    if (auto ready = make_resampler(decoded, out.get()); !ready) return forward_error(ready);
  }
  const auto** input = decoded == nullptr ? nullptr : const_cast<const std::uint8_t**>(decoded->extended_data);
  const int count = decoded == nullptr ? 0 : decoded->nb_samples;
  out->nb_samples = swr_get_out_samples(resampler_.get(), count);
  if (out->nb_samples <= 0) return Frame{};
  if (const int error = av_frame_get_buffer(out.get(), 0); error < 0) return not_taken(error);
  const int made = swr_convert(resampler_.get(), out->data, out->nb_samples, input, count);
  if (made < 0) return not_taken(made);
  out->nb_samples = made;
  if (scale_ != 1) {
    auto* samples = reinterpret_cast<double*>(out->data[0]);
    for (int i = 0; i < made * shape_.channels; ++i) samples[i] *= scale_;
  }
  out->pts = samples_;
  samples_ += made;
  if (duration() > longest_) {
    return fail(ErrorKind::invalid, fmt::format("This {} file is longer than its header says: it continues past {}. Export it again.",
                                                kind_, clock_text(std::chrono::duration<double>(longest_).count())));
  }
  return out;
}

/// Makes `resampler_` one that takes frames like `decoded`, if it is not already.
Result<> Recording::make_resampler(AVFrame* decoded, AVFrame* out) {
  const Incoming incoming{decoded->sample_rate, decoded->format, decoded->ch_layout.nb_channels};
  // An MP3 glued together from several may change its format on the way; then the rest in the old resampler, some milliseconds, is let go.
  if (resampler_ && incoming == incoming_) return {};
  if (auto fit = check_format(incoming.sample_rate, incoming.channels); !fit) return fit;
  if (decoded->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&decoded->ch_layout, incoming.channels);
  SwrContext* resampler = nullptr;
  int error = swr_alloc_set_opts2(&resampler, &out->ch_layout, kSampleFormat, shape_.sample_rate, &decoded->ch_layout,
                                  static_cast<AVSampleFormat>(incoming.format), incoming.sample_rate, 0, nullptr);
  resampler_.reset(resampler);
  if (error >= 0) error = swr_init(resampler_.get());
  if (error < 0) {
    return fail(ErrorKind::invalid, fmt::format("This {} file has {} channels at {} Hz, which can't be converted to {} Hz ({}).", kind_,
                                                incoming.channels, incoming.sample_rate, shape_.sample_rate, libav_text(error)));
  }
  incoming_ = incoming;
  return {};
}

/// At the end: is what came out all that was promised?
Result<> Recording::check_whole() const {
  const double decoded = std::chrono::duration<double>(duration()).count();
  if (samples_ == 0) {
    return fail(ErrorKind::invalid,
                fmt::format("This {} file contains no audio: it is empty, or ends right after its header. Export it again.", kind_));
  }
  if (static_cast<double>(damaged_packets_) > kDamageLimit * static_cast<double>(packets_)) {
    return fail(ErrorKind::invalid, fmt::format("This {} file is damaged: {} of its {} packets can't be decoded. Export it again.", kind_,
                                                damaged_packets_, packets_));
  }
  // A guess from the bitrate says nothing about what is missing; only a header's promise does.
  if (kind_ != "MP3" || stream_->duration == AV_NOPTS_VALUE || format_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM) return {};
  const double promised = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  return check_length(promised, decoded);
}

std::chrono::microseconds Recording::duration() const noexcept {
  return std::chrono::microseconds{av_rescale(samples_, 1'000'000, shape_.sample_rate)};
}

}  // namespace carillon::media
