// See files.hpp.

#include "certs/scan/files.hpp"

#include "base/file.hpp"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace carillon::certs {
namespace {

namespace fs = std::filesystem;

struct Matches {
  glob_t found{};
  Matches() = default;
  Matches(const Matches&) = delete;
  Matches& operator=(const Matches&) = delete;
  ~Matches() { ::globfree(&found); }
};

}  // namespace

Files::Kind LocalFiles::kind_of(const std::string& path) const {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  if (fs::is_directory(status)) return Kind::folder;
  return fs::is_regular_file(status) ? Kind::file : Kind::none;
}

Result<std::string> LocalFiles::read(const std::string& path) const {
  // Not waiting: a pipe among the files must not hold the scan up.
  auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return forward_error(file);
  struct stat about{};
  if (::fstat(file->get(), &about) != 0) return fail_errno("read", path, errno);
  if (!S_ISREG(about.st_mode)) return fail(ErrorKind::invalid, path + " isn't a regular file.");
  if (static_cast<std::size_t>(about.st_size) > kLongestFile) return fail(ErrorKind::too_large, path + " is too large for this file type.");
  std::string content;
  content.resize(kLongestFile + 1);
  std::size_t length = 0;
  while (length < content.size()) {
    const auto count = ::read(file->get(), content.data() + length, content.size() - length);
    if (count < 0) return fail_errno("read", path, errno);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  if (length > kLongestFile) return fail(ErrorKind::too_large, path + " is too large for this file type.");
  content.resize(length);
  content.shrink_to_fit();
  return content;
}

std::vector<std::string> LocalFiles::matching(const std::string& pattern) const {
  Matches matches;
  if (::glob(pattern.c_str(), 0, nullptr, &matches.found) != 0) return {};
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < matches.found.gl_pathc && paths.size() < kMaxMatches; ++i) paths.emplace_back(matches.found.gl_pathv[i]);
  return paths;
}

std::vector<std::string> LocalFiles::below(const std::string& folder) const {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry{folder, fs::directory_options::skip_permission_denied, error};
  for (const fs::recursive_directory_iterator end; !error && entry != end && paths.size() < kMaxFilesInFolder; entry.increment(error)) {
    std::error_code ignored;
    if (entry.depth() >= kDeepestFolder) entry.disable_recursion_pending();
    if (fs::is_regular_file(entry->symlink_status(ignored))) paths.push_back(entry->path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

std::string resolved(const std::string& folder, std::string_view path) {
  if (path.starts_with('/') || folder.empty()) return std::string(path);
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(path);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace carillon::certs
