// One pass over the recording hears what is there, since the gain is known only when all was heard; the next one levels and encodes it; and
// one over the result measures what listeners get, since a promise is worth a look. Only where the result isn't as it should be it is
// encoded again, from what was learned.

#include "media/master.hpp"

#include "media/encoder.hpp"
#include "media/limiter.hpp"
#include "media/pauses.hpp"
#include "media/peaks.hpp"
#include "media/recording.hpp"
#include "media/sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace carillon::media {
namespace {

using protocol::Finding;

/// Reported as loudness where nothing rose above the gate (ITU-R BS.1770-4).
constexpr double kSilence = -70;
/// More would lift the noise of the room, not the voice: dB. Floating-point numbers have no noise of their own, so that more can be right.
constexpr double kMaxGain = 30, kMaxGainOfFloat = 60;
/// Nothing louder than the last bits of a sample is no sound.
constexpr double kSilentPeak = 6.2e-5, kSilentPeakOfFloat = 1e-6;
/// Below it, part of the sound is below the gate, so that it is measured as if it had been louder.
constexpr double kQuiet = -50;  // LUFS
/// How far below the highest true peak the limiter stays, in dB: encoding adds some tenths of a decibel, rarely more than one.
constexpr double kEncodersShare = 1.0;
/// A recording whose true peak is this far below the highest one isn't limited: dB.
constexpr double kLinearMargin = 0.2;
/// How far the result may be off before it is made again; the promise is ±1.
constexpr double kCloseEnough = 0.6;
/// What another limit goes below the one that seems to do: encoders are no machines for peaks.
constexpr double kPeakMargin = 0.15;
/// Of the same recording. Most need one.
constexpr int kMaxEncodings = 4;
/// The limiter swallows part of every decibel added. Below this share another decibel is noise for nothing.
constexpr double kLeastEffect = 0.25;
/// What it usually leaves of one, and the decibels that are added at once to find out.
constexpr double kUsualEffect = 0.6, kMostAtOnce = 8;
/// More gain than this into the limiter, and little is left of the recording.
constexpr double kMostAdded = 20;
/// Energy below the audible tones, as a part of all, from which it is removed: it would steer the limiter.
constexpr double kRumble = 0.01;
/// What is lost of a recording is worth a word from here on: seconds.
constexpr double kLossWorthSaying = 0.05;
/// Passes that hear the recording, again after each correction.
constexpr int kMaxHearings = 3;
/// A shorter one may have too few frames for a decoder.
constexpr std::chrono::milliseconds kReadable{200};
/// Progress is worth a message when it has moved this far.
constexpr double kProgressStep = 0.005;
/// … or when so much time has passed: a step of a long recording takes minutes, and silence counts as hung.
constexpr std::chrono::seconds kProgressPause{5};

double factor_of(double decibels) { return std::pow(10, decibels / 20); }
double decibels_of(double factor) { return 20 * std::log10(factor); }

/// The recording, and what is made of it.
struct Files {
  int source;
  int target;
  std::chrono::microseconds longest;
};

/// Says how far the work is. How many passes there are is known only at the end, so each takes a share of what is left.
class Work {
 public:
  explicit Work(const Report& report) : report_{report} {}
  void begin(double share, std::string_view doing) {
    from_ = to_;
    to_ += (1 - to_) * share;
    doing_ = doing;
  }
  [[nodiscard]] Result<> at(double fraction) {
    const double now = from_ + (to_ - from_) * fraction;
    const auto moment = std::chrono::steady_clock::now();
    if (now - said_ < kProgressStep && moment - said_at_ < kProgressPause) return {};
    said_ = std::max(said_, now);
    said_at_ = moment;
    return report_(said_, doing_);
  }

