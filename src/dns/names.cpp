// See names.hpp.

#include "dns/names.hpp"

#include "base/text.hpp"

#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>

namespace carillon::dns {
namespace {

struct FreeText {
  void operator()(char* text) const noexcept { idn2_free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

Result<std::string> converted(const std::string& name) {
  char* made = nullptr;
  const int code = idn2_to_ascii_8z(name.c_str(), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const Text owned{made};
  if (code != IDN2_OK) return fail(ErrorKind::invalid, "“" + name + "” isn't a valid name: " + idn2_strerror(code) + ".");
  return lower_ascii(owned.get());
}

}  // namespace

Result<std::string> to_ascii(std::string_view name) {
  if (name.contains('\0')) return fail(ErrorKind::invalid, "A name contains a zero byte.");
  const std::string text = lower_ascii(name);
  const bool beyond = std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80; });
  if (beyond) return converted(text);
  if (!text.starts_with("xn--") && !text.contains(".xn--")) return text;
  // What the A-labels stand for must lead back to them.
  char* made = nullptr;
  const int code = idn2_to_unicode_8z8z(text.c_str(), &made, IDN2_NONTRANSITIONAL);
  const Text unicode{made};
  if (code != IDN2_OK) return fail(ErrorKind::invalid, "“" + text + "” isn't a valid name: " + idn2_strerror(code) + ".");
  auto again = converted(unicode.get());
  if (!again) return again;
  if (*again != text) return fail(ErrorKind::invalid, "“" + text + "” isn't a valid spelling of the name.");
  return text;
}

bool is_public_suffix(const std::string& name) {
  const auto* list = psl_builtin();
  return list != nullptr && psl_is_public_suffix2(list, name.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace carillon::dns
