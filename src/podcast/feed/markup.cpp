// See markup.hpp.

#include "podcast/feed/markup.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/feed/references.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace carillon::podcast {
namespace {

enum class Kind {
  unwrapped,  ///< its content is kept
  block,      ///< likewise, and it ends a paragraph
  paragraph,  ///< these come out …
  heading,
  list,
  item,
  quote,
  preformatted,
  formatting,
  link,
  line_break,
  picture,       ///< its alternative text comes out
  rule,          ///< … up to here
  dropped,       ///< with everything up to its own closing tag
  dropped_text,  ///< likewise; markup in it is text (HTML §13.2.5.2–4)
  dropped_rest,  ///< with everything that follows
};

struct Element {
  std::string_view name;
  Kind kind;
  std::string_view written{};  ///< the name it comes out with
};

constexpr auto kElements = std::to_array<Element>({
    {"a", Kind::link, "a"},
    {"address", Kind::block},
    {"article", Kind::block},
    {"aside", Kind::block},
    {"b", Kind::formatting, "strong"},
    {"blockquote", Kind::quote, "blockquote"},
    {"br", Kind::line_break, "br"},
    {"center", Kind::block},
    {"code", Kind::formatting, "code"},
    {"dd", Kind::block},
    {"details", Kind::block},
    {"dialog", Kind::block},
    {"dir", Kind::block},
    {"div", Kind::block},
    {"dl", Kind::block},
    {"dt", Kind::block},
    {"em", Kind::formatting, "em"},
    {"fieldset", Kind::block},
    {"figcaption", Kind::block},
    {"figure", Kind::block},
    {"footer", Kind::block},
    {"form", Kind::block},
    // The page has its own first and second heading.
    {"h1", Kind::heading, "h3"},
    {"h2", Kind::heading, "h3"},
    {"h3", Kind::heading, "h3"},
    {"h4", Kind::heading, "h4"},
    {"h5", Kind::heading, "h5"},
    {"h6", Kind::heading, "h6"},
    {"header", Kind::block},
    {"hgroup", Kind::block},
    {"hr", Kind::rule, "hr"},
    {"i", Kind::formatting, "em"},
    {"iframe", Kind::dropped_text},
    {"img", Kind::picture},
    {"li", Kind::item, "li"},
    {"main", Kind::block},
    {"math", Kind::dropped},
    {"menu", Kind::block},
    {"nav", Kind::block},
    {"noembed", Kind::dropped_text},
    {"noframes", Kind::dropped_text},
    {"noscript", Kind::dropped},
    {"object", Kind::dropped},
    {"ol", Kind::list, "ol"},
    {"p", Kind::paragraph, "p"},
    {"plaintext", Kind::dropped_rest},
    {"pre", Kind::preformatted, "pre"},
    {"script", Kind::dropped_text},
    {"section", Kind::block},
    {"select", Kind::dropped},
    {"strong", Kind::formatting, "strong"},
    {"style", Kind::dropped_text},
    {"summary", Kind::block},
    {"svg", Kind::dropped},
    {"table", Kind::block},
    {"template", Kind::dropped},
    {"textarea", Kind::dropped_text},
    {"title", Kind::dropped_text},
    {"ul", Kind::list, "ul"},
    {"xmp", Kind::dropped_text},
});
static_assert(std::ranges::is_sorted(kElements, {}, &Element::name));

Element element_named(std::string_view name) {
  const auto lower = lower_ascii(name.substr(0, 32));
  const auto found = std::ranges::lower_bound(kElements, std::string_view(lower), {}, &Element::name);
  return found != kElements.end() && found->name == lower ? *found : Element{.name = {}, .kind = Kind::unwrapped};
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr std::string_view kBlanks = " \t\n\r\f";
bool is_blank(char c) { return kBlanks.contains(c); }

/// An address a reader may be sent to; browsers ignore blanks and control characters in a scheme, so they are gone before it is looked at.
std::string safe_address(std::string_view address) {
  std::string clean;
  for (const char c : address) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) clean += c;
  }
  const auto lower = lower_ascii(std::string_view(clean).substr(0, 16));
  for (const std::string_view scheme : {"https://", "http://", "mailto:"}) {
    if (lower.starts_with(scheme) && clean.size() > scheme.size()) return clean;
  }
  return {};
}

