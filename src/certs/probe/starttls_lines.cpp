// Protocols of lines: SMTP (RFC 3207), LMTP (RFC 2033), IMAP (RFC 9051 §6.2.1), POP3 (RFC 2595 §4), ManageSieve (RFC 5804 §2.2),
// FTP (RFC 4217 §4) and NNTP (RFC 4642). See starttls_impl.hpp.

#include "base/text.hpp"
#include "certs/probe/starttls_impl.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace carillon::certs {
namespace {

bool starts_with_word(std::string_view line, std::string_view word) {
  return equal_ignoring_case(line.substr(0, word.size()), word) && (line.size() == word.size() || line[word.size()] == ' ');
}

class LineProtocol : public StartTlsProtocol {
 public:
  explicit LineProtocol(std::string_view name) noexcept : name_{name} {}

  std::string take(char byte) final {
    if (byte == '\n' && !continues(line_)) {
      if (line_.ends_with('\r')) line_.pop_back();
      return take_line(std::exchange(line_, {}));
    }
    line_ += byte;
    if (line_.size() > kLongestDialogueLine)
      return foreign("it sends a line of more than " + std::to_string(kLongestDialogueLine) + " bytes");
    return {};
  }

 protected:
  /// A complete line without its end.
  virtual std::string take_line(std::string_view line) = 0;
  /// Whether the line end after `line` is part of it.
  virtual bool continues(std::string_view /*line*/) { return false; }

  std::string other_protocol(std::string_view line) { return foreign(responds_with(line) + ", which isn't " + std::string(name_)); }
  std::string refused_with(std::string_view line) { return refused(responds_with(line)); }

 private:
  std::string_view name_;
  std::string line_;
};

/// Replies with three digits, possibly of several lines (RFC 5321 §4.2, RFC 959 §4.2, RFC 3977 §3.2).
struct Reply {
  int code = 0;
  bool is_last = true;
};

std::optional<Reply> reply_of(std::string_view line) {
  const bool has_code = line.size() >= 3 && line[0] >= '1' && line[0] <= '5' && parse_number(line.substr(0, 3));
  if (!has_code || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return {};
  return Reply{.code = static_cast<int>(*parse_number(line.substr(0, 3))), .is_last = line.size() == 3 || line[3] == ' '};
}

/// SMTP, and LMTP, whose only difference before TLS is the greeting.
class Smtp final : public LineProtocol {
 public:
  Smtp(std::string_view name, std::string_view greeting) noexcept : LineProtocol{name}, greeting_{greeting} {}

 private:
  std::string take_line(std::string_view line) override {
    const auto reply = reply_of(line);
    if (!reply) return other_protocol(line);
    if (awaiting_ == Awaiting::abilities && line.size() > 4 && equal_ignoring_case(trimmed(line.substr(4)), "STARTTLS")) offered_ = true;
    if (!reply->is_last) return {};
    if (reply->code / 100 != 2) return refused_with(line);
    switch (awaiting_) {
      case Awaiting::greeting:
        awaiting_ = Awaiting::abilities;
        return std::string(greeting_) + " localhost\r\n";
      case Awaiting::abilities:
        if (!offered_) return refused(std::string(kNotOffered));
        awaiting_ = Awaiting::go_ahead;
        return "STARTTLS\r\n";
      case Awaiting::go_ahead:
        return ready();
    }
    return {};
  }

  enum class Awaiting { greeting, abilities, go_ahead };
  std::string_view greeting_;
  Awaiting awaiting_ = Awaiting::greeting;
  bool offered_ = false;
};

class Imap final : public LineProtocol {
 public:
  Imap() noexcept : LineProtocol{"IMAP"} {}

 private:
  static constexpr std::string_view kTag = "c1";

  std::string take_line(std::string_view line) override {
    if (!was_greeted_) {
      if (!line.starts_with("* ")) return other_protocol(line);
      if (!starts_with_word(line.substr(2), "OK")) return refused_with(line);
      was_greeted_ = true;
      return std::string(kTag) + " STARTTLS\r\n";
    }
    if (!starts_with_word(line, kTag)) return {};  // untagged responses may come in between
    line.remove_prefix(std::min(line.size(), kTag.size() + 1));
    return starts_with_word(line, "OK") ? ready() : refused_with(line);
  }

  bool was_greeted_ = false;
};

class Pop3 final : public LineProtocol {
 public:
  Pop3() noexcept : LineProtocol{"POP3"} {}

 private:
  std::string take_line(std::string_view line) override {
    if (starts_with_word(line, "-ERR")) return refused_with(line);
    if (!starts_with_word(line, "+OK")) return other_protocol(line);
    if (std::exchange(was_greeted_, true)) return ready();
    return "STLS\r\n";
  }

  bool was_greeted_ = false;
};

class Sieve final : public LineProtocol {
 public:
  Sieve() noexcept : LineProtocol{"ManageSieve"} {}

 private:
  /// A line goes on after a literal, {LENGTH} or {LENGTH+} and so many bytes (RFC 5804 §4).
  bool continues(std::string_view line) override {
    if (line.size() < literal_end_) return true;
    const auto begin = line.size() + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto open = line.rfind('{');
    if (!line.ends_with('}') || open == std::string_view::npos || open < literal_end_) return literal_end_ = 0, false;
    auto digits = line.substr(open + 1, line.size() - open - 2);
    if (digits.ends_with('+')) digits.remove_suffix(1);
    const auto length = parse_number(digits);
    if (!length) return literal_end_ = 0, false;
    literal_end_ = begin + std::min<std::size_t>(*length, kLongestDialogueLine);  // a longer one doesn't fit into a line anyway
    return true;
  }

  /// The text of the first string in a line.
  static std::string_view first_string(std::string_view line) {
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      return line.substr(0, line.find('"'));
    }
    const auto begin = line.find('\n');
    if (!line.starts_with('{') || begin == std::string_view::npos) return {};
    const auto length = parse_number(line.substr(1, line.find_first_of("+}") - 1)).value_or(0);
    return line.substr(begin + 1, length);
  }

  static bool is_response(std::string_view line, std::string_view word) {
    return starts_with_word(line, word) ||
           (equal_ignoring_case(line.substr(0, word.size()), word) && line.substr(word.size()).starts_with('('));
  }

  std::string take_line(std::string_view line) override {
    if (is_response(line, "NO") || is_response(line, "BYE")) return refused_with(line);
    if (is_response(line, "OK")) {
      if (was_asked_) return ready();
      if (!offered_) return refused(std::string(kNotOffered));
      was_asked_ = true;
      return "STARTTLS\r\n";
    }
    if (!line.starts_with('"') && !line.starts_with('{')) return other_protocol(line);
    offered_ = offered_ || equal_ignoring_case(first_string(line), "STARTTLS");
    return {};
  }

  std::size_t literal_end_ = 0;
  bool offered_ = false;
  bool was_asked_ = false;
};

class Ftp final : public LineProtocol {
 public:
  Ftp() noexcept : LineProtocol{"FTP"} {}

