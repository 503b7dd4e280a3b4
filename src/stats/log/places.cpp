// See places.hpp. The only file that knows libmaxminddb.

#include "stats/log/places.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "stats/log/data_centres.hpp"

#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>

namespace carillon::stats {
namespace {

namespace fs = std::filesystem;

/// Longer ones are no country, region or network of any database.
constexpr std::size_t kLongestValue = 64;

/// What tells whether a file is another one than before.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t length = 0;
  std::int64_t changed = 0;
  [[nodiscard]] bool operator==(const Stamp&) const = default;
};

/// None where there is no file.
std::optional<Stamp> stamp_of(const fs::path& file) {
  struct stat facts{};
  if (file.empty() || ::stat(file.c_str(), &facts) != 0) return {};
  return Stamp{facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec};
}

Result<std::string> read_bounded(const fs::path& file) {
  std::error_code wrong;
  if (const auto status = fs::status(file, wrong); !wrong && !fs::is_regular_file(status))
    return fail(ErrorKind::invalid, file.string() + " isn't a regular file; put the database itself there, or a link to it");
  const auto length = fs::file_size(file, wrong);
  if (wrong) return fail(ErrorKind::unavailable, "stat " + file.string() + ": " + wrong.message());
  if (length > Places::kLargestFile)
    return fail(ErrorKind::too_large,
                file.string() + " is " + to_human(ByteCount{length}) + "; the limit is " + to_human(ByteCount{Places::kLargestFile}));
  return read_file(file);
}

/// A database in MaxMind's format, in memory of its own.
class Database {
 public:
  static Result<std::shared_ptr<const Database>> open(const fs::path& file) {
    const auto content = read_bounded(file);
    if (!content) return std::unexpected(content.error());
    // libmaxminddb opens files alone and maps them. One that is cut short while it is mapped would end the process, so it gets a copy.
    const FileDescriptor memory{::memfd_create("places", MFD_CLOEXEC)};
    if (!memory) return fail_errno("allocate memory for", file.string(), errno);
    if (auto written = write_all(memory.get(), as_bytes(*content)); !written) return forward_error(written);
    std::shared_ptr<Database> database{new Database};
    const auto path = "/proc/self/fd/" + std::to_string(memory.get());
    const int outcome = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database->handle_);
    if (outcome != MMDB_SUCCESS) return fail(ErrorKind::invalid, file.string() + " isn't a MaxMind database: " + MMDB_strerror(outcome));
    database->is_open_ = true;
    return database;
  }
  ~Database() {
    if (is_open_) MMDB_close(&handle_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] std::optional<MMDB_entry_s> find(const IpAddress& address) const {
    const bool v4 = address.is_v4();
    int outcome = MMDB_SUCCESS;
    MMDB_lookup_result_s found{};
    if (v4) {
      sockaddr_in socket{};
      socket.sin_family = AF_INET;
      std::memcpy(&socket.sin_addr, address.bytes().data(), sizeof socket.sin_addr);
      found = MMDB_lookup_sockaddr(&handle_, reinterpret_cast<const sockaddr*>(&socket), &outcome);
    } else {
      sockaddr_in6 socket{};
      socket.sin6_family = AF_INET6;
      std::memcpy(&socket.sin6_addr, address.bytes().data(), sizeof socket.sin6_addr);
      found = MMDB_lookup_sockaddr(&handle_, reinterpret_cast<const sockaddr*>(&socket), &outcome);
    }
    if (outcome != MMDB_SUCCESS || !found.found_entry) return {};
    return found.entry;
  }

  [[nodiscard]] std::string kind() const {
    const std::string_view text = handle_.metadata.database_type == nullptr ? "" : handle_.metadata.database_type;
    return text.size() <= kLongestValue && is_utf8(text) ? std::string{text} : std::string{};
  }
  [[nodiscard]] std::chrono::sys_seconds built() const {
    return std::chrono::sys_seconds{std::chrono::seconds{std::min<std::uint64_t>(handle_.metadata.build_epoch, INT32_MAX)}};
  }

 private:
  Database() = default;
  MMDB_s handle_{};
  bool is_open_ = false;
};

template <class... Keys>
std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s entry, Keys... keys) {
  MMDB_entry_data_s data{};
  const std::array<const char*, sizeof...(keys) + 1> path{keys..., nullptr};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data) return {};
  return data;
}

