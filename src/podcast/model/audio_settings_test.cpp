#include "podcast/model/audio_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;

Result<AudioSettingsEdit> edit_of(std::string_view text) { return audio_settings_edit_from(boost::json::parse(text).as_object()); }

TEST(AudioSettings, AreReadAsTheyWereWritten) {
  for (const auto habit : {LoudnessHabit::standard, LoudnessHabit::by_channels, LoudnessHabit::off}) {
    for (const auto days : {std::optional<int>{}, std::optional{0}, std::optional{30}}) {
      const AudioSettings settings{.loudness = habit, .as_uploaded = days.has_value(), .keep_originals = days};
      const auto edit = audio_settings_edit_from(document_of(settings));
      ASSERT_TRUE(edit);
      AudioSettings read{.loudness = LoudnessHabit::off, .as_uploaded = true, .keep_originals = 7};
      apply(*edit, read);
      EXPECT_EQ(read, settings);
    }
  }
}

TEST(AudioSettings, ChangeOnlyWhatIsSaid) {
  AudioSettings settings{.loudness = LoudnessHabit::off, .as_uploaded = true, .keep_originals = 7};
  apply(edit_of(R"({"keep_originals":null})").value(), settings);
  EXPECT_EQ(settings, (AudioSettings{.loudness = LoudnessHabit::off, .as_uploaded = true, .keep_originals = {}}));
}

TEST(AudioSettings, NameTheFieldThatIsWrong) {
  for (const auto& [text, field] :
       {std::pair{R"({"loudness":"loud"})", "audio.loudness"}, std::pair{R"({"loudness":-16})", "audio.loudness"},
        std::pair{R"({"loudness":null})", "audio.loudness"}, std::pair{R"({"as_uploaded":1})", "audio.as_uploaded"},
        std::pair{R"({"keep_originals":-1})", "audio.keep_originals"}, std::pair{R"({"keep_originals":36501})", "audio.keep_originals"},
        std::pair{R"({"keep_originals":1.5})", "audio.keep_originals"}, std::pair{R"({"keep_orginals":1})", "audio.keep_orginals"}}) {
    const auto edit = edit_of(text);
    ASSERT_FALSE(edit) << text;
    EXPECT_EQ(edit.error().field, field);
    EXPECT_THAT(edit.error().message, HasSubstr(field));
  }
}

TEST(AudioSettings, SayWhatMastersAreLeveledTo) {
  EXPECT_EQ(target_loudness({}, 1), -16);
  EXPECT_EQ(target_loudness({}, 2), -16);
  EXPECT_EQ(target_loudness({.loudness = LoudnessHabit::by_channels}, 1), -19);
  EXPECT_EQ(target_loudness({.loudness = LoudnessHabit::by_channels}, 2), -16);
  EXPECT_FALSE(target_loudness({.loudness = LoudnessHabit::off}, 2));
}

}  // namespace
}  // namespace carillon::podcast
