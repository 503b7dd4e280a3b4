// See secret_input.hpp.

#include "app/commands/secret_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

namespace carillon::app {
namespace {

constexpr std::size_t kLongestLine = 4096;

Result<std::string> first_line(std::istream& input, const std::string& where) {
  std::string line;
  for (char c = 0; input.get(c) && c != '\n';) {
    if (line.size() == kLongestLine) return fail(ErrorKind::invalid, "The first line of " + where + " is too long for a passphrase.");
    line += c;
  }
  if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
  if (line.ends_with('\r')) line.pop_back();
  return line;
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
  if (path == "-") return first_line(std::cin, "standard input");
  std::ifstream file{path};
  if (!file) return fail(ErrorKind::invalid, "The passphrase file " + path + " can't be read.");
  return first_line(file, path);
}

Result<std::string> ask_passphrase() {
  if (::isatty(STDIN_FILENO) != 1)
    return fail(ErrorKind::invalid, "Provide the passphrase with --passphrase-file FILE, or on standard input with --passphrase-file -.");
  std::cerr << "Passphrase: " << std::flush;
  const HiddenTyping hidden;
  auto line = first_line(std::cin, "standard input");
  std::cerr << "\n";
  return line;
}

}  // namespace carillon::app
