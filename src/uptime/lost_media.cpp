// See lost_media.hpp.

#include "uptime/lost_media.hpp"

#include "base/log.hpp"

namespace carillon::uptime {
namespace {

/// Files that are looked at in one round: some milliseconds on a local disk.
constexpr std::size_t kFilesPerLook = 400;
/// What can't be opened for another reason than that it's gone may only be a moment's trouble, e.g. too many open files.
constexpr int kLooksToBelieve = 2;
/// Named in the incident; the others are counted.
constexpr std::size_t kNamed = 3;

}  // namespace

void LostMedia::examine(const queries::StoredFile& file) {
  auto opened = parts_.media.open(file.digest);
  if (opened && opened->length() != file.length)
    opened = fail(ErrorKind::corrupt, "its size is " + to_human(opened->length()) + " instead of " + to_human(file.length));
  if (opened) {
    lost_.erase(file.digest);
    return;
  }
  const auto kind = opened.error().kind;
  auto& lost = lost_[file.digest];
  lost.what = file.what;
  lost.length = file.length;
  lost.reason = kind == ErrorKind::not_found ? "it is missing" : opened.error().message;
  ++lost.looks;
  lost.certain = lost.certain || kind == ErrorKind::not_found || kind == ErrorKind::corrupt || lost.looks >= kLooksToBelieve;
}

void LostMedia::look_again_at_lost() {
  std::vector<queries::StoredFile> again;
  for (const auto& [digest, lost] : lost_) {
    if (again.size() == kFilesPerLook) break;
    again.push_back({.digest = digest, .length = lost.length, .what = lost.what});
  }
  for (const auto& file : again) examine(file);
}

std::optional<incidents::Report> LostMedia::report() const {
  std::string named;
  std::size_t count = 0;
  const Digest* first = nullptr;
  for (const auto& [digest, lost] : lost_) {
    if (!lost.certain) continue;
    if (++count > kNamed) continue;
    if (!first) first = &digest;
    named += (named.empty() ? "" : "; ") + lost.what + ": " + lost.reason;
  }
  if (!first) return {};
  if (count > kNamed) named += "; and " + std::to_string(count - kNamed) + " more";
  const auto name = first->hex();
  const auto place = name.substr(0, 2) + "/" + name;
  return incidents::Report{
      .kind = std::string(kMediaLost),
      .subject = std::string(kMediaSubject),
      .in_charge = {},
      .what = "Stored files are missing or damaged: " + named + ".",
      .consequence = "Listeners get an error instead of these files. Everything else is served.",
      .remedy = "Check the disk. Then upload the recording or picture again, or copy each file back from a backup: cp BACKUP/media/" +
                place + " " + (parts_.folder / place).string(),
      .noticed_at = {}};
}

void LostMedia::tell() {
  const auto now = report();
  if (!now && (told_ ? told_->empty() : round_ == 0)) return;
  const auto text = now ? now->what : std::string{};
  if (told_ == text) return;
  const auto noted = parts_.database.write_now([&](db::Session& session) -> Result<> {
    if (!now)
      return parts_.incidents.solve(session, std::string(kMediaLost), std::string(kMediaSubject),
                                    "All files are present and complete again.");
    auto reported = parts_.incidents.report(session, *now);
    if (!reported) return forward_error(reported);
    return {};
  });
  if (!noted) {
    log::error("the incident about stored files could not be opened or resolved", {{"reason", noted.error().message}});
    return;
  }
  if (now)
    log::error("stored files are missing or damaged", {{"what", text}});
  else if (told_)
    log::info("stored files are complete again");
  told_ = text;
}

void LostMedia::look() {
  look_again_at_lost();
  auto place = place_;
  const auto files = parts_.database.read_now([&](db::Session& session) -> Result<std::vector<queries::StoredFile>> {
    return queries::next_public_files(session, place, static_cast<int>(kFilesPerLook));
  });
  if (!files) {
    if (unreadable_ != files.error().message) log::error("stored files could not be checked", {{"reason", files.error().message}});
    unreadable_ = files.error().message;
    return;
  }
  unreadable_.clear();
  for (const auto& file : *files) {
    const auto known = lost_.find(file.digest);
    if (known == lost_.end()) examine(file);
    if (const auto lost = lost_.find(file.digest); lost != lost_.end()) lost->second.round = round_;
  }
  place_ = place;
  if (place_.is_at_the_beginning()) {
    // What was deleted, unpublished, or replaced by a new recording is missed by nobody.
    std::erase_if(lost_, [this](const auto& lost) { return lost.second.round != round_; });
    ++round_;
  }
  tell();
}

}  // namespace carillon::uptime
