#pragma once
// Recordings for tests, made by arithmetic: tones, noise, something with the ups and downs of speech, as WAV files.

#include "base/bytes.hpp"

#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <string>

namespace carillon::audio::testing {

/// The value at a time in seconds, −1 to 1.
using Signal = std::function<double(double time)>;

inline Signal sine(double frequency, double amplitude) {
  return [=](double time) { return amplitude * std::sin(2 * std::numbers::pi * frequency * time); };
}

inline Signal noise(double amplitude) {
  return [=, engine = std::mt19937{7}](double) mutable { return amplitude * std::uniform_real_distribution{-1.0, 1.0}(engine); };
}

/// Syllables, four a second, of a buzzing voice with pauses between the sentences.
inline Signal speech(double amplitude) {
  return [=](double time) {
    const double syllable = std::pow(std::abs(std::sin(2 * std::numbers::pi * 2 * time)), 3);
    const double sentence = std::fmod(time, 3.0) < 2.4 ? 1 : 0.003;
    double voice = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) voice += std::cos(2 * std::numbers::pi * 130 * harmonic * time) / harmonic;
    return amplitude * syllable * sentence * voice / 3.2;
  };
}

/// A soft tone with short loud knocks: what a limiter has to work for.
inline Signal knocks(double amplitude) {
  return [=](double time) {
    const bool knock = std::fmod(time, 0.5) < 0.01;
    return amplitude * (knock ? std::sin(2 * std::numbers::pi * 880 * time) : 0.08 * std::sin(2 * std::numbers::pi * 300 * time));
  };
}

struct WavFormat {
  int channels = 2;
  int sample_rate = 44'100;
  int bits = 16;       ///< 16 or 24
  int format_tag = 1;  ///< PCM; another one makes a file that lies
};

namespace detail {

inline void append_number(std::string& bytes, std::uint64_t number, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
}

}  // namespace detail

/// A WAV file of `seconds` of `signal`, the same on each channel.
inline std::string wav(Signal signal, double seconds, WavFormat format = {}) {
  const int size = format.bits / 8;
  std::string samples;
  for (int i = 0; i < static_cast<int>(seconds * format.sample_rate); ++i) {
    const auto value = std::lround(signal(static_cast<double>(i) / format.sample_rate) * (std::pow(2.0, format.bits - 1) - 1));
    for (int channel = 0; channel < format.channels; ++channel) detail::append_number(samples, static_cast<std::uint64_t>(value), size);
  }
  std::string file = "RIFF";
  detail::append_number(file, samples.size() + 36, 4);
  file += "WAVEfmt ";
  detail::append_number(file, 16, 4);
  detail::append_number(file, format.format_tag, 2);
  detail::append_number(file, format.channels, 2);
  detail::append_number(file, format.sample_rate, 4);
  detail::append_number(file, std::uint64_t{1} * format.sample_rate * format.channels * size, 4);
  detail::append_number(file, format.channels * size, 2);
  detail::append_number(file, format.bits, 2);
  file += "data";
  detail::append_number(file, samples.size(), 4);
  return file + samples;
}

}  // namespace carillon::audio::testing