 private:
  const Report& report_;
  double from_ = 0, to_ = 0;
  double said_ = -1;
  std::chrono::steady_clock::time_point said_at_{};
  std::string_view doing_;
};

/// Decodes all of `recording`; `take` gets its samples, which it may change.
template <class Take>
Result<> decode(Recording& recording, Work& work, Take take) {
  for (;;) {
    if (auto said = work.at(recording.fraction()); !said) return said;
    auto frame = recording.next();
    if (!frame) return forward_error(frame);
    if (!*frame) return {};
    if ((*frame)->format != kSampleFormat) return fail(ErrorKind::internal, "the decoded audio doesn't have the requested format");
    if (auto taken = take(reinterpret_cast<double*>((*frame)->data[0]), static_cast<std::size_t>((*frame)->nb_samples)); !taken)
      return taken;
  }
}

/// What was heard of the recording.
struct Heard {
  Listener listener;
  Correction correction;
  std::chrono::microseconds duration;
  Damage damage;
  bool is_float;
  bool has_picture;
  std::vector<Finding> findings;
};

Result<Heard> hear_once(const Files& files, Shape shape, Correction correction, Work& work) {
  auto recording = Recording::open(files.source, shape.sample_rate, files.longest);
  if (!recording) return forward_error(recording);
  Heard heard{.listener = Listener{(*recording)->shape(), shape.channels, correction},
              .correction = correction,
              .duration = {},
              .damage = {},
              .is_float = (*recording)->is_float(),
              .has_picture = !(*recording)->picture().empty(),
              .findings = {}};
  auto decoded = decode(**recording, work, [&](double* samples, std::size_t count) -> Result<> {
    heard.listener.take(samples, count);
    return {};
  });
  if (!decoded) return forward_error(decoded);
  heard.listener.finish();
  heard.duration = (*recording)->duration();
  heard.damage = (*recording)->damage();
  return heard;
}

/// Hears the recording until there is nothing left to correct.
Result<Heard> hear(const Files& files, Shape shape, Work& work) {
  Correction correction;
  std::vector<Finding> findings;
  for (int hearing = 1;; ++hearing) {
    work.begin(0.25, "Measuring the loudness");
    auto heard = hear_once(files, shape, correction, work);
    if (!heard) return heard;
    const auto& listener = heard->listener;
    const double silent = heard->is_float ? kSilentPeakOfFloat : kSilentPeak;
    Correction next = correction;
    if (!correction.high_pass && listener.rumble() > kRumble && std::max(std::abs(listener.offset()), listener.peaks().peak()) > silent) {
      next.high_pass = true;
      if (listener.rumble_is_offset())
        findings.push_back({Finding::Kind::offset, 100 * listener.offset()});
      else
        findings.push_back({Finding::Kind::rumble, 10 * std::log10(listener.rumble())});
    }
    // An offset that both channels share hides it, so that comes first.
    if (next == correction && !correction.mirror && listener.is_mirrored()) {
      next.mirror = true;
      findings.push_back({Finding::Kind::mirrored, 0});
    }
    if (next == correction || hearing == kMaxHearings) {
      heard->findings = std::move(findings);
      return heard;
    }
    correction = next;
  }
}

/// How a recording is leveled.
struct Leveling {
  double gain = 0;                     ///< dB
  std::optional<double> ceiling = {};  ///< of the limiter, in dBTP; none: nothing is limited
  Limiter::Release release = Limiter::Release::smooth;
};

Result<> encode(const Files& files, int bitrate, Shape shape, const Heard& heard, const Leveling& leveling, Work& work) {
  auto recording = Recording::open(files.source, shape.sample_rate, files.longest);
  if (!recording) return forward_error(recording);
  Mixer mixer{(*recording)->shape(), shape.channels, heard.correction};
  auto encoder = Encoder::create(files.target, bitrate, shape);
  if (!encoder) return forward_error(encoder);
  std::optional<Limiter> limiter;
  if (leveling.ceiling) limiter.emplace(shape.sample_rate, shape.channels, factor_of(*leveling.ceiling), leveling.release);
  const double gain = factor_of(leveling.gain);
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::vector<double> raised, limited;
  auto decoded = decode(**recording, work, [&](double* samples, std::size_t count) -> Result<> {
    mixer.correct(samples, count);
    const auto mixed = mixer.mix(samples, count);
    raised.assign(mixed.begin(), mixed.end());
    for (auto& sample : raised) sample *= gain;
    if (!limiter) return encoder->write(raised.data(), count);
    limited.clear();
    limiter->take(raised.data(), count, limited);
    return encoder->write(limited.data(), limited.size() / channels);
  });
  if (!decoded) return decoded;
  if (limiter) {
    limited.clear();
    limiter->finish(limited);
    if (auto written = encoder->write(limited.data(), limited.size() / channels); !written) return written;
  }
  return encoder->finish();
}

/// What listeners get.
struct Made {
  std::optional<double> loudness;  ///< LUFS
  double true_peak;                ///< dBTP
  std::vector<std::uint8_t> outline;
  Pauses pauses;
};

/// A master that can't be read back is our mistake, not the uploader's.
std::unexpected<Error> broken_master(const Error& error) {
  if (error.kind != ErrorKind::invalid) return std::unexpected(error);
  return fail(ErrorKind::internal, "The encoded master can't be read: " + error.message);
}

Result<Made> check(const Files& files, Shape shape, Work& work) {
  // The encoder adds some frames at both ends.
  auto master = Recording::open(files.target, shape.sample_rate, files.longest + std::chrono::seconds{1});
  if (!master) return broken_master(master.error());
  const int channels = (*master)->shape().channels;
  if (channels != shape.channels) return fail(ErrorKind::internal, "the encoded master doesn't have the requested channels");
  LoudnessMeter meter{shape.sample_rate, channels};
  TruePeakMeter peaks{shape.sample_rate, channels};
  Peaks outline{shape.sample_rate};
  Pauses pauses{shape.sample_rate};
  auto decoded = decode(**master, work, [&](double* samples, std::size_t count) -> Result<> {
    meter.take(samples, count);
    peaks.take(samples, count);
    outline.take(samples, count, channels);
    pauses.take(samples, count, channels);
    return {};
  });
  if (!decoded) return broken_master(decoded.error());
  peaks.finish();
  return Made{meter.integrated(), decibels_of(std::max(peaks.peak(), 1e-6)), outline.finish(), std::move(pauses)};
}

/// Finds out how to level a recording, from what was heard of it and of the masters made so far.
class Leveler {
 public:
  /// To a loudness in LUFS; none: as recorded. `most_peak` in dBTP.
  Leveler(const Heard& heard, std::optional<double> target, double most_peak)
      : meter_{heard.listener.mixed()}, peaks_{heard.listener.peaks()}, target_{target.value_or(kTargetLoudness)}, most_peak_{most_peak} {
    const double peak = peaks_.peak();
    if (peak <= (heard.is_float ? kSilentPeakOfFloat : kSilentPeak)) {
      findings_.push_back({Finding::Kind::silent, 0});
      return;
    }
    loudness_ = meter_.integrated();
    if (!loudness_ || *loudness_ < kQuiet) {
      const double lift = 0.5 / peak;
      loudness_ = meter_.integrated(lift);
      if (loudness_) *loudness_ -= decibels_of(lift);
    }
    if (!loudness_) {
      findings_.push_back({Finding::Kind::too_short, std::chrono::duration<double>(heard.duration).count()});
      leveling_ = for_gain(0);
      return;
    }
    if (!target) {
      is_capped_ = true;
      leveling_ = for_gain(0);
      return;
    }
    const double wanted = target_ - *loudness_, most = heard.is_float ? kMaxGainOfFloat : kMaxGain;
    if (wanted > most)
      findings_.push_back({Finding::Kind::quiet, most});
    else if (wanted > kMaxGain)
      findings_.push_back({Finding::Kind::raised, wanted});
    is_capped_ = wanted > most;
    leveling_ = for_gain(std::min(wanted, most));
    if (leveling_.ceiling && !is_capped_) find_gain();
  }

