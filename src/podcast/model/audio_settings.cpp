// See audio_settings.hpp.

#include "podcast/model/audio_settings.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace carillon::podcast {
namespace {

constexpr std::array<std::string_view, 3> kHabits{"standard", "by_channels", "off"};
constexpr double kStandardLoudness = -16, kMonoLoudness = -19;

std::unexpected<Error> wrong(const std::string& field, std::string_view wanted) {
  return fail(ErrorKind::invalid, "“audio." + field + "” must be " + std::string(wanted) + ".", "audio." + field);
}

}  // namespace

std::string_view name_of(LoudnessHabit habit) noexcept { return kHabits[static_cast<std::size_t>(habit)]; }

std::optional<LoudnessHabit> loudness_habit_from(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kHabits, name);
  if (found == kHabits.end()) return {};
  return static_cast<LoudnessHabit>(found - kHabits.begin());
}

std::optional<double> target_loudness(const AudioSettings& settings, int channels) noexcept {
  if (settings.loudness == LoudnessHabit::off) return {};
  return settings.loudness == LoudnessHabit::by_channels && channels == 1 ? kMonoLoudness : kStandardLoudness;
}

void apply(const AudioSettingsEdit& edit, AudioSettings& settings) {
  if (edit.loudness) settings.loudness = *edit.loudness;
  if (edit.as_uploaded) settings.as_uploaded = *edit.as_uploaded;
  if (edit.keep_originals) settings.keep_originals = *edit.keep_originals;
}

boost::json::object document_of(const AudioSettings& settings) {
  return {{"loudness", name_of(settings.loudness)},
          {"as_uploaded", settings.as_uploaded},
          {"keep_originals", settings.keep_originals ? boost::json::value(*settings.keep_originals) : boost::json::value(nullptr)}};
}

Result<AudioSettingsEdit> audio_settings_edit_from(const boost::json::object& document) {
  AudioSettingsEdit edit;
  for (const auto& member : document) {
    const std::string name{member.key()};
    const auto& value = member.value();
    if (name == "loudness") {
      const auto* text = value.if_string();
      edit.loudness = text ? loudness_habit_from(std::string_view(*text)) : std::nullopt;
      if (!edit.loudness) return wrong(name, "standard (−16 LUFS), by_channels (−19 in mono, −16 in stereo) or off");
    } else if (name == "as_uploaded") {
      if (!value.is_bool()) return wrong(name, "true or false");
      edit.as_uploaded = value.get_bool();
    } else if (name == "keep_originals") {
      const auto* days = value.if_int64();
      if (!value.is_null() && (!days || *days < 0 || *days > kMaxKeepOriginals))
        return wrong(name, "a number of days, 0 (always) or null (as the server is configured)");
      edit.keep_originals = days ? std::optional{static_cast<int>(*days)} : std::nullopt;
    } else {
      return fail(ErrorKind::invalid, "“audio." + name + "” isn't a setting; there are loudness, as_uploaded and keep_originals.",
                  "audio." + name);
    }
  }
  return edit;
}

}  // namespace carillon::podcast
