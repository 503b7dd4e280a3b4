#pragma once
// Functions that may fail in normal operation return Result<T>; an Error says what was attempted, on what, and why it failed.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

/// The kind of failure, for choosing a status or deciding whether to retry. The sentence for people is in Error::message.
enum class ErrorKind {
  invalid,  ///< the input is wrong; retrying won't help
  not_found,
  conflict,  ///< it already exists, or was changed in the meantime
  refused,   ///< not allowed
  too_large,
  no_space,     ///< the disk is full, or would be
  unavailable,  ///< a peer, a file or a deadline; retrying may help
  corrupt,      ///< stored bytes have changed
  internal,     ///< a bug
};

[[nodiscard]] std::string_view name_of(ErrorKind kind) noexcept;

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  ///< one sentence: what was attempted, on what, why it failed
  std::string field;    ///< the input field that is wrong, "" if none
  /// The message contains details that are only for the log: paths, a library's messages.
  bool internals = false;
};

/// The message for clients: the error's own, or a general sentence if it has internals or is a bug.
[[nodiscard]] std::string public_message(const Error& error);
/// Whether public_message() hides the message, so that it must be logged.
[[nodiscard]] bool has_internals(const Error& error) noexcept;

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(ErrorKind::invalid, "the title is empty", "title");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string field = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(field)});
}

/// Returns an error unchanged: `if (!x) return forward_error(x);`
template <class T>
[[nodiscard]] std::unexpected<Error> forward_error(std::expected<T, Error>& result) {
  return std::unexpected(std::move(result.error()));
}

/// The text of an errno value, thread-safe.
[[nodiscard]] std::string errno_text(int number);

/// An Error from errno: "could not open /x: No such file or directory"; ENOSPC/EDQUOT → no_space, ENOENT → not_found, else unavailable. It
/// has internals.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view attempted, std::string_view subject, int number);

}  // namespace carillon
