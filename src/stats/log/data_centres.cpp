// See data_centres.hpp.

#include "stats/log/data_centres.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <ranges>

namespace carillon::stats {
namespace {

std::unexpected<Error> refused(std::string_view what, std::size_t line, std::string_view text) {
  return fail(ErrorKind::invalid,
              "line " + std::to_string(line) + " of the " + std::string{what} + " (“" + std::string{cut_to(clean_for_xml(text), 80)} +
                  "”) isn't valid; use an address range (192.0.2.0,192.0.2.255), a prefix (192.0.2.0/24) or an AS number (AS64496)");
}

/// The last address of the network of `length` bits that begins with `first`.
IpAddress last_of(const IpAddress& first, std::size_t length) {
  const auto bytes = first.bytes();
  std::array<unsigned char, 16> last{};
  std::ranges::copy(bytes, last.begin());
  for (std::size_t bit = length; bit < bytes.size() * 8; ++bit) last[bit / 8] |= static_cast<unsigned char>(0x80U >> (bit % 8));
  return first.is_v4() ? IpAddress::of_v4(std::span<const unsigned char, 4>{last.data(), 4}) : IpAddress::of_v6(last);
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

Result<DataCentres> DataCentres::parse(std::string_view text, std::string_view what) {
  DataCentres list;
  std::size_t number = 0;
  for (const auto piece : std::views::split(text, '\n')) {
    const auto line = trimmed(std::string_view{piece.begin(), piece.end()});
    if (++number > kMaxLines)
      return fail(ErrorKind::invalid, "the " + std::string{what} + " has more than " + std::to_string(kMaxLines) + " lines");
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("AS") || line.starts_with("as")) {
      const auto network =
          parse_number(line.substr(2, line.find_first_of(", \t") == std::string_view::npos ? line.npos : line.find_first_of(", \t") - 2));
      if (!network || *network > UINT32_MAX) return refused(what, number, line);
      list.networks_.push_back(static_cast<std::uint32_t>(*network));
      continue;
    }
    Range range;
    if (const auto slash = line.substr(0, line.find(',')).find('/'); slash != std::string_view::npos) {
      const auto address = IpAddress::parse(line.substr(0, slash));
      const auto length =
          parse_number(trimmed(line.substr(slash + 1, line.find(',') == line.npos ? line.npos : line.find(',') - slash - 1)));
      if (!address || !length || *length > address->bytes().size() * 8) return refused(what, number, line);
      range.first = address->cut_to(static_cast<unsigned>(*length));
      range.last = last_of(range.first, *length);
    } else {
      const auto columns = split(line, ',');
      if (columns.size() < 2) return refused(what, number, line);
      const auto first = IpAddress::parse(trimmed(columns[0])), last = IpAddress::parse(trimmed(columns[1]));
      if (!first || !last || first->is_v4() != last->is_v4() || *last < *first) return refused(what, number, line);
      range = {*first, *last};
    }
    (range.first.is_v4() ? list.v4_ : list.v6_).push_back(range);
  }
  if (list.v4_.empty() && list.v6_.empty() && list.networks_.empty())
    return fail(ErrorKind::invalid, "the " + std::string{what} + " contains no address ranges");
  sort_and_merge(list.v4_);
  sort_and_merge(list.v6_);
  std::ranges::sort(list.networks_);
  return list;
}

bool DataCentres::contains(const IpAddress& address, const std::optional<std::uint32_t>& network) const noexcept {
  if (network && std::ranges::binary_search(networks_, *network)) return true;
  const auto& ranges = address.is_v4() ? v4_ : v6_;
  const auto after = std::ranges::upper_bound(ranges, address, {}, &Range::first);
  return after != ranges.begin() && address <= std::prev(after)->last;
}

}  // namespace carillon::stats
