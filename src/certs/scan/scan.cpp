// The engine: names are looked up on a few threads, handshakes run by the thousand on this one, and each chain is judged and dropped as it
// comes, so that memory grows with the answers and not with the endpoints.

#include "certs/scan/scan.hpp"

#include "certs/probe/handshake_pool.hpp"
#include "certs/probe/judge.hpp"
#include "certs/scan/configuration.hpp"
#include "certs/scan/lookups.hpp"
#include "certs/scan/pace.hpp"
#include "certs/scan/plan.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace carillon::certs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurn{250};
constexpr milliseconds kBetweenReports{100};
/// Descriptors that others need: files, name servers, the terminal.
constexpr std::size_t kReservedDescriptors = 64;
/// Intermediates that are remembered to name what others leave out, and lone leaves that are judged again at the end.
constexpr std::size_t kMaxIntermediates = 2'000;
constexpr std::size_t kMaxJudgedAgain = 10'000;

/// As many sockets as this process may have.
std::size_t connections_at_once() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  const auto wanted = std::min<rlim_t>(limit.rlim_max, kConnectionsAtOnce + kReservedDescriptors);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  if (limit.rlim_cur <= 2 * kReservedDescriptors) return kReservedDescriptors / 2;
  return std::min<std::size_t>(kConnectionsAtOnce, limit.rlim_cur - kReservedDescriptors);
}

/// Has chains judged as the keeper and watches have them, and those again whose issuer turns up later.
class Verdicts {
 public:
  Verdicts(const crypto::Trust& trust, Time now, std::vector<ScanRow>& rows) : trust_{trust}, now_{now}, rows_{rows} {}

  /// Fills the row at `index` in.
  void add(std::size_t index, const std::vector<crypto::Certificate>& chain, const std::string& name) {
    auto& row = rows_[index];
    auto judgement = judge(chain, {.name = name, .serial = {}}, trust_, now_);
    const auto order = crypto::ordered(chain);
    const auto& leaf = chain[order.front()];
    const auto names = leaf.names();
    row.name = names.empty() ? leaf.subject() : names.front();
    row.issuer = std::move(judgement.issuer);
    row.not_after = judgement.not_after;
    row.serial = std::move(judgement.serial);
    row.detail = std::move(judgement.remark);
    row.key = crypto::key_description(leaf);
    auto& findings = judgement.findings;
    // A file of authorities alone is no server's; what counts there are its dates and its strength.
    if (X509_check_ca(leaf.native()) > 0 && !row.endpoint) {
      std::erase_if(findings, [](auto one) {
        return one == crypto::Finding::self_signed || one == crypto::Finding::untrusted || one == crypto::Finding::incomplete_chain;
      });
    }
    write(row, findings);
    for (std::size_t i = 1; i < order.size(); ++i) remember(chain[order[i]]);
    const bool may_be_either = std::ranges::find(findings, crypto::Finding::incomplete_chain) != findings.end() &&
                               std::ranges::find(findings, crypto::Finding::untrusted) != findings.end();
    if (!may_be_either || again_.size() == kMaxJudgedAgain) return;
    if (auto der = leaf.to_der()) again_.push_back({index, std::move(*der), name});
  }

  /// Now that every intermediate is known that any of them sent.
  void look_again() {
    for (const auto& [index, der, name] : again_) {
      std::vector<crypto::Certificate> chain;
      if (auto leaf = crypto::Certificate::from_der(der)) chain.push_back(std::move(*leaf));
      if (!chain.empty()) write(rows_[index], judge(chain, {.name = name, .serial = {}}, trust_, now_, intermediates_).findings);
    }
  }

 private:
  struct Again {
    std::size_t index;
    std::string der, name;
  };

  static void write(ScanRow& row, const std::vector<crypto::Finding>& findings) {
    row.findings.clear();
    for (const auto finding : findings) row.findings.emplace_back(crypto::name_of(finding));
  }

  void remember(const crypto::Certificate& certificate) {
    if (intermediates_.size() == kMaxIntermediates || X509_check_ca(certificate.native()) == 0) return;
    if (!known_.insert(crypto::fingerprint(certificate)).second) return;
    X509_up_ref(certificate.native());
    intermediates_.emplace_back(crypto::X509Handle{certificate.native()});
  }