/// References may stand for what neither HTML nor XML has a place for, and cmark writes some of them as bytes that are no UTF-8.
std::string printable(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 || c == '\t' || c == '\n')
      result += c;
    else if (c == '\r')
      result += '\n';
    else
      result += kReplacement;
  }
  return clean_for_xml(result);
}

/// An address within a text.
struct Address {
  std::size_t at = 0, length = 0;
  std::string link;
};

bool is_address_blank(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>' || c == '"'; }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }
bool is_host(char c) { return is_word(c) || c == '-' || c == '.'; }

/// As readers' browsers send it: letters of other writings stay in the text, and are percent-encoded in the link.
std::string encoded_address(std::string_view address) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : address) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      encoded += c;
    else
      encoded.append("%").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xFU]);
  }
  return encoded;
}

/// How much of `text`, which begins with an address, belongs to it: not the full stop of the sentence, nor the bracket around it (GitHub
/// Flavored Markdown §6.9).
std::size_t length_of_address(std::string_view text) {
  auto length = static_cast<std::size_t>(std::ranges::find_if(text, is_address_blank) - text.begin());
  std::ptrdiff_t unopened = std::ranges::count(text.substr(0, length), ')') - std::ranges::count(text.substr(0, length), '(');
  while (length > 0) {
    const auto whole = text.substr(0, length);
    if (std::string_view("?!.,:;*_~'").contains(whole.back())) {
      --length;
    } else if (whole.back() == ')' && unopened > 0) {
      --length, --unopened;
    } else {
      break;
    }
  }
  return length;
}

/// The first web or mail address in `text`. Linear.
std::optional<Address> next_address(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins = i == 0 || !is_word(text[i - 1]);
    if (begins && (c == 'h' || c == 'H' || c == 'w' || c == 'W')) {
      const auto start = lower_ascii(text.substr(i, 8));
      const std::size_t scheme = start.starts_with("https://") ? 8 : start.starts_with("http://") ? 7 : 0;
      const bool bare = start.starts_with("www.");
      if (scheme == 0 && !bare) continue;
      const auto length = length_of_address(text.substr(i));
      const auto whole = text.substr(i, length);
      const auto host = whole.substr(std::min(scheme, length));
      // A host, with a dot in it where nothing else says that it is one.
      if (host.empty() || !is_word(host.front()) || (bare && (host.size() <= 4 || !host.substr(4).contains('.')))) {
        i += length;
        continue;
      }
      return Address{.at = i, .length = length, .link = encoded_address((bare ? "https://" : "") + std::string(whole))};
    }
    if (c != '@' || i == 0) continue;
    const auto is_local = [](char each) {
      return is_letter(each) || (each >= '0' && each <= '9') || std::string_view("._+-").contains(each);
    };
    constexpr std::size_t kLongestLocal = 64;  // RFC 5321 §4.5.3.1
    auto begin = i;
    while (begin > 0 && i - begin < kLongestLocal && is_local(text[begin - 1])) --begin;
    while (begin < i && !is_letter(text[begin]) && !(text[begin] >= '0' && text[begin] <= '9')) ++begin;
    auto rest = text.substr(i + 1);
    rest = rest.substr(
        0, static_cast<std::size_t>(
               std::ranges::find_if(rest, [](char each) { return static_cast<unsigned char>(each) >= 0x80 || !is_host(each); }) -
               rest.begin()));
    while (!rest.empty() && (rest.back() == '.' || rest.back() == '-')) rest.remove_suffix(1);
    if (begin == i || (begin > 0 && is_word(text[begin - 1])) || !rest.contains('.') || rest.starts_with('.') || rest.contains("..")) {
      i += rest.size();
      continue;
    }
    const auto length = i + 1 + rest.size() - begin;
    return Address{.at = begin, .length = length, .link = "mailto:" + std::string(text.substr(begin, length))};
  }
  return {};
}

struct Tag {
  Element element;
  bool closes = false;
  bool empty = false;  ///< "<x/>"
  std::optional<std::string_view> href{}, alt{}, start{};
};

