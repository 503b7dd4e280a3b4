// carillon cert scan: looks for certificates, says what is wrong with them, and what has changed since the last time.

#include "certs/scan/scan.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "app/keeping/issuers.hpp"
#include "base/printable.hpp"
#include "certs/scan/stored.hpp"
#include "certs/scan/targets.hpp"
#include "crypto/sha256.hpp"

#include <boost/json/parse.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>

namespace carillon::app {
namespace {

/// The last scan of the same targets lies under a name made of them.
std::filesystem::path stored_at(const DataFolder& data, const ScanWish& name_options) {
  std::string all = name_options.ports.value_or("");
  if (name_options.starttls) all += "\n--starttls " + *name_options.starttls;
  for (const auto& target : name_options.targets) all += "\n" + target;
  for (const auto& list : name_options.lists) all += "\n@" + list;
  constexpr std::size_t kEnough = 16;
  return data.scans() / (crypto::sha256(as_bytes(all)).hex().substr(0, kEnough) + ".json");
}

void print_changes(const certs::ScanChanges& changes, Time since) {
  if (changes.fresh.empty() && changes.gone.empty() && changes.changed.empty()) {
    std::cout << "\nNothing has changed since " << to_rfc3339(std::chrono::floor<std::chrono::seconds>(since)) << ".\n";
    return;
  }
  std::cout << "\nSince " << to_rfc3339(std::chrono::floor<std::chrono::seconds>(since)) << ":\n";
  for (const auto& row : changes.fresh) std::cout << "  new      " << row.where << "  " << row.name << "\n";
  for (const auto& row : changes.gone) std::cout << "  gone     " << row.where << "  " << row.name << "\n";
  for (const auto& change : changes.changed) {
    std::cout << "  changed  " << change.now.where << "  " << change.now.name
              << (change.before.serial != change.now.serial ? ": different certificate" : ": different findings") << "\n";
  }
}

struct Watching {
  std::size_t count = 0;
  std::string steward;  ///< who is notified, as the server says; "" for nobody
};

Result<Watching> put_under_watch(const Context& context, const ScanWish& name_options, const std::vector<certs::ScanRow>& rows) {
  Watching added;
  for (const auto& row : rows) {
    if (!row.endpoint || row.findings == std::vector<std::string>{std::string(certs::kUnreachable)} ||
        row.findings == std::vector<std::string>{std::string(certs::kNotTls)})
      continue;
    boost::json::object document{{"target", row.endpoint->text()}};
    if (!row.endpoint->server_name.empty()) {
      auto target = *row.endpoint;
      target.server_name.clear();
      document["target"] = target.text();
      document["name"] = row.endpoint->server_name;
    }
    const auto starttls = name_of(row.endpoint->starttls);
    document["starttls"] = starttls.empty() ? "none" : starttls;
    if (name_options.steward) document["steward"] = *name_options.steward;
    const auto answer = Control{context.data, context.remote}.call(http::Method::post, "/watches", &document);
    if (!answer) return std::unexpected(answer.error());
    ++added.count;
    added.steward = text_of(*answer, "steward");
  }
  return added;
}

/// An incomplete scan must not look like one that found no problems.
Result<> what_is_missing(const certs::ScanResult& result) {
  std::string what;
  const auto problems = result.problems.size();
  if (problems > 0)
    what = "see " + (problems == 1 ? std::string("the message") : "the " + std::to_string(problems) + " messages") + " above";
  if (result.unreachable > 0)
    what += (what.empty() ? "" : "; ") + std::to_string(result.unreachable) +
            (result.unreachable == 1 ? " endpoint is" : " endpoints are") + " unreachable";
  if (what.empty()) return {};
  return fail(ErrorKind::unavailable, "The scan is incomplete: " + what + ".");
}

/// A scan may need root, and the server, which makes backups of scans, may be another user.
void give_to_owner_of(const std::filesystem::path& folder, std::initializer_list<std::filesystem::path> paths) {
  struct stat facts{};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &facts) != 0) return;
  for (const auto& path : paths) (void)::lchown(path.c_str(), facts.st_uid, facts.st_gid);
}

}  // namespace

