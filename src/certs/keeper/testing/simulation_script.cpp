// See simulation_script.hpp.

#include "certs/keeper/testing/simulation_script.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace carillon::certs::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// What a kill may wait for: every exchange of an issuance.
constexpr std::array kRequests{"new-order", "order/", "authorization/", "challenge/", "finalize", "certificate/"};
constexpr Duration kHealing = days{40};
constexpr std::array<std::string_view, 2> kCas{"first", "second"};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const auto word : split(line.substr(0, line.find('#')), ' ')) {
    if (const auto text = trimmed(word); !text.empty()) words.push_back(text);
  }
  return words;
}

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

Result<> read_kill(const std::vector<std::string_view>& words, Happening& into) {
  if (words.size() != 5 || (words[2] != "a" && words[2] != "b"))
    return wrong("write a kill as “AT kill a|b between|before:REQUEST|after:REQUEST DOWN”");
  into.kind = Happening::Kind::kill;
  into.node = words[2] == "a" ? 0 : 1;
  const auto colon = words[3].find(':');
  const auto moment = words[3].substr(0, colon);
  if (moment == "between")
    into.moment = Moment::between;
  else if (moment == "before")
    into.moment = Moment::before;
  else if (moment == "after")
    into.moment = Moment::after;
  else
    return wrong("“" + std::string(moment) + "” isn't a moment for a kill; use between, before or after");
  if (colon != std::string_view::npos) into.request = words[3].substr(colon + 1);
  const auto down = read_span(words[4]);
  if (!down) return std::unexpected(down.error());
  into.lasts = *down;
  return {};
}

Result<> read_share(std::string_view word, Happening& into) {
  const auto number = word.substr(0, word.find('%'));
  if (!word.ends_with('%') || std::from_chars(number.data(), number.data() + number.size(), into.share).ec != std::errc{})
    return wrong("“" + std::string(word) + "” isn't a percentage");
  into.share /= 100;
  return {};
}

Result<> read_break(const std::vector<std::string_view>& words, Happening& into) {
  if (words.size() < 4 || words.size() > 5) return wrong("write a break as “AT break SHARE% missing|elsewhere [FOR]”");
  into.kind = Happening::Kind::breaks;
  if (auto good = read_share(words[2], into); !good) return good;
  if (words[3] == "missing")
    into.trouble = Trouble::missing;
  else if (words[3] == "elsewhere")
    into.trouble = Trouble::elsewhere;
  else
    return wrong("a name can be missing or elsewhere, not “" + std::string(words[3]) + "”");
  if (words.size() == 5) {
    const auto span = read_span(words[4]);
    if (!span) return std::unexpected(span.error());
    into.lasts = *span;
  }
  return {};
}

Result<Happening> read_line(const std::vector<std::string_view>& words) {
  Happening read;
  const auto at = read_span(words[0]);
  if (!at) return std::unexpected(at.error());
  read.at = *at;
  if (words.size() < 2) return wrong("it has a time but no event");
  if (words[1] == "kill") {
    if (auto good = read_kill(words, read); !good) return forward_error(good);
    return read;
  }
  if (words[1] == "break") {
    if (auto good = read_break(words, read); !good) return forward_error(good);
    return read;
  }
  if (words[1] == "revoke" && words.size() == 3) {
    read.kind = Happening::Kind::revoke;
    if (auto good = read_share(words[2], read); !good) return forward_error(good);
    return read;
  }
  if (words.size() < 3) return wrong("it has no duration");
  const auto span = read_span(words[2]);
  if (!span) return std::unexpected(span.error());
  read.lasts = *span;
  if (words[1] == "ca-down" && words.size() <= 4) {
    read.kind = Happening::Kind::ca_down;
    if (words.size() == 4) {
      const auto* const found = std::ranges::find(kCas, words[3]);
      if (found == kCas.end()) return wrong("a CA is “first” or “second”, not “" + std::string(words[3]) + "”");
      read.ca = static_cast<std::size_t>(found - kCas.begin());
    }
  } else if (words[1] == "nodes-off" && words.size() == 3) {
    read.kind = Happening::Kind::nodes_off;
  } else if (words[1] == "limit" && words.size() == 4) {
    read.kind = Happening::Kind::limit;
    const auto pause = read_span(words[3]);
    if (!pause) return std::unexpected(pause.error());
    read.pause = *pause;
  } else {
    return wrong("“" + std::string(words[1]) + "” isn't an event, or has the wrong number of words");
  }
  return read;
}

