// HAProxy: "bind … ssl crt FILE|FOLDER", crt-lists and crt-stores (configuration.txt, chapters 2.2, 3.11, 4 and 5.1).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace carillon::certs {
namespace {

/// Words that begin a section.
constexpr std::array<std::string_view, 19> kSections{
    "global", "defaults", "frontend", "backend",     "listen",      "peers",    "resolvers", "mailers", "program",    "cache",
    "ring",   "userlist", "acme",     "log-forward", "http-errors", "fcgi-app", "crt-store", "traces",  "log-profile"};
/// A certificate may be split by key type (5.1, "crt").
constexpr std::array<std::string_view, 3> kBundle{".rsa", ".ecdsa", ".dsa"};

struct Certificate {
  std::string path, place;
  bool is_list = false;
};

struct Bind {
  Site site;
  std::vector<Certificate> certificates;
};

struct Store {
  std::string base;
  std::map<std::string, std::string, std::less<>> paths;  ///< by alias and as written
};

class HaproxyReader {
 public:
  HaproxyReader(const Files& files, std::string folder) : files_{files}, folder_{std::move(folder)}, inclusions_{files, result} {}

  void read(const std::string& path, std::string_view text) {
    std::size_t number = 0;
    for (const auto line : split(text, '\n')) {
      place_ = clean_for_xml(path) + ":" + std::to_string(++number);
      if (auto words = words_of(line); !words.empty()) directive(words);
    }
    end_section();
  }

  void finish() {
    for (auto& bind : binds_) resolve(bind);
  }

  Configuration result;

 private:
  void directive(std::vector<std::string>& words) {
    if (std::ranges::find(kSections, words[0]) != kSections.end()) {
      end_section();
      section_ = words[0];
      store_ = words.size() > 1 ? words[1] : std::string{};
      return;
    }
    if (words.size() < 2) return;
    if (words[0] == "setenv" || words[0] == "presetenv") {
      if (words.size() > 2 && (words[0] == "setenv" || !value_of(words[1]))) variables_[words[1]] = expanded(words[2]).value_or("");
    } else if (words[0] == "crt-base") {
      if (auto base = expanded(words[1])) (section_ == "crt-store" ? stores_[store_].base : base_) = resolved(folder_, *base);
    } else if (words[0] == "bind") {
      bind(words);
    } else if (words[0] == "ssl-f-use") {
      for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        if (words[i] == "crt") add_certificate(shared_, words[i + 1], false);
      }
    } else if (words[0] == "load" && section_ == "crt-store") {
      load(words);
    }
  }

  void end_section() {
    for (auto i = first_of_section_; i < binds_.size(); ++i) {
      binds_[i].certificates.insert(binds_[i].certificates.end(), shared_.begin(), shared_.end());
    }
    shared_.clear();
    first_of_section_ = binds_.size();
  }

