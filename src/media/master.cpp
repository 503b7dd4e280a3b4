// Two passes over the recording, since the gain is known only when all was heard, and one over the result, since a promise is worth a look;
// some more when the limiter or the encoder took too much.

#include "media/master.hpp"

#include "media/encoder.hpp"
#include "media/filter_chain.hpp"
#include "media/peaks.hpp"
#include "media/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carillon::media {
namespace {

/// Reported as loudness where nothing rose above the gate (ITU-R BS.1770-4).
constexpr double kSilence = -70;
/// More would lift the noise of the room, not the voice.
constexpr double kMaxGain = 30;
/// Sample peaks after the limiter: −2 dBFS leaves room for what lies between the samples and for what MP3 adds, so that the true peak stays
/// below −1 dBTP.
constexpr double kPeakLimit = 0.79;
/// How far the result may be off before another pass is worth its time; the promise is ±1.
constexpr double kCloseEnough = 0.7;
/// Passes that look for a better gain without encoding, three times as fast as one that encodes.
constexpr int kMaxTrials = 4;
/// The limiter swallows part of every decibel added. Below this share another decibel is noise for nothing.
constexpr double kLeastEffect = 0.25;
/// Progress is worth a message when it has moved this far.
constexpr double kProgressStep = 0.005;
/// … or when so much time has passed: a step of a long recording takes minutes, and silence counts as hung.
constexpr std::chrono::seconds kProgressPause{5};

/// The recording, and what is made of it.
struct Files {
  int source;
  int target;
  std::chrono::microseconds longest;
};

/// Says how far a stretch of the work is, as a part of the whole.
class Stretch {
 public:
  Stretch(const Report& report, double from, double to, std::string_view doing) : report_{report}, from_{from}, to_{to}, doing_{doing} {}
  [[nodiscard]] Result<> at(double fraction) {
    const double now = from_ + (to_ - from_) * fraction;
    const auto moment = std::chrono::steady_clock::now();
    if (now - said_ < kProgressStep && moment - said_at_ < kProgressPause) return {};
    said_ = now;
    said_at_ = moment;
    return report_(now, doing_);
  }

 private:
  const Report& report_;
  double from_, to_;
  double said_ = -1;
  std::chrono::steady_clock::time_point said_at_{};
  std::string_view doing_;
};

struct Pass {
  std::chrono::microseconds duration{};
  std::optional<double> loudness;
};

/// Sends the whole recording through `chain`; `take` gets what comes out.
Result<Pass> run(int source, std::chrono::microseconds longest, Shape shape, FilterChain& chain, Stretch stretch,
                 const std::function<Result<>(const AVFrame*)>& take) {
  auto recording = Recording::open(source, shape, longest);
  if (!recording) return forward_error(recording);
  for (bool more = true; more;) {
    if (auto said = stretch.at((*recording)->fraction()); !said) return forward_error(said);
    auto frame = (*recording)->next();
    if (!frame) return forward_error(frame);
    more = *frame != nullptr;
    if (auto pushed = chain.push(std::move(*frame)); !pushed) return forward_error(pushed);
    for (;;) {
      auto out = chain.pull();
      if (!out) return forward_error(out);
      if (!*out) break;
      if (auto taken = take(out->get()); !taken) return forward_error(taken);
    }
  }
  return Pass{(*recording)->duration(), chain.loudness()};
}

/// `peaks`: hears along, where somebody wants the outline.
Result<Pass> measure(int source, std::chrono::microseconds longest, Shape shape, Stretch stretch, Peaks* peaks = nullptr) {
  auto chain = FilterChain::create(shape, "ebur128=metadata=1");
  if (!chain) return forward_error(chain);
  return run(source, longest, shape, *chain, stretch, [&](const AVFrame* frame) -> Result<> {
    if (peaks == nullptr) return {};
    if (frame->format != kSampleFormat) return fail(ErrorKind::internal, "the measured audio doesn't have the requested format");
    peaks->take(reinterpret_cast<const double*>(frame->data[0]), static_cast<std::size_t>(frame->nb_samples), shape.channels);
    return {};
  });
}

std::string levelling(double gain) {
  return fmt::format("volume=volume={:.3f}dB:precision=double,alimiter=level=disabled:limit={}:latency=1,ebur128=metadata=1", gain,
                     kPeakLimit);
}

/// Tells what `gain` would lead to.
Result<Pass> attempt(const Files& files, Shape shape, double gain, Stretch stretch) {
  auto chain = FilterChain::create(shape, levelling(gain));
  if (!chain) return forward_error(chain);
  return run(files.source, files.longest, shape, *chain, stretch, [](const AVFrame*) { return Result<>{}; });
}

/// The loudness of the result is measured behind the limiter; what the encoder takes away again is added behind that.
Result<Pass> encode(const Files& files, int bitrate, Shape shape, double gain, Stretch stretch) {
  auto chain = FilterChain::create(
      shape, fmt::format("{},volume=volume={:.6f}:precision=double,aformat=sample_fmts=fltp", levelling(gain), 1 / kEncoderScale));
  if (!chain) return forward_error(chain);
  auto encoder = Encoder::create(files.target, bitrate, shape);
  if (!encoder) return forward_error(encoder);
  chain->set_frame_size(encoder->frame_size());
  auto pass = run(files.source, files.longest, shape, *chain, stretch, [&](const AVFrame* frame) { return encoder->write(frame); });
  if (!pass) return pass;
  if (auto written = encoder->write(nullptr); !written) return forward_error(written);
  return pass;
}

/// Looks for the gain behind which the limiter leaves the loudness that is `wanted`, starting from one that led to `loudness`. The answer
/// may be `gain` itself, when no other is better.
Result<double> better_gain(const Files& files, Shape shape, double gain, double loudness, double wanted, const Report& report, double from,
                           double to) {
  double best = gain, off = std::abs(wanted - loudness);
  double effect = 1;  // decibels of loudness for each decibel of gain
  for (int trial = 0; trial < kMaxTrials && off > kCloseEnough; ++trial) {
    const double next = std::min(gain + (wanted - loudness) / effect, kMaxGain);
    if (std::abs(next - gain) < 0.1) break;
    const double step = (to - from) / kMaxTrials;
    auto heard = attempt(files, shape, next, Stretch{report, from + step * trial, from + step * (trial + 1), "Adjusting the loudness"});
    if (!heard) return forward_error(heard);
    if (!heard->loudness) break;
    effect = std::clamp((*heard->loudness - loudness) / (next - gain), kLeastEffect, 1.0);
    gain = next;
    loudness = *heard->loudness;
    if (std::abs(wanted - loudness) >= off) break;
    off = std::abs(wanted - loudness);
    best = gain;
  }
  return best;
}

/// A master that can't be read back is our mistake, not the uploader's.
std::unexpected<Error> broken_master(const Error& error) {
  if (error.kind != ErrorKind::invalid) return std::unexpected(error);
  return fail(ErrorKind::internal, fmt::format("The encoded master can't be read: {}", error.message));
}

}  // namespace

