// See reading.hpp.

#include "podcast/chapters/reading.hpp"

#include "base/text.hpp"
#include "podcast/chapters/collector.hpp"

namespace carillon::podcast {
namespace {

/// The encoding that an XML declaration names; "" if there is none.
std::string charset_of_xml(std::string_view bytes) {
  constexpr std::size_t kLongestDeclaration = 200;
  if (!bytes.starts_with("<?xml")) return {};
  auto head = bytes.substr(0, kLongestDeclaration);
  head = head.substr(0, head.find("?>"));
  const auto at = head.find("encoding=");
  if (at == std::string_view::npos) return {};
  head.remove_prefix(at + std::string_view("encoding=").size());
  if (head.empty() || (head[0] != '"' && head[0] != '\'')) return {};
  return std::string(head.substr(1, head.find(head[0], 1) - 1));
}

Result<Chapters> parsed(std::string_view text, texts::Repairs& repairs) {
  const auto start = text.find_first_not_of(" \t\r\n");
  const char first = start == std::string_view::npos ? '\0' : text[start];
  const auto of = [](Result<std::vector<Chapter>> items) -> Result<Chapters> {
    if (!items) return forward_error(items);
    Chapters read;
    read.items = std::move(*items);
    return read;
  };
  if (first == '<') return of(chapters::parse_simple_chapters(text, repairs));
  if (first >= '0' && first <= '9') return of(chapters::parse_lines(text, repairs));
  if (first == '[' || chapters::is_podlove_json(text)) return of(chapters::parse_podlove_json(text, repairs));
  if (first == '{') return chapters::parse_namespace_json(text, &repairs);
  return fail(ErrorKind::invalid,
              "The chapters must be JSON of the Podcasting 2.0 namespace, Podlove's JSON or XML, or lines with a time and a title each, "
              "e.g. “00:01:02.500 "
              "The bell”.",
              "chapters");
}

}  // namespace

Result<ReadChapters> read_chapters(std::string_view bytes, const texts::Charset& charset, std::string_view language) {
  const auto too_large = [](std::size_t size) {
    return fail(ErrorKind::too_large, "The chapters document has " + std::to_string(size) + " bytes; at most " +
                                          std::to_string(kLargestChapters) + " are allowed.");
  };
  if (bytes.size() > kLargestChapters) return too_large(bytes.size());
  auto declared = charset;
  if (declared.name.empty()) declared.name = charset_of_xml(bytes);
  const auto decoded = texts::decode_text(bytes, declared, language, "The file", "chapters");
  if (!decoded) return std::unexpected(decoded.error());
  if (decoded->text.size() > kLargestChapters) return too_large(decoded->text.size());
  texts::Repairs repairs;
  if (decoded->charset != "UTF-8") repairs.say("The file was in " + decoded->charset + " and was converted to UTF-8.");
  auto chapters = parsed(decoded->text, repairs);
  if (!chapters) return forward_error(chapters);
  return ReadChapters{std::move(*chapters), repairs.sentences()};
}

}  // namespace carillon::podcast