  const crypto::Trust& trust_;
  Time now_;
  std::vector<ScanRow>& rows_;
  std::vector<crypto::Certificate> intermediates_;
  std::set<std::string> known_;
  std::vector<Again> again_;
};

class Engine {
 public:
  Engine(const ScanRequest& request, const ScanParts& parts, HandshakePool& pool, Plan& plan,
         const std::function<void(ScanProgress)>& progress)
      : request_{request},
        parts_{parts},
        pool_{pool},
        endpoints_{std::move(plan.endpoints)},
        plan_{plan},
        progress_{progress},
        verdicts_{parts.trust, parts.clock.now(), rows} {}

  void run(const std::vector<CertificateFile>& files) {
    total_ = endpoints_.size() + files.size();
    look_names_up();
    Lookups lookups{parts_.resolver, names_, kLookupThreads, [this] { pool_.wake(); }};
    judge_files(files);
    const auto most = connections_at_once();
    while (unresolved_ > 0 || !ready_.empty() || pool_.size() > 0) {
      for (auto& answer : lookups.take()) resolve(answer);
      while (!ready_.empty() && may_start(most)) start_next();
      pool_.wait(kTurn, [this](std::uint64_t key, const Outcome& outcome, auto took) { ended(key, outcome, took); });
      if (pool_.size() == 0 && ready_.empty() && unresolved_ == 0) look_again();
      report(false);
    }
    verdicts_.look_again();
    drop_rows_out_of_reach();
    report(true);
  }

  std::vector<ScanRow> rows;

 private:
  /// One handshake to be made: an endpoint at one of its addresses.
  struct Look {
    std::uint32_t endpoint;
    std::uint32_t row;
    std::uint32_t address;
    Obstacle obstacle = Obstacle::none;
  };
  struct Address {
    std::string text;
    std::size_t running = 0;
    bool is_ready = false;               ///< stands in `ready_`
    std::vector<std::uint32_t> waiting;  ///< in no order that matters
  };

  void look_names_up() {
    for (std::uint32_t i = 0; i < endpoints_.size(); ++i) {
      if (crypto::is_ip_address(endpoints_[i].host)) {
        if (!look_here(i)) add_look(i, endpoints_[i].host, false);
        continue;
      }
      auto [found, is_new] = of_name_.try_emplace(endpoints_[i].host);
      if (is_new) names_.push_back(endpoints_[i].host);
      found->second.push_back(i);
    }
    unresolved_ = names_.size();
  }

  void judge_files(const std::vector<CertificateFile>& files) {
    for (const auto& file : files) {
      ScanRow row;
      row.where = file.path;
      rows.push_back(std::move(row));
      verdicts_.add(rows.size() - 1, file.chain, file.name);
      ++done_;
    }
  }

  void resolve(Lookups::Answer& answer) {
    --unresolved_;
    const auto& name = names_[answer.question];
    const bool is_known = answer.addresses && !answer.addresses->empty();
    for (const auto endpoint : of_name_.at(name)) {
      const bool leads_here = is_known && std::ranges::any_of(*answer.addresses, is_loopback);
      if (!leads_here && look_here(endpoint)) continue;
      if (is_known) {
        const auto count = std::min(answer.addresses->size(), kMaxAddresses);
        for (std::size_t i = 0; i < count; ++i) add_look(endpoint, (*answer.addresses)[i], count > 1);
        total_ += count - 1;
        continue;
      }
      auto& row = add_row(endpoint);
      row.findings.emplace_back(kUnreachable);
      row.detail = answer.addresses ? "the name has no address" : answer.addresses.error().message;
      ++done_;
    }
  }

  /// Whether the endpoint's server listens only on a loopback address. It's then checked there, whatever its name resolves to.
  bool look_here(std::uint32_t index) {
    const auto found = plan_.local.find(endpoints_[index]);
    if (found == plan_.local.end()) return false;
    auto& endpoint = endpoints_[index];
    endpoint.server_name = std::exchange(endpoint.host, found->second);
    plan_.single.insert(endpoint);
    add_look(index, endpoint.host, false);
    return true;
  }

