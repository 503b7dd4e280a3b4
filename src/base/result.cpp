// See result.hpp.

#include "base/result.hpp"

#include <cerrno>
#include <cstring>

namespace carillon {

std::string_view name_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not-found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::too_large:
      return "too-large";
    case ErrorKind::no_space:
      return "no-space";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

bool has_internals(const Error& error) noexcept { return error.internals || error.kind == ErrorKind::internal; }

std::string public_message(const Error& error) {
  if (!has_internals(error)) return error.message;
  switch (error.kind) {
    case ErrorKind::no_space:
      return "The server's disk is full: nothing was changed. The operator needs to free some space.";
    case ErrorKind::unavailable:
      return "The server can't do this right now; try again shortly. The server's log has the reason.";
    case ErrorKind::not_found:
    case ErrorKind::corrupt:
      return "A file that the server needs for this is missing; the server's log says which one.";
    default:
      return "Something went wrong on the server; see its log for details. Try again later or contact the operator.";
  }
}

std::string errno_text(int number) {
  char buffer[256];
  return ::strerror_r(number, buffer, sizeof buffer);  // the GNU one: answers the text, in the buffer or not
}

std::unexpected<Error> fail_errno(std::string_view attempted, std::string_view subject, int number) {
  ErrorKind kind = ErrorKind::unavailable;
  if (number == ENOENT) kind = ErrorKind::not_found;
  if (number == ENOSPC || number == EDQUOT) kind = ErrorKind::no_space;
  return std::unexpected(Error{.kind = kind,
                               .message = "could not " + std::string(attempted) + " " + std::string(subject) + ": " + errno_text(number),
                               .field = {},
                               .internals = true});
}

}  // namespace carillon
