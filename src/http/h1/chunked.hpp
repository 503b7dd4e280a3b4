#pragma once
// The chunked transfer coding, decoded incrementally (RFC 9112 §7.1). Strict: only CR LF ends a line. Pure.

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::http::h1 {

/// The longest line with a chunk's size and extensions, and the longest trailers in total; extensions and trailers are dropped.
inline constexpr std::size_t kLongestChunkLine = 256;
inline constexpr std::size_t kLargestTrailers = 8 * 1024;

class ChunkedDecoder {
 public:
  /// The result of one step: the bytes used from `input`, and the content in them (a part of `input`).
  struct Step {
    std::size_t used = 0;
    std::string_view content;
  };
  /// Uses some of `input`; call it with the rest until it uses nothing or is done(). `invalid` if the coding is broken: nothing after it
  /// can be trusted.
  [[nodiscard]] Result<Step> take(std::string_view input);
  [[nodiscard]] bool done() const noexcept { return state_ == State::done; }

 private:
  enum class State { size, content, content_end, trailers, done };
  State state_ = State::size;
  std::string line_;        ///< of a size or trailer, received so far
  std::uint64_t left_ = 0;  ///< of this chunk
  std::size_t trailer_bytes_ = 0;

  /// Moves bytes up to CR LF into line_; true if the line is complete.
  Result<bool> take_line(std::string_view& input, std::size_t limit);
  Result<> read_size();
};

}  // namespace carillon::http::h1
