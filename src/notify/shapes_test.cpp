#include "notify/shapes.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/testing/testing.hpp"
#include "base/text.hpp"
#include "notify/shapes_impl.hpp"
#include "notify/webhook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <regex>

namespace carillon::notify {
namespace {

namespace json = boost::json;
using carillon::testing::ManualClock;
using ::testing::HasSubstr;
using ::testing::Not;

const Time kNow = Time{std::chrono::seconds{1'795'478'400}};

Message alarm() {
  Message message;
  message.id = "01message";
  message.to = "ada@example.org";
  message.subject = "www.example.org: the certificate <expires> & “soon” @all";
  message.text = "It ends.\n\nWhat to do:\n    carillon cert renew www.example.org --now ```x```\n";
  message.at = kNow;
  message.facts = {.kind = MessageKind::alarm,
                   .incidents = {{.id = "01incident",
                                  .kind = "expiring",
                                  .subject = "www.example.org",
                                  .what = "It ends.",
                                  .consequence = "Gone.",
                                  .remedy = "renew",
                                  .link = "https://pod.example.org/acknowledge/1?a=1&b=2",
                                  .opened_at = parse_rfc3339("2026-11-24T08:00:00Z").value(),
                                  .noticed_at = parse_rfc3339("2026-11-24T12:00:00Z").value()}},
                   .link = "https://pod.example.org/acknowledge/1?a=1&b=2"};
  return message;
}

Message closing() {
  auto message = alarm();
  message.facts = {.kind = MessageKind::closing, .incidents = {{.id = "01incident", .subject = "a"}, {.id = "02incident", .subject = "b"}}};
  return message;
}

ShapeSettings settings(Shape shape) {
  ShapeSettings all{.shape = shape, .url = "https://service.example.org/hooks/secret-path", .token = {}, .room = {}, .chat = {}};
  if (shape == Shape::pagerduty || shape == Shape::telegram) all.url.clear();
  if (shape == Shape::pagerduty || shape == Shape::gotify || shape == Shape::matrix || shape == Shape::telegram)
    all.token = "12345:secret-token";
  if (shape == Shape::matrix) all.room = "!room:example.org";
  if (shape == Shape::telegram) all.chat = "-1001234567890";
  return all;
}

json::object body_of(const http::OutgoingRequest& request) { return json::parse(request.body).as_object(); }

constexpr std::array kServices{Shape::pagerduty, Shape::ntfy,    Shape::gotify, Shape::slack,   Shape::mattermost,
                               Shape::teams,     Shape::discord, Shape::matrix, Shape::telegram};

TEST(Shapes, PagerDutyGetsOneEventForEachIncident) {
  const auto requests = requests_for(settings(Shape::pagerduty), alarm(), kNow);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].url, "https://events.pagerduty.com/v2/enqueue");
  const auto event = body_of(requests[0]);
  EXPECT_EQ(event.at("routing_key"), "12345:secret-token");
  EXPECT_EQ(event.at("event_action"), "trigger");
  EXPECT_EQ(event.at("dedup_key"), "01incident");
  EXPECT_EQ(event.at("payload").at("severity"), "error") << "listeners notice it today";
  const auto noticed = requests_for(settings(Shape::pagerduty), alarm(), kNow + std::chrono::hours{13});
  EXPECT_EQ(body_of(noticed[0]).at("payload").at("severity"), "critical");
  EXPECT_EQ(event.at("payload").at("source"), "www.example.org");
  const auto later = requests_for(settings(Shape::pagerduty), alarm(), kNow - std::chrono::hours{200});
  EXPECT_EQ(body_of(later[0]).at("payload").at("severity"), "warning");
  const auto resolved = requests_for(settings(Shape::pagerduty), closing(), kNow);
  ASSERT_EQ(resolved.size(), 2U);
  auto acknowledged = closing();
  acknowledged.facts = {.kind = MessageKind::acknowledged, .incidents = {{.id = "01incident"}}};
  EXPECT_EQ(body_of(requests_for(settings(Shape::pagerduty), acknowledged, kNow).at(0)).at("event_action"), "acknowledge");
  EXPECT_EQ(body_of(resolved[1]),
            (json::object{{"routing_key", "12345:secret-token"}, {"event_action", "resolve"}, {"dedup_key", "02incident"}}));
}

TEST(Shapes, AnAlarmWithoutDataIsStillAnAlarm) {
  auto message = alarm();
  message.facts = {};
  const auto requests = requests_for(settings(Shape::pagerduty), message, kNow);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(body_of(requests[0]).at("event_action"), "trigger");
  for (const auto shape : kServices) EXPECT_FALSE(requests_for(settings(shape), message, kNow).empty()) << name_of(shape);
}

TEST(Shapes, AreNotCutInsideALink) {
  const std::string link = "https://pod.example.org/acknowledge/abcdefghijklmnopqrstuvwxyz";
  const auto text = "Open this:\n    " + link + "\nand more to read.";
  for (std::size_t limit = 1; limit + 3 < text.size(); ++limit) {
    for (const auto& shown : {shortened_to_units(text, limit), shortened_to_bytes(text, limit + 3)}) {
      EXPECT_EQ(shown.contains("https"), shown.contains(link)) << shown;
      EXPECT_TRUE(shown.ends_with("…")) << shown;
    }
  }
  auto message = alarm();
  message.text = std::string(4'000, 'x') + " " + link + link + link + " " + std::string(1'000, 'y');
  for (const auto shape : {Shape::telegram, Shape::discord, Shape::mattermost, Shape::slack, Shape::ntfy}) {
    const auto body = requests_for(shape == Shape::ntfy
                                       ? ShapeSettings{.shape = shape, .url = "https://ntfy.sh/topic", .token = {}, .room = {}, .chat = {}}
                                       : settings(shape),
                                   message, kNow)
                          .at(0)
                          .body;
    EXPECT_EQ(body.contains("abcdefghijkl"), body.contains(link + link + link)) << name_of(shape);
  }
}

TEST(Shapes, NtfyTakesTheTopicFromTheUrl) {
  auto with_token = settings(Shape::ntfy);
  with_token.url = "https://ntfy.example.org/on-call";
  with_token.token = "tk_secret";
  const auto request = requests_for(with_token, alarm(), kNow).at(0);
  EXPECT_EQ(request.url, "https://ntfy.example.org/");
  EXPECT_EQ(request.fields.get("Authorization"), "Bearer tk_secret");
  const auto body = body_of(request);
  EXPECT_EQ(body.at("topic"), "on-call");
  EXPECT_EQ(body.at("click"), "https://pod.example.org/acknowledge/1?a=1&b=2");
  EXPECT_EQ(body.at("priority"), 4);
  auto urgent = alarm();
  urgent.urgent = true;
  EXPECT_EQ(body_of(requests_for(with_token, urgent, kNow).at(0)).at("priority"), 5);
}

TEST(Shapes, MatrixRepeatsItsTransaction) {
  const auto request = requests_for(settings(Shape::matrix), alarm(), kNow).at(0);
  EXPECT_EQ(request.method, http::Method::put);
  EXPECT_EQ(request.url,
            "https://service.example.org/hooks/secret-path/_matrix/client/v3/rooms/%21room%3Aexample.org/send/m.room.message/01message");
  EXPECT_EQ(request.fields.get("Authorization"), "Bearer 12345:secret-token");
  const auto body = body_of(request);
  EXPECT_THAT(std::string(body.at("formatted_body").as_string()), HasSubstr("&lt;expires&gt; &amp;"));
  EXPECT_THAT(std::string(body.at("formatted_body").as_string()), HasSubstr("/acknowledge/1?a=1&amp;b=2\">Acknowledge</a>"));
}

TEST(Shapes, TelegramGetsEscapedHtml) {
  const auto request = requests_for(settings(Shape::telegram), alarm(), kNow).at(0);
  EXPECT_EQ(request.url, "https://api.telegram.org/bot12345:secret-token/sendMessage");
  const auto body = body_of(request);
  EXPECT_EQ(body.at("chat_id"), -1'001'234'567'890);
  EXPECT_EQ(body.at("parse_mode"), "HTML");
  EXPECT_THAT(std::string(body.at("text").as_string()), HasSubstr("&lt;expires&gt; &amp;"));
}

TEST(Shapes, ChatsCannotBeMadeToReadMarkup) {
  const auto slack = body_of(requests_for(settings(Shape::slack), alarm(), kNow).at(0));
  const std::string section{slack.at("blocks").at(1).at("text").at("text").as_string()};
  EXPECT_TRUE(section.starts_with("```\nTo: ada@example.org\n"));
  EXPECT_THAT(section, HasSubstr("'''x'''"));
  EXPECT_TRUE(section.ends_with("\n```\n<https://pod.example.org/acknowledge/1?a=1&amp;b=2|Acknowledge>"));
  EXPECT_THAT(std::string(slack.at("text").as_string()), HasSubstr("&lt;expires&gt; &amp;"));
  const auto mattermost = body_of(requests_for(settings(Shape::mattermost), alarm(), kNow).at(0));
  EXPECT_THAT(std::string(mattermost.at("text").as_string()), HasSubstr("\\<expires\\>"));
  EXPECT_THAT(std::string(mattermost.at("text").as_string()), Not(HasSubstr("@all")));
  const auto discord = body_of(requests_for(settings(Shape::discord), alarm(), kNow).at(0));
  EXPECT_TRUE(discord.at("allowed_mentions").at("parse").as_array().empty());
  const auto teams = body_of(requests_for(settings(Shape::teams), alarm(), kNow).at(0));
  const auto& card = teams.at("attachments").at(0).at("content").as_object();
  EXPECT_EQ(card.at("type"), "AdaptiveCard");
  EXPECT_EQ(card.at("body").at(0).at("type"), "RichTextBlock");
  EXPECT_EQ(card.at("actions").at(0).at("url"), "https://pod.example.org/acknowledge/1?a=1&b=2");
}

std::size_t units(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) count += byte >= 0xF0 ? 2 : 1;
  }
  return count;
}

