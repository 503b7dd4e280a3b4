#pragma once
// What may fail in normal life returns Result<T>; an Error says what was attempted, on what, and why.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

/// What kind of failure, for those who choose a status or decide whether to try again. The sentence for people is in Error::message.
enum class ErrorKind {
  invalid,  ///< what came in is wrong; the same again fails again
  not_found,
  conflict,  ///< it is there already, or somebody changed it meanwhile
  refused,   ///< not allowed
  too_large,
  no_space,     ///< the disk is full, or would be
  unavailable,  ///< a peer, a file or a deadline; trying again may help
  corrupt,      ///< stored bytes are not what was stored
  internal,     ///< our mistake
};

[[nodiscard]] std::string_view name_of(ErrorKind kind) noexcept;

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  ///< one sentence: what was attempted, on what, why it failed
  std::string field;    ///< the input field that is wrong, "" if none
  /// The message holds what is for the log alone: paths, a library's own words.
  bool internals = false;
};

/// What may leave the program: the message, or a plain sentence in its place where that has internals or tells a mistake of ours.
[[nodiscard]] std::string public_message(const Error& error);
/// Whether public_message() leaves the message out, so that it has to be logged.
[[nodiscard]] bool has_internals(const Error& error) noexcept;

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(ErrorKind::invalid, "the title is empty", "title");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string field = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(field)});
}

/// Hands an error on as it is: `if (!x) return forward_error(x);`
template <class T>
[[nodiscard]] std::unexpected<Error> forward_error(std::expected<T, Error>& result) {
  return std::unexpected(std::move(result.error()));
}

/// The text of an errno value, thread-safe.
[[nodiscard]] std::string errno_text(int number);

/// An Error from errno: "open /x: No such file or directory"; ENOSPC/EDQUOT → no_space, ENOENT → not_found, else unavailable. It has
/// internals.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view attempted, std::string_view subject, int number);

}  // namespace carillon
