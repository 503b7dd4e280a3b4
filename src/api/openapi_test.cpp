#include "api/core/openapi.hpp"

#include "api/accounts/accounts_api.hpp"
#include "api/ads/ads_api.hpp"
#include "api/events/events_api.hpp"
#include "api/keeper/keeper_api.hpp"
#include "api/podcast/podcast_api.hpp"
#include "api/stats/stats_api.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <set>

namespace carillon::api {
namespace {

namespace json = boost::json;
using ::testing::ContainerEq;
using ::testing::IsEmpty;

constexpr std::string_view kPrefix = "/api/v1";

const json::object& document() {
  static const auto parsed = json::parse(openapi_document());
  return parsed.as_object();
}

std::string_view name_of(Owner owner) {
  switch (owner) {
    case Owner::nobody:
      return "nobody";
    case Owner::asked:
      return "asked";
    case Owner::network:
      return "network";
    case Owner::show:
      return "show";
    case Owner::episode:
      return "episode";
    case Owner::job:
      return "job";
    case Owner::upload:
      return "upload";
    case Owner::invitation:
      return "invitation";
    case Owner::advertiser:
      return "advertiser";
    case Owner::campaign:
      return "campaign";
    case Owner::order:
    case Owner::past_order:
      return "order";
    case Owner::creative:
      return "creative";
    case Owner::person:
      return "person";
  }
  return "";
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : "(none)";
}

bool writes(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// Calls `see(place, value)` for every value in `value`, itself included; `place` is its JSON pointer.
void walk(const std::string& place, const json::value& value, const std::function<void(const std::string&, const json::value&)>& see) {
  see(place, value);
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) walk(place + "/" + std::string(key), member, see);
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) walk(place + "/" + std::to_string(i), (*array)[i], see);
  }
}

/// Calls `see("GET", "/shows", operation)` for every operation.
void each_operation(const std::function<void(const std::string&, const std::string&, const json::object&)>& see) {
  for (const auto& [path, item] : document().at("paths").as_object()) {
    for (const auto& [name, operation] : item.as_object()) {
      if (name == "parameters") continue;
      std::string method(name);
      for (auto& c : method) c = static_cast<char>(c - 'a' + 'A');
      see(method, std::string(path), operation.as_object());
    }
  }
}

/// What `value` stands for: itself, or what its $ref names.
const json::object& followed(const json::value& value) {
  const auto& object = value.as_object();
  const auto* reference = object.if_contains("$ref");
  if (!reference) return object;
  // "#/components/KIND/NAME"
  const auto parts = std::string(reference->as_string());
  const auto slash = parts.rfind('/'), before = parts.rfind('/', slash - 1);
  return document().at("components").at(parts.substr(before + 1, slash - before - 1)).as_object().at(parts.substr(slash + 1)).as_object();
}

TEST(OpenApi, HasEveryRouteWithItsPermissionAndOwnerAndNothingElse) {
  std::set<std::string> once, routed, described;
  const auto add = [&](const auto& route, Owner owner) {
    ASSERT_TRUE(route.pattern.starts_with(kPrefix)) << route.pattern;
    const auto method_and_path = std::string(http::name_of(route.method)) + " " + std::string(route.pattern.substr(kPrefix.size()));
    EXPECT_TRUE(once.insert(method_and_path).second) << method_and_path << " is in two tables";
    routed.insert(method_and_path + ": " + std::string(accounts::name_of(route.permission)) + ", " + std::string(name_of(owner)));
  };
  for (const auto& route : PodcastApi::routes()) add(route, route.owner);
  for (const auto& route : AdsApi::routes()) add(route, route.owner);
  for (const auto& route : AccountsApi::routes()) add(route, route.owner);
  for (const auto& route : KeeperApi::routes()) add(route, route.owner);
  for (const auto& route : StatsApi::routes()) add(route, Owner::nobody);
  for (const auto& route : EventsApi::routes()) add(route, Owner::nobody);
  each_operation([&](const std::string& method, const std::string& path, const json::object& operation) {
    described.insert(method + " " + path + ": " + text_in(operation, "x-permission") + ", " + text_in(operation, "x-owner"));
  });
  EXPECT_GT(routed.size(), 60U);
  EXPECT_THAT(described, ContainerEq(routed));
  EXPECT_EQ(document().at("servers").as_array().at(0).at("url").as_string(), kPrefix);
}

/// A path that fits the pattern.
std::string path_of(std::string_view pattern) {
  std::string path;
  for (const auto part : split(pattern.substr(1), '/')) path += part.starts_with('{') ? "/x" : "/" + std::string(part);
  return path;
}

TEST(Surfaces, ShareNoPath) {
  // Front gives a path to the first that owns it.
  for (const auto& rule : KeeperApi::routes()) EXPECT_FALSE(AccountsApi::owns(path_of(rule.pattern))) << rule.pattern;
  for (const auto& rule : PodcastApi::routes()) {
    const auto path = path_of(rule.pattern);
    EXPECT_FALSE(AccountsApi::owns(path) || KeeperApi::owns(path) || EventsApi::owns(path) || StatsApi::owns(path) || AdsApi::owns(path))
        << rule.pattern;
  }
  for (const auto& rule : AdsApi::routes()) {
    const auto path = path_of(rule.pattern);
    EXPECT_FALSE(AccountsApi::owns(path) || KeeperApi::owns(path) || EventsApi::owns(path) || StatsApi::owns(path)) << rule.pattern;
    EXPECT_TRUE(AdsApi::owns(path)) << rule.pattern;
  }
  for (const auto& rule : AccountsApi::routes()) EXPECT_TRUE(AccountsApi::owns(path_of(rule.pattern))) << rule.pattern;
  for (const auto& rule : KeeperApi::routes()) EXPECT_TRUE(KeeperApi::owns(path_of(rule.pattern))) << rule.pattern;
}