Result<protocol::MasterDone> make_master(const protocol::MasterRequest& request, int source, int target, const Report& report) {
  // Where each stretch of the work ends, by the time it takes; the last three are rarely needed, so they get little.
  constexpr double kMeasured = 0.2, kEncoded = 0.75, kChecked = 0.94, kAdjusted = 0.96, kEncodedAgain = 0.99;
  constexpr std::string_view kChecking = "Checking the result";
  const Shape shape{request.channels, request.sample_rate};
  const Files files{source, target, request.longest};

  auto peaks = std::make_unique<Peaks>(shape.sample_rate);
  auto heard = measure(source, files.longest, shape, Stretch{report, 0, kMeasured, "Measuring the loudness"}, peaks.get());
  if (!heard) return forward_error(heard);
  const double gain = heard->loudness ? std::min(kTargetLoudness - *heard->loudness, kMaxGain) : 0;
  auto limited = encode(files, request.bitrate, shape, gain, Stretch{report, kMeasured, kEncoded, "Encoding"});
  if (!limited) return forward_error(limited);
  // Nothing was changed, and what is shorter than a few frames can't be read back.
  if (!heard->loudness) return protocol::MasterDone{heard->duration, kSilence, kSilence, peaks->finish()};
  peaks = std::make_unique<Peaks>(shape.sample_rate);
  auto made = measure(target, files.longest, shape, Stretch{report, kEncoded, kChecked, kChecking}, peaks.get());
  if (!made) return broken_master(made.error());
  if (limited->loudness && made->loudness && std::abs(kTargetLoudness - *made->loudness) > kCloseEnough) {
    // What the encoder takes (it cuts off the highest tones) it will take again.
    const double wanted = kTargetLoudness + *limited->loudness - *made->loudness;
    auto better = better_gain(files, shape, gain, *limited->loudness, wanted, report, kChecked, kAdjusted);
    if (!better) return forward_error(better);
    if (*better != gain) {
      limited =
          encode(files, request.bitrate, shape, *better, Stretch{report, kAdjusted, kEncodedAgain, "Encoding at the adjusted loudness"});
      if (!limited) return forward_error(limited);
      peaks = std::make_unique<Peaks>(shape.sample_rate);
      made = measure(target, files.longest, shape, Stretch{report, kEncodedAgain, 1, kChecking}, peaks.get());
      if (!made) return broken_master(made.error());
    }
  }
  return protocol::MasterDone{heard->duration, *heard->loudness, made->loudness.value_or(kSilence), peaks->finish()};
}

}  // namespace carillon::media