  /// Of the recording, in LUFS; none if it has no sound, or is too short.
  [[nodiscard]] std::optional<double> loudness() const noexcept { return loudness_; }
  [[nodiscard]] const Leveling& leveling() const noexcept { return leveling_; }
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

  /// Whether another master, made as leveling() then says, can be better than `made`.
  bool improve(const Made& made) {
    const bool peak_fits = made.true_peak <= most_peak_;
    const bool adjusts_loudness = loudness_ && !is_capped_ && made.loudness;
    const double off = adjusts_loudness ? target_ - *made.loudness : 0;
    const bool loudness_fits = std::abs(off) <= kCloseEnough || (off > 0 && is_in_vain(*made.loudness));
    if (peak_fits && loudness_fits) return false;
    const double before = leveling_.ceiling.value_or(decibels_of(peaks_.peak()) + leveling_.gain);
    if (!peak_fits) leveling_.ceiling = std::min(most_peak_ - (made.true_peak - before) - kPeakMargin, before - kPeakMargin);
    if (!adjusts_loudness) return true;
    if (leveling_.release == Limiter::Release::fast) {
      const double effect = last_ ? (*made.loudness - last_->loudness) / (leveling_.gain - last_->gain) : kUsualEffect;
      last_ = Tried{leveling_.gain, *made.loudness};
      leveling_.gain += std::clamp(off / std::clamp(effect, kLeastEffect, 1.0), -kMostAtOnce, kMostAtOnce);
    } else {
      encoders_share_ += *made.loudness - predicted(leveling_.gain);
      find_gain();
    }
    return true;
  }