  void load(const std::vector<std::string>& words) {
    std::string path, alias;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      if (words[i] == "crt") path = words[i + 1];
      if (words[i] == "alias") alias = words[i + 1];
    }
    const auto text = expanded(path);
    if (!text || text->empty()) return;
    auto& store = stores_[store_];
    const auto& base = store.base.empty() ? base_ : store.base;
    const auto full = resolved(base.empty() ? folder_ : base, *text);
    store.paths[*text] = full;
    if (!alias.empty()) store.paths[alias] = full;
  }

  void bind(const std::vector<std::string>& words) {
    if (binds_.size() == kMaxSites) return too_many_sites(result);
    Bind bind;
    bind.site.place = place_;
    const bool is_tls = std::ranges::find(words, "ssl") != words.end();
    for (std::size_t i = 2; i + 1 < words.size(); ++i) {
      if (words[i] == "crt" || words[i] == "crt-list") {
        add_certificate(bind.certificates, words[i + 1], words[i] == "crt-list");
        ++i;
      }
    }
    if (!is_tls && bind.certificates.empty()) return;
    if (is_tls) {
      const auto addresses = expanded(words[1]);
      if (!addresses) return;
      for (const auto address : split(*addresses, ',')) listen(bind.site, address);
    }
    binds_.push_back(std::move(bind));
  }

  void add_certificate(std::vector<Certificate>& certificates, const std::string& path, bool is_list) {
    if (auto text = expanded(path)) certificates.push_back({std::move(*text), place_, is_list});
  }

  /// "*:443", ":::443", "ipv6@:443", "[::1]:443", ":8000-8010" (chapter 11.1).
  void listen(Site& site, std::string_view address) {
    if (const auto at = address.find('@'); at != std::string_view::npos) {
      const auto family = address.substr(0, at);
      if (family.starts_with("quic")) {
        result.remarks.push_back(place_ + ": HTTP/3 on “" + clean_for_xml(address) + "” can't be checked on the network.");
        return;
      }
      if (!family.starts_with("ipv") && !family.starts_with("tcp") && !family.starts_with("mptcp")) return elsewhere(address);
      address.remove_prefix(at + 1);
    }
    if (address.starts_with('/')) return elsewhere(address);
    const auto colon = address.rfind(':');
    const auto ports = colon == std::string_view::npos ? std::vector<std::uint16_t>{} : ports_in(address.substr(colon + 1));
    if (ports.empty()) {
      result.problems.push_back(place_ + ": the address “" + clean_for_xml(cut_to(address, 100)) +
                                "” was not checked, because its port isn't a number. Scan its host and port as well.");
      return;
    }
    for (const auto port : ports) add_listener(site, address.substr(0, colon), port);
  }

  void elsewhere(std::string_view address) {
    result.remarks.push_back(place_ + ": “" + clean_for_xml(cut_to(address, 100)) +
                             "” isn't a TCP port, so it can't be checked on the network.");
  }

  void resolve(Bind& bind) {
    Site own = bind.site;
    for (const auto& certificate : bind.certificates) {
      place_ = certificate.place;
      if (certificate.is_list) {
        list(bind.site, certificate.path);
      } else {
        add_file(own, certificate.path);
      }
    }
    const bool has_lists = std::ranges::any_of(bind.certificates, [](const auto& one) { return one.is_list; });
    if (!own.certificates.empty() || !own.folders.empty() || !has_lists) add_site(result, std::move(own));
  }

  void add_file(Site& site, std::string_view path) {
    if (path.starts_with('@')) return add_stored(site, path);
    auto full = resolved(base_.empty() ? folder_ : base_, path);
    const auto kind = files_.kind_of(full);
    if (kind == Files::Kind::folder) return add_once(site.folders, std::move(full));
    if (kind == Files::Kind::none) {
      bool is_bundle = false;
      for (const auto suffix : kBundle) {
        if (files_.kind_of(full + std::string(suffix)) != Files::Kind::file) continue;
        add_once(site.certificates, full + std::string(suffix));
        is_bundle = true;
      }
      if (is_bundle) return;
    }
    add_once(site.certificates, std::move(full));
  }

  /// "@store/certificate"; "@/certificate" without a store's name.
  void add_stored(Site& site, std::string_view path) {
    const auto slash = path.find('/');
    if (slash != std::string_view::npos) {
      const auto store = stores_.find(path.substr(1, slash - 1));
      const auto name = path.substr(slash + 1);
      if (store != stores_.end()) {
        if (const auto found = store->second.paths.find(name); found != store->second.paths.end())
          return add_once(site.certificates, found->second);
      }
    }
    result.problems.push_back(place_ + ": the certificate “" + clean_for_xml(path) +
                              "” was not read, because no crt-store that was read contains it; scan its file as well.");
  }

  /// FILE [OPTIONS] [NAME…], one per line. Without names, the certificate's own names count.
  void list(const Site& bind, std::string_view path) {
    const auto full = resolved(folder_, path);
    const auto text = inclusions_.read(full, 0, place_);
    if (!text) return;
    std::size_t number = 0;
    for (const auto line : split(*text, '\n')) {
      const auto words = words_of(line);
      place_ = clean_for_xml(full) + ":" + std::to_string(++number);
      if (words.empty()) continue;
      if (result.sites.size() == kMaxSites) return too_many_sites(result);
      Site site = bind;
      site.place = place_;
      if (const auto file = expanded(words[0])) add_file(site, *file);
      bool in_options = false;
      for (std::size_t i = 1; i < words.size(); ++i) {
        in_options = in_options || words[i].starts_with('[');
        if (!in_options && !words[i].starts_with('!')) add_name(site, words[i]);
        if (words[i].ends_with(']')) in_options = false;
      }
      add_site(result, std::move(site));
    }
  }

  [[nodiscard]] std::optional<std::string> value_of(const std::string& name) const {
    const auto found = variables_.find(name);
    return found == variables_.end() ? files_.variable(name) : std::optional{found->second};
  }

  std::optional<std::string> expanded(std::string_view text) {
    auto expansion = expand_variables(text, [this](const std::string& name) { return value_of(name); });
    if (expansion.missing.empty()) return std::move(expansion.text);
    result.problems.push_back(place_ + ": “" + clean_for_xml(cut_to(text, 200)) + "” was not read, because the variable " +
                              expansion.missing.front() +
                              " isn't set here. Set it to the value that HAProxy's service uses, then scan again.");
    return {};
  }

  const Files& files_;
  std::string folder_, base_, place_, section_, store_;
  Inclusions inclusions_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::map<std::string, Store, std::less<>> stores_;
  std::vector<Bind> binds_;
  std::vector<Certificate> shared_;  ///< of all binds of this section
  std::size_t first_of_section_ = 0;
};

}  // namespace

Result<Configuration> read_haproxy(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  HaproxyReader reader{files, name_of_file(path) == "haproxy.cfg" ? folder_of(path) : root_of(path, {"haproxy.cfg"}, files)};
  reader.read(path, *text);
  if (name_of_file(path) == "haproxy.cfg") {
    // Debian's service and others start it with `-f haproxy.cfg -f conf.d`.
    const auto more = files.matching(resolved(resolved(folder_of(path), "conf.d"), "*.cfg"));
    reader.result.problems.insert(reader.result.problems.end(), more.problems.begin(), more.problems.end());
    Inclusions inclusions{files, reader.result};
    for (const auto& one : more.paths) {
      if (const auto part = inclusions.read(one, 0, clean_for_xml(path))) reader.read(one, *part);
    }
  }
  reader.finish();
  return std::move(reader.result);
}

}  // namespace carillon::certs
