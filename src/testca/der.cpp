// See der.hpp.

#include "testca/der.hpp"

namespace carillon::testca::der {
namespace {

constexpr std::size_t kShortForm = 0x80;
constexpr int kFirstYearOfGeneralizedTime = 2050;

void append_two_digits(std::string& text, unsigned number) {
  text += {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string element(unsigned char tag, std::string_view content) {
  std::string length;
  if (content.size() < kShortForm) {
    length += static_cast<char>(content.size());
  } else {
    std::string bytes;
    for (auto rest = content.size(); rest != 0; rest >>= 8U) bytes.insert(bytes.begin(), static_cast<char>(rest & 0xffU));
    length += static_cast<char>(kShortForm | bytes.size());
    length += bytes;
  }
  std::string result;
  result.reserve(1 + length.size() + content.size());
  result += static_cast<char>(tag);
  return result.append(length).append(content);
}

std::string time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  const int year = static_cast<int>(date.year());
  std::string text;
  if (year >= kFirstYearOfGeneralizedTime) append_two_digits(text, static_cast<unsigned>(year) / 100);
  append_two_digits(text, static_cast<unsigned>(year) % 100);
  append_two_digits(text, static_cast<unsigned>(date.month()));
  append_two_digits(text, static_cast<unsigned>(date.day()));
  append_two_digits(text, static_cast<unsigned>(clock.hours().count()));
  append_two_digits(text, static_cast<unsigned>(clock.minutes().count()));
  append_two_digits(text, static_cast<unsigned>(clock.seconds().count()));
  text += 'Z';
  return element(year >= kFirstYearOfGeneralizedTime ? kGeneralizedTime : kUtcTime, text);
}

}  // namespace carillon::testca::der
