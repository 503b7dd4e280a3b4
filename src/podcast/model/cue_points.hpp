#pragma once
// Cue points: places in an episode where advertisements may go, and parts that are left out. Pure.

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon::podcast {

enum class CueKind {
  preroll,   ///< before or at the beginning
  midroll,   ///< within the episode
  postroll,  ///< at or after the end
  remove,    ///< not a place for advertisements: the part from `at` to `until` is left out
};
[[nodiscard]] std::string_view name_of(CueKind kind) noexcept;
[[nodiscard]] std::optional<CueKind> cue_kind_from(std::string_view name) noexcept;

struct CuePoint {
  std::chrono::milliseconds at{};  ///< in the episode without advertisements
  CueKind kind = CueKind::midroll;
  int slots = 1;                                   ///< advertisements that may go here; 0 for `remove`
  std::optional<std::chrono::milliseconds> until;  ///< of `remove`
  [[nodiscard]] bool operator==(const CuePoint&) const = default;
};

inline constexpr std::size_t kMaxCuePoints = 100;
inline constexpr int kMaxSlots = 10;

/// As INTERFACE has them: `[{"at_seconds":0,"kind":"preroll","slots":1}]`. `until_seconds` only of `remove`.
[[nodiscard]] boost::json::array document_of(const std::vector<CuePoint>& points);
/// Sorted by time. `invalid` names the field: "cue_points[2].kind".
[[nodiscard]] Result<std::vector<CuePoint>> cue_points_from(const boost::json::value& document);

/// Whether they fit into a recording of that length: none after its end, and at least a second of it left. A postroll up to a second after
/// the end is moved there, because programs round.
[[nodiscard]] Result<> fit_into(std::chrono::microseconds duration, std::vector<CuePoint>& points);

}  // namespace carillon::podcast
