// Chats: incoming webhooks of Slack, Mattermost, Teams (Workflows) and Discord; Matrix (client-server API v3), Telegram (Bot API). The text
// is set in a code block, so that no service reads names and commands as its own markup; the link follows it. See shapes_impl.hpp.

#include "base/encoding.hpp"
#include "base/foreign/markup.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "notify/shapes_impl.hpp"

#include <boost/json.hpp>

namespace carillon::notify {
namespace json = boost::json;
namespace {

constexpr std::string_view kTelegram = "https://api.telegram.org";
constexpr std::string_view kAcknowledge = "Acknowledge";
constexpr std::size_t kSlackHeader = 150, kSlackSection = 3'000, kSlackFallback = 3'000;  ///< characters
constexpr std::size_t kMattermostText = 16'383;                                           ///< characters
constexpr std::size_t kTeamsBody = 28'000, kTeamsLines = 120;                             ///< bytes of the request
constexpr std::size_t kTitle = 256, kDiscordDescription = 4'096;                          ///< characters
constexpr std::size_t kMatrixBody = 60'000;                                               ///< bytes; an event may have 65,536
constexpr std::size_t kTelegramText = 4'096;                                              ///< characters after its markup is read
constexpr std::size_t kRoomForMarkup = 100;  ///< characters around the text and the title of a chat message
constexpr int kDiscordRed = 0xD32F2F, kDiscordOrange = 0xF57C00, kDiscordGreen = 0x388E3C, kDiscordGrey = 0x757575;

/// A code block that its content can't end.
std::string code_block(std::string_view text) {
  std::string content{text};
  for (auto at = content.find("```"); at != std::string::npos; at = content.find("```", at)) content.replace(at, 3, "'''");
  return "```\n" + std::string(trimmed(content)) + "\n```";
}

/// For one line of Markdown: its markup characters are escaped.
std::string escaped_markdown(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]()#+-!|<>~";
  std::string result;
  for (const char c : text) {
    if (kMarkup.find(c) != std::string_view::npos) result += '\\';
    result += c;
    if (c == '@') result += "\u200B";  // “@all” notifies no one
  }
  return result;
}

int discord_color(MessageKind kind, bool urgent) {
  switch (kind) {
    case MessageKind::alarm:
      return urgent ? kDiscordRed : kDiscordOrange;
    case MessageKind::acknowledged:
    case MessageKind::closing:
      return kDiscordGreen;
    case MessageKind::test:
      break;
  }
  return kDiscordGrey;
}

json::object text_run(std::string_view line, bool is_title) {
  json::object run{{"type", "TextRun"}, {"text", line.empty() ? " " : line}};
  if (is_title)
    run.insert({{"weight", "Bolder"}, {"size", "Medium"}});
  else
    run["fontType"] = "Monospace";
  return {{"type", "RichTextBlock"}, {"spacing", is_title ? "Default" : "None"}, {"inlines", json::array{std::move(run)}}};
}

/// As HTML that Matrix and Telegram allow.
std::string html_of(std::string_view subject, std::string_view text, const std::string& link) {
  auto html = "<b>" + escaped_markup(subject) + "</b>\n<pre>" + escaped_markup(text) + "</pre>";
  if (!link.empty()) html += "\n<a href=\"" + escaped_markup(link) + "\">" + std::string(kAcknowledge) + "</a>";
  return html;
}

}  // namespace

http::OutgoingRequest slack_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto subject = clean_for_xml(message.subject);
  auto end = facts.link.empty() ? std::string{} : "\n<" + escaped_angles(facts.link) + "|" + std::string(kAcknowledge) + ">";
  // What is escaped counts as it is sent.
  const auto section =
      fitted(text_for_all(message), kSlackSection, [&](std::string_view text) { return code_block(escaped_angles(text)) + end; });
  json::array blocks{
      json::object{{"type", "header"},
                   {"text", json::object{{"type", "plain_text"}, {"text", shortened_to_units(subject, kSlackHeader)}, {"emoji", false}}}},
      json::object{{"type", "section"}, {"text", json::object{{"type", "mrkdwn"}, {"text", section}, {"verbatim", true}}}}};
  return post_of(settings.url, {{"text", shortened_to_units(escaped_angles(subject), kSlackFallback)},
                                {"blocks", std::move(blocks)},
                                {"unfurl_links", false},
                                {"unfurl_media", false}});
}

