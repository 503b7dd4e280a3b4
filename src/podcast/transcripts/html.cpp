// HTML transcripts of the Podcasting 2.0 namespace: <cite>Ada:</cite><time>0:53</time><p>…</p>, read with libxml2's HTML parser as a series
// of events, so that no tree of untrusted size is built.

#include "base/text.hpp"
#include "podcast/texts/lines.hpp"
#include "podcast/transcripts/cues.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

namespace carillon::podcast::transcripts {
namespace {

constexpr std::size_t kDeepest = 100;

struct Paragraph {
  std::string speaker;
  std::optional<std::chrono::milliseconds> start;
  std::string text;
};

enum class Within { text, cite, time };

/// What the parser's events amount to.
class Reader {
 public:
  void open(std::string_view name) {
    if (++depth_ > kDeepest) too_deep_ = true;
    if (is_dropped(name)) ++dropped_;
    if (is_block(name)) end_paragraph();
    if (name == "br") current_.text += ' ';
    if (name == "cite" || name == "time") {
      end_paragraph();
      within_ = name == "cite" ? Within::cite : Within::time;
      label_.clear();
    }
  }

  void close(std::string_view name) {
    if (depth_ > 0) --depth_;
    if (is_dropped(name) && dropped_ > 0) --dropped_;
    if (is_block(name)) end_paragraph();
    if (name == "cite" && within_ == Within::cite) {
      auto speaker = trimmed(label_);
      while (speaker.ends_with(':')) speaker = trimmed(speaker.substr(0, speaker.size() - 1));
      current_.speaker = speaker;
      within_ = Within::text;
    } else if (name == "time" && within_ == Within::time) {
      current_.start = texts::time_from(label_);
      if (!current_.start) bad_time_ = label_;
      within_ = Within::text;
    }
  }

  void add(std::string_view text) {
    if (dropped_ > 0) return;
    (within_ == Within::text ? current_.text : label_) += text;
  }

  void end_paragraph() {
    if (current_.text.find_first_not_of(" \t\r\n\f") == std::string::npos) {
      current_.text.clear();
      return;
    }
    paragraphs_.push_back(current_);
    current_ = {};
  }

  [[nodiscard]] bool too_deep() const noexcept { return too_deep_; }
  [[nodiscard]] const std::string& bad_time() const noexcept { return bad_time_; }
  [[nodiscard]] const std::vector<Paragraph>& paragraphs() const noexcept { return paragraphs_; }

 private:
  static bool is_dropped(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>({"script", "style", "head", "title", "template", "noscript"});
    return std::ranges::find(kNames, name) != kNames.end();
  }
  static bool is_block(std::string_view name) {
    constexpr auto kNames =
        std::to_array<std::string_view>({"p",  "div", "section",    "article", "body", "li",    "ul", "ol", "h1", "h2",   "h3", "h4",
                                         "h5", "h6",  "blockquote", "tr",      "td",   "table", "dl", "dt", "dd", "main", "hr"});
    return std::ranges::find(kNames, name) != kNames.end();
  }

  Paragraph current_;
  std::string label_;
  Within within_ = Within::text;
  std::vector<Paragraph> paragraphs_;
  std::size_t depth_ = 0, dropped_ = 0;
  bool too_deep_ = false;
  std::string bad_time_;
};

std::string_view view(const xmlChar* text) { return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text); }

/// A run of white space in HTML is one space.
std::string collapsed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
    if (!space)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  return result;
}

/// As much of a long speech as fits into a cue, up to a space.
std::string_view piece_of(std::string_view words) {
  if (words.size() <= kLongestCue) return words;
  const auto piece = cut_to(words, kLongestCue);
  const auto space = piece.rfind(' ');
  return space == std::string_view::npos || space == 0 ? piece : piece.substr(0, space);
}

}  // namespace

Result<HtmlTranscript> parse_html(std::string_view text, Repairs& repairs) {
  Reader reader;
  struct State {
    Reader& reader;
    htmlParserCtxtPtr parser = nullptr;
  } state{reader};
  xmlSAXHandler events{};
  events.startElement = [](void* data, const xmlChar* name, const xmlChar**) {
    auto& to = *static_cast<State*>(data);
    to.reader.open(view(name));
    if (to.reader.too_deep()) xmlStopParser(to.parser);
  };
  events.endElement = [](void* data, const xmlChar* name) { static_cast<State*>(data)->reader.close(view(name)); };
  events.characters = [](void* data, const xmlChar* bytes, int length) {
    static_cast<State*>(data)->reader.add({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)});
  };
  events.ignorableWhitespace = events.characters;
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser{
      htmlCreatePushParserCtxt(&events, &state, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8), &htmlFreeParserCtxt};
  if (!parser) return fail(ErrorKind::unavailable, "There isn't enough memory to read the transcript.", "transcript");
  state.parser = parser.get();
  htmlCtxtUseOptions(parser.get(), HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
  constexpr std::size_t kPiece = 64 * 1024;
  for (std::size_t at = 0; at < text.size() && !reader.too_deep(); at += kPiece) {
    const auto piece = text.substr(at, kPiece);
    htmlParseChunk(parser.get(), piece.data(), static_cast<int>(piece.size()), 0);
  }
  if (!reader.too_deep()) htmlParseChunk(parser.get(), nullptr, 0, 1);
  if (reader.too_deep())
    return fail(ErrorKind::invalid, "The transcript has more than " + std::to_string(kDeepest) + " HTML elements inside each other.",
                "transcript");
  reader.end_paragraph();
  if (!reader.bad_time().empty())
    return fail(ErrorKind::invalid, "“" + std::string(cut_to(tidy(reader.bad_time()), 40)) + "” in <time> isn't a time, e.g. “1:02:03”.",
                "transcript");

  HtmlTranscript transcript;
  const auto& paragraphs = reader.paragraphs();
  if (std::ranges::none_of(paragraphs, [](const Paragraph& each) { return each.start.has_value(); })) {
    for (const auto& each : paragraphs) {
      auto line = collapsed(each.text);
      if (!each.speaker.empty()) line.insert(0, each.speaker + ": ");
      transcript.paragraphs += line + "\n\n";
    }
    return transcript;
  }
  Cues cues{repairs};
  std::optional<std::chrono::milliseconds> start;
  std::string speaker;
  bool left_out = false;
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    const auto& each = paragraphs[i];
    // A paragraph without a time is another one of the same speech.
    if (each.start || !each.speaker.empty()) speaker = each.speaker;
    if (each.start) start = each.start;
    left_out = left_out || !start;
    if (!start) continue;
    const auto words = collapsed(each.text);
    for (std::string_view rest = words; !rest.empty();) {
      const auto piece = piece_of(rest);
      if (auto added = cues.add({*start, {}, speaker, std::string(piece)}, std::nullopt, {"paragraph", i + 1}); !added)
        return forward_error(added);
      rest.remove_prefix(piece.size());
    }
  }
  if (left_out) repairs.say("Text before the first time was left out.");
  auto finished = cues.finish();
  if (!finished) return forward_error(finished);
  transcript.cues = std::move(*finished);
  return transcript;
}

}  // namespace carillon::podcast::transcripts
