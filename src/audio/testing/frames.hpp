#pragma once
// MP3 frames for tests, as an encoder without a bit reservoir makes them.

#include <string>

namespace carillon::audio::testing {

/// `count` frames of 128 kbit/s at 44.1 kHz, joint stereo, padded as encoders do it: so that each begins where the bitrate says. Each
/// contains `mark` and its number.
inline std::string frames(int count, char mark = 'f') {
  std::string bytes;
  int lag = 0;
  for (int number = 0; number < count; ++number) {
    lag -= 42'300;  // 144 * 128,000 / 44,100 = 417 and 42,300 / 44,100
    const bool padded = lag < 0;
    if (padded) lag += 44'100;
    std::string frame{padded ? "\xFF\xFB\x92\x64" : "\xFF\xFB\x90\x64", 4};
    frame.append(32, '\0');  // side information
    frame += mark + std::to_string(number);
    frame.resize(padded ? 418 : 417, ' ');
    bytes += frame;
  }
  return bytes;
}

}  // namespace carillon::audio::testing