/// What happens at the same time stays in its order.
void in_order_of_time(std::vector<Happening>& script) {
  std::vector<Happening> sorted;
  for (auto& happening : script) sorted.insert(std::ranges::upper_bound(sorted, happening.at, {}, &Happening::at), std::move(happening));
  script = std::move(sorted);
}

}  // namespace

Result<Duration> read_span(std::string_view text) {
  Duration sum{};
  auto rest = text;
  while (!rest.empty()) {
    const auto unit = rest.find_first_not_of("0123456789");
    const auto number = unit == std::string_view::npos ? std::nullopt : parse_number(rest.substr(0, unit));
    if (!number || *number > 100'000) return wrong("“" + std::string(text) + "” isn't a duration, e.g. “3d12h”");
    switch (rest[unit]) {
      case 's':
        sum += seconds{*number};
        break;
      case 'm':
        sum += minutes{*number};
        break;
      case 'h':
        sum += hours{*number};
        break;
      case 'd':
        sum += days{*number};
        break;
      default:
        return wrong("“" + std::string(text) + "” isn't a duration; its units are s, m, h and d");
    }
    rest.remove_prefix(unit + 1);
  }
  if (text.empty()) return wrong("a duration is missing");
  return sum;
}

Result<std::vector<Happening>> read_script(std::string_view text) {
  std::vector<Happening> script;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto words = words_of(line);
    if (words.empty()) continue;
    auto read = read_line(words);
    if (!read) return fail(ErrorKind::invalid, "Line " + std::to_string(number) + " of the script: " + read.error().message + ".");
    script.push_back(std::move(*read));
  }
  in_order_of_time(script);
  return script;
}

std::vector<Happening> usual_script(std::uint64_t seed, Duration length, int kills) {
  using enum Happening::Kind;
  std::mt19937_64 engine{seed};
  const auto draw = [&] { return static_cast<double>(engine() >> 11) * 0x1.0p-53; };
  const auto at = [&](double part) { return std::chrono::duration_cast<Duration>(length * part); };
  // In a short run, outages are short too, so that never both CAs are down by chance.
  const auto for_up_to = [&](Duration lasts, double part) { return std::min(lasts, at(part)); };
  std::vector<Happening> script{
      {.at = seconds{5}, .kind = limit, .lasts = minutes{30}, .pause = hours{1}},
      {.at = at(0.30), .kind = ca_down, .lasts = for_up_to(days{3}, 0.05)},
      {.at = at(0.42), .kind = ca_down, .lasts = for_up_to(days{10}, 0.15), .ca = 0},
      {.at = at(0.75), .kind = ca_down, .lasts = for_up_to(days{20}, 0.2), .ca = 1},
      {.at = at(0.62), .kind = nodes_off, .lasts = for_up_to(days{2}, 0.05)},
      {.at = {}, .kind = breaks, .share = 0.005, .trouble = Trouble::missing},
      {.at = {}, .kind = breaks, .lasts = kHealing, .share = 0.005, .trouble = Trouble::elsewhere},
      {.at = at(0.08), .kind = breaks, .share = 0.005, .trouble = Trouble::elsewhere},
      {.at = at(0.08), .kind = breaks, .lasts = kHealing, .share = 0.005, .trouble = Trouble::missing},
  };
  for (int kill = 0; kill < kills; ++kill) {
    Happening one{
        .at = at(0.95 * (kill + draw()) / std::max(kills, 1)), .kind = Happening::Kind::kill, .node = static_cast<int>(engine() % 2)};
    // Most come back at once, as a service does; the others stay away long enough for their leases to end.
    one.lasts = engine() % 4 == 0 ? Duration{minutes{5 + static_cast<int>(engine() % 55)}} : Duration{seconds{2}};
    one.moment = kill % 3 == 0 ? Moment::between : kill % 3 == 1 ? Moment::before : Moment::after;
    if (one.moment != Moment::between) one.request = kRequests[static_cast<std::size_t>(kill / 3) % kRequests.size()];
    script.push_back(std::move(one));
  }
  in_order_of_time(script);
  return script;
}

}  // namespace carillon::certs::testing
