// See secret_input.hpp.

#include "app/commands/secret_input.hpp"

#include "base/foreign/small_file.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace carillon::app {
namespace {

/// Reads no further than the line, which a person may be typing.
Result<std::string> first_line(std::istream& input) {
  std::string line;
  for (char c = 0; line.size() <= kLongestPassphrase + 4 && input.get(c) && c != '\n';) line += c;
  return passphrase_in(line, "standard input");
}

/// Turns off the terminal's echo while it exists.
class HiddenTyping {
 public:
  HiddenTyping() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  ~HiddenTyping() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<std::string> read_passphrase(const std::string& path) {
  if (path == "-") return first_line(std::cin);
  auto read = read_passphrase_file(path);
  if (!read) return fail(ErrorKind::invalid, "The passphrase file can't be used: " + read.error().message);
  return read;
}

Result<std::string> ask_passphrase() {
  if (::isatty(STDIN_FILENO) != 1)
    return fail(ErrorKind::invalid, "Provide the passphrase with --passphrase-file FILE, or on standard input with --passphrase-file -.");
  std::cerr << "Passphrase: " << std::flush;
  const HiddenTyping hidden;
  auto line = first_line(std::cin);
  std::cerr << "\n";
  return line;
}

}  // namespace carillon::app