/// Where the words of HTML begin and end (HTML §13.2.5), as far as the allow-list needs to know.
class Scanner {
 public:
  explicit Scanner(std::string_view html) : rest_{html} {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// Text up to the next tag or comment; "" when there is none before it.
  std::string_view text() {
    std::size_t end = 0;
    while (true) {
      end = rest_.find('<', end);
      if (end == std::string_view::npos || end + 1 == rest_.size()) return taken(rest_.size());
      const char next = rest_[end + 1];
      if (is_letter(next) || next == '/' || next == '!' || next == '?') return taken(end);
      ++end;
    }
  }

  /// After text(): the tag there; none for a comment, or for a tag that never ends, which swallows the rest.
  std::optional<Tag> tag() {
    if (rest_.starts_with("<!--")) {
      skip_comment();
      return {};
    }
    Tag tag;
    rest_.remove_prefix(1);
    tag.closes = rest_.starts_with('/');
    if (tag.closes) rest_.remove_prefix(1);
    if (rest_.empty() || !is_letter(rest_.front())) {
      skip_past('>');  // a comment to browsers
      return {};
    }
    tag.element = element_named(taken(end_of_name("/>")));
    if (!skip_attributes(tag)) return {};
    return tag;
  }

  /// Everything up to the closing tag `name`, which is lower case.
  void skip_to_closing(std::string_view name) {
    while (true) {
      const auto next = rest_.find("</");
      if (next == std::string_view::npos) break;
      rest_.remove_prefix(next);
      const auto after = rest_.substr(2);
      if (equal_ignoring_case(after.substr(0, name.size()), name) &&
          (after.size() == name.size() || is_blank(after[name.size()]) || after[name.size()] == '/' || after[name.size()] == '>'))
        return;
      rest_.remove_prefix(2);
    }
    skip_rest();
  }

  void skip_rest() { rest_ = {}; }

 private:
  std::string_view taken(std::size_t length) {
    const auto front = rest_.substr(0, length);
    rest_.remove_prefix(front.size());
    return front;
  }
  void skip_past(char c) {
    const auto end = rest_.find(c);
    end == std::string_view::npos ? skip_rest() : rest_.remove_prefix(end + 1);
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }
  /// How far it is to a blank or one of `stops`.
  [[nodiscard]] std::size_t end_of_name(std::string_view stops) const {
    return static_cast<std::size_t>(std::ranges::find_if(rest_, [&](char c) { return is_blank(c) || stops.contains(c); }) - rest_.begin());
  }

  void skip_comment() {
    rest_.remove_prefix(4);
    if (rest_.starts_with('>') || rest_.starts_with("->")) return skip_past('>');
    for (auto dashes = rest_.find("--"); dashes != std::string_view::npos; dashes = rest_.find("--", 1)) {
      rest_.remove_prefix(dashes);
      const auto after = rest_.substr(2);
      if (after.starts_with('>') || after.starts_with("!>")) return skip_past('>');
    }
    skip_rest();
  }

  /// False when the tag never ends.
  bool skip_attributes(Tag& tag) {
    while (true) {
      skip_blanks();
      if (rest_.empty()) return false;
      if (rest_.front() == '>') {
        rest_.remove_prefix(1);
        return true;
      }
      if (rest_.front() == '/') {
        rest_.remove_prefix(1);
        tag.empty = rest_.starts_with('>');
        continue;
      }
      // A name may begin with an equals sign, and holds none.
      const bool equals_first = rest_.front() == '=';
      const auto whole = rest_;
      if (equals_first) rest_.remove_prefix(1);
      const auto length = end_of_name("/>=") + (equals_first ? 1 : 0);
      rest_ = whole;
      const auto name = taken(length);
      skip_blanks();
      if (!rest_.starts_with('=')) continue;
      rest_.remove_prefix(1);
      skip_blanks();
      std::string_view value;
      if (rest_.starts_with('"') || rest_.starts_with('\'')) {
        const char quote = rest_.front();
        rest_.remove_prefix(1);
        const auto end = rest_.find(quote);
        if (end == std::string_view::npos) {
          skip_rest();
          return false;
        }
        value = taken(end);
        rest_.remove_prefix(1);
      } else {
        value = taken(end_of_name(">"));
      }
      if (!tag.href && equal_ignoring_case(name, "href")) tag.href = value;
      if (!tag.alt && equal_ignoring_case(name, "alt")) tag.alt = value;
      if (!tag.start && equal_ignoring_case(name, "start")) tag.start = value;
    }
  }

  std::string_view rest_;
};

class Cleaner {
 public:
  Cleaner(std::string_view html, std::size_t most) : scanner_{html}, most_{most} {}