http::OutgoingRequest mattermost_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto title = "#### " + escaped_markdown(clean_for_xml(message.subject)) + "\n";
  const auto end = facts.link.empty() ? std::string{} : "\n[" + std::string(kAcknowledge) + "](" + facts.link + ")";
  const auto text = shortened_to_units(text_for_all(message), kMattermostText - title.size() - end.size() - kRoomForMarkup);
  return post_of(settings.url, {{"username", "Carillon"}, {"text", title + code_block(text) + end}});
}

http::OutgoingRequest teams_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  http::OutgoingRequest request = post_of(settings.url, {});
  request.body = fitted(text_for_all(message), kTeamsBody, [&](std::string_view text) {
    json::array body{text_run(clean_for_xml(message.subject), true)};
    for (const auto line : split(trimmed(text), '\n')) {
      if (body.size() > kTeamsLines) {
        body.push_back(text_run("…", false));
        break;
      }
      body.push_back(text_run(line, false));
    }
    json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                      {"type", "AdaptiveCard"},
                      {"version", "1.4"},
                      {"msteams", json::object{{"width", "Full"}}},
                      {"body", std::move(body)}};
    if (!facts.link.empty())
      card["actions"] = json::array{json::object{{"type", "Action.OpenUrl"}, {"title", kAcknowledge}, {"url", facts.link}}};
    return json_text(json::object{{"type", "message"},
                                  {"attachments", json::array{json::object{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                                                           {"contentUrl", nullptr},
                                                                           {"content", std::move(card)}}}}});
  });
  return request;
}

http::OutgoingRequest discord_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto end = facts.link.empty() ? std::string{} : "\n[" + std::string(kAcknowledge) + "](" + facts.link + ")";
  const auto text = shortened_to_units(text_for_all(message), kDiscordDescription - end.size() - kRoomForMarkup);
  json::object embed{{"title", shortened_to_units(escaped_markdown(clean_for_xml(message.subject)), kTitle)},
                     {"description", code_block(text) + end},
                     {"color", discord_color(facts.kind, message.urgent)},
                     {"timestamp", to_rfc3339(std::chrono::floor<std::chrono::seconds>(message.at))}};
  // No one can be mentioned by what a server or a certificate is called.
  return post_of(
      settings.url,
      {{"username", "Carillon"}, {"embeds", json::array{std::move(embed)}}, {"allowed_mentions", json::object{{"parse", json::array{}}}}});
}

http::OutgoingRequest matrix_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto subject = clean_for_xml(message.subject);
  // The same transaction when it is sent again: the server drops the second one (client-server API, “Transaction identifiers”).
  auto request = post_of(url_at(settings.url, "/_matrix/client/v3/rooms/" + percent_encoded(settings.room) + "/send/m.room.message/" +
                                                  percent_encoded(message.id)),
                         {});
  request.method = http::Method::put;
  request.fields.add("Authorization", "Bearer " + settings.token);
  request.body = fitted(text_for_all(message), kMatrixBody, [&](std::string_view text) {
    return json_text(json::object{{"msgtype", "m.text"},
                                  {"body", subject + "\n" + std::string(text)},
                                  {"m.mentions", json::object{}},
                                  {"format", "org.matrix.custom.html"},
                                  {"formatted_body", html_of(subject, text, facts.link)}});
  });
  return request;
}

http::OutgoingRequest telegram_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto subject = clean_for_xml(message.subject);
  // Its limit applies to what is shown.
  const auto text = shortened_to_units(text_for_all(message), kTelegramText - shortened_to_units(subject, kTitle).size() - kRoomForMarkup);
  json::object body{{"text", html_of(shortened_to_units(subject, kTitle), text, facts.link)},
                    {"parse_mode", "HTML"},
                    {"link_preview_options", json::object{{"is_disabled", true}}}};
  if (settings.chat.starts_with('@'))
    body["chat_id"] = settings.chat;
  else
    body["chat_id"] = std::stoll(settings.chat);
  const std::string_view base = settings.url.empty() ? kTelegram : std::string_view{settings.url};
  return post_of(url_at(base, "/bot" + settings.token + "/sendMessage"), body);
}

}  // namespace carillon::notify
