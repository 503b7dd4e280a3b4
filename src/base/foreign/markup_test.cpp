#include "base/foreign/markup.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Markup, EscapesOnlyWhatSlackAndWebVttRead) {
  EXPECT_EQ(escaped_angles("a <b> & \"c\" 'd' &amp;"), "a &lt;b&gt; &amp; \"c\" 'd' &amp;amp;");
  EXPECT_EQ(escaped_angles(""), "");
}

}  // namespace
}  // namespace carillon
