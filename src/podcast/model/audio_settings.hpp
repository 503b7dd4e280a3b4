#pragma once
// How the recordings of a show are processed, and what happens to them afterwards.

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace carillon::podcast {

/// What masters are leveled to (media/protocol/protocol.hpp).
enum class LoudnessHabit {
  standard,     ///< −16 LUFS, mono and stereo
  by_channels,  ///< −16 LUFS in stereo, −19 LUFS in mono: equally loud on two speakers
  off,          ///< as recorded; only peaks are limited
};
[[nodiscard]] std::string_view name_of(LoudnessHabit habit) noexcept;
[[nodiscard]] std::optional<LoudnessHabit> loudness_habit_from(std::string_view name) noexcept;

struct AudioSettings {
  LoudnessHabit loudness = LoudnessHabit::standard;
  bool as_uploaded = false;           ///< uploaded MP3s are served without encoding them again, where that's possible
  std::optional<int> keep_originals;  ///< days for which originals are kept after processing; 0: always; none: as the server is configured
  [[nodiscard]] bool operator==(const AudioSettings&) const = default;
};

/// LUFS of a master with that many channels; none: as recorded.
[[nodiscard]] std::optional<double> target_loudness(const AudioSettings& settings, int channels) noexcept;

/// The values to set; none leaves a value unchanged.
struct AudioSettingsEdit {
  std::optional<LoudnessHabit> loudness;
  std::optional<bool> as_uploaded;
  std::optional<std::optional<int>> keep_originals;
};
void apply(const AudioSettingsEdit& edit, AudioSettings& settings);

/// Written and read as {"loudness":"standard","as_uploaded":false,"keep_originals":null}, by the API and the database alike.
[[nodiscard]] boost::json::object document_of(const AudioSettings& settings);
/// `invalid` names the field: "audio.loudness".
[[nodiscard]] Result<AudioSettingsEdit> audio_settings_edit_from(const boost::json::object& document);

/// A hundred years.
inline constexpr int kMaxKeepOriginals = 36'500;

}  // namespace carillon::podcast