  Result<std::string> clean() {
    while (!scanner_.at_end()) {
      const auto text = scanner_.text();
      if (dropping_ == 0 && !text.empty()) text_ += printable(with_references_resolved(text));
      if (!scanner_.at_end()) {
        if (const auto tag = scanner_.tag()) take(*tag);
      }
      if (open_.size() > kDeepestMarkup)
        return fail(ErrorKind::invalid, "nests lists, quotes or other elements more than " + std::to_string(kDeepestMarkup) + " deep");
      if (out_.size() > most_) return too_long();
    }
    close_down_to(0);
    flush();
    if (out_.size() > most_) return too_long();
    return std::string(trimmed(out_));
  }

 private:
  struct Open {
    Kind kind;
    std::string_view name;  ///< as it comes out
    bool written;
  };
  static bool is_inline(Kind kind) { return kind == Kind::formatting || kind == Kind::link; }

  [[nodiscard]] std::unexpected<Error> too_long() const {
    return fail(ErrorKind::invalid, "has more than " + std::to_string(most_) + " bytes as HTML");
  }

  /// Writes the text that waits, with its addresses as links where links may stand. Before any markup: an address may be told in pieces,
  /// with unwrapped elements between them.
  void flush() {
    const bool plain = std::ranges::any_of(open_, [](const Open& each) {
      return each.written &&
             (each.kind == Kind::link || each.kind == Kind::preformatted || (each.kind == Kind::formatting && each.name == "code"));
    });
    std::string_view text = text_;
    while (!plain) {
      const auto found = next_address(text);
      if (!found) break;
      out_ += escaped_markup(text.substr(0, found->at));
      out_ += R"(<a href=")" + escaped_markup(found->link) + R"(" rel="noopener nofollow">)" +
              escaped_markup(text.substr(found->at, found->length)) + "</a>";
      text.remove_prefix(found->at + found->length);
    }
    out_ += escaped_markup(text);
    text_.clear();
  }

  void take(const Tag& tag) {
    if (dropping_ > 0) return take_dropped(tag);
    tag.closes ? take_closing(tag.element) : take_opening(tag);
  }

  void take_dropped(const Tag& tag) {
    if (tag.element.kind == Kind::dropped_text && !tag.closes) return scanner_.skip_to_closing(tag.element.name);
    if (tag.element.name != dropped_) return;
    if (tag.closes)
      --dropping_;
    else if (!tag.empty)
      ++dropping_;
  }

  void take_opening(const Tag& tag) {
    const auto& element = tag.element;
    switch (element.kind) {
      case Kind::unwrapped:
        return;
      case Kind::block:
        return close_paragraph();
      case Kind::dropped:
        // Only foreign elements can be empty.
        if (tag.empty && (element.name == "svg" || element.name == "math")) return;
        dropped_ = element.name;
        dropping_ = 1;
        return;
      case Kind::dropped_text:
        return scanner_.skip_to_closing(element.name);
      case Kind::dropped_rest:
        return scanner_.skip_rest();
      case Kind::rule:
        close_paragraph();
        [[fallthrough]];
      case Kind::line_break:
        flush();
        out_.append("<").append(element.written).append(" />");
        return;
      case Kind::link:
        return open_link(tag);
      case Kind::picture:
        if (tag.alt) text_ += std::string(trimmed(one_line(printable(with_references_resolved(*tag.alt)))));
        return;
      case Kind::formatting:
        return open(element, {});
      case Kind::item:
        close_item();
        break;
      case Kind::heading:
        close_paragraph();
        if (const auto place = innermost(Kind::heading, {}, is_inline)) close_down_to(*place);
        break;
      case Kind::list:
        close_paragraph();
        return open(element, element.written == "ol" ? start_of(tag) : std::string{});
      case Kind::paragraph:
      case Kind::quote:
      case Kind::preformatted:
        break;
    }
    close_paragraph();
    open(element, {});
  }