 private:
  /// A gain, and the loudness of the master that it led to.
  struct Tried {
    double gain, loudness;
  };

  [[nodiscard]] Leveling for_gain(double gain) const {
    Leveling leveling{.gain = gain};
    if (decibels_of(peaks_.peak()) + gain > most_peak_ - kLinearMargin) leveling.ceiling = most_peak_ - kEncodersShare;
    return leveling;
  }
  /// LUFS of a master with `gain`, in dB.
  [[nodiscard]] double predicted(double gain) const {
    if (!leveling_.ceiling) return *loudness_ + gain + encoders_share_;
    const auto gains = predicted_gains(peaks_.intervals(), factor_of(gain), factor_of(*leveling_.ceiling));
    return meter_.integrated(gains).value_or(kSilence) + encoders_share_;
  }
  /// The smallest gain that leads to the target. Where a smooth limiter would swallow all that is added, a fast one is taken, whose effect
  /// can only be tried.
  void find_gain() {
    constexpr double kStep = 1, kPrecision = 0.02;
    double gain = target_ - *loudness_ - std::abs(encoders_share_) - kStep, reached = predicted(gain);
    const double most = gain + kMostAdded;
    while (reached < target_) {
      const double next = predicted(gain + kStep);
      if (next >= target_) break;
      if (next - reached < kLeastEffect * kStep || gain >= most) {
        leveling_.release = Limiter::Release::fast;
        leveling_.gain = gain;
        return;
      }
      gain += kStep;
      reached = next;
    }
    double low = gain, high = gain + kStep;
    while (high - low > kPrecision) {
      const double middle = (low + high) / 2;
      (predicted(middle) < target_ ? low : high) = middle;
    }
    leveling_.gain = (low + high) / 2;
  }
  /// More gain would be noise for nothing.
  [[nodiscard]] bool is_in_vain(double loudness) const {
    return last_ && leveling_.gain > last_->gain && loudness - last_->loudness < kLeastEffect * (leveling_.gain - last_->gain);
  }

  const LoudnessMeter& meter_;
  const TruePeakMeter& peaks_;
  double target_;     ///< LUFS
  double most_peak_;  ///< dBTP
  std::optional<double> loudness_;
  bool is_capped_ = false;  ///< more gain would be too much
  Leveling leveling_;
  double encoders_share_ = 0;  ///< dB that encoding adds to what was predicted
  std::optional<Tried> last_;  ///< with the fast limiter
  std::vector<Finding> findings_;
};

void add_damage(const Damage& damage, std::vector<Finding>& findings) {
  if (damage.lost >= kLossWorthSaying) findings.push_back({Finding::Kind::lost, damage.lost});
  if (damage.filled >= kLossWorthSaying) findings.push_back({Finding::Kind::filled, damage.filled});
  if (damage.repaired_samples > 0) findings.push_back({Finding::Kind::repaired, static_cast<double>(damage.repaired_samples)});
}

}  // namespace

namespace {

/// Whether a master that is not leveled is so far from the usual loudness that its publisher should know.
bool is_unusual(double loudness, const protocol::MasterRequest& request) {
  return std::abs(loudness - request.loudness) > kLoudnessTolerance;
}

/// Of a recording that is served as it is.
Result<protocol::MasterDone> measure(const protocol::MasterRequest& request, int source, Work& work) {
  auto recording = Recording::open(source, request.sample_rate, request.longest);
  if (!recording) return forward_error(recording);
  const Shape shape = (*recording)->shape();
  work.begin(1, "Measuring the loudness");
  LoudnessMeter meter{shape.sample_rate, shape.channels};
  TruePeakMeter peaks{shape.sample_rate, shape.channels};
  Peaks outline{shape.sample_rate};
  Pauses pauses{shape.sample_rate};
  auto decoded = decode(**recording, work, [&](double* samples, std::size_t count) -> Result<> {
    meter.take(samples, count);
    peaks.take(samples, count);
    outline.take(samples, count, shape.channels);
    pauses.take(samples, count, shape.channels);
    return {};
  });
  if (!decoded) return forward_error(decoded);
  peaks.finish();
  const double loudness = meter.integrated().value_or(kSilence), true_peak = decibels_of(std::max(peaks.peak(), 1e-6));
  protocol::MasterDone done{.duration = (*recording)->duration(),
                            .source_loudness = loudness,
                            .loudness = loudness,
                            .true_peak = std::max(true_peak, kSilence),
                            .loudness_range = meter.range(),
                            .has_picture = !(*recording)->picture().empty()};
  done.speech_share = pauses.speech_share().value_or(-1);
  done.silences = pauses.silences(done.duration);
  done.peaks = outline.finish();
  if (peaks.peak() <= kSilentPeak)
    done.findings.push_back({Finding::Kind::silent, 0});
  else if (is_unusual(loudness, request))
    done.findings.push_back({Finding::Kind::level_kept, loudness});
  if (true_peak > request.true_peak) done.findings.push_back({Finding::Kind::peak_missed, true_peak});
  add_damage((*recording)->damage(), done.findings);
  return done;
}

}  // namespace

