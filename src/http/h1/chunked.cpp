// See chunked.hpp.

#include "http/h1/chunked.hpp"

#include <algorithm>

namespace carillon::http::h1 {
namespace {

constexpr std::size_t kMaxSizeDigits = 15;  // fits 64 bits with room to spare

std::unexpected<Error> broken(const char* what) {
  return fail(ErrorKind::invalid, std::string("The chunked body is malformed: ") + what + ".");
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<bool> ChunkedDecoder::take_line(std::string_view& input, std::size_t limit) {
  while (!input.empty()) {
    const char c = input.front();
    input.remove_prefix(1);
    if (line_.ends_with('\r')) {
      if (c != '\n') return broken("a CR without LF");
      line_.pop_back();
      return true;
    }
    if (c == '\n') return broken("an LF without CR");
    if (c != '\r' && c != '\t' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) return broken("a control character");
    line_ += c;
    if (line_.size() > limit) return broken("a line is too long");
  }
  return false;
}

Result<> ChunkedDecoder::read_size() {
  std::size_t digits = 0;
  left_ = 0;
  while (digits < line_.size() && hex_digit(line_[digits]) >= 0) {
    left_ = left_ << 4 | static_cast<std::uint64_t>(hex_digit(line_[digits]));
    if (++digits > kMaxSizeDigits) return broken("a chunk's size is too large");
  }
  if (digits == 0) return broken("a chunk's size is missing");
  // Extensions are dropped (RFC 9112 §7.1.1), but must begin like one.
  if (digits < line_.size() && line_[digits] != ';') return broken("unexpected text after a chunk's size");
  return {};
}

Result<ChunkedDecoder::Step> ChunkedDecoder::take(std::string_view input) {
  const auto whole = input.size();
  switch (state_) {
    case State::size: {
      const auto line = take_line(input, kLongestChunkLine);
      if (!line) return std::unexpected(line.error());
      if (*line) {
        if (auto read = read_size(); !read) return forward_error(read);
        line_.clear();
        state_ = left_ == 0 ? State::trailers : State::content;
      }
      return Step{.used = whole - input.size(), .content = {}};
    }
    case State::content: {
      const auto content = input.substr(0, std::min<std::uint64_t>(left_, input.size()));
      left_ -= content.size();
      if (left_ == 0) state_ = State::content_end;
      return Step{.used = content.size(), .content = content};
    }
    case State::content_end: {
      const auto line = take_line(input, 1);
      if (!line) return std::unexpected(line.error());
      if (*line) {
        if (!line_.empty()) return broken("a chunk is longer than its stated size");
        state_ = State::size;
      }
      return Step{.used = whole - input.size(), .content = {}};
    }
    case State::trailers: {
      const auto line = take_line(input, kLargestTrailers - trailer_bytes_);
      if (!line) return std::unexpected(line.error());
      if (*line) {
        if (line_.empty()) state_ = State::done;
        trailer_bytes_ = std::min(trailer_bytes_ + line_.size() + 2, kLargestTrailers);
        line_.clear();
      }
      return Step{.used = whole - input.size(), .content = {}};
    }
    case State::done:
      break;
  }
  return Step{};
}

}  // namespace carillon::http::h1
