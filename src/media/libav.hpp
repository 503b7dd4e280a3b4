#pragma once
// libav's objects as move-only handles, and its error codes as text. Only this file includes its C headers.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

namespace carillon::media {

/// Calls libav's free function, which takes the address of the pointer.
template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(&object);
  }
};

using Packet = std::unique_ptr<AVPacket, Freed<av_packet_free>>;
using Frame = std::unique_ptr<AVFrame, Freed<av_frame_free>>;
using CodecContext = std::unique_ptr<AVCodecContext, Freed<avcodec_free_context>>;
using FormatContext = std::unique_ptr<AVFormatContext, Freed<avformat_close_input>>;
using Resampler = std::unique_ptr<SwrContext, Freed<swr_free>>;

/// The text of a negative return value of libav.
[[nodiscard]] std::string libav_text(int number);

/// The sample format after decoding: packed doubles.
struct Shape {
  int channels = 2;
  int sample_rate = 44'100;
};
inline constexpr AVSampleFormat kSampleFormat = AV_SAMPLE_FMT_DBL;

}  // namespace carillon::media