  /// Where a list counts from, unless it is 1.
  static std::string start_of(const Tag& tag) {
    constexpr std::size_t kMaxDigits = 9;
    const auto digits = tag.start ? trimmed(*tag.start) : std::string_view{};
    const auto number = digits.size() <= kMaxDigits ? parse_number(digits) : std::nullopt;
    return number && *number != 1 ? " start=\"" + std::to_string(*number) + "\"" : std::string{};
  }

  void open_link(const Tag& tag) {
    // No link stands within another one.
    if (const auto place = innermost(Kind::link, {}, is_inline)) close_down_to(*place);
    const auto address = tag.href ? safe_address(with_references_resolved(*tag.href)) : std::string{};
    const bool within = std::ranges::any_of(open_, [](const Open& each) { return each.kind == Kind::link && each.written; });
    auto element = tag.element;
    if (address.empty() || within) element.written = {};
    open(element, " href=\"" + escaped_markup(printable(address)) + "\" rel=\"noopener nofollow\"");
  }

  void open(const Element& element, std::string_view attributes) {
    const bool written = !element.written.empty() && written_ < kDeepestWritten;
    if (written) flush();
    open_.push_back({.kind = element.kind, .name = element.written, .written = written});
    if (!written) return;
    ++written_;
    out_.append("<").append(element.written).append(attributes).append(">");
  }

  void close_down_to(std::size_t count) {
    while (open_.size() > count) {
      const auto last = open_.back();
      if (last.written) flush();
      open_.pop_back();
      if (!last.written) continue;
      --written_;
      out_.append("</").append(last.name).append(">");
    }
  }

  /// The place of the innermost open element of `kind` (and of that name, unless it is ""), as far in as only elements that may be
  /// `passed` stand within it.
  template <class Passed>
  [[nodiscard]] std::optional<std::size_t> innermost(Kind kind, std::string_view name, Passed passed) const {
    for (auto i = open_.size(); i-- > 0;) {
      if (open_[i].kind == kind && (name.empty() || open_[i].name == name)) return i;
      if (!passed(open_[i].kind)) return {};
    }
    return {};
  }

  void close_paragraph() {
    if (const auto place = innermost(Kind::paragraph, {}, is_inline)) close_down_to(*place);
  }
  void close_item() {
    if (const auto place = innermost(Kind::item, {}, [](Kind kind) { return is_inline(kind) || kind == Kind::paragraph; }))
      close_down_to(*place);
  }

  void take_closing(const Element& element) {
    const auto within_block = [](Kind kind) { return is_inline(kind) || kind == Kind::paragraph || kind == Kind::heading; };
    const auto anywhere = [](Kind) { return true; };
    std::optional<std::size_t> place;
    switch (element.kind) {
      case Kind::block:
        return close_paragraph();
      case Kind::paragraph:
        place = innermost(element.kind, {}, is_inline);
        break;
      case Kind::heading:
      case Kind::link:
        place = innermost(element.kind, {}, within_block);
        break;
      case Kind::formatting:
        place = innermost(element.kind, element.written, within_block);
        break;
      case Kind::item:
        place = innermost(element.kind, {}, [](Kind kind) { return kind != Kind::list; });
        break;
      case Kind::list:
      case Kind::quote:
      case Kind::preformatted:
        place = innermost(element.kind, element.written, anywhere);
        break;
      default:
        break;
    }
    if (place) close_down_to(*place);
  }

  Scanner scanner_;
  std::size_t most_;
  std::string out_;
  std::string text_;  ///< that stands behind it and waits for the next markup
  std::vector<Open> open_;
  std::size_t written_ = 0;
  std::string_view dropped_;  ///< the element whose closing tag is waited for
  std::size_t dropping_ = 0;  ///< how many of it are open
};

}  // namespace

Result<std::string> cleaned_markup(std::string_view html, std::size_t most) { return Cleaner{html, most}.clean(); }

}  // namespace carillon::podcast
