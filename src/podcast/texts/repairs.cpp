// See repairs.hpp.

#include "podcast/texts/repairs.hpp"

namespace carillon::podcast::texts {
namespace {

constexpr std::size_t kPlaces = 3;

struct Wording {
  std::string_view one;   ///< the sentence for one place, without its end
  std::string_view many;  ///< "#" becomes the count
};

Wording wording_of(Repair kind) {
  switch (kind) {
    case Repair::no_signature:
      return {"The first line, “WEBVTT”, was missing and was added", ""};
    case Repair::no_blank_line:
      return {"A blank line between two cues was missing and was added",
              "Blank lines between cues were missing in # places and were added"};
    case Repair::unusual_time:
      return {"An unusual notation of time was converted", "# unusual notations of time were converted"};
    case Repair::order:
      return {"One entry wasn't in chronological order and was moved", "# entries weren't in chronological order and were moved"};
    case Repair::ends_early:
      return {"One entry ended before it started; its end was corrected", "# entries ended before they started; their ends were corrected"};
    case Repair::loose_text:
      return {"Text without a time was added to the cue above it", "Text without a time was added to the cue above it in # places"};
    case Repair::bad_link:
      return {"A link that isn't a web address was left out", "# links that aren't web addresses were left out"};
  }
  return {};
}

}  // namespace

void Repairs::note(Repair kind, std::string_view unit, std::size_t number) {
  auto& places = kinds_.at(static_cast<std::size_t>(kind));
  places.unit = unit;
  ++places.count;
  if (places.first.size() < kPlaces && (places.first.empty() || places.first.back() != number)) places.first.push_back(number);
}

std::vector<std::string> Repairs::sentences() const {
  auto sentences = said_;
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const auto& places = kinds_.at(kind);
    if (places.count == 0) continue;
    const auto words = wording_of(static_cast<Repair>(kind));
    auto sentence = std::string(places.count == 1 || words.many.empty() ? words.one : words.many);
    if (const auto at = sentence.find('#'); at != std::string::npos) sentence.replace(at, 1, std::to_string(places.count));
    const bool more = places.count > places.first.size();
    sentence += " (" + std::string(places.unit) + (places.first.size() > 1 ? "s " : " ");
    for (std::size_t i = 0; i < places.first.size(); ++i)
      sentence += (i == 0 ? "" : i + 1 == places.first.size() && !more ? " and " : ", ") + std::to_string(places.first[i]);
    if (more) sentence += " …";
    sentences.push_back(sentence + ").");
  }
  return sentences;
}

}  // namespace carillon::podcast::texts