TEST(OpenApi, ResolvesEveryReferenceAndUsesEveryComponent) {
  std::set<std::string> there, used;
  for (const auto& [kind, named] : document().at("components").as_object()) {
    for (const auto& [name, component] : named.as_object()) {
      if (kind == "securitySchemes") continue;
      there.insert("#/components/" + std::string(kind) + "/" + std::string(name));
    }
  }
  walk("", document(), [&](const std::string& place, const json::value& value) {
    if (!place.ends_with("/$ref")) return;
    const std::string reference(value.as_string());
    EXPECT_TRUE(there.contains(reference)) << place << " names " << reference << ", which is not there";
    used.insert(reference);
  });
  EXPECT_THAT(used, ContainerEq(there)) << "what nothing refers to says nothing";
}

TEST(OpenApi, ClosesEverySchemaOfAnObject) {
  int objects = 0;
  walk("", document(), [&](const std::string& place, const json::value& value) {
    const auto* schema = value.if_object();
    const auto* type = schema ? schema->if_contains("type") : nullptr;
    const bool is_object = type && (*type == "object" || (type->is_array() && json_text(*type).contains("\"object\"")));
    if (!is_object) return;
    ++objects;
    const auto* others = schema->if_contains("additionalProperties");
    ASSERT_TRUE(others) << place << " leaves open what else may stand in it";
    EXPECT_TRUE(others->is_object() || *others == false) << place;
    const auto* properties = schema->if_contains("properties");
    const auto* required = schema->if_contains("required");
    if (!required) return;
    for (const auto& name : required->as_array())
      EXPECT_TRUE(properties && properties->as_object().contains(name.as_string()))
          << place << " requires " << name << " and does not describe it";
  });
  EXPECT_GT(objects, 50);
}

TEST(OpenApi, NamesEachOperationOnceAndSaysWhatItIsFor) {
  std::set<std::string> ids, tags, known;
  for (const auto& tag : document().at("tags").as_array()) known.insert(std::string(tag.at("name").as_string()));
  each_operation([&](const std::string& method, const std::string& path, const json::object& operation) {
    const auto id = text_in(operation, "operationId");
    EXPECT_TRUE(ids.insert(id).second) << id << " stands for two operations";
    EXPECT_TRUE(text_in(operation, "summary").ends_with(".")) << method << " " << path;
    for (const auto& tag : operation.at("tags").as_array()) tags.insert(std::string(tag.as_string()));
  });
  EXPECT_THAT(tags, ContainerEq(known));
}

TEST(OpenApi, DescribesEveryParameterOfEveryPath) {
  each_operation([&](const std::string& method, const std::string& path, const json::object& operation) {
    std::set<std::string> in_template, described;
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1))
      in_template.insert(path.substr(at + 1, path.find('}', at) - at - 1));
    bool names_key = false;
    const auto add = [&](const json::value* parameters) {
      if (!parameters) return;
      for (const auto& parameter : parameters->as_array()) {
        const auto& meant = followed(parameter);
        if (meant.at("in") == "path") described.insert(text_in(meant, "name"));
        names_key = names_key || meant.at("name") == "Idempotency-Key";
      }
    };
    add(document().at("paths").at(path).as_object().if_contains("parameters"));
    add(operation.if_contains("parameters"));
    EXPECT_THAT(described, ContainerEq(in_template)) << method << " " << path;
    EXPECT_EQ(names_key, writes(method)) << method << " " << path << ": every write takes an Idempotency-Key";
  });
}

TEST(OpenApi, SaysWhoMayAskAndHowItRefuses) {
  each_operation([&](const std::string& method, const std::string& path, const json::object& operation) {
    const auto* security = operation.if_contains("security");
    const bool open = text_in(operation, "x-permission") == "everyone";
    EXPECT_EQ(security != nullptr, open) << method << " " << path << ": only what is open to everyone has a security of its own: none";
    if (security) EXPECT_THAT(security->as_array(), IsEmpty()) << method << " " << path;
    const auto& responses = operation.at("responses").as_object();
    for (const auto* status : {"401", "429", "5XX"}) EXPECT_TRUE(responses.contains(status)) << method << " " << path << " " << status;
    if (!open) EXPECT_TRUE(responses.contains("403")) << method << " " << path;
    if (text_in(operation, "x-owner") != "nobody") EXPECT_TRUE(responses.contains("404")) << method << " " << path;
    for (const auto& [status, response] : responses) {
      const bool refuses = status.starts_with("4") || status == "5XX";
      if (refuses) EXPECT_TRUE(followed(response).at("content").as_object().contains("application/problem+json")) << path << " " << status;
    }
  });
}

}  // namespace
}  // namespace carillon::api
