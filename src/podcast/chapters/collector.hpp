#pragma once
// Code shared by the parsers of chapters. Only for podcast/chapters/.

#include "podcast/chapters/chapters.hpp"
#include "podcast/texts/repairs.hpp"

namespace carillon::podcast::chapters {

using texts::Repair;
using texts::Repairs;

/// Collects the chapters of another program's file: titles become one clean line, links that aren't web addresses are left out, and
/// chapters out of order are moved, all of which is reported.
class Collector {
 public:
  /// `unit` names places in messages: "line".
  Collector(std::string_view unit, Repairs& repairs) : unit_{unit}, repairs_{repairs} {}
  /// `too_large` beyond kMaxChapters; `invalid` if the title is too long or the chapter ends before it starts.
  [[nodiscard]] Result<> add(Chapter chapter, std::size_t number);
  [[nodiscard]] Result<std::vector<Chapter>> finish();

 private:
  std::string_view unit_;
  Repairs& repairs_;
  std::vector<Chapter> chapters_;
  std::chrono::milliseconds latest_{};
};

/// In order of time; those at the same time stay as they are.
void sort_by_time(std::vector<Chapter>& chapters);

/// Chapters of the namespace's JSON; out of order only if `repairs` is given, which then has them.
Result<Chapters> parse_namespace_json(std::string_view text, Repairs* repairs);
/// Podlove's JSON: [{"start":"00:00:00.000","title":"…","href":"…","image":"…"}], perhaps within {"chapters":…}.
Result<std::vector<Chapter>> parse_podlove_json(std::string_view text, Repairs& repairs);
/// Whether a JSON document has chapters as Podlove writes them.
bool is_podlove_json(std::string_view text);
/// Podlove Simple Chapters 1.x.
Result<std::vector<Chapter>> parse_simple_chapters(std::string_view xml, Repairs& repairs);
/// MP4Chaps or Audacity's labels.
Result<std::vector<Chapter>> parse_lines(std::string_view text, Repairs& repairs);

}  // namespace carillon::podcast::chapters
