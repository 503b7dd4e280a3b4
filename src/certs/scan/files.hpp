#pragma once
// The file system for a scan: configurations and certificates, within size limits. An interface, so that a fuzzer can simulate one.
// Whatever can't be listed or read is reported in a sentence; a scan must not skip it silently.

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

inline constexpr std::size_t kLongestFile = 4U << 20;
inline constexpr std::size_t kMaxFilesInFolder = 100'000;
inline constexpr std::size_t kMaxMatches = 10'000;
inline constexpr int kDeepestFolder = 32;

/// Paths, and a sentence for each place that could not be listed.
struct Listing {
  std::vector<std::string> paths;
  std::vector<std::string> problems;
};

/// Blocks.
class Files {
 public:
  virtual ~Files() = default;
  enum class Kind { none, file, folder };
  /// The kind of `path`, following links; `none` also if it can't be reached.
  [[nodiscard]] virtual Kind kind_of(const std::string& path) const = 0;
  /// The whole content of a regular file of at most kLongestFile bytes. Errors are sentences from not_read(): `not_found`, `refused` (no
  /// permission), `too_large`, `invalid` (not a regular file), `unavailable`.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  /// The files that match a shell pattern (glob(7)), sorted; without wildcards, the path itself if it exists.
  [[nodiscard]] virtual Listing matching(const std::string& pattern) const = 0;
  /// The regular files in `folder` and below, sorted. Links to files and folders are followed; a folder or file that can be reached in
  /// several ways is listed once.
  [[nodiscard]] virtual Listing below(const std::string& folder) const = 0;
  /// `path` with all links followed; itself if that can't be done.
  [[nodiscard]] virtual std::string real_path(const std::string& path) const = 0;
  /// The environment variable of that name.
  [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) const = 0;
};

/// The local file system.
class LocalFiles final : public Files {
 public:
  [[nodiscard]] Kind kind_of(const std::string& path) const override;
  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] Listing matching(const std::string& pattern) const override;
  [[nodiscard]] Listing below(const std::string& folder) const override;
  [[nodiscard]] std::string real_path(const std::string& path) const override;
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
};

/// "PATH was not read, because WHY."
[[nodiscard]] std::string not_read(std::string_view path, std::string_view why);
/// `path`, or `folder`/`path` if it is relative. Only handles text.
[[nodiscard]] std::string resolved(const std::string& folder, std::string_view path);
/// The folder of a path; "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);
/// The part after the last slash.
[[nodiscard]] std::string_view name_of_file(std::string_view path);

}  // namespace carillon::certs
