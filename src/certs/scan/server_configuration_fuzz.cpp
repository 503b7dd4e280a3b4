// Configurations of four servers: the first byte says whose, the rest is the main file and, behind a zero byte each, the files that it may
// include. However they include each other, reading ends, and what comes out keeps its limits.

#include "base/text.hpp"
#include "certs/scan/configuration.hpp"

#include <array>
#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::certs;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Every pattern names all the files there are; a path with "folder" in it is one.
class FewFiles final : public Files {
 public:
  explicit FewFiles(std::vector<std::string_view> contents) : contents_{std::move(contents)} {}
  [[nodiscard]] Kind kind_of(const std::string& path) const override {
    return path.find("folder") != std::string::npos ? Kind::folder : Kind::file;
  }
  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    const auto number = path.empty() ? std::nullopt : parse_number(std::string_view(path).substr(path.size() - 1));
    if (!number || *number >= contents_.size()) return fail(ErrorKind::not_found, "There is no " + path + ".");
    return std::string(contents_[*number]);
  }
  [[nodiscard]] Listing matching(const std::string&) const override { return {{"/1", "/2"}, {}}; }
  [[nodiscard]] Listing below(const std::string& folder) const override {
    return {{folder + "/1", folder + "/2"}, {"It is " + folder + "."}};
  }
  [[nodiscard]] std::string real_path(const std::string& path) const override { return path; }
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    return name.size() > 3 ? std::nullopt : std::optional{name};
  }

 private:
  std::vector<std::string_view> contents_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::array kKinds{ServerKind::nginx, ServerKind::apache, ServerKind::haproxy, ServerKind::postfix};
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  (void)recognised("a.conf", text);
  const FewFiles files{split(text, '\0')};
  const auto configuration = read_configuration(kKinds[data[0] % kKinds.size()], "/etc/0", files);
  require(configuration.has_value() && configuration->sites.size() <= kMaxSites);
  for (const auto& site : configuration->sites) {
    for (const auto& name : site.names) require(is_plain_name(name));
    for (const auto port : site.ports) require(port != 0);
    for (const auto& local : site.local) require(local.port != 0 && is_loopback(local.address));
  }
  for (const auto& problem : configuration->problems) require(!problem.empty());
  return 0;
}
