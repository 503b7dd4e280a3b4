#pragma once
// What was corrected in a file when it was read, in sentences for its publisher. Pure.

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast::texts {

enum class Repair {
  no_signature,   ///< WebVTT without its first line
  no_blank_line,  ///< between two cues
  unusual_time,   ///< 0.860, 00:01,5
  order,          ///< not in the order of time
  ends_early,     ///< a cue ends a moment before it starts
  loose_text,     ///< text behind a blank line in a cue
  bad_link,       ///< a link of a chapter that isn't a web address
};
inline constexpr std::size_t kRepairKinds = 7;

/// Counts corrections and remembers the first few places of each kind.
class Repairs {
 public:
  /// `unit` and `number` are the place: "line" 17.
  void note(Repair kind, std::string_view unit, std::size_t number);
  /// A sentence of its own, at the beginning of the list.
  void say(std::string sentence) { said_.push_back(std::move(sentence)); }
  /// One for each kind, each with the places.
  [[nodiscard]] std::vector<std::string> sentences() const;

 private:
  struct Places {
    std::string_view unit;  ///< outlives this: a literal
    std::vector<std::size_t> first;
    std::size_t count = 0;
  };
  std::vector<std::string> said_;
  std::array<Places, kRepairKinds> kinds_;
};

}  // namespace carillon::podcast::texts
