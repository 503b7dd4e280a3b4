// See plan.hpp.

#include "certs/scan/plan.hpp"

#include "base/text.hpp"
#include "certs/scan/targets.hpp"

#include <algorithm>
#include <set>

namespace carillon::certs {
namespace {

/// Of a certificate whose server names none, so many of its names are looked at.
constexpr std::size_t kMaxNamesTaken = 10;
constexpr std::string_view kPemBegin = "-----BEGIN ";

bool is_authority(const crypto::Certificate& certificate) { return X509_check_ca(certificate.native()) > 0; }

/// The certificates of a file; empty when it has none, or is a bundle.
std::vector<crypto::Certificate> chain_in(const std::string& content) {
  if (content.starts_with('\x30')) {
    std::vector<crypto::Certificate> chain;
    if (auto certificate = crypto::Certificate::from_der(content)) chain.push_back(std::move(*certificate));
    return chain;
  }
  if (content.find(kPemBegin) == std::string::npos) return {};
  auto chain = crypto::roots_from_pem(content);
  if (!chain || chain->size() > crypto::kLongestChain) return {};
  return std::move(*chain);
}

crypto::Certificate another(const crypto::Certificate& certificate) {
  X509_up_ref(certificate.native());
  return crypto::Certificate{crypto::X509Handle{certificate.native()}};
}

class Planner {
 public:
  Planner(const ScanRequest& request, const Files& files) : request_{request}, files_{files} {}

  Result<> add(const std::string& target) {
    const bool is_path = target.starts_with('/') || target.starts_with("./") || target.starts_with("../");
    const auto kind = files_.kind_of(target);
    if (kind == Files::Kind::folder) return add_folder(target);
    if (kind == Files::Kind::file) return add_file(target, true);
    if (is_path) return fail(ErrorKind::not_found, "There is no file or folder " + target + ".");
    auto parsed = parse_target(target, request_.ports);
    if (!parsed) return forward_error(parsed);
    for (auto& endpoint : *parsed) add_endpoint(std::move(endpoint));
    if (plan.endpoints.size() > kMaxEndpoints)
      return fail(ErrorKind::too_large,
                  "A scan can cover at most " + std::to_string(kMaxEndpoints) + " endpoints. Split it into several scans.");
    return {};
  }

  Plan plan;

 private:
  void add_endpoint(Target endpoint) {
    if (known_.insert(endpoint).second) plan.endpoints.push_back(std::move(endpoint));
  }

  Result<> add_folder(const std::string& folder) {
    for (const auto* main : {"nginx.conf", "apache2.conf", "httpd.conf", "haproxy.cfg", "main.cf"}) {
      const auto path = resolved(folder, main);
      if (files_.kind_of(path) != Files::Kind::file) continue;
      if (auto added = add_file(path, false); !added) return added;
    }
    for (const auto& path : files_.below(folder)) {
      if (path.ends_with(".key")) continue;
      if (auto added = add_file(path, false, true); !added) return added;
    }
    return {};
  }

  /// `asked_for`: it was named itself, and must be something. `certificates_only`: it was found in a folder.
  Result<> add_file(const std::string& path, bool asked_for, bool certificates_only = false) {
    auto content = files_.read(path);
    if (!content) {
      if (asked_for) return forward_error(content);
      plan.problems.push_back(content.error().message);
      return {};
    }
    if (auto chain = chain_in(*content); !chain.empty()) return add_chain(path, {}, std::move(chain)), Result<>{};
    if (certificates_only) return {};
    const auto kind = recognised(path, *content);
    if (!kind) {
      return fail(ErrorKind::invalid,
                  path +
                      " is neither a certificate file nor an nginx, Apache, HAProxy or Postfix configuration. Use --from "
                      "for a list of targets.");
    }
    auto configuration = read_configuration(*kind, path, files_);
    if (!configuration) return forward_error(configuration);
    std::ranges::move(configuration->problems, std::back_inserter(plan.problems));
    for (const auto& site : configuration->sites) add_site(site);
    return {};
  }

  void add_chain(const std::string& path, const std::string& name, std::vector<crypto::Certificate> chain) {
    if (!known_files_.insert(path).second) return;
    plan.files.push_back({path, name, std::move(chain)});
  }

  void add_site(const Site& site) {
    std::vector<std::pair<std::string, std::vector<crypto::Certificate>>> chains;
    std::vector<crypto::Certificate> intermediates;
    auto paths = site.certificates;
    for (const auto& folder : site.folders) {
      for (auto& path : files_.below(folder)) paths.push_back(std::move(path));
    }
    for (const auto& path : paths) {
      const auto content = files_.read(path);
      if (!content) {
        plan.problems.push_back("A configuration refers to a certificate that can't be read: " + content.error().message);
        continue;
      }
      auto chain = chain_in(*content);
      if (chain.empty()) continue;
      if (std::ranges::all_of(chain, is_authority)) {
        for (const auto& certificate : chain) intermediates.push_back(another(certificate));
      }
      chains.emplace_back(path, std::move(chain));
    }
    auto names = site.names;
    for (auto& [path, chain] : chains) {
      const bool is_leaf = !std::ranges::all_of(chain, is_authority);
      if (is_leaf && site.names.empty()) {
        for (auto& name : chain[crypto::ordered(chain).front()].names()) {
          if (names.size() < kMaxNamesTaken && is_plain_name(name)) add_once(names, std::move(name));
        }
      }
      if (is_leaf) {
        for (const auto& certificate : intermediates) {
          if (chain.size() < crypto::kLongestChain) chain.push_back(another(certificate));
        }
      }
      // With several certificates for several names nobody says which is whose.
      const bool is_clear = is_leaf && site.certificates.size() == 1 && site.folders.empty() && !site.names.empty();
      add_chain(path, is_clear ? site.names.front() : std::string{}, std::move(chain));
    }
    for (const auto& name : names) {
      for (const auto port : site.ports) add_endpoint({name, port, site.starttls});
    }
  }

  const ScanRequest& request_;
  const Files& files_;
  std::set<Target> known_;
  std::set<std::string> known_files_;
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
