// Braces and apostrophes in Lua don't end its block.

#include "certs/scan/lua.hpp"

#include <gtest/gtest.h>

#include <string>

namespace carillon::certs {
namespace {

/// What is left behind the block.
std::string rest_of(std::string_view text) { return std::string(text.substr(end_of_lua_block(text, 0))); }

TEST(LuaBlock, EndsAtItsOwnBrace) {
  EXPECT_EQ(rest_of(" ngx.say(\"hi\") } rest"), " rest");
  EXPECT_EQ(rest_of(" local t = {a = {1, 2}} } rest"), " rest");
  EXPECT_EQ(rest_of(R"( ngx.say("}", '}', "it's \" }", 'a\'}') } rest)"), " rest");
  EXPECT_EQ(rest_of(" -- don't { stop\n return } rest"), " rest");
  EXPECT_EQ(rest_of(" --[[ } isn't\n } ]] --[==[ }]] ]=] }]==] } rest"), " rest");
  EXPECT_EQ(rest_of(" local s = [[ } ' ]] .. [=[ }]] ]=] } rest"), " rest");
  EXPECT_EQ(rest_of(" t[1] = t[t[2]] a = a - -1 } rest"), " rest");
  EXPECT_EQ(rest_of(" local s = 'not closed\n } rest"), " rest");
}

TEST(LuaBlock, ThatIsNotClosedEndsWithTheText) {
  for (const auto* text : {"", "{", "\"", "'\\", "--", "--[[", "[==[ ]=]", "[[ ]", "{{}"}) EXPECT_EQ(rest_of(text), "") << text;
}

}  // namespace
}  // namespace carillon::certs