  ScanRow& add_row(std::uint32_t endpoint) {
    ScanRow row;
    row.where = endpoints_[endpoint].text();
    row.endpoint = endpoints_[endpoint];
    return rows.emplace_back(std::move(row));
  }

  void add_look(std::uint32_t endpoint, const std::string& address, bool is_one_of_several) {
    auto& row = add_row(endpoint);
    if (is_one_of_several) row.where += " at " + address;
    auto [found, is_new] = address_index_.try_emplace(address, static_cast<std::uint32_t>(addresses_.size()));
    if (is_new) addresses_.push_back({.text = address, .waiting = {}});
    auto& queue = addresses_[found->second];
    queue.waiting.push_back(static_cast<std::uint32_t>(looks_.size()));
    looks_.push_back({endpoint, static_cast<std::uint32_t>(rows.size() - 1), found->second});
    make_ready(found->second);
  }

  void make_ready(std::uint32_t index) {
    auto& address = addresses_[index];
    if (address.is_ready || address.waiting.empty() || address.running >= kHandshakesPerAddress) return;
    address.is_ready = true;
    ready_.push_back(index);
  }

  [[nodiscard]] bool may_start(std::size_t most) const {
    return pool_.size() < most && pool_.connected() + pool_.connecting() < kHandshakesAtOnce && pool_.fresh() < pace_.window();
  }

  void start_next() {
    const auto index = ready_.front();
    ready_.pop_front();
    auto& address = addresses_[index];
    address.is_ready = false;
    const auto look = address.waiting.back();
    address.waiting.pop_back();
    ++address.running;
    const auto& target = endpoints_[looks_[look].endpoint];
    pool_.start(look, {address.text, target.port, target.asked_name(), target.starttls}, request_.deadline.value_or(deadline_of(target)));
    make_ready(index);  // at the end of the line: the others come first
  }

  /// Who took our connections and then fell silent may have been busy with our others: once more, now that the rest is done.
  void look_again() {
    if (std::exchange(looked_again_, true) || !somebody_answered_) return;
    pace_.open();
    for (const auto index : silent_) {
      const auto& look = looks_[index];
      rows[look.row].findings.clear();
      rows[look.row].detail.clear();
      addresses_[look.address].waiting.push_back(index);
      make_ready(look.address);
      --done_;
    }
  }

  void ended(std::uint64_t key, const Outcome& outcome, std::chrono::steady_clock::duration took) {
    auto& look = looks_[key];
    look.obstacle = outcome.obstacle;
    ++done_;
    const bool is_silence = outcome.obstacle == Obstacle::silence || outcome.obstacle == Obstacle::slow;
    if (!is_silence && outcome.obstacle != Obstacle::no_route) pace_.answered(took, std::chrono::steady_clock::now());
    somebody_answered_ = somebody_answered_ || outcome.obstacle == Obstacle::none;
    if (is_silence && outcome.was_connected && !looked_again_) silent_.push_back(static_cast<std::uint32_t>(key));
    --addresses_[look.address].running;
    make_ready(look.address);
    if (outcome.obstacle == Obstacle::none) {
      const auto& name = endpoints_[look.endpoint].asked_name();
      const bool asks_for_name = request_.addresses_are_names || !crypto::is_ip_address(name);
      verdicts_.add(look.row, outcome.chain, asks_for_name ? name : std::string{});
      return;
    }
    auto& row = rows[look.row];
    row.findings.emplace_back(is_without_tls(outcome.obstacle) ? kNotTls : kUnreachable);
    row.detail = outcome.detail;
  }

  /// Of each name's addresses. Last of all: the indices of rows change. The looks at one endpoint stand beside each other.
  void drop_rows_out_of_reach() {
    struct Shown {
      std::string address;
      Obstacle obstacle;
      std::uint32_t row;
    };
    std::vector<bool> dropped(rows.size());
    for (std::size_t first = 0, end = 0; first < looks_.size(); first = end) {
      const auto endpoint = looks_[first].endpoint;
      std::vector<Shown> shown;
      for (end = first; end < looks_.size() && looks_[end].endpoint == endpoint; ++end) {
        const auto& look = looks_[end];
        shown.push_back({endpoint_text(addresses_[look.address].text, endpoints_[endpoint].port), look.obstacle, look.row});
        dropped[look.row] = true;
      }
      drop_out_of_reach(shown);
      for (const auto& one : shown) dropped[one.row] = false;
    }
    std::size_t row = 0;
    std::erase_if(rows, [&](const ScanRow&) { return dropped[row++]; });
  }