TEST(Shapes, LongMessagesAreCutBetweenCharacters) {
  for (const std::string_view character : {"a", "ö", "€", "🔔", "<", "\"", "`"}) {
    auto message = alarm();
    message.text.clear();
    for (int i = 0; i < 100'000; ++i) message.text += character;
    for (int i = 0; i < 100; ++i) message.subject += character;
    for (const auto shape : kServices) {
      for (const auto& request : requests_for(settings(shape), message, kNow)) {
        EXPECT_TRUE(is_utf8(request.body)) << name_of(shape);
        const auto body = body_of(request);
        if (shape == Shape::ntfy) EXPECT_LE(body.at("message").as_string().size(), 4'096U);
        if (shape == Shape::slack) {
          EXPECT_LE(units(body.at("blocks").at(0).at("text").at("text").as_string()), 150U);
          EXPECT_LE(units(body.at("blocks").at(1).at("text").at("text").as_string()), 3'000U);
        }
        if (shape == Shape::mattermost) EXPECT_LE(units(body.at("text").as_string()), 16'383U);
        if (shape == Shape::teams) EXPECT_LE(request.body.size(), 28'000U);
        if (shape == Shape::matrix) EXPECT_LE(request.body.size(), 60'000U);
        if (shape == Shape::discord) {
          EXPECT_LE(units(body.at("embeds").at(0).at("title").as_string()), 256U);
          EXPECT_LE(units(body.at("embeds").at(0).at("description").as_string()), 4'096U);
        }
        if (shape == Shape::telegram) {
          const std::string shown = std::regex_replace(
              std::regex_replace(std::string(body.at("text").as_string()), std::regex{"<[^>]*>"}, ""), std::regex{"&[^;]*;"}, "x");
          EXPECT_LE(units(shown), 4'096U);
        }
        if (shape == Shape::pagerduty) EXPECT_LE(units(body.at("payload").at("summary").as_string()), 1'024U);
      }
    }
  }
}

TEST(Shapes, TextsAreShortenedOnlyWhereNeeded) {
  EXPECT_EQ(shortened_to_units("äöü", 3), "äöü");
  EXPECT_EQ(shortened_to_units("äöü!", 3), "äö…");
  EXPECT_EQ(shortened_to_units("a🔔b", 4), "a🔔b");
  EXPECT_EQ(shortened_to_units("a🔔bc", 4), "a🔔…");
  EXPECT_EQ(shortened_to_units("🔔🔔", 3), "🔔…");
  EXPECT_EQ(shortened_to_bytes("äöü", 6), "äöü");
  EXPECT_EQ(shortened_to_bytes("äöü!", 6), "ä…");
}

TEST(Shapes, WrongSettingsGetOneSentence) {
  const auto complaint = [](ShapeSettings wrong) {
    const auto checked = check(wrong);
    return checked ? std::string{} : checked.error().field + " " + checked.error().message;
  };
  for (const auto shape : kServices) EXPECT_EQ(complaint(settings(shape)), "") << name_of(shape);
  auto slack = settings(Shape::slack);
  slack.token = "x";
  EXPECT_EQ(complaint(slack), "token has no meaning with shape = \"slack\"; remove it.");
  auto matrix = settings(Shape::matrix);
  matrix.room = "#alerts:example.org";
  EXPECT_THAT(complaint(matrix), HasSubstr("room must be the room's ID"));
  matrix.room = "!a:example.org";
  matrix.token.clear();
  EXPECT_EQ(complaint(matrix), "token is missing: shape = \"matrix\" needs a token; set token_file.");
  auto telegram = settings(Shape::telegram);
  for (const auto* const chat : {"ada", "@", "-", "12a", "0", "99999999999999999999"}) {
    telegram.chat = chat;
    EXPECT_EQ(complaint(telegram), "chat must be the chat's number or @CHANNEL.");
  }
  telegram.token = "two words";
  EXPECT_EQ(complaint(telegram), "token must be one line without spaces.");
  auto ntfy = settings(Shape::ntfy);
  for (const auto* const url : {"https://ntfy.sh", "https://ntfy.sh/", "https://ntfy.sh/a?b"}) {
    ntfy.url = url;
    EXPECT_THAT(complaint(ntfy), HasSubstr("must end with the topic")) << url;
  }
  ntfy.url = "ntfy.sh/topic";
  EXPECT_THAT(complaint(ntfy), HasSubstr("url can't be used: it must begin with http:// or https://"));
  EXPECT_THAT(shape_named("hipchat").error().message, HasSubstr("is “hipchat”; it must be carillon, pagerduty,"));
}

class World final : public http::Outgoing {
 public:
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    seen.push_back(request);
    if (answers.empty()) return http::OutgoingAnswer{.status = 200};
    auto answer = answers.front();
    answers.erase(answers.begin());
    return answer;
  }
  std::vector<http::OutgoingAnswer> answers;
  std::vector<http::OutgoingRequest> seen;
};

TEST(ShapedWebhook, GoesOnWhereItStopped) {
  World world;
  ManualClock clock;
  const auto channel = make_webhook_channel({.service = settings(Shape::pagerduty)}, world, clock);
  world.answers = {{.status = 202}, {.status = 429}};
  world.answers[1].fields.add("Retry-After", "120");
  const auto first = channel->deliver(closing());
  EXPECT_EQ(first.outcome, Outcome::later);
  EXPECT_EQ(first.retry_after, std::chrono::seconds{120});
  EXPECT_EQ(channel->deliver(closing()).outcome, Outcome::delivered);
  ASSERT_EQ(world.seen.size(), 3U);
  EXPECT_EQ(body_of(world.seen[2]).at("dedup_key"), "02incident") << "the first one was accepted before";
}

TEST(ShapedWebhook, GoesOnWithWhatIsLeftOfAMessage) {
  World world;
  ManualClock clock;
  const auto channel = make_webhook_channel({.service = settings(Shape::pagerduty)}, world, clock);
  world.answers = {{.status = 202}, {.status = 502}};
  EXPECT_EQ(channel->deliver(closing()).outcome, Outcome::later);
  auto rest = closing();
  rest.facts.incidents.erase(rest.facts.incidents.begin());
  EXPECT_EQ(channel->deliver(rest).outcome, Outcome::delivered);
  ASSERT_EQ(world.seen.size(), 3U) << "the second incident was never accepted";
  EXPECT_EQ(body_of(world.seen[2]).at("dedup_key"), "02incident");
}

TEST(ShapedWebhook, A400IsAboutTheServiceAndNotAboutAPerson) {
  World world;
  ManualClock clock;
  for (const auto shape : kServices) {
    world.answers = {{.status = 400, .body = "Invalid webhook"}};
    EXPECT_EQ(make_webhook_channel({.service = settings(shape)}, world, clock)->deliver(alarm()).outcome, Outcome::misconfigured)
        << name_of(shape);
  }
}

TEST(ShapedWebhook, ReportsNoSecrets) {
  World world;
  ManualClock clock;
  for (const auto shape : kServices) {
    const auto channel = make_webhook_channel({.service = settings(shape)}, world, clock);
    world.answers = {{.status = 403, .body = "no 12345:secret-token at /hooks/secret-path"}};
    const auto delivery = channel->deliver(alarm());
    EXPECT_EQ(delivery.outcome, Outcome::misconfigured);
    if (!settings(shape).url.empty()) EXPECT_THAT(delivery.detail, Not(HasSubstr("secret-path"))) << name_of(shape);
    if (!settings(shape).token.empty()) EXPECT_THAT(delivery.detail, Not(HasSubstr("secret-token"))) << name_of(shape);
    EXPECT_EQ(world.seen.back().redirects, 0);
    EXPECT_FALSE(world.seen.back().fields.get("Carillon-Signature"));
  }
}

TEST(ShapedWebhook, ReportsNoSecretsInOtherForms) {
  World world;
  ManualClock clock;
  const auto channel = make_webhook_channel({.service = settings(Shape::gotify)}, world, clock);
  const std::string token = "12345:secret-token";
  for (const auto& form : {std::string{R"(12345\u003asecret-token)"}, std::string{"12345%3Asecret-token"}, std::string{"12345:secret…"},
                           to_base64(as_bytes(token)), std::string{R"({"url":"https:\/\/service.example.org\/hooks\/secret-path"})"}}) {
    world.answers = {{.status = 400, .body = "no " + form}};
    const auto delivery = channel->deliver(alarm());
    EXPECT_THAT(delivery.detail, Not(HasSubstr(form))) << form;
    EXPECT_THAT(delivery.detail, HasSubstr("[…]")) << form;
  }
  const auto private_url =
      make_webhook_channel({.url = "https://ada:pass%21word@hooks.example.org/", .secret = "between us"}, world, clock);
  world.answers = {{.status = 401, .body = "Basic " + to_base64(as_bytes("ada:pass!word"))}};
  EXPECT_EQ(private_url->deliver(alarm()).detail, "401 Unauthorized: Basic […]");
}

TEST(ShapedWebhook, UnderstandsHowLongToWait) {
  World world;
  ManualClock clock;
  const auto rest = [&](http::OutgoingAnswer answer) {
    world.answers = {std::move(answer)};
    return make_webhook_channel({.service = settings(Shape::telegram)}, world, clock)->deliver(alarm()).retry_after;
  };
  EXPECT_EQ(rest({.status = 429, .body = R"({"ok":false,"parameters":{"retry_after":35}})"}), std::chrono::seconds{35});
  EXPECT_EQ(rest({.status = 429, .body = R"({"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2001})"}), std::chrono::seconds{3});
  EXPECT_EQ(rest({.status = 429, .body = R"({"retry_after_ms":-5})"}), std::nullopt);
  EXPECT_EQ(rest({.status = 429, .body = R"({"retry_after_ms":9223372036854775807})"}), std::chrono::seconds{3'600});
  EXPECT_EQ(rest({.status = 400, .body = R"({"parameters":{"retry_after":35}})"}), std::nullopt);
}

}  // namespace
}  // namespace carillon::notify