template <class... Keys>
std::string text_at(const MMDB_entry_s& entry, Keys... keys) {
  const auto data = value_at(entry, keys...);
  if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING || data->data_size > kLongestValue) return {};
  const std::string_view text{data->utf8_string, data->data_size};
  return is_utf8(text) ? std::string{text} : std::string{};
}

template <class... Keys>
std::optional<std::uint32_t> number_at(const MMDB_entry_s& entry, Keys... keys) {
  const auto data = value_at(entry, keys...);
  if (!data) return {};
  if (data->type == MMDB_DATA_TYPE_UINT32) return data->uint32;
  if (data->type == MMDB_DATA_TYPE_UINT16) return data->uint16;
  return {};
}

std::string country_in(const MMDB_entry_s& entry) {
  // MaxMind's names are nested, DB-IP's flat.
  auto country = text_at(entry, "country", "iso_code");
  if (country.empty()) country = text_at(entry, "country_code");
  return country.size() == 2 ? country : std::string{};
}

std::string region_in(const MMDB_entry_s& entry, const std::string& country) {
  if (const auto code = text_at(entry, "subdivisions", "0", "iso_code"); !code.empty() && !country.empty()) return country + "-" + code;
  if (auto name = text_at(entry, "subdivisions", "0", "names", "en"); !name.empty()) return name;
  return text_at(entry, "state1");
}

}  // namespace

struct Places::Impl {
  template <class Content>
  struct Source {
    fs::path file;
    std::optional<Stamp> seen;
    std::shared_ptr<const Content> content;
  };
  struct Contents {
    std::shared_ptr<const Database> places, networks;
    std::shared_ptr<const DataCentres> data_centres, vpns, shared;
  };

  explicit Impl(PlaceFiles files)
      : places{std::move(files.places), {}, {}},
        networks{std::move(files.networks), {}, {}},
        data_centres{std::move(files.data_centres), {}, {}},
        vpns{std::move(files.vpns), {}, {}},
        shared{std::move(files.shared), {}, {}} {}

  template <class Content>
  void add(std::vector<ListInUse>& all, const char* name, const Source<Content>& source) const REQUIRES(mutex) {
    if (!source.content || !source.seen) return;
    ListInUse list{.name = name,
                   .file = source.file.filename().string(),
                   .dated = Time{std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{source.seen->changed})},
                   .kind = {},
                   .attribution = {},
                   .link = {}};
    if constexpr (std::is_same_v<Content, Database>) {
      list.kind = source.content->kind();
      if (source.content->built() > std::chrono::sys_seconds{}) list.dated = source.content->built();
      const auto [text, link] = attribution_of(list.kind);
      list.attribution = text;
      list.link = link;
    }
    all.push_back(std::move(list));
  }

  [[nodiscard]] Contents contents() const {
    const Lock lock{mutex};
    return {places.content, networks.content, data_centres.content, vpns.content, shared.content};
  }

  template <class Content, class Read>
  void refresh(Source<Content> Impl::* which, const Read& read) {
    fs::path file;
    std::optional<Stamp> seen;
    {
      const Lock lock{mutex};
      file = (this->*which).file;
      seen = (this->*which).seen;
    }
    const auto stamp = stamp_of(file);
    if (stamp == seen) return;
    std::shared_ptr<const Content> content;
    if (stamp) {
      auto fresh = read(file);
      if (!fresh)
        log::error("a location or network database can't be used", {{"file", file.string()}, {"reason", fresh.error().message}});
      else
        content = std::move(*fresh);
    }
    const Lock lock{mutex};
    (this->*which).seen = stamp;
    if (!content && stamp) return;
    (this->*which).content = std::move(content);
    log::info(stamp ? "a location or network database was loaded" : "a location or network database was removed",
              {{"file", file.string()}});
  }

  mutable Mutex mutex;
  Mutex refreshing;
  Source<Database> places GUARDED_BY(mutex);
  Source<Database> networks GUARDED_BY(mutex);
  Source<DataCentres> data_centres GUARDED_BY(mutex);
  Source<DataCentres> vpns GUARDED_BY(mutex);
  Source<DataCentres> shared GUARDED_BY(mutex);
};

