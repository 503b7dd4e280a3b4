// See plan.hpp.

#include "certs/scan/plan.hpp"

#include "base/text.hpp"
#include "certs/scan/contents.hpp"
#include "certs/scan/targets.hpp"

#include <algorithm>
#include <set>

namespace carillon::certs {
namespace {

/// How many of a certificate's names are checked if its server lists none; no CA puts more into one.
constexpr std::size_t kMaxNamesOfCertificate = 100;
/// Debian's package of roots. Links to files in it belong to the system.
constexpr std::string_view kSystemRoots = "/usr/share/ca-certificates/";
/// The most sentences about one scan; more would hide the first ones.
constexpr std::size_t kMaxSentences = 1'000;

using Kind = Files::Kind;

struct Main {
  ServerKind kind;
  std::string folder;
};

bool ends_in_any(std::string_view path, std::initializer_list<std::string_view> endings) {
  const auto lower = lower_ascii(path);
  return std::ranges::any_of(endings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

/// Documentation, and copies that no server reads.
bool is_no_configuration(std::string_view path) {
  return ends_in_any(
      path, {"~",    ".md",   ".txt", ".rst",  ".html", ".htm",      ".sh",        ".py",       ".pl",     ".rb",      ".js",
             ".php", ".json", ".yml", ".yaml", ".xml",  ".log",      ".j2",        ".tmpl",     ".proto",  ".example", ".sample",
             ".bak", ".orig", ".old", ".save", ".swp",  ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".rpmnew", ".rpmsave", ".disabled"});
}

bool is_certificate_name(std::string_view path) {
  return ends_in_any(path, {".pem", ".crt", ".cer", ".cert", ".der", ".p12", ".pfx", ".p7b", ".p7c", ".jks", ".jceks", ".keystore"});
}

/// Notes which files a configuration consists of.
class RecordingFiles final : public Files {
 public:
  explicit RecordingFiles(const Files& files) : files_{files} {}
  [[nodiscard]] Kind kind_of(const std::string& path) const override { return files_.kind_of(path); }
  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    paths_.insert(files_.real_path(path));
    return files_.read(path);
  }
  [[nodiscard]] Listing matching(const std::string& pattern) const override { return files_.matching(pattern); }
  [[nodiscard]] Listing below(const std::string& folder) const override { return files_.below(folder); }
  [[nodiscard]] std::string real_path(const std::string& path) const override { return files_.real_path(path); }
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override { return files_.variable(name); }
  [[nodiscard]] bool was_read(const std::string& path) const { return paths_.contains(files_.real_path(path)); }

 private:
  const Files& files_;
  mutable std::set<std::string> paths_;
};

class Planner {
 public:
  Planner(const ScanRequest& request, const Files& files) : request_{request}, files_{files} {}

  Result<> add(const std::string& target) {
    const bool is_path = target.starts_with('/') || target.starts_with("./") || target.starts_with("../");
    const auto kind = files_.kind_of(target);
    const auto found_before = found_, problems_before = plan.problems.size();
    if (kind == Kind::folder) {
      if (auto added = add_folder(target); !added) return added;
      if (found_ == found_before && plan.problems.size() == problems_before)
        problem(clean_for_xml(target) + " contains neither a certificate nor a server configuration with TLS.");
      return {};
    }
    if (kind == Kind::file) {
      if (auto added = add_file(target); !added) return added;
      if (found_ == found_before && plan.problems.size() == problems_before)
        problem(clean_for_xml(target) + " configures no server with TLS and mentions no certificate.");
      return {};
    }
    if (is_path) {
      // Missing, or not accessible for this user: reading tells which.
      const auto why = files_.read(target);
      if (!why) return std::unexpected(why.error());
      return fail(ErrorKind::not_found, not_read(target, "it is neither a file nor a folder"));
    }
    auto parsed = parse_target(target, request_.ports, request_.starttls);
    if (!parsed) return forward_error(parsed);
    const bool is_range =
        !parsed->empty() && std::ranges::any_of(*parsed, [&](const Target& one) { return one.host != parsed->front().host; });
    for (auto& endpoint : *parsed) add_endpoint(std::move(endpoint), !is_range);
    if (plan.endpoints.size() > kMaxEndpoints)
      return fail(ErrorKind::too_large,
                  "A scan can cover at most " + std::to_string(kMaxEndpoints) + " endpoints. Split it into several scans.");
    return {};
  }

  Plan plan;

 private:
  void problem(std::string sentence) { add_sentence(plan.problems, std::move(sentence)); }
  void remark(std::string sentence) { add_sentence(plan.remarks, std::move(sentence)); }

  void add_sentence(std::vector<std::string>& sentences, std::string sentence) {
    if (!said_.insert(sentence).second) return;
    if (sentences.size() < kMaxSentences) {
      sentences.push_back(std::move(sentence));
    } else if (sentences.size() == kMaxSentences) {
      sentences.emplace_back("There are more than " + std::to_string(kMaxSentences) +
                             " such messages; scan smaller folders to see them all.");
    }
  }

  void add_endpoint(Target endpoint, bool is_single) {
    ++found_;
    if (is_single) plan.single.insert(endpoint);
    plan.local.erase(endpoint);
    if (known_.insert(endpoint).second) plan.endpoints.push_back(std::move(endpoint));
  }

  void add_local(Target endpoint, const std::string& address) {
    if (known_.contains(endpoint)) {
      ++found_;
      return;
    }
    add_endpoint(endpoint, true);
    plan.local.emplace(std::move(endpoint), address);
  }

  /// Configurations by the names of their main files first, so that the rest of their folders can be told from configurations in use.
  Result<> add_folder(const std::string& folder) {
    auto listing = files_.below(folder);
    for (auto& sentence : listing.problems) problem(std::move(sentence));
    const RecordingFiles recorded{files_};
    std::vector<Main> mains;
    for (const auto& path : listing.paths) {
      const auto kind = recognised(path, {});
      if (!kind) continue;
      mains.push_back({*kind, folder_of(path)});
      if (auto added = add_configuration(*kind, path, recorded); !added) problem(added.error().message);
    }
    std::size_t roots = 0;
    std::vector<std::string> large;
    for (const auto& path : listing.paths) {
      if (path.ends_with(".key")) continue;
      if (files_.real_path(path).starts_with(kSystemRoots) && !folder.starts_with(kSystemRoots)) {
        ++roots;
        continue;
      }
      const auto content = files_.read(path);
      if (!content) {
        if (content.error().kind == ErrorKind::too_large && !is_certificate_name(path)) {
          large.push_back(path);
        } else {
          problem(content.error().message);
        }
        continue;
      }
      if (add_contents(path, *content, false)) continue;
      const auto kind = is_no_configuration(path) ? std::nullopt : recognised(path, *content);
      if (!kind || recognised(path, {}) || recorded.was_read(path)) continue;
      const auto is_below_its_main = [&](const Main& main) { return main.kind == *kind && path.starts_with(main.folder + "/"); };
      if (std::ranges::any_of(mains, is_below_its_main)) {
        remark(not_read(path, "its server's main configuration doesn't include it") + " Scan the file itself if it's in use.");
      } else if (auto added = add_configuration(*kind, path, recorded); !added) {
        problem(added.error().message);
      }
    }
    if (roots > 0)
      remark(std::to_string(roots) + " root certificates of the operating system in " + clean_for_xml(folder) + " aren't listed.");
    if (!large.empty())
      remark(clean_for_xml(large.front()) +
             (large.size() > 1 ? " and " + std::to_string(large.size() - 1) + " other large files were" : " was") +
             " not read, because a certificate file may have at most " + std::to_string(kLongestFile >> 20U) + " MiB.");
    return {};
  }

  /// A file that was named itself, and must be something.
  Result<> add_file(const std::string& path) {
    const auto content = files_.read(path);
    if (!content) return std::unexpected(content.error());
    if (add_contents(path, *content, true)) return {};
    const auto kind = recognised(path, *content);
    if (!kind) {
      return fail(ErrorKind::invalid,
                  path +
                      " is neither a certificate file nor an nginx, Apache, HAProxy or Postfix configuration. Use --from "
                      "for a list of targets.");
    }
    return add_configuration(*kind, path, files_);
  }

  Result<> add_configuration(ServerKind kind, const std::string& path, const Files& files) {
    auto configuration = read_configuration(kind, path, files);
    if (!configuration) return forward_error(configuration);
    for (auto& sentence : configuration->problems) problem(std::move(sentence));
    for (auto& sentence : configuration->remarks) remark(std::move(sentence));
    for (const auto& site : configuration->sites) add_site(site);
    return {};
  }

  /// Whether it is a file of certificates, readable or not.
  bool add_contents(const std::string& path, const std::string& content, bool is_asked_for) {
    auto contents = contents_of(name_of_file(path), content);
    if (contents.is_none()) return false;
    if (!contents.unread.empty()) problem(not_read_from(path, contents));
    if (contents.is_bundle && !is_asked_for) {
      ++found_;
      remark(clean_for_xml(path) + " contains " + std::to_string(contents.chains.size()) +
             " CA certificates and no others, so they aren't listed. Scan the file itself to see them.");
      return true;
    }
    const bool is_only_one = contents.chains.size() == 1 && contents.chains.front().label.empty();
    for (auto& chain : contents.chains) add_chain(is_only_one ? path : path + ": " + chain.label, {}, std::move(chain.certificates));
    for (const auto& reference : contents.references) {
      const auto other = resolved(folder_of(path), reference);
      const auto text = files_.read(other);
      if (!text) {
        problem(clean_for_xml(path) + ": " + text.error().message);
      } else if (!contents_of(name_of_file(other), *text).references.empty() || !add_contents(other, *text, true)) {
        problem(clean_for_xml(path) + ": " + not_read(other, "it contains no certificate"));
      }
    }
    return true;
  }

  static std::string not_read_from(const std::string& path, const Contents& contents) {
    if (contents.chains.empty()) return not_read(path, contents.unread);
    return "Not everything in " + clean_for_xml(path) + " was read, because " + contents.unread + ".";
  }

  void add_chain(const std::string& place, const std::string& name, std::vector<crypto::Certificate> chain) {
    ++found_;
    if (!known_files_.insert(place).second) return;
    plan.files.push_back({place, name, std::move(chain)});
  }

  /// The chains in the files of a site, by their places.
  std::vector<std::pair<std::string, std::vector<crypto::Certificate>>> chains_of(const Site& site) {
    std::vector<std::pair<std::string, std::vector<crypto::Certificate>>> chains;
    const auto prefix = site.place.empty() ? std::string{} : site.place + ": ";
    const auto add = [&](const std::string& path, bool is_listed) {
      const auto content = files_.read(path);
      if (!content) return problem(prefix + content.error().message);
      auto contents = contents_of(name_of_file(path), *content);
      if (!contents.unread.empty()) problem(prefix + not_read_from(path, contents));
      if (contents.is_none()) {
        // Keys are listed beside certificates.
        if (is_listed && content->find("PRIVATE KEY-----") == std::string::npos)
          problem(prefix + not_read(path, "it contains no certificate"));
        return;
      }
      const bool is_only_one = contents.chains.size() == 1 && contents.chains.front().label.empty();
      for (auto& chain : contents.chains)
        chains.emplace_back(is_only_one ? path : path + ": " + chain.label, std::move(chain.certificates));
    };
    for (const auto& path : site.certificates) add(path, true);
    for (const auto& folder : site.folders) {
      auto listing = files_.below(folder);
      for (const auto& sentence : listing.problems) problem(prefix + sentence);
      for (const auto& path : listing.paths) {
        if (!ends_in_any(path, {".key", ".ocsp", ".sctl"})) add(path, false);
      }
    }
    return chains;
  }

  void add_site(const Site& site) {
    auto chains = chains_of(site);
    std::vector<crypto::Certificate> intermediates;
    for (const auto& [place, chain] : chains) {
      if (!std::ranges::all_of(chain, is_authority)) continue;
      for (const auto& certificate : chain) intermediates.push_back(another(certificate));
    }
    auto names = site.names;
    for (auto& [place, chain] : chains) {
      const bool is_leaf = !std::ranges::all_of(chain, is_authority);
      if (site.names.empty()) add_names_of(chain[crypto::ordered(chain).front()], place, names);
      if (is_leaf) {
        for (const auto& certificate : intermediates) {
          if (chain.size() < crypto::kLongestChain) chain.push_back(another(certificate));
        }
      }
      // With several certificates for several names, it's unknown which belongs to which. “localhost” etc. aren't certificate names.
      const auto first = std::ranges::find_if(site.names, [](const auto& name) { return name.find('.') != std::string::npos; });
      const bool is_clear = is_leaf && site.certificates.size() == 1 && site.folders.empty() && first != site.names.end();
      add_chain(place, is_clear ? *first : std::string{}, std::move(chain));
    }
    for (const auto& name : names) {
      for (const auto port : site.ports) add_endpoint({name, port, site.starttls}, true);
      for (const auto& local : site.local) add_local({name, local.port, site.starttls}, local.address);
    }
    mention_unnamed(site, names.empty(), chains.empty());
  }

  /// A certificate's names, for a server that lists none.
  void add_names_of(const crypto::Certificate& certificate, const std::string& place, std::vector<std::string>& names) {
    std::size_t count = 0;
    for (auto& name : certificate.names()) {
      if (!is_plain_name(name)) continue;
      if (++count > kMaxNamesOfCertificate)
        return problem("Only the first " + std::to_string(kMaxNamesOfCertificate) + " names in " + clean_for_xml(place) +
                       " were checked on the network. Scan the others as separate targets.");
      add_once(names, std::move(name));
    }
  }

  /// A site's names that can't be looked up.
  void mention_unnamed(const Site& site, bool has_no_names, bool has_no_certificates) {
    if (site.ports.empty() && site.local.empty()) return;
    if (!has_no_names && site.patterns.empty()) return;
    std::string patterns;
    for (const auto& pattern : site.patterns) {
      if (patterns.size() < 200) patterns += (patterns.empty() ? "" : ", ") + pattern;
    }
    const auto port = std::to_string(site.ports.empty() ? site.local.front().port : site.ports.front());
    auto sentence = site.place + (site.place.empty() ? "" : ": ") +
                    (patterns.empty() ? "port " + port + " was not checked on the network, because no name of this server is known"
                                      : patterns + " was not checked on the network, because it isn't a name that can be looked up") +
                    ". Scan a name of this server as well, e.g. www.example.org:" + port + ".";
    if (has_no_names && has_no_certificates) {
      problem(std::move(sentence));
    } else {
      remark(std::move(sentence));
    }
  }

  const ScanRequest& request_;
  const Files& files_;
  std::set<Target> known_;
  std::set<std::string> known_files_, said_;
  std::size_t found_ = 0;  ///< endpoints, certificates and bundles, repeated ones counted
};

}  // namespace

Result<Plan> plan(const ScanRequest& request, const Files& files) {
  Planner planner{request, files};
  auto targets = request.targets;
  for (const auto& list : request.lists) {
    const auto text = files.read(list);
    if (!text) return fail(text.error().kind, "The list of targets could not be read: " + text.error().message);
    auto lines = parse_target_lines(*text);
    if (!lines) return fail(lines.error().kind, list + ": " + lines.error().message);
    std::ranges::move(*lines, std::back_inserter(targets));
  }
  for (const auto& target : targets) {
    if (auto added = planner.add(target); !added) return forward_error(added);
  }
  return std::move(planner.plan);
}

}  // namespace carillon::certs
