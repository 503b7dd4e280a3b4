#pragma once
// Converts publishers' text files to UTF-8. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast::texts {

/// The encoding that the sender declared.
struct Charset {
  std::string name;      ///< IANA's or another common name; "" if none
  bool certain = false;  ///< the sender was asked for it; otherwise many programs declare UTF-8 whatever the file is
};

/// The parameter "charset" of a Content-Type, without quotes; "" if there is none.
[[nodiscard]] std::string charset_in(std::string_view content_type);

struct DecodedText {
  std::string text;     ///< UTF-8 without a byte-order mark
  std::string charset;  ///< "UTF-8" if nothing had to be converted
};

/// `bytes` as UTF-8, in this order: a certain charset; UTF-8, UTF-16 and UTF-32 by their byte-order mark; UTF-16 by its zeros; UTF-8; the
/// declared charset; the one common encoding of `language` in which the bytes are words of that language. `subject` starts the messages:
/// "The transcript". `invalid` about "charset" if several encodings fit or none does (then encodings_of() has a preview of each), about
/// `field` for texts that are already damaged, like "Gr\uFFFD\uFFFDe".
[[nodiscard]] Result<DecodedText> decode_text(std::string_view bytes, const Charset& charset, std::string_view language,
                                              std::string_view subject, std::string_view field);

/// An encoding that a text may have.
struct PossibleEncoding {
  std::string charset;  ///< for Charset::name
  std::string preview;  ///< the first lines with letters that aren't ASCII, in this encoding
};
/// The encodings in which all of `bytes` are text, those that fit `language` best first. At most kMaxEncodings.
[[nodiscard]] std::vector<PossibleEncoding> encodings_of(std::string_view bytes, std::string_view language);

inline constexpr std::size_t kMaxEncodings = 6;

}  // namespace carillon::podcast::texts
