// Building a filter graph and moving frames through it.

#include "media/filter_chain.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace carillon::media {
namespace {

/// ebur128 says this, or something a little below, when every block was gated.
constexpr double kGate = -69.9;

std::unexpected<Error> broken(int error) {
  return fail(error == AVERROR(ENOMEM) ? ErrorKind::unavailable : ErrorKind::internal,
              fmt::format("The audio could not be filtered ({}).", libav_text(error)));
}

}  // namespace

Result<FilterChain> FilterChain::create(Shape shape, const std::string& description) {
  FilterChain chain;
  chain.graph_.reset(avfilter_graph_alloc());
  if (!chain.graph_) return broken(AVERROR(ENOMEM));
  chain.graph_->nb_threads = 1;
  const auto from = fmt::format("time_base=1/{0}:sample_rate={0}:sample_fmt={1}:channel_layout={2}", shape.sample_rate,
                                av_get_sample_fmt_name(kSampleFormat), shape.channels == 1 ? "mono" : "stereo");
  int error =
      avfilter_graph_create_filter(&chain.source_, avfilter_get_by_name("abuffer"), "in", from.c_str(), nullptr, chain.graph_.get());
  if (error >= 0) {
    error = avfilter_graph_create_filter(&chain.sink_, avfilter_get_by_name("abuffersink"), "out", nullptr, nullptr, chain.graph_.get());
  }
  if (error < 0) return broken(error);
  // The names are seen from the description: what goes into it comes out of our source.
  AVFilterInOut* outputs = avfilter_inout_alloc();
  AVFilterInOut* inputs = avfilter_inout_alloc();
  if (outputs == nullptr || inputs == nullptr) {
    avfilter_inout_free(&outputs);
    avfilter_inout_free(&inputs);
    return broken(AVERROR(ENOMEM));
  }
  *outputs = {av_strdup("in"), chain.source_, 0, nullptr};
  *inputs = {av_strdup("out"), chain.sink_, 0, nullptr};
  error = avfilter_graph_parse_ptr(chain.graph_.get(), description.c_str(), &inputs, &outputs, nullptr);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (error >= 0) error = avfilter_graph_config(chain.graph_.get(), nullptr);
  if (error < 0) return broken(error);
  return chain;
}

Result<> FilterChain::push(Frame frame) {
  const int error = av_buffersrc_add_frame(source_, frame.get());
  if (error < 0) return broken(error);
  return {};
}

Result<Frame> FilterChain::pull() {
  Frame frame{av_frame_alloc()};
  if (!frame) return broken(AVERROR(ENOMEM));
  const int error = av_buffersink_get_frame(sink_, frame.get());
  if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return Frame{};
  if (error < 0) return broken(error);
  if (const auto* entry = av_dict_get(frame->metadata, "lavfi.r128.I", nullptr, 0); entry != nullptr) {
    double loudness = 0;
    const auto parsed = std::from_chars(entry->value, entry->value + std::strlen(entry->value), loudness);
    if (parsed.ec == std::errc{} && loudness > kGate)
      loudness_ = loudness;
    else
      loudness_.reset();
  }
  return frame;
}

}  // namespace carillon::media
