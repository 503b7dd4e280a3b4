#pragma once
// The file system for a scan: configurations and certificates, within size limits. An interface, so that a fuzzer can simulate one.

#include "base/result.hpp"

#include <string>
#include <vector>

namespace carillon::certs {

inline constexpr std::size_t kLongestFile = 4U << 20;
inline constexpr std::size_t kMaxFilesInFolder = 100'000;
inline constexpr std::size_t kMaxMatches = 10'000;
inline constexpr int kDeepestFolder = 32;

/// Blocks.
class Files {
 public:
  virtual ~Files() = default;
  enum class Kind { none, file, folder };
  /// The kind of `path`, following links.
  [[nodiscard]] virtual Kind kind_of(const std::string& path) const = 0;
  /// The whole content of a regular file of at most kLongestFile bytes.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  /// The files that match a shell pattern (glob(7)), sorted; without wildcards, the path itself if it exists.
  [[nodiscard]] virtual std::vector<std::string> matching(const std::string& pattern) const = 0;
  /// The regular files in `folder` and below, sorted; doesn't follow links.
  [[nodiscard]] virtual std::vector<std::string> below(const std::string& folder) const = 0;
};

/// The local file system.
class LocalFiles final : public Files {
 public:
  [[nodiscard]] Kind kind_of(const std::string& path) const override;
  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const override;
  [[nodiscard]] std::vector<std::string> below(const std::string& folder) const override;
};

/// `path`, or `folder`/`path` if it is relative. Only handles text.
[[nodiscard]] std::string resolved(const std::string& folder, std::string_view path);
/// The folder of a path; "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace carillon::certs