 private:
  static constexpr int kServiceReady = 220, kGoAhead = 234;

  std::string take_line(std::string_view line) override {
    const auto reply = reply_of(line);
    if (awaited_ != 0) {
      // Lines within a reply have any form (RFC 959 §4.2).
      if (!reply || !reply->is_last || reply->code != awaited_) return {};
      awaited_ = 0;
    } else if (!reply) {
      return other_protocol(line);
    } else if (!reply->is_last) {
      awaited_ = reply->code;
      return {};
    }
    if (reply->code / 100 == 1) return {};  // “120 Service ready in nnn minutes”
    if (std::exchange(was_greeted_, true)) return reply->code == kGoAhead ? ready() : refused_with(line);
    return reply->code == kServiceReady ? "AUTH TLS\r\n" : refused_with(line);
  }

  int awaited_ = 0;  ///< the code that ends a reply of several lines
  bool was_greeted_ = false;
};

class Nntp final : public LineProtocol {
 public:
  Nntp() noexcept : LineProtocol{"NNTP"} {}

 private:
  static constexpr int kPostingAllowed = 200, kNoPosting = 201, kGoAhead = 382, kOtherMode = 401;

  std::string take_line(std::string_view line) override {
    const auto reply = reply_of(line);
    if (!reply || !reply->is_last) return other_protocol(line);
    const bool is_greeting = reply->code == kPostingAllowed || reply->code == kNoPosting;
    if (awaiting_ == Awaiting::greeting) {
      if (!is_greeting) return refused_with(line);
      awaiting_ = Awaiting::go_ahead;
      return "STARTTLS\r\n";
    }
    if (reply->code == kGoAhead) return ready();
    // A server for other servers must change its mode first (RFC 3977 §5.3).
    if (reply->code != kOtherMode || std::exchange(has_changed_mode_, true)) return refused_with(line);
    awaiting_ = Awaiting::greeting;
    return "MODE READER\r\n";
  }

  enum class Awaiting { greeting, go_ahead };
  Awaiting awaiting_ = Awaiting::greeting;
  bool has_changed_mode_ = false;
};

}  // namespace

std::unique_ptr<StartTlsProtocol> line_protocol(StartTls kind) {
  switch (kind) {
    case StartTls::lmtp:
      return std::make_unique<Smtp>("LMTP", "LHLO");
    case StartTls::imap:
      return std::make_unique<Imap>();
    case StartTls::pop3:
      return std::make_unique<Pop3>();
    case StartTls::sieve:
      return std::make_unique<Sieve>();
    case StartTls::ftp:
      return std::make_unique<Ftp>();
    case StartTls::nntp:
      return std::make_unique<Nntp>();
    default:
      return std::make_unique<Smtp>("SMTP", "EHLO");
  }
}

}  // namespace carillon::certs
