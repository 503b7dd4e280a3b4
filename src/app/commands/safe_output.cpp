// See safe_output.hpp.

#include "app/commands/safe_output.hpp"

#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <iostream>
#include <streambuf>
#include <string>

namespace carillon::app {
namespace {

/// How many bytes at the end of `text` may be the beginning of something: of a character, or of CR LF.
std::size_t unfinished_end(std::string_view text) {
  if (text.ends_with('\r')) return 1;
  constexpr std::size_t kLongestCharacter = 4;
  for (std::size_t length = 1; length < kLongestCharacter && length <= text.size(); ++length) {
    const auto lead = static_cast<unsigned char>(text[text.size() - length]);
    if (lead < 0x80) return 0;
    if (lead < 0xC0) continue;
    const std::size_t whole = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return length < whole ? length : 0;
  }
  return 0;
}

}  // namespace

class SafeOutput::Filter final : public std::streambuf {
 public:
  explicit Filter(std::ostream& stream) : stream_{stream}, under_{stream.rdbuf(this)} {}
  ~Filter() override {
    forward(pending_.size());
    under_->pubsync();
    stream_.rdbuf(under_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char byte = traits_type::to_char_type(c);
    return xsputn(&byte, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    pending_.append(bytes, static_cast<std::size_t>(count));
    return forward(pending_.size() - unfinished_end(pending_)) ? count : 0;
  }
  int sync() override { return under_->pubsync(); }

 private:
  bool forward(std::size_t length) {
    const auto safe = printable_lines(std::string_view(pending_).substr(0, length));
    pending_.erase(0, length);
    return under_->sputn(safe.data(), static_cast<std::streamsize>(safe.size())) == static_cast<std::streamsize>(safe.size());
  }

  std::ostream& stream_;
  std::streambuf* under_;
  std::string pending_;  ///< what the next write may go on with
};

SafeOutput::SafeOutput() : out_{std::make_unique<Filter>(std::cout)}, error_{std::make_unique<Filter>(std::cerr)} {}
SafeOutput::~SafeOutput() = default;

}  // namespace carillon::app
