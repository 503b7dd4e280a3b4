// See files.hpp.

#include "certs/scan/files.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

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

/// Why a file or folder can't be read, as the end of a sentence.
std::string why_not(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return "it doesn't exist";
    case EACCES:
    case EPERM:
      return "this user may not read it; run the scan as root";
    case ELOOP:
      return "its links form a loop";
    default:
      return errno_text(number);
  }
}

ErrorKind kind_of_errno(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
      return ErrorKind::refused;
    default:
      return ErrorKind::unavailable;
  }
}

std::unexpected<Error> unread(const std::string& path, int number) { return fail(kind_of_errno(number), not_read(path, why_not(number))); }

/// OpenSSL's names for files in a folder of roots (c_rehash(1)): "5ed36f99.0".
bool is_hash_link(std::string_view name) {
  constexpr std::size_t kHash = 8;
  return name.size() >= kHash + 2 && name[kHash] == '.' &&
         name.substr(0, kHash).find_first_not_of("0123456789abcdef") == std::string::npos &&
         name.substr(kHash + 1).find_first_not_of("0123456789r") == std::string::npos;
}

/// Walks through a folder. Remembers what it visited by device and inode, so that circular links end.
class Walk {
 public:
  void visit(const std::string& folder, int depth) {
    struct stat about{};
    if (::stat(folder.c_str(), &about) != 0) return problem(folder, errno);
    if (!folders_.insert({about.st_dev, about.st_ino}).second) return;
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator entry{folder, error};
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) entries.push_back(*entry);
    if (error) return problem(folder, error.value());
    std::ranges::sort(entries);
    for (const auto& one : entries) add(one, depth);
  }

  Listing listing;

 private:
  void add(const fs::directory_entry& entry, int depth) {
    const auto path = entry.path().string();
    if (listing.paths.size() >= kMaxFilesInFolder) {
      if (!std::exchange(is_full_, true))
        listing.problems.push_back(not_read(
            path, "a scan reads at most " + std::to_string(kMaxFilesInFolder) + " files in a folder; scan its subfolders one by one"));
      return;
    }
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
      const int number = errno;
      std::error_code ignored;
      if (number == ENOENT && entry.is_symlink(ignored)) {
        listing.problems.push_back(not_read(path, "it is a link to " + fs::read_symlink(path, ignored).string() + ", which doesn't exist"));
      } else {
        problem(path, number);
      }
      return;
    }
    if (S_ISDIR(about.st_mode)) {
      if (depth < kDeepestFolder) return visit(path, depth + 1);
      listing.problems.push_back(not_read(path, "it is more than " + std::to_string(kDeepestFolder) + " folders deep; scan it separately"));
    } else if (S_ISREG(about.st_mode)) {
      add_file(entry, {about.st_dev, about.st_ino});
    }
  }

  void add_file(const fs::directory_entry& entry, std::pair<dev_t, ino_t> inode) {
    const auto path = entry.path().string();
    const auto [found, is_new] = files_.try_emplace(inode, listing.paths.size());
    if (is_new) return listing.paths.push_back(path);
    // Servers use certbot's live/NAME/cert.pem, not the archive/NAME/cert7.pem that it leads to.
    std::error_code ignored;
    if (entry.is_symlink(ignored) && !is_hash_link(name_of_file(path))) listing.paths[found->second] = path;
  }

  void problem(const std::string& path, int number) { listing.problems.push_back(not_read(path, why_not(number))); }

  std::set<std::pair<dev_t, ino_t>> folders_;
  std::map<std::pair<dev_t, ino_t>, std::size_t> files_;
  bool is_full_ = false;
};

/// glob(3) passes no context to its error handler.
thread_local std::vector<std::string>* glob_problems = nullptr;

int note_glob_problem(const char* path, int number) {
  // A missing folder matches nothing, which the caller sees.
  if (number != ENOENT && number != ENOTDIR && glob_problems != nullptr) glob_problems->push_back(not_read(path, why_not(number)));
  return 0;
}

}  // namespace

Files::Kind LocalFiles::kind_of(const std::string& path) const {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  if (fs::is_directory(status)) return Kind::folder;
  return fs::is_regular_file(status) ? Kind::file : Kind::none;
}

Result<std::string> LocalFiles::read(const std::string& path) const {
  // Not waiting: a pipe among the files must not hold the scan up.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return unread(path, errno);
  const FileDescriptor file{descriptor};
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return unread(path, errno);
  if (!S_ISREG(about.st_mode)) return fail(ErrorKind::invalid, not_read(path, "it isn't a regular file"));
  const auto too_large = [&] {
    return fail(ErrorKind::too_large, not_read(path, "it is larger than " + std::to_string(kLongestFile >> 20U) + " MiB"));
  };
  if (static_cast<std::size_t>(about.st_size) > kLongestFile) return too_large();
  std::string content;
  content.resize(static_cast<std::size_t>(about.st_size) + 1);
  std::size_t length = 0;
  while (length <= kLongestFile) {
    // It may grow while it's being read.
    if (length == content.size()) content.resize(std::min(2 * content.size(), kLongestFile + 1));
    const auto count = ::read(file.get(), content.data() + length, content.size() - length);
    if (count < 0) return unread(path, errno);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  if (length > kLongestFile) return too_large();
  content.resize(length);
  return content;
}

Listing LocalFiles::matching(const std::string& pattern) const {
  Matches matches;
  Listing listing;
  glob_problems = &listing.problems;
  const int result = ::glob(pattern.c_str(), 0, note_glob_problem, &matches.found);
  glob_problems = nullptr;
  if (result != 0) return listing;
  for (std::size_t i = 0; i < matches.found.gl_pathc && i < kMaxMatches; ++i) listing.paths.emplace_back(matches.found.gl_pathv[i]);
  if (matches.found.gl_pathc > kMaxMatches)
    listing.problems.push_back(
        not_read(matches.found.gl_pathv[kMaxMatches], "a pattern may match at most " + std::to_string(kMaxMatches) + " files"));
  return listing;
}

Listing LocalFiles::below(const std::string& folder) const {
  Walk walk;
  walk.visit(folder, 0);
  std::ranges::sort(walk.listing.paths);
  return std::move(walk.listing);
}

std::string LocalFiles::real_path(const std::string& path) const {
  std::error_code error;
  auto real = fs::canonical(path, error);
  return error ? path : real.string();
}

std::optional<std::string> LocalFiles::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::string not_read(std::string_view path, std::string_view why) {
  return clean_for_xml(path) + " was not read, because " + std::string(why) + ".";
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

std::string_view name_of_file(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace carillon::certs
