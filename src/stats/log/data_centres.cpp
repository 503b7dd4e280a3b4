// See data_centres.hpp.

#include "stats/log/data_centres.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <ranges>

namespace carillon::stats {
namespace {

constexpr std::size_t kV4Bits = 32;
constexpr std::size_t kV6Bits = 128;

std::unexpected<Error> refused(std::size_t line, std::string_view text) {
  return fail(ErrorKind::invalid, "line " + std::to_string(line) + " of the list of data centres is “" +
                                      std::string{cut_to(clean_for_xml(text), 80)} +
                                      "”; write an address range (192.0.2.0,192.0.2.255), a network (192.0.2.0/24) or a number (AS64496)");
}

/// The last address of a network of `length` bits, and its first one in `first`.
std::array<std::byte, 16> cut_to_network(std::array<std::byte, 16>& first, std::size_t length, std::size_t bits) {
  auto last = first;
  for (std::size_t bit = length; bit < bits; ++bit) {
    const auto mask = std::byte{0x80} >> static_cast<int>(bit % 8);
    first[bit / 8] &= ~mask;
    last[bit / 8] |= mask;
  }
  return last;
}

template <class Range>
void sort_and_merge(std::vector<Range>& ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  std::vector<Range> merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().last)
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  ranges = std::move(merged);
}

}  // namespace

Result<DataCentres> DataCentres::parse(std::string_view text) {
  DataCentres list;
  std::size_t number = 0;
  for (const auto piece : std::views::split(text, '\n')) {
    const auto line = trimmed(std::string_view{piece.begin(), piece.end()});
    if (++number > kMaxLines)
      return fail(ErrorKind::invalid, "the list of data centres has more than " + std::to_string(kMaxLines) + " lines");
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("AS") || line.starts_with("as")) {
      const auto network =
          parse_number(line.substr(2, line.find_first_of(", \t") == std::string_view::npos ? line.npos : line.find_first_of(", \t") - 2));
      if (!network || *network > UINT32_MAX) return refused(number, line);
      list.networks_.push_back(static_cast<std::uint32_t>(*network));
      continue;
    }
    Range range;
    std::optional<Address::Family> family;
    if (const auto slash = line.substr(0, line.find(',')).find('/'); slash != std::string_view::npos) {
      const auto address = Address::parse(line.substr(0, slash));
      const auto length =
          parse_number(trimmed(line.substr(slash + 1, line.find(',') == line.npos ? line.npos : line.find(',') - slash - 1)));
      if (!address || !length) return refused(number, line);
      const auto bits = address->family == Address::Family::v4 ? kV4Bits : kV6Bits;
      if (*length > bits) return refused(number, line);
      range.first = address->bytes;
      range.last = cut_to_network(range.first, *length, bits);
      family = address->family;
    } else {
      const auto columns = split(line, ',');
      if (columns.size() < 2) return refused(number, line);
      const auto first = Address::parse(trimmed(columns[0])), last = Address::parse(trimmed(columns[1]));
      if (!first || !last || first->family != last->family || last->bytes < first->bytes) return refused(number, line);
      range = {first->bytes, last->bytes};
      family = first->family;
    }
    (*family == Address::Family::v4 ? list.v4_ : list.v6_).push_back(range);
  }
  if (list.v4_.empty() && list.v6_.empty() && list.networks_.empty())
    return fail(ErrorKind::invalid, "the list of data centres names no network");
  sort_and_merge(list.v4_);
  sort_and_merge(list.v6_);
  std::ranges::sort(list.networks_);
  return list;
}

bool DataCentres::contains(const Address& address, const std::optional<std::uint32_t>& network) const noexcept {
  if (network && std::ranges::binary_search(networks_, *network)) return true;
  const auto& ranges = address.family == Address::Family::v4 ? v4_ : v6_;
  const auto after = std::ranges::upper_bound(ranges, address.bytes, {}, &Range::first);
  return after != ranges.begin() && address.bytes <= std::prev(after)->last;
}

}  // namespace carillon::stats
