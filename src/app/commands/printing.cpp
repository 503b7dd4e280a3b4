// See printing.hpp.

#include "app/commands/printing.hpp"

#include "base/json.hpp"
#include "base/printable.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace carillon::app {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

void print_table(const std::vector<std::vector<std::string>>& given) {
  auto rows = given;
  for (auto& row : rows) {
    for (auto& cell : row) cell = printable(cell);
  }
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    std::cout << line << "\n";
  }
}

void print_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t widest = 0;
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) widest = std::max(widest, width_of(name));
  }
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) std::cout << name << std::string(widest - width_of(name) + 2, ' ') << printable(value) << "\n";
  }
}

void print_json(const boost::json::value& value) { std::cout << printable_json(json_text(value)) << "\n"; }

std::string text_of(const boost::json::object& document, std::string_view name) { return printable(lines_of(document, name)); }

std::string lines_of(const boost::json::object& document, std::string_view name) {
  const auto* value = document.if_contains(boost::json::string_view(name.data(), name.size()));
  if (!value || value->is_null()) return {};
  if (value->is_string()) return std::string(value->as_string());
  return json_text(*value);
}

namespace {

/// A bar moves the cursor, which no text that goes through std::cerr can (SafeOutput).
void draw_on_terminal(std::string_view line) {
  while (!line.empty()) {
    const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written <= 0) return;  // a bar that cannot be drawn hurts nobody
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

ProgressBar::ProgressBar() : terminal_{::isatty(STDERR_FILENO) == 1} {}

ProgressBar::~ProgressBar() {
  if (terminal_ && !last_.empty()) std::cerr << "\n";
}

void ProgressBar::draw(double fraction, std::string_view label) {
  if (!terminal_) return;
  constexpr int kWidth = 30;
  const int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kWidth);
  std::string line = "\r[";
  for (int i = 0; i < kWidth; ++i) line += i < full ? "█" : "·";
  line += "] " + std::to_string(static_cast<int>(fraction * 100)) + " % " + printable(std::string(label)) + "\x1b[K";
  if (line == last_) return;
  draw_on_terminal(line);
  last_ = line;
}

std::optional<std::chrono::seconds> TimeLeft::after(double fraction, std::chrono::steady_clock::time_point now) {
  // Too early to tell before so much is done, and so much time has passed.
  constexpr double kEnough = 0.05;
  constexpr std::chrono::seconds kEnoughTime{3};
  if (!first_) first_ = {fraction, now};
  const double done = fraction - first_->first;
  const std::chrono::duration<double> passed = now - first_->second;
  if (done < kEnough || passed < kEnoughTime) return {};
  return std::chrono::ceil<std::chrono::seconds>(passed / done * (1 - fraction));
}

}  // namespace carillon::app
