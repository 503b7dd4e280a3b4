#include "http/client/web_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::http {
namespace {

std::string complaint(std::string_view text, const WebUrlRules& rules = {}) {
  const auto checked = check_web_url(text, rules);
  return checked ? "" : checked.error().message;
}

TEST(WebUrl, AcceptsWhatCanBeRequested) {
  for (const auto* const good :
       {"https://hub.example.org/", "http://h", "https://hub.example.org:65535/a?b=c&d=%20", "HTTPS://Hub.Example.org",
        "https://[2001:db8::1]:8443/x", "https://192.0.2.7?x=@", "https://host_with_underscore/a:b@c"})
    EXPECT_EQ(complaint(good), "") << good;
  EXPECT_EQ(complaint("https://user:pass@hooks.example.org/", {.may_have_user = true}), "");
  EXPECT_EQ(complaint("https://user@[::1]:1/", {.may_have_user = true}), "");
}

TEST(WebUrl, SaysWhatIsWrongWithoutRepeatingIt) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{{"", "it must begin with http:// or https://"},
                                                        {"ftp://h/", "it must begin with http:// or https://"},
                                                        {"hub.example.org", "it must begin with http:// or https://"},
                                                        {"https://", "it doesn't have a valid host"},
                                                        {"https:///x", "it doesn't have a valid host"},
                                                        {"https://:443/", "it doesn't have a valid host"},
                                                        {"https://*.example.org/", "it doesn't have a valid host"},
                                                        {"https://a..b/", "it doesn't have a valid host"},
                                                        {"https://[::1/", "it doesn't have a valid host"},
                                                        {"https://[nonsense]/", "it doesn't have a valid host"},
                                                        {"https://::1/", "it doesn't have a valid host"},
                                                        {"https://h:65536/", "its port isn't a number from 1 to 65535"},
                                                        {"https://h:0", "its port isn't a number from 1 to 65535"},
                                                        {"https://h:/", "its port isn't a number from 1 to 65535"},
                                                        {"https://h:x", "its port isn't a number from 1 to 65535"},
                                                        {"https://h:1:2", "its port isn't a number from 1 to 65535"},
                                                        {"https://u:p@h/", "it must not contain a user name or password"},
                                                        {"https://h/#top", "it must not have a fragment (#…)"}})
    EXPECT_EQ(complaint(text), why) << text;
  for (const auto* const odd : {"https://a b/", "https://h/\"", "https://h/<x>", "https://h/ü", "https://ü/", "https://h/\n"})
    EXPECT_THAT(complaint(odd), ::testing::HasSubstr("percent-encoded")) << odd;
  EXPECT_EQ(complaint("http://ca.example.org/", {.https_only = true}), "it must begin with https://");
}

}  // namespace
}  // namespace carillon::http
