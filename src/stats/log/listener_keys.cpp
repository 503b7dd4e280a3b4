// See listener_keys.hpp.

#include "stats/log/listener_keys.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace carillon::stats {
namespace {

namespace fs = std::filesystem;
using std::chrono::year_month;

constexpr std::string_view kExtension = ".key";
constexpr std::string_view kOver = "over-";
constexpr std::uint32_t kFormerNumber = 0;

year_month month_of(Time time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return day.year() / day.month();
}

Time end_of(year_month month) { return std::chrono::sys_days{(month + std::chrono::months{1}) / 1}; }

std::string compact(Time time) {
  auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<Time> time_of_compact(std::string_view text) {
  if (text.size() != 16) return {};
  const auto time = parse_rfc3339(
      fmt::format("{}-{}-{}:{}:{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 5), text.substr(11, 2), text.substr(13, 3)));
  if (!time) return {};
  return *time;
}

std::string file_name_of(year_month month, std::uint32_t number, const std::optional<Time>& over_since) {
  return fmt::format("{:04}-{:02}.{:08x}{}{}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()), number,
                     over_since ? "." + std::string{kOver} + compact(*over_since) : std::string{}, kExtension);
}

struct Name {
  year_month month;
  std::uint32_t number;
  std::optional<Time> over_since;
};

/// None for any other file.
std::optional<Name> parse_name(std::string_view name) {
  if (!name.ends_with(kExtension)) return {};
  const auto parts = split(name.substr(0, name.size() - kExtension.size()), '.');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].size() != 7 || parts[0][4] != '-' || parts[1].size() != 8) return {};
  const auto year = parse_number(parts[0].substr(0, 4)), month = parse_number(parts[0].substr(5));
  std::uint32_t number = 0;
  for (const char c : parts[1]) {
    const auto digit = std::string_view{"0123456789abcdef"}.find(c);
    if (digit == std::string_view::npos) return {};
    number = number << 4 | static_cast<std::uint32_t>(digit);
  }
  if (!year || !month || *month < 1 || *month > 12) return {};
  Name parsed{std::chrono::year{static_cast<int>(*year)} / std::chrono::month{static_cast<unsigned>(*month)}, number, {}};
  if (parts.size() == 3) {
    if (!parts[2].starts_with(kOver)) return {};
    parsed.over_since = time_of_compact(parts[2].substr(kOver.size()));
    if (!parsed.over_since) return {};
  }
  return parsed;
}

Result<ListenerKey> read_key(const fs::path& file) {
  const auto stored = read_file(file);
  if (!stored) return std::unexpected(stored.error());
  ListenerKey key{};
  if (stored->size() != key.size())
    return fail(ErrorKind::corrupt, "the listener key " + file.string() + " has " + std::to_string(stored->size()) + " bytes instead of " +
                                        std::to_string(key.size()) +
                                        "; restore the right file, or delete this one (every listener of that month then counts as new)");
  std::ranges::copy(as_bytes(*stored), key.begin());
  return key;
}

}  // namespace

Result<> destroy_file(const fs::path& file) {
  const auto opened = open_file(file, O_WRONLY | O_NOFOLLOW);
  if (!opened) return std::unexpected(opened.error());
  struct stat facts{};
  if (::fstat(opened->get(), &facts) != 0) return fail_errno("stat", file.string(), errno);
  const std::string zeros(static_cast<std::size_t>(facts.st_size), '\0');
  if (auto written = write_all(opened->get(), as_bytes(zeros)); !written) return written;
  if (::fsync(opened->get()) != 0) return fail_errno("sync", file.string(), errno);
  if (::unlink(file.c_str()) != 0) return fail_errno("remove", file.string(), errno);
  return sync_folder(file.parent_path());
}

Result<std::unique_ptr<ListenerKeys>> ListenerKeys::open(fs::path folder, const fs::path& former, Time now, Random& random) {
  std::unique_ptr<ListenerKeys> keys{new ListenerKeys{std::move(folder), random}};
  if (auto made = make_folder(keys->folder_); !made) return forward_error(made);
  if (auto read = keys->read(); !read) return forward_error(read);
  if (auto adopted = keys->adopt(former, now); !adopted) return forward_error(adopted);
  if (auto key = keys->key_for(now, now); !key) return forward_error(key);
  return keys;
}

Result<> ListenerKeys::read() {
  std::vector<std::string> names;
  std::error_code wrong;
  for (fs::directory_iterator entry{folder_, wrong}, end; !wrong && entry != end; entry.increment(wrong))
    names.push_back(entry->path().filename().string());
  if (wrong) return fail_errno("list the listener keys in", folder_.string(), wrong.value());
  // Two keys of one month, copied together by somebody: always the same one is used.
  std::ranges::sort(names);
  const Lock lock{mutex_};
  for (auto& name : names) {
    const auto parsed = parse_name(name);
    if (!parsed) continue;
    const auto bytes = read_key(folder_ / name);
    if (!bytes) return std::unexpected(bytes.error());
    keys_.push_back({parsed->month, {parsed->number, *bytes}, parsed->over_since, std::move(name)});
  }
  return {};
}

Result<> ListenerKeys::adopt(const fs::path& former, Time now) {
  std::error_code none;
  if (former.empty() || !fs::exists(former, none)) return {};
  const auto bytes = read_key(former);
  if (!bytes) return std::unexpected(bytes.error());
  const Lock lock{mutex_};
  // An earlier version ran again after the upgrade and made another key: two cannot have the same number.
  if (std::ranges::any_of(keys_, [](const Stored& stored) { return stored.key.number == kFormerNumber; })) return destroy_file(former);
  const auto month = month_of(now);
  auto name = file_name_of(month, kFormerNumber, {});
  fs::rename(former, folder_ / name, none);
  if (none)
    return fail(ErrorKind::unavailable, "move the listener key " + former.string() + " to " + folder_.string() + ": " + none.message());
  for (const auto& changed : {folder_, former.parent_path()}) {
    if (auto synced = sync_folder(changed); !synced) return synced;
  }
  keys_.push_back({month, {kFormerNumber, *bytes}, {}, std::move(name)});
  return {};
}

Result<ListenerKeys::Key> ListenerKeys::key_for(Time time, Time now) {
  const Lock lock{mutex_};
  for (const auto month : {month_of(time), month_of(now)}) {
    const auto found = std::ranges::find(keys_, month, &Stored::month);
    if (found != keys_.end()) return found->key;
  }
  return make(now);
}

Result<ListenerKeys::Key> ListenerKeys::make(Time now) {
  const auto month = month_of(now);
  Key key;
  random_.fill(key.bytes);
  const auto months = static_cast<std::uint32_t>(static_cast<int>(month.year()) * 12) + static_cast<unsigned>(month.month()) - 1;
  do {
    // The month is for whoever reads it. The rest keeps a key apart from another one of the same month that got lost with its disk.
    std::array<std::byte, 2> rest{};
    random_.fill(rest);
    key.number = months << 16 | std::to_integer<std::uint32_t>(rest[0]) << 8 | std::to_integer<std::uint32_t>(rest[1]);
  } while (key.number == kFormerNumber);
  auto name = file_name_of(month, key.number, {});
  if (auto written = write_file(folder_ / name, as_text(key.bytes)); !written) return forward_error(written);
  keys_.push_back({month, key, {}, std::move(name)});
  return key;
}

Result<std::size_t> ListenerKeys::destroy_old(Time now) {
  const Lock lock{mutex_};
  const auto present = month_of(now);
  std::size_t destroyed = 0;
  for (auto stored = keys_.begin(); stored != keys_.end();) {
    if (stored->month == present) {
      if (stored->over_since) {
        if (auto marked = mark(*stored, {}); !marked) return forward_error(marked);
      }
      ++stored;
      continue;
    }
    if (!stored->over_since || *stored->over_since > now) {
      if (auto marked = mark(*stored, std::chrono::floor<std::chrono::seconds>(now)); !marked) return forward_error(marked);
    }
    const auto ended = stored->month < present ? end_of(stored->month) : *stored->over_since;
    if (now < ended + kKeyOutlivesMonth || now < *stored->over_since + kKeyOverBeforeDestruction) {
      ++stored;
      continue;
    }
    if (auto gone = destroy(*stored); !gone) return forward_error(gone);
    stored = keys_.erase(stored);
    ++destroyed;
  }
  return destroyed;
}

Result<> ListenerKeys::mark(Stored& stored, std::optional<Time> over_since) {
  auto name = file_name_of(stored.month, stored.key.number, over_since);
  std::error_code wrong;
  fs::rename(folder_ / stored.file_name, folder_ / name, wrong);
  // Removed by hand: there is nothing to keep, and nothing to destroy.
  if (wrong && wrong != std::errc::no_such_file_or_directory)
    return fail(ErrorKind::unavailable, "rename the listener key " + (folder_ / stored.file_name).string() + ": " + wrong.message());
  stored.over_since = over_since;
  stored.file_name = std::move(name);
  return sync_folder(folder_);
}

Result<> ListenerKeys::destroy(const Stored& stored) {
  auto gone = destroy_file(folder_ / stored.file_name);
  if (!gone && gone.error().kind == ErrorKind::not_found) gone = {};
  if (gone)
    log::info("a listener key was destroyed: its month is over",
              {{"month", fmt::format("{:04}-{:02}", static_cast<int>(stored.month.year()), static_cast<unsigned>(stored.month.month()))}});
  return gone;
}

std::vector<std::uint32_t> ListenerKeys::numbers() const {
  const Lock lock{mutex_};
  std::vector<std::uint32_t> all;
  for (const auto& stored : keys_) all.push_back(stored.key.number);
  return all;
}

}  // namespace carillon::stats
