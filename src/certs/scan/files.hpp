#pragma once
// The file system as a scan sees it: configurations and certificates, never more than their limits. Behind a seam, so that a fuzzer can
// play one.

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
  /// Of what `path` leads to, links followed.
  [[nodiscard]] virtual Kind kind_of(const std::string& path) const = 0;
  /// A regular file of at most kLongestFile bytes, whole.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  /// The files that a pattern of the shell (glob(7)) names, sorted; without wildcards the path itself if it is there.
  [[nodiscard]] virtual std::vector<std::string> matching(const std::string& pattern) const = 0;
  /// The regular files in `folder` and below, sorted; links are not followed.
  [[nodiscard]] virtual std::vector<std::string> below(const std::string& folder) const = 0;
};

/// This machine's.
class LocalFiles final : public Files {
 public:
  [[nodiscard]] Kind kind_of(const std::string& path) const override;
  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const override;
  [[nodiscard]] std::vector<std::string> below(const std::string& folder) const override;
};

/// `path`, or `folder`/`path` where it is relative. Text only.
[[nodiscard]] std::string resolved(const std::string& folder, std::string_view path);
/// The folder that a path stands in; "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace carillon::certs