Result<protocol::MasterDone> make_master(const protocol::MasterRequest& request, int source, int target, const Report& report) {
  const Shape shape{request.channels, request.sample_rate};
  const Files files{source, target, request.longest};
  Work work{report};
  if (!request.encode) return measure(request, source, work);
  auto heard = hear(files, shape, work);
  if (!heard) return forward_error(heard);
  Leveler leveler{*heard, request.level ? std::optional{request.loudness} : std::nullopt, request.true_peak};
  std::optional<Made> made;
  for (int encoding = 1;; ++encoding) {
    work.begin(0.75, encoding == 1 ? "Encoding" : "Encoding again, for exact loudness and peaks");
    if (auto encoded = encode(files, request.bitrate, shape, *heard, leveler.leveling(), work); !encoded) return forward_error(encoded);
    // What is shorter than a few frames can't be read back.
    if (!leveler.loudness() && heard->duration < kReadable) break;
    work.begin(0.8, "Checking the result");
    auto checked = check(files, shape, work);
    if (!checked) return forward_error(checked);
    made = std::move(*checked);
    if (encoding == kMaxEncodings || !leveler.improve(*made)) break;
  }
  auto& findings = heard->findings;
  findings.insert(findings.end(), leveler.findings().begin(), leveler.findings().end());
  add_damage(heard->damage, findings);
  protocol::MasterDone done{.duration = heard->duration, .source_loudness = kSilence, .loudness = kSilence, .true_peak = kSilence};
  done.loudness_range = heard->listener.source().range();
  done.has_picture = heard->has_picture;
  if (const auto loudness = leveler.loudness()) done.source_loudness = heard->listener.source().integrated().value_or(*loudness);
  if (made) {
    done.loudness = made->loudness.value_or(kSilence);
    done.true_peak = std::max(made->true_peak, kSilence);
    done.peaks = std::move(made->outline);
    done.speech_share = made->pauses.speech_share().value_or(-1);
    done.silences = made->pauses.silences(done.duration);
    const bool was_said = std::ranges::any_of(findings, [](const Finding& finding) { return finding.kind == Finding::Kind::quiet; });
    if (leveler.loudness() && !was_said && is_unusual(done.loudness, request))
      findings.push_back({request.level ? Finding::Kind::loudness_missed : Finding::Kind::level_kept, done.loudness});
    if (made->true_peak > request.true_peak) findings.push_back({Finding::Kind::peak_missed, made->true_peak});
  }
  done.findings = std::move(findings);
  return done;
}

Result<Bytes> picture_in(int source) {
  auto recording = Recording::open(source, Shape{}.sample_rate, protocol::kLongestRecording);
  if (!recording) return forward_error(recording);
  const auto picture = (*recording)->picture();
  if (picture.empty()) return fail(ErrorKind::invalid, "This recording has no cover in its metadata.");
  if (picture.size() > protocol::kLargestPicture.value)
    return fail(ErrorKind::invalid, fmt::format("The cover in the recording is {} bytes; a cover can be at most {} bytes.", picture.size(),
                                                protocol::kLargestPicture.value));
  return Bytes(picture.begin(), picture.end());
}

Result<protocol::ProbeDone> probe_recording(int source, const Report& report) {
  // Any rate will do: nothing is decoded.
  auto recording = Recording::open(source, Shape{}.sample_rate, protocol::kLongestRecording);
  if (!recording) return forward_error(recording);
  Work work{report};
  work.begin(1, "Reading the recording");
  return (*recording)->probe([&](double fraction) { return work.at(fraction); });
}

}  // namespace carillon::media
