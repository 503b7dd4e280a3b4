// libmp3lame through libavcodec, and a look at every frame it makes: what is promised about a master is checked, not hoped.

#include "media/encoder.hpp"

#include "base/file.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace carillon::media {
namespace {

/// lame's -q: 3 turns on the full noise shaping for a tenth more time than its default 5; 2 costs twice as much.
constexpr int kQuality = 3;
constexpr std::size_t kWriteAtOnce = 64 * 1024;
/// ISO/IEC 11172-3 §2.4.1.3: sync word, MPEG-1, layer III, no CRC.
constexpr std::uint32_t kPlainHeader = 0xFFFB0000;
constexpr std::uint32_t kHeaderMask = 0xFFFF0000;
/// What must not change from frame to frame: all but padding (bit 9) and the mode extension (bits 5 and 4).
constexpr std::uint32_t kConstantBits = 0xFFFFFDCF;

std::unexpected<Error> broken(int error) {
  return fail(error == AVERROR(ENOMEM) ? ErrorKind::unavailable : ErrorKind::internal,
              fmt::format("The master could not be encoded ({}).", libav_text(error)));
}

}  // namespace

Result<Encoder> Encoder::create(int target, int bitrate, Shape shape) {
  // An empty file is left alone, for the room that was reserved for it behind its end.
  const off_t end = lseek(target, 0, SEEK_END);
  if (end < 0 || (end > 0 && ftruncate(target, 0) != 0) || lseek(target, 0, SEEK_SET) != 0)
    return fail_errno("truncate", "the master file", errno);
  const AVCodec* codec = avcodec_find_encoder_by_name("libmp3lame");
  if (codec == nullptr) return fail(ErrorKind::unavailable, "This system's libavcodec lacks libmp3lame, so MP3 files can't be encoded.");
  Encoder encoder;
  encoder.target_ = target;
  encoder.codec_.reset(avcodec_alloc_context3(codec));
  encoder.packet_.reset(av_packet_alloc());
  if (!encoder.codec_ || !encoder.packet_) return broken(AVERROR(ENOMEM));
  encoder.codec_->sample_fmt = AV_SAMPLE_FMT_FLTP;
  encoder.codec_->sample_rate = shape.sample_rate;
  encoder.codec_->bit_rate = bitrate;
  encoder.codec_->compression_level = kQuality;
  av_channel_layout_default(&encoder.codec_->ch_layout, shape.channels);
  AVDictionary* options = nullptr;
  av_dict_set(&options, "reservoir", "0", 0);
  const int error = avcodec_open2(encoder.codec_.get(), codec, &options);
  av_dict_free(&options);
  if (error < 0) return broken(error);
  encoder.pending_.reserve(kWriteAtOnce);
  return encoder;
}

Result<> Encoder::begin_frame() {
  frame_.reset(av_frame_alloc());
  if (!frame_) return broken(AVERROR(ENOMEM));
  frame_->format = codec_->sample_fmt;
  frame_->sample_rate = codec_->sample_rate;
  frame_->nb_samples = codec_->frame_size;
  frame_->pts = position_;
  if (av_channel_layout_copy(&frame_->ch_layout, &codec_->ch_layout) < 0 || av_frame_get_buffer(frame_.get(), 0) < 0)
    return broken(AVERROR(ENOMEM));
  filled_ = 0;
  return {};
}

Result<> Encoder::write(const double* samples, std::size_t count) {
  const int channels = codec_->ch_layout.nb_channels;
  while (count > 0) {
    if (!frame_) {
      if (auto begun = begin_frame(); !begun) return begun;
    }
    const int taken = static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(codec_->frame_size - filled_)));
    for (int channel = 0; channel < channels; ++channel) {
      auto* out = reinterpret_cast<float*>(frame_->extended_data[channel]) + filled_;
      for (int i = 0; i < taken; ++i) out[i] = static_cast<float>(samples[i * channels + channel] / kEncoderScale);
    }
    samples += static_cast<std::ptrdiff_t>(taken) * channels;
    count -= static_cast<std::size_t>(taken);
    filled_ += taken;
    position_ += taken;
    if (filled_ < codec_->frame_size) continue;
    if (auto encoded = encode(frame_.get()); !encoded) return encoded;
    frame_.reset();
  }
  return {};
}

Result<> Encoder::finish() {
  if (frame_) {
    frame_->nb_samples = filled_;
    if (auto encoded = encode(frame_.get()); !encoded) return encoded;
    frame_.reset();
  }
  return encode(nullptr);
}

/// Null ends the stream.
Result<> Encoder::encode(const AVFrame* frame) {
  if (const int error = avcodec_send_frame(codec_.get(), frame); error < 0) return broken(error);
  for (;;) {
    const int error = avcodec_receive_packet(codec_.get(), packet_.get());
    if (error == AVERROR(EAGAIN)) return {};
    if (error == AVERROR_EOF) return flush();
    if (error < 0) return broken(error);
    auto taken = take({reinterpret_cast<const std::byte*>(packet_->data), static_cast<std::size_t>(packet_->size)});
    av_packet_unref(packet_.get());
    if (!taken) return taken;
  }
}

Result<> Encoder::take(std::span<const std::byte> frame) {
  if (frame.size() < 6) return fail(ErrorKind::internal, "libmp3lame produced a frame that is too short.");
  std::uint32_t header = 0;
  for (const auto byte : frame.first(4)) header = header << 8 | std::to_integer<std::uint32_t>(byte);
  if (first_header_ == 0) first_header_ = header;
  if ((header & kHeaderMask) != kPlainHeader) return fail(ErrorKind::internal, "libmp3lame produced a frame that isn't MPEG-1 layer III.");
  if (((header ^ first_header_) & kConstantBits) != 0) return fail(ErrorKind::internal, "libmp3lame changed the bitrate or format midway.");
  // main_data_begin: the first nine bits of the side information.
  if (frame[4] != std::byte{0} || (frame[5] & std::byte{0x80}) != std::byte{0}) {
    return fail(ErrorKind::internal, "libmp3lame used the bit reservoir although it is disabled.");
  }
  pending_.insert(pending_.end(), frame.begin(), frame.end());
  return pending_.size() < kWriteAtOnce ? Result<>{} : flush();
}

Result<> Encoder::flush() {
  auto written = write_all(target_, pending_);
  pending_.clear();
  return written;
}

}  // namespace carillon::media