Result<> scan_certificates(const Context& context, const ScanWish& name_options) {
  if (name_options.targets.empty() && name_options.lists.empty())
    return fail(ErrorKind::invalid, "Specify at least one target: a host, range, folder or configuration, or --from FILE.");
  certs::ScanRequest request{.targets = name_options.targets, .lists = name_options.lists};
  if (name_options.ports) {
    const auto ports = certs::parse_ports(*name_options.ports);
    if (!ports) return std::unexpected(ports.error());
    request.ports = *ports;
  }
  if (name_options.starttls) {
    const auto starttls = certs::starttls_chosen(*name_options.starttls, certs::kHttpsPort);
    if (!starttls) return std::unexpected(starttls.error());
    request.starttls = *starttls;
  }
  if (name_options.deadline)
    request.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(*name_options.deadline));
  const auto configuration =
      read_configuration(context.configuration, [](const char* name) -> const char* { return std::getenv(name); }, {});
  if (!configuration) return std::unexpected(configuration.error());
  const auto resolver = dns::make_resolver(configuration->dns_servers);
  if (!resolver) return std::unexpected(resolver.error());
  auto roots = crypto::system_roots().value_or(std::vector<crypto::Certificate>{});
  for (auto& root : roots_of(configuration->issuers)) roots.push_back(std::move(root));
  if (const auto pem = read_file(context.data.root_certificate())) {
    if (auto own = crypto::roots_from_pem(*pem)) std::ranges::move(*own, std::back_inserter(roots));
  }
  const auto trust = crypto::Trust::in(roots);
  if (!trust) return std::unexpected(trust.error());
  const SystemClock clock;
  const certs::LocalFiles files;

  Result<certs::ScanResult> result;
  {
    ProgressBar bar;
    result =
        certs::scan(request, {.resolver = **resolver, .trust = *trust, .clock = clock, .files = files}, [&](certs::ScanProgress progress) {
          bar.draw(progress.total ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 1,
                   std::to_string(progress.done) + " of " + std::to_string(progress.total));
        });
  }
  if (!result) return std::unexpected(result.error());

  const auto store = stored_at(context.data, name_options);
  std::optional<certs::StoredScan> before;
  if (const auto text = read_file(store)) {
    if (auto read = certs::read_stored_scan(*text)) before = std::move(*read);
  }
  // Remembering is a convenience: a folder that cannot be written spoils no scan.
  if (make_folder(store.parent_path()) && write_file(store, certs::stored({clock.now(), result->rows})))
    give_to_owner_of(context.data.root, {store.parent_path(), store});

  for (const auto& remark : result->remarks) std::cerr << "carillon: note: " << printable(remark) << "\n";
  for (const auto& problem : result->problems) std::cerr << "carillon: " << printable(problem) << "\n";
  if (context.json) {
    std::cout << printable_json(certs::rows_as_json(result->rows)) << "\n";
  } else {
    std::vector<std::vector<std::string>> rows{{"WHERE", "NAME", "ISSUER", "EXPIRES", "FINDINGS"}};
    for (const auto& row : result->rows) {
      const auto cells = certs::cells_of(row, clock.now());
      rows.emplace_back(cells.begin(), cells.end());
    }
    print_table(rows);
    if (before) print_changes(certs::changes_between(before->rows, result->rows), before->at);
  }
  if (!name_options.add) return what_is_missing(*result);
  const auto added = put_under_watch(context, name_options, result->rows);
  if (!added) return std::unexpected(added.error());
  if (!context.json) {
    std::cout << "\n" << added->count << (added->count == 1 ? " endpoint is" : " endpoints are") << " now being watched";
    std::cout << (added->count == 0 || added->steward.empty() ? ". Set a steward with --steward.\n"
                                                              : "; " + added->steward + " will be notified if something is wrong.\n");
  }
  return what_is_missing(*result);
}

}  // namespace carillon::app
