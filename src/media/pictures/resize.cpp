// A separable filter: each new pixel is a weighted mean of those under it.

#include "media/pictures/resize.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace carillon::media {
namespace {

/// Catmull and Rom's cubic: sharp, with little ringing.
constexpr double kRadius = 2;
double weight_at(double x) {
  x = std::abs(x);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  if (x < 2) return -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
  return 0;
}

/// Which old pixels a new one is made of.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> taps_for(int from, int to) {
  const double scale = std::max(1.0, static_cast<double>(from) / to);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    auto& taps = all[static_cast<std::size_t>(i)];
    const double center = (i + 0.5) * from / to;
    taps.first = std::max(0, static_cast<int>(std::floor(center - kRadius * scale)));
    const int last = std::min(from - 1, static_cast<int>(std::ceil(center + kRadius * scale)));
    double sum = 0;
    for (int at = taps.first; at <= last; ++at) {
      const double weight = weight_at((at + 0.5 - center) / scale);
      taps.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (auto& weight : taps.weights) weight = static_cast<float>(weight / sum);
  }
  return all;
}

/// sRGB's transfer curve (IEC 61966-2-1).
std::array<float, 256> make_linear() {
  std::array<float, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double value = static_cast<double>(i) / 255;
    table[i] = static_cast<float>(value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return table;
}

constexpr std::size_t kSteps = 1 << 14;
std::vector<std::uint8_t> make_curve() {
  std::vector<std::uint8_t> table(kSteps + 1);
  for (std::size_t i = 0; i <= kSteps; ++i) {
    const double value = static_cast<double>(i) / kSteps;
    const double curved = value <= 0.0031308 ? value * 12.92 : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
    table[i] = static_cast<std::uint8_t>(std::lround(curved * 255));
  }
  return table;
}

}  // namespace

Pixels cropped_to_square(Pixels pixels) {
  if (pixels.width == pixels.height) return pixels;
  const int side = std::min(pixels.width, pixels.height);
  const auto left = static_cast<std::size_t>(pixels.width - side) / 2, top = static_cast<std::size_t>(pixels.height - side) / 2;
  const auto row = static_cast<std::size_t>(pixels.width) * 3, length = static_cast<std::size_t>(side) * 3;
  // In place: each row moves towards the beginning.
  auto to = pixels.rgb.begin();
  for (std::size_t y = 0; y < static_cast<std::size_t>(side); ++y) {
    const auto from = pixels.rgb.begin() + static_cast<std::ptrdiff_t>((top + y) * row + left * 3);
    to = std::copy(from, from + static_cast<std::ptrdiff_t>(length), to);
  }
  pixels.rgb.resize(length * static_cast<std::size_t>(side));
  pixels.width = pixels.height = side;
  return pixels;
}

Pixels resized(const Pixels& pixels, int side) {
  if (pixels.width == side && pixels.height == side) return pixels;
  static const auto linear = make_linear();
  static const auto curve = make_curve();
  const auto columns = taps_for(pixels.width, side), rows = taps_for(pixels.height, side);
  const auto row_size = static_cast<std::size_t>(side) * 3;
  // Across first: every old row, as wide as the new picture.
  std::vector<float> across(row_size * static_cast<std::size_t>(pixels.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(pixels.height); ++y) {
    const auto* row = pixels.rgb.data() + y * static_cast<std::size_t>(pixels.width) * 3;
    auto* out = across.data() + y * row_size;
    for (const auto& taps : columns) {
      float red = 0, green = 0, blue = 0;
      const auto* in = row + static_cast<std::size_t>(taps.first) * 3;
      for (const float weight : taps.weights) {
        red += weight * linear[in[0]];
        green += weight * linear[in[1]];
        blue += weight * linear[in[2]];
        in += 3;
      }
      out[0] = red, out[1] = green, out[2] = blue;
      out += 3;
    }
  }
  Pixels made{.width = side, .height = side, .rgb = std::vector<std::uint8_t>(row_size * static_cast<std::size_t>(side))};
  std::vector<float> sums(row_size);
  auto* out = made.rgb.data();
  for (const auto& taps : rows) {
    std::ranges::fill(sums, 0.0F);
    const auto* in = across.data() + static_cast<std::size_t>(taps.first) * row_size;
    for (const float weight : taps.weights) {
      for (std::size_t i = 0; i < row_size; ++i) sums[i] += weight * in[i];
      in += row_size;
    }
    for (const float sum : sums) *out++ = curve[static_cast<std::size_t>(std::clamp(sum, 0.0F, 1.0F) * kSteps + 0.5F)];
  }
  return made;
}

}  // namespace carillon::media