  void report(bool is_last) {
    if (!progress_) return;
    const auto now = std::chrono::steady_clock::now();
    if (!is_last && now < next_report_) return;
    next_report_ = now + kBetweenReports;
    progress_({done_, total_});
  }

  const ScanRequest& request_;
  const ScanParts& parts_;
  HandshakePool& pool_;
  std::vector<Target> endpoints_;
  Plan& plan_;
  const std::function<void(ScanProgress)>& progress_;
  Verdicts verdicts_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> of_name_;
  std::size_t unresolved_ = 0;
  std::vector<Look> looks_;
  std::vector<Address> addresses_;
  std::unordered_map<std::string, std::uint32_t> address_index_;
  std::deque<std::uint32_t> ready_;
  Pace pace_;
  std::vector<std::uint32_t> silent_;
  bool somebody_answered_ = false, looked_again_ = false;
  std::size_t done_ = 0, total_ = 0;
  std::chrono::steady_clock::time_point next_report_;
};

/// The addresses of a name that show the same become one row.
void merge(std::vector<ScanRow>& rows) {
  std::map<Target, std::vector<std::size_t>> of_endpoint;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].endpoint) of_endpoint[*rows[i].endpoint].push_back(i);
  }
  std::vector<bool> dropped(rows.size());
  for (const auto& [endpoint, indices] : of_endpoint) {
    if (indices.size() < 2) continue;
    const auto& first = rows[indices.front()];
    const auto is_alike = [&](std::size_t i) {
      return rows[i].serial == first.serial && rows[i].findings == first.findings && rows[i].detail == first.detail;
    };
    if (!std::ranges::all_of(indices, is_alike)) continue;
    rows[indices.front()].where = endpoint.text();
    for (std::size_t i = 1; i < indices.size(); ++i) dropped[indices[i]] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (dropped[i]) continue;
    if (kept != i) rows[kept] = std::move(rows[i]);
    ++kept;
  }
  rows.resize(kept);
}

/// How many individually requested endpoints could not be reached.
std::size_t count_unreachable(const std::vector<ScanRow>& rows, const std::set<Target>& single) {
  std::map<Target, bool> is_seen;
  for (const auto& row : rows) {
    if (!row.endpoint || !single.contains(*row.endpoint)) continue;
    const bool is_unreachable = std::ranges::find(row.findings, kUnreachable) != row.findings.end();
    is_seen[*row.endpoint] = is_seen[*row.endpoint] || !is_unreachable;
  }
  return static_cast<std::size_t>(std::ranges::count_if(is_seen, [](const auto& one) { return !one.second; }));
}

}  // namespace

std::chrono::milliseconds deadline_of(const Target& target) noexcept {
  constexpr std::array<std::uint16_t, 7> kMailPorts{25, 110, 143, 465, 587, 993, 995};
  const bool is_mail = target.starttls != StartTls::none || std::ranges::find(kMailPorts, target.port) != kMailPorts.end();
  return is_mail ? kMailScanDeadline : kScanDeadline;
}

Result<ScanResult> scan(const ScanRequest& request, const ScanParts& parts, const std::function<void(ScanProgress)>& progress) {
  auto planned = plan(request, parts.files);
  if (!planned) return forward_error(planned);
  auto pool = HandshakePool::create();
  if (!pool) return forward_error(pool);
  Engine engine{request, parts, **pool, *planned, progress};
  engine.run(planned->files);
  merge(engine.rows);
  std::ranges::sort(engine.rows, {}, &ScanRow::where);
  const auto unreachable = count_unreachable(engine.rows, planned->single);
  return ScanResult{std::move(engine.rows), std::move(planned->problems), std::move(planned->remarks), unreachable};
}

}  // namespace carillon::certs