Places::Places(PlaceFiles files) : impl_{std::make_unique<Impl>(std::move(files))} { refresh(); }

Places::~Places() = default;

Place Places::of(const IpAddress& address) const {
  const auto known = impl_->contents();
  Place place;
  if (known.places) {
    if (const auto entry = known.places->find(address)) {
      place.country = country_in(*entry);
      place.region = region_in(*entry, place.country);
    }
  }
  if (known.networks) {
    if (const auto entry = known.networks->find(address)) place.network = number_at(*entry, "autonomous_system_number");
  }
  if (known.shared && known.shared->contains(address, place.network)) {
    place.shared = true;
    return place;
  }
  for (const auto& list : {known.data_centres, known.vpns}) {
    if (list) place.data_centre = place.data_centre.value_or(false) || list->contains(address, place.network);
  }
  return place;
}

std::vector<ListInUse> Places::lists() const {
  std::vector<ListInUse> all;
  const Lock lock{impl_->mutex};
  impl_->add(all, "places", impl_->places);
  impl_->add(all, "networks", impl_->networks);
  impl_->add(all, "data_centres", impl_->data_centres);
  impl_->add(all, "vpns", impl_->vpns);
  impl_->add(all, "shared", impl_->shared);
  return all;
}

std::pair<std::string_view, std::string_view> attribution_of(std::string_view kind) noexcept {
  struct Publisher {
    std::string_view mark, text, link;
  };
  static constexpr std::array kPublishers{
      Publisher{"dbip", "IP Geolocation by DB-IP", "https://db-ip.com"},
      Publisher{"db-ip", "IP Geolocation by DB-IP", "https://db-ip.com"},
      Publisher{"geolite", "This product includes GeoLite2 data created by MaxMind", "https://www.maxmind.com"},
      Publisher{"geoip", "This product includes GeoIP2 data created by MaxMind", "https://www.maxmind.com"},
      Publisher{"ip2location", "This site or product includes IP2Location LITE data", "https://lite.ip2location.com"},
      Publisher{"ipinfo", "IP address data powered by IPinfo", "https://ipinfo.io"},
  };
  const auto contains = [&](std::string_view mark) {
    return !std::ranges::search(kind, mark, [](char one, char other) {
              return (one >= 'A' && one <= 'Z' ? one - 'A' + 'a' : one) == other;
            }).empty();
  };
  const auto found = std::ranges::find_if(kPublishers, [&](const Publisher& one) { return contains(one.mark); });
  if (found == kPublishers.end()) return {};
  return {found->text, found->link};
}

void Places::refresh() {
  const Lock one_at_a_time{impl_->refreshing};
  impl_->refresh(&Impl::places, Database::open);
  impl_->refresh(&Impl::networks, Database::open);
  const auto list_called = [](std::string_view what) {
    return [what](const fs::path& file) -> Result<std::shared_ptr<const DataCentres>> {
      const auto text = read_bounded(file);
      if (!text) return std::unexpected(text.error());
      auto list = DataCentres::parse(*text, what);
      if (!list) return forward_error(list);
      return std::make_shared<const DataCentres>(std::move(*list));
    };
  };
  impl_->refresh(&Impl::data_centres, list_called("data center list"));
  impl_->refresh(&Impl::vpns, list_called("VPN list"));
  impl_->refresh(&Impl::shared, list_called("list of shared addresses"));
}

}  // namespace carillon::stats
