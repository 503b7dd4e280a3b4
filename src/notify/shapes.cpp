// See shapes.hpp.

#include "notify/shapes.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/client/web_url.hpp"
#include "notify/shapes_impl.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace carillon::notify {
namespace json = boost::json;
namespace {

constexpr std::size_t kMaxShown = 40;
constexpr std::string_view kEllipsis = "…";

/// Which settings a shape has.
enum class Use { none, optional, needed };
struct Traits {
  Shape shape;
  std::string_view name;
  Use url = Use::needed;
  Use token = Use::none;
  Use room = Use::none;
  Use chat = Use::none;
  std::string_view example;  ///< of a URL
};
constexpr std::array kShapes{
    Traits{.shape = Shape::carillon, .name = "carillon", .example = "https://alerts.example.org/carillon"},
    Traits{.shape = Shape::pagerduty,
           .name = "pagerduty",
           .url = Use::optional,
           .token = Use::needed,
           .example = "https://events.eu.pagerduty.com/v2/enqueue"},
    Traits{.shape = Shape::ntfy, .name = "ntfy", .token = Use::optional, .example = "https://ntfy.example.org/TOPIC"},
    Traits{.shape = Shape::gotify, .name = "gotify", .token = Use::needed, .example = "https://gotify.example.org"},
    Traits{.shape = Shape::slack, .name = "slack", .example = "https://hooks.slack.com/services/…"},
    Traits{.shape = Shape::mattermost, .name = "mattermost", .example = "https://mattermost.example.org/hooks/…"},
    Traits{.shape = Shape::teams, .name = "teams", .example = "https://….logic.azure.com/workflows/…"},
    Traits{.shape = Shape::discord, .name = "discord", .example = "https://discord.com/api/webhooks/…"},
    Traits{.shape = Shape::matrix, .name = "matrix", .token = Use::needed, .room = Use::needed, .example = "https://matrix.example.org"},
    Traits{.shape = Shape::telegram,
           .name = "telegram",
           .url = Use::optional,
           .token = Use::needed,
           .chat = Use::needed,
           .example = "https://api.telegram.org"},
};

const Traits& traits_of(Shape shape) { return *std::ranges::find(kShapes, shape, &Traits::shape); }

std::unexpected<Error> wrong(std::string_view key, std::string why) { return fail(ErrorKind::invalid, std::move(why), std::string(key)); }

/// Printable ASCII without spaces: fits into a header field and a path.
bool is_plain_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<> check_use(Use use, std::string_view key, std::string_view value, const Traits& traits, std::string_view what) {
  const auto shape = "shape = \"" + std::string(traits.name) + "\"";
  if (use == Use::needed && value.empty()) return wrong(key, "is missing: " + shape + " needs " + std::string(what) + ".");
  if (use == Use::none && !value.empty()) return wrong(key, "has no meaning with " + shape + "; remove it.");
  return {};
}

bool is_chat(std::string_view chat) {
  if (chat.starts_with('@')) return chat.size() > 1 && is_plain_word(chat);
  if (chat.starts_with('-')) chat.remove_prefix(1);
  const auto number = parse_number(chat);
  constexpr std::uint64_t kMaxInJson = (1ULL << 53) - 1;
  return number && *number > 0 && *number <= kMaxInJson;
}

/// How many UTF-16 code units a character takes, by its first byte in UTF-8.
std::size_t units_of(unsigned char lead) noexcept {
  constexpr unsigned char kFourBytes = 0xF0;
  return lead >= kFourBytes ? 2 : 1;
}

bool continues_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string_view name_of(Shape shape) noexcept { return traits_of(shape).name; }

Result<Shape> shape_named(std::string_view word) {
  if (word.empty()) return Shape::carillon;
  if (const auto found = std::ranges::find(kShapes, word, &Traits::name); found != kShapes.end()) return found->shape;
  std::string names;
  for (const auto& shape : kShapes) names.append(names.empty() ? "" : &shape == &kShapes.back() ? " or " : ", ").append(shape.name);
  return wrong("shape", "is “" + clean_for_xml(cut_to(word, kMaxShown)) + "”; it must be " + names + ".");
}

Result<> check(const ShapeSettings& settings) {
  const auto& traits = traits_of(settings.shape);
  if (auto used = check_use(traits.url, "url", settings.url, traits, "a URL, e.g. " + std::string(traits.example)); !used) return used;
  if (auto used = check_use(traits.token, "token", settings.token, traits, "a token; set token_file"); !used) return used;
  if (auto used = check_use(traits.room, "room", settings.room, traits, "the room's ID, e.g. !opaque:example.org"); !used) return used;
  if (auto used = check_use(traits.chat, "chat", settings.chat, traits, "the chat's number, e.g. -1001234567890"); !used) return used;
  if (!is_plain_word(settings.token)) return wrong("token", "must be one line without spaces.");
  if (traits.room == Use::needed && (!settings.room.starts_with('!') || !is_plain_word(settings.room)))
    return wrong("room", "must be the room's ID, which begins with “!”, and not an alias such as #alerts:example.org.");
  if (traits.chat == Use::needed && !is_chat(settings.chat)) return wrong("chat", "must be the chat's number or @CHANNEL.");
  if (settings.url.empty()) return {};
  if (const auto checked = http::check_web_url(settings.url, {.may_have_user = true}); !checked)
    return wrong("url", "can't be used: " + checked.error().message + " (example: " + std::string(traits.example) + ").");
  if (settings.shape == Shape::ntfy) {
    const auto topic = std::string_view{settings.url}.substr(settings.url.find("://") + 3);
    const auto slash = topic.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == topic.size() || topic.find('?') != std::string_view::npos)
      return wrong("url", "must end with the topic, e.g. " + std::string(traits.example) + ".");
  }
  return {};
}

