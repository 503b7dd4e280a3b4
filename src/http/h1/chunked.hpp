#pragma once
// The chunked transfer coding, decoded as it comes (RFC 9112 §7.1). Strict: CR LF and nothing else ends a line. Pure.

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::http::h1 {

/// Longest line of a chunk's size with its extensions, and all trailers together; both are dropped.
inline constexpr std::size_t kLongestChunkLine = 256;
inline constexpr std::size_t kLargestTrailers = 8 * 1024;

class ChunkedDecoder {
 public:
  /// What one step did: bytes of `input` used up, and the content among them (a part of `input`).
  struct Step {
    std::size_t used = 0;
    std::string_view content;
  };
  /// Takes some of `input`; call it with the rest until it uses nothing or done(). `invalid` when the coding is broken: nothing after can
  /// be trusted.
  [[nodiscard]] Result<Step> take(std::string_view input);
  [[nodiscard]] bool done() const noexcept { return state_ == State::done; }

 private:
  enum class State { size, content, content_end, trailers, done };
  State state_ = State::size;
  std::string line_;        ///< of a size or trailer, as far as it came
  std::uint64_t left_ = 0;  ///< of this chunk
  std::size_t trailer_bytes_ = 0;

  /// Moves bytes up to CR LF into line_; true when the line is whole.
  Result<bool> take_line(std::string_view& input, std::size_t limit);
  Result<> read_size();
};

}  // namespace carillon::http::h1
