// See exports.hpp.

#include "certs/serving/exports.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "certs/serving/rsa_mark.hpp"
#include "crypto/files/certificate_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon::certs {
namespace {

constexpr int kKeyMode = 0600, kChainMode = 0644;
constexpr mode_t kModeBits = 0777;
/// More links in a row than this lead nowhere, as the kernel has it.
constexpr int kMaxLinks = 40;
/// Room for an entry of the databases of users and groups.
constexpr std::size_t kEntryRoom = 64 * 1024;

/// None for "". A number is one, too.
Result<std::optional<uid_t>> user_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto number = parse_number(name)) return std::optional{static_cast<uid_t>(*number)};
  std::vector<char> room(kEntryRoom);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (!found) return fail(ErrorKind::invalid, "There is no user named “" + name + "” on this machine (owner of an export).");
  return std::optional{entry.pw_uid};
}

Result<std::optional<gid_t>> group_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto number = parse_number(name)) return std::optional{static_cast<gid_t>(*number)};
  std::vector<char> room(kEntryRoom);
  ::group entry{};
  ::group* found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (!found) return fail(ErrorKind::invalid, "There is no group named “" + name + "” on this machine (group of an export).");
  return std::optional{entry.gr_gid};
}

/// Where a path leads; what is there may be missing.
Result<std::filesystem::path> behind_links(std::filesystem::path path) {
  const auto given = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    std::error_code none;
    if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, none))) return path;
    const auto target = std::filesystem::read_symlink(path, none);
    if (none) return fail(ErrorKind::invalid, "The link " + path.string() + " can't be read: " + none.message() + ".");
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return fail(ErrorKind::invalid, given.string() + " is part of a loop of symbolic links.");
}

/// In the names of files with a certificate that has an RSA key beside another one; in front of the ending.
constexpr std::string_view kRsaInFileNames = ".rsa";

}  // namespace

Export rsa_export_beside(const Export& wanted) {
  auto beside = wanted;
  beside.name = with_rsa_mark(wanted.name);
  if (const std::filesystem::path file{wanted.pkcs12}; !file.empty())
    beside.pkcs12 = file.stem().string() + std::string(kRsaInFileNames) + file.extension().string();
  return beside;
}

std::vector<ExportedFile> exported_files(const Export& wanted, std::string_view chain_pem, std::string_view key_pem) {
  // A '*' in a file name would be a pattern for shells and for includes in configurations.
  const std::string host{without_rsa_mark(wanted.name)};
  auto file = percent_encoded(host.starts_with("*.") ? "_" + host.substr(1) : host);
  if (has_rsa_mark(wanted.name)) file += kRsaInFileNames;
  const auto both = std::string(key_pem) + std::string(chain_pem);
  if (wanted.layout == ExportLayout::haproxy) return {{wanted.folder / (file + ".pem"), both, kKeyMode}};
  // The key goes first: a server that reloads by itself between the two finds a pair that does not match for the shortest time, and the
  // combined file never.
  std::vector<ExportedFile> files{{wanted.folder / (file + ".key"), std::string(key_pem), kKeyMode},
                                  {wanted.folder / (file + ".pem"), std::string(chain_pem), kChainMode},
                                  {wanted.folder / (file + ".combined.pem"), both, kKeyMode}};
  if (!wanted.pkcs12.empty())
    files.push_back(
        {wanted.folder / wanted.pkcs12,
         {},
         kKeyMode,
         crypto::Pkcs12Content{
             .key_pem = std::string(key_pem), .chain_pem = std::string(chain_pem), .alias = host, .passphrase = wanted.passphrase}});
  return files;
}

std::vector<ExportedFile> stale_files(const Export& wanted, std::vector<ExportedFile> files) {
  const auto owner = user_named(wanted.owner);
  const auto group = group_named(wanted.group);
  std::erase_if(files, [&](const ExportedFile& file) {
    struct stat facts{};
    if (::stat(file.path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    if (wanted.mode && (facts.st_mode & kModeBits) != static_cast<mode_t>(*wanted.mode)) return false;
    // An owner that is unknown is said when the file is written.
    if (!owner || (*owner && **owner != facts.st_uid) || !group || (*group && **group != facts.st_gid)) return false;
    if (file.pkcs12 ? std::cmp_greater(facts.st_size, crypto::kLargestCertificateFile)
                    : std::cmp_not_equal(facts.st_size, file.content.size()))
      return false;
    const auto content = read_file(file.path);
    return content && (file.pkcs12 ? crypto::has_content(*content, *file.pkcs12) : *content == file.content);
  });
  return files;
}

Result<> put_exported(const Export& wanted, const ExportedFile& file) {
  const auto owner = user_named(wanted.owner);
  if (!owner) return std::unexpected(owner.error());
  const auto group = group_named(wanted.group);
  if (!group) return std::unexpected(group.error());
  const auto content = file.pkcs12 ? crypto::make_pkcs12(*file.pkcs12) : Result<std::string>{file.content};
  if (!content) return std::unexpected(content.error());
  if (auto made = make_folder(file.path.parent_path()); !made) return made;
  const auto place = behind_links(file.path);
  if (!place) return std::unexpected(place.error());
  struct stat before{};
  const bool replaces = ::stat(place->c_str(), &before) == 0 && S_ISREG(before.st_mode);

  const auto temporary = place->parent_path() / ("." + place->filename().string() + ".new");
  // Left by a process that was killed.
  ::unlink(temporary.c_str());
  const auto give_up = [&](Result<> why) {
    ::unlink(temporary.c_str());
    return why;
  };
  {
    const auto opened = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kKeyMode);
    if (!opened) return std::unexpected(opened.error());
    struct stat fresh{};
    if (::fstat(opened->get(), &fresh) != 0) return give_up(fail_errno("get the status of", place->string(), errno));
    const auto uid = *owner ? **owner : replaces ? before.st_uid : fresh.st_uid;
    const auto gid = *group ? **group : replaces ? before.st_gid : fresh.st_gid;
    if ((uid != fresh.st_uid || gid != fresh.st_gid) && ::fchown(opened->get(), uid, gid) != 0)
      return give_up(fail(ErrorKind::refused,
                          place->string() + " can't keep its owner: Carillon runs as user " + std::to_string(::geteuid()) +
                              ", which can't assign the file to user " + std::to_string(uid) + " and group " + std::to_string(gid) +
                              ". Make the Carillon user the owner of the existing file (chown), and use its group to let others read it."));
    const auto mode = wanted.mode ? static_cast<mode_t>(*wanted.mode) : replaces ? before.st_mode & kModeBits : file.mode;
    if (const auto written = write_all(opened->get(), as_bytes(*content)); !written)
      return give_up(fail(written.error().kind, place->string() + ": " + written.error().message));
    if (::fchmod(opened->get(), mode) != 0) return give_up(fail_errno("set the mode of", place->string(), errno));
    if (::fsync(opened->get()) != 0) return give_up(fail_errno("sync", place->string(), errno));
  }
  if (::rename(temporary.c_str(), place->c_str()) != 0) return give_up(fail_errno("rename to", place->string(), errno));
  return sync_folder(place->parent_path());
}

}  // namespace carillon::certs