std::vector<http::OutgoingRequest> requests_for(const ShapeSettings& settings, const Message& message, Time now) {
  std::vector<http::OutgoingRequest> requests;
  switch (settings.shape) {
    case Shape::carillon:
      break;
    case Shape::pagerduty:
      return pagerduty_requests(settings, message, now);
    case Shape::ntfy:
      requests.push_back(ntfy_request(settings, message));
      break;
    case Shape::gotify:
      requests.push_back(gotify_request(settings, message));
      break;
    case Shape::slack:
      requests.push_back(slack_request(settings, message));
      break;
    case Shape::mattermost:
      requests.push_back(mattermost_request(settings, message));
      break;
    case Shape::teams:
      requests.push_back(teams_request(settings, message));
      break;
    case Shape::discord:
      requests.push_back(discord_request(settings, message));
      break;
    case Shape::matrix:
      requests.push_back(matrix_request(settings, message));
      break;
    case Shape::telegram:
      requests.push_back(telegram_request(settings, message));
      break;
  }
  return requests;
}

std::string text_for_all(const Message& message) { return "To: " + message.to + "\n\n" + clean_for_xml(trimmed(message.text)) + "\n"; }

namespace {

/// Where to cut instead of at `at`, so that no part of a link is left that leads elsewhere.
std::size_t before_link(std::string_view text, std::size_t at) {
  constexpr std::string_view kSpaces = " \t\r\n";
  if (at == 0 || at >= text.size() || kSpaces.contains(text[at]) || kSpaces.contains(text[at - 1])) return at;
  const auto space = text.find_last_of(kSpaces, at - 1);
  const auto begin = space == std::string_view::npos ? 0 : space + 1;
  const auto word = text.substr(begin, text.find_first_of(kSpaces, at) - begin);
  return word.contains("://") ? begin : at;
}

}  // namespace

std::string shortened_to_units(std::string_view text, std::size_t limit) {
  std::size_t units = 0, fits = 0;  // `fits`: bytes that leave room for the ellipsis
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (continues_character(text[at])) continue;
    if (units + 1 <= limit) fits = at;
    units += units_of(static_cast<unsigned char>(text[at]));
    if (units > limit) return std::string(text.substr(0, before_link(text, fits))) + std::string(kEllipsis);
  }
  return std::string(text);
}

std::string shortened_to_bytes(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const auto fits = cut_to(text, limit - kEllipsis.size()).size();
  return std::string(text.substr(0, before_link(text, fits))) + std::string(kEllipsis);
}

std::string fitted(std::string_view text, std::size_t limit, const std::function<std::string(std::string_view)>& render) {
  auto result = render(text);
  constexpr std::size_t kShortest = 64;
  for (auto length = text.size() / 2; result.size() > limit && length >= kShortest; length /= 2) {
    // The longest text that fits is somewhere between this one and twice as much; no one counts the letters of so long a message.
    result = render(shortened_to_bytes(text, length));
  }
  return result;
}

http::OutgoingRequest post_of(std::string url, const json::object& body) {
  http::OutgoingRequest request;
  request.method = http::Method::post;
  request.url = std::move(url);
  request.fields.add("Content-Type", "application/json");
  request.body = json_text(body);
  return request;
}

std::string url_at(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + std::string(path);
}

}  // namespace carillon::notify
