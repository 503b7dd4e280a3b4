// See checks.hpp.

#include "accounts/checks.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestReason = 1000;

/// Of good UTF-8.
std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

Result<> check_name(std::string_view name) {
  if (trimmed(name).empty()) return fail(ErrorKind::invalid, "The name is empty.", "name");
  if (!is_utf8(name) || characters_in(name) > kLongestName)
    return fail(ErrorKind::invalid, "The name must be UTF-8 text of at most " + std::to_string(kLongestName) + " characters.", "name");
  return check_one_line("name", name);
}

std::unexpected<Error> no_such_network(const std::string& slug) {
  return fail(ErrorKind::not_found, "There is no network named “" + slug + "”.", "network");
}

std::unexpected<Error> no_such_person() { return fail(ErrorKind::not_found, "This person doesn't exist."); }

Result<> check_giving(const Caller& by, const std::string& network, Role given) {
  if (by.is_operator()) return {};
  const auto own = by.role_in(network);
  if (own && may_give(*own, given)) return {};
  return fail(ErrorKind::refused, "Only owners can change who is an owner or a manager.", "role");
}

Result<> check_reason(std::string_view reason) {
  if (is_utf8(reason) && characters_in(reason) <= kLongestReason) return check_one_line("reason", reason);
  return fail(ErrorKind::invalid, "The reason must be UTF-8 text of at most " + std::to_string(kLongestReason) + " characters.", "reason");
}

}  // namespace carillon::accounts
