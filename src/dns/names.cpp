// See names.hpp.

#include "dns/names.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"

#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>

namespace carillon::dns {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 §2.3.4
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kMaxShown = 100;  ///< of what was given, in a message

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

/// Clients read a name whose last label is a number as an IPv4 address, whatever its form (WHATWG URL, “ends in a number”; RFC 3696 §2).
bool ends_in_number(std::string_view name) {
  const auto label = name.substr(name.rfind('.') + 1);
  const bool is_hexadecimal = label.starts_with("0x");
  return !label.empty() && label.substr(is_hexadecimal ? 2 : 0).find_first_not_of(is_hexadecimal ? "0123456789abcdef" : "0123456789") ==
                               std::string_view::npos;
}

/// Addresses that no host has: 0.0.0.0/8 and “::”, multicast, reserved ones and the broadcast address (RFC 6890).
bool is_nobodys(const IpAddress& address) {
  const auto first = address.bytes().front();
  if (address.is_v4()) return first == 0 || first >= 224;
  return address == IpAddress{} || first == 0xff;
}

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
  if (name.contains('\0')) return fail(ErrorKind::invalid, "A name contains a NUL byte.");
  std::string text = lower_ascii(name);
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
  if (*again != text) return fail(ErrorKind::invalid, "“" + text + "” isn't a valid form of the name.");
  return text;
}

Result<std::string> host_name(std::string_view given) {
  const auto written = trimmed(given);
  const auto wrong = [shown = "“" + clean_for_xml(cut_to(written, kMaxShown)) + "”"](std::string_view why) {
    return fail(ErrorKind::invalid, shown + " " + std::string(why), "name");
  };
  const bool bracketed = written.starts_with('[') && written.ends_with(']');
  // The one notation of RFC 5952, so that an address is always the same name.
  if (const auto address = IpAddress::parse(bracketed ? written.substr(1, written.size() - 2) : written)) return address->text();
  const auto scheme = written.find("://");
  if (scheme != std::string_view::npos || written.contains('/')) {
    const auto rest = scheme == std::string_view::npos ? written : written.substr(scheme + 3);
    const auto host = host_name(rest.substr(0, rest.find_first_of("/:?#")));
    return wrong(host ? "is the URL of a page; enter only the host name: " + *host + "." : "is the URL of a page, not a host name.");
  }
  if (written.starts_with("*.")) return wrong("is a wildcard; give the name of one host.");
  if (const auto colon = written.rfind(':'); colon != std::string_view::npos && colon == written.find(':')) {
    const auto host = host_name(written.substr(0, colon));
    return wrong(host ? "includes a port; enter only the host name: " + *host + "." : "isn't a host name.");
  }
  auto name = to_ascii(written);
  if (name && name->ends_with('.')) name->pop_back();
  if (name && ends_in_number(*name))
    return wrong(
        "isn't a valid IP address, and the last part of a host name can't be a number; write an address like 192.0.2.7, without "
        "leading zeros.");
  if (!name || name->empty() || name->size() > kLongestName || !std::ranges::all_of(split(*name, '.'), is_label))
    return wrong("isn't a host name; use letters, digits and hyphens between dots, e.g. www.example.org.");
  return name;
}

Result<std::string> certificate_name(std::string_view given) {
  const auto written = trimmed(given);
  const auto wrong = [&](const std::string& why) {
    return fail(ErrorKind::invalid, "“" + clean_for_xml(cut_to(written, kMaxShown)) + "” " + why, "name");
  };
  if (!is_wildcard(written)) {
    auto name = host_name(given);
    const auto address = name ? IpAddress::parse(*name) : Result<IpAddress>{std::unexpected(name.error())};
    if (address && is_nobodys(*address))
      return wrong("isn't the address of a host, so there's no certificate for it; use the address at which clients reach the server.");
    return name;
  }
  auto domain = host_name(written.substr(2));
  if (!domain || IpAddress::parse(*domain)) return wrong("isn't a wildcard name; write it like *.example.org.");
  if (is_public_suffix(*domain)) return wrong("would cover other people's names, because anyone can register names under " + *domain + ".");
  if (!domain->contains('.')) return wrong("is too short: a wildcard needs a domain with at least one dot, e.g. *.example.org.");
  if (domain->size() + 2 > kLongestName) return wrong("is too long for a DNS name.");
  return "*." + *domain;
}

bool is_public_suffix(const std::string& name) {
  const auto* list = psl_builtin();
  return list != nullptr && psl_is_public_suffix2(list, name.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace carillon::dns
