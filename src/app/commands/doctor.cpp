// carillon doctor: looks at everything that can be looked at, from outside where it can, and says what to do about each finding.

#include "app/commands/commands.hpp"

#include "ads/booking/booking.hpp"
#include "announce/announcer.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "audio/media_program.hpp"
#include "base/ip/address.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "blob/store.hpp"
#include "certs/revocation/revocation.hpp"
#include "crypto/certificate.hpp"
#include "db/database.hpp"
#include "podcast/publishing/schedule.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

namespace carillon::app {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

std::string counted(std::size_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

std::string without_stop(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

constexpr std::chrono::days kRootWarning{180};
constexpr int kHttps = 443;

struct Finding {
  bool good;
  std::string what;
  std::string advice;    ///< "" when good
  bool pressing = true;  ///< false: worth knowing, and no reason to fail
};

/// The server whose data is examined.
struct Server {
  std::string command, unit;
};
Server server_of(bool is_guard) { return is_guard ? Server{"carillon guard", "carillon-guard"} : Server{"carillon serve", "carillon"}; }

std::string start(const DataFolder& data, const Server& server) {
  return "Start the server: " + server.command + " --data " + data.root.string();
}

Finding examine_space(const DataFolder& data) {
  const auto space = space_at(data.root);
  if (!space)
    return {false, space.error().message, "Check that the data folder's disk is mounted and readable: ls -ld " + data.root.string()};
  const auto reserve = blob::reserve_of(space->total);
  const auto text = to_human(space->free) + " of " + to_human(space->total) + " is free on the disk with " + data.root.string();
  if (space->free < reserve)
    return {false, text,
            "Publishing is disabled until " + to_human(reserve) +
                " is free. Downloads still work. To see what's using the space: du -xh --max-depth=2 " + data.root.string()};
  return {true, text, ""};
}

Finding examine_modes(const DataFolder& data) {
  const auto open = open_to_others(data);
  if (open.empty()) return {true, "The data folder is readable only by its owner", ""};
  std::string names;
  for (const auto& path : open) names += (names.empty() ? "" : ", ") + path.filename().string();
  return {false, "Other users of this machine can read " + names + " in " + data.root.string(),
          "Restrict the folder: chmod 700 " + data.root.string()};
}

/// Reads the whole file, so that damage is found before a listener finds it.
Finding examine_database(const fs::path& file) {
  if (auto checked = db::Database::check(file); !checked)
    return {false, checked.error().message, "Restore the newest backup into a new folder: carillon restore BACKUP --data NEW-FOLDER"};
  return {true, "The database " + file.filename().string() + " is intact", ""};
}

Finding examine_server(const DataFolder& data) {
  const auto shows = Control{data}.call(http::Method::get, "/shows");
  if (shows)
    return {
        true,
        "The server responds on " + data.control_socket().string() + " and has " + counted(shows->at("items").as_array().size(), "show"),
        ""};
  return {false, "The server isn't responding: " + shows.error().message, start(data, server_of(false))};
}

/// What to do about failed jobs of a kind.
std::string advice_on_jobs(const std::string& kind) {
  if (kind == podcast::kIngestJob)
    return "Fix the cause, then upload the recording again (carillon episode audio EPISODE FILE) or delete the episode (carillon episode "
           "delete EPISODE).";
  if (kind == ads::kCreativeJob)
    return "Add the creative to its order again with another recording, or delete it (DELETE /creatives/ID in the API; the ID is the job's "
           "subject).";
  if (kind == announce::kAnnounce)
    return "Check the hub and the [announce] section of the configuration, then apply the change: systemctl reload carillon. The hub will "
           "be notified "
           "of "
           "the show's next change; podcast apps that poll the feed get this change anyway.";
  return "Fix the cause. Details are in the server's log: journalctl -u carillon";
}

/// Whether what a failed job is about is still there: an episode or a creative may have been deleted since. Announcements are of shows.
bool is_of_something(const DataFolder& data, const std::string& kind, const std::string& subject) {
  const bool is_episodes = kind == podcast::kIngestJob || kind == podcast::kPublishJob;
  if (!is_episodes && kind != ads::kCreativeJob) return true;
  const auto found = Control{data}.call(http::Method::get, (is_episodes ? "/episodes/" : "/creatives/") + subject);
  return found || found.error().kind != ErrorKind::not_found;
}

/// One finding for each kind of job that failed, and wasn't made good since by another one. The newest is listed first.
void examine_jobs(const DataFolder& data, std::vector<Finding>& findings) {
  const auto answer = Control{data}.call(http::Method::get, "/jobs");
  if (!answer) return findings.push_back({false, "Jobs can't be read: " + answer.error().message, start(data, server_of(false))});
  struct Failed {
    std::string kind;
    std::size_t count = 0;
    std::string newest;
  };
  std::vector<Failed> all;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& item : answer->at("items").as_array()) {
    const auto& job = item.as_object();
    const auto kind = text_of(job, "kind");
    // Only the last one about something says how it stands.
    if (!seen.emplace(kind, text_of(job, "subject")).second || text_of(job, "state") != "failed") continue;
    if (!is_of_something(data, kind, text_of(job, "subject"))) continue;
    auto found = std::ranges::find(all, kind, &Failed::kind);
    if (found == all.end())
      found = all.insert(all.end(), {.kind = kind, .newest = kind + " of " + text_of(job, "subject") + ": " + text_of(job, "error")});
    ++found->count;
  }
  if (all.empty()) findings.push_back({true, "No jobs have failed", ""});
  for (const auto& [kind, count, newest] : all)
    findings.push_back({false, counted(count, "failed job") + "; the most recent: " + newest, advice_on_jobs(kind)});
}

/// Older lists miss too many new apps, robots and networks.
constexpr std::chrono::days kOldList{180};
/// IAB 2.3: shared addresses are checked at least every 90 days.
constexpr std::chrono::days kOldSharedList{90};

/// What figures are based on, and how old that is.
void examine_lists(const DataFolder& data, const Clock& clock, std::vector<Finding>& findings) {
  const auto answer = Control{data}.call(http::Method::get, "/stats/methodology");
  if (!answer) return;  // that the server doesn't respond is said elsewhere
  std::set<std::string> present;
  for (const auto& item : answer->at("lists").at("sources").as_array()) {
    const auto& source = item.as_object();
    const auto list = text_of(source, "list");
    present.insert(list);
    const auto dated = parse_rfc3339(text_of(source, "dated"));
    if (!dated) continue;
    const auto age = std::chrono::floor<std::chrono::days>(std::max<Duration>(clock.now() - *dated, Duration{}));
    const bool shipped = source.at("file").is_null();
    const auto name = shipped ? std::string("The list of apps and robots") : "lists/" + text_of(source, "file");
    const auto text = name + " is " + counted(static_cast<std::size_t>(age.count()), "day") + " old";
    if (age <= (list == "shared" ? kOldSharedList : kOldList))
      findings.push_back({true, text, ""});
    else if (shipped)
      findings.push_back({false, text + ", so new apps and robots aren't recognized",
                          "Update Carillon, or put newer lists into " + data.lists().string() + "/ (see “Statistics” in the manual)",
                          false});
    else
      findings.push_back({false, text, "Replace it with a current version: " + (data.lists() / text_of(source, "file")).string(), false});
  }
  if ((present.contains("data_centres") || present.contains("vpns")) && !present.contains("shared"))
    findings.push_back(
        {false,
         "Data centers are filtered, but there's no list of shared addresses, so listeners behind Apple's Private Relay aren't counted",
         "Put Apple's list into " + data.lists().string() +
             ": curl -o shared-addresses.csv https://mask-api.icloud.com/egress-ip-ranges.csv",
         false});
}

/// What to do about a layer that is missing.
std::string advice_on(const std::string& layer) {
  if (layer == "seccomp")
    return "Use a kernel with CONFIG_SECCOMP_FILTER, and make sure that no container or systemd unit blocks it: systemctl cat carillon";
  if (layer == "landlock")
    return "Use Linux 5.13 or later with “landlock” in its list of security modules (kernel parameter lsm=). To see the list: cat "
           "/sys/kernel/security/lsm";
  if (layer == "namespaces")
    return "Allow user namespaces for the user that Carillon runs as: remove RestrictNamespaces= from its systemd unit, and make sure that "
           "this limit is above 0: sysctl user.max_user_namespaces";
  return "Run carillon as a user other than root, or give it the capabilities to change its user (CAP_SETUID, CAP_SETGID). "
         "To see the unit: systemctl cat carillon";
}

void add_layer(const std::string& name, const std::string& missing, std::vector<Finding>& findings) {
  // Without the list of system calls a decoder that was taken over has the whole kernel before it; the others stand behind that.
  if (!missing.empty())
    findings.push_back(
        {false, "Recordings are decoded without the sandbox layer “" + name + "”: " + missing, advice_on(name), name == "seccomp"});
}

/// Whether recordings can be decoded, and what confines that: as the running server has found it, else as it is for this shell.
void examine_decoding(const DataFolder& data, const fs::path& program, std::vector<Finding>& findings) {
  std::error_code none;
  const auto permissions = fs::status(program, none).permissions();
  if (none || (permissions & fs::perms::owner_exec) == fs::perms::none) {
    findings.push_back(
        {false, program.string() + " is missing or can't be run",
         "Put carillon-media in the same folder as carillon; without it, recordings can't be processed. To list the folder: ls -l " +
             program.parent_path().string()});
    return;
  }
  std::vector<audio::ConfinementLayer> layers;
  std::string error;
  if (const auto health = Control{data}.call(http::Method::get, "/health"); health && health->if_contains("decoding")) {
    const auto& decoding = health->at("decoding").as_object();
    error = text_of(decoding, "error");
    for (const auto& item : decoding.at("layers").as_array())
      layers.push_back({text_of(item.as_object(), "name"), text_of(item.as_object(), "missing")});
  } else if (auto tried = audio::MediaProgram{program}.probe()) {
    layers = std::move(*tried);
  } else {
    error = tried.error().message;
  }
  if (!error.empty()) {
    findings.push_back({false, "Recordings can't be decoded: " + error,
                        "carillon and carillon-media must be from the same release. Details are in the log: journalctl -u carillon"});
    return;
  }
  std::string in_force;
  for (const auto& [name, missing] : layers) {
    if (missing.empty()) in_force += (in_force.empty() ? "" : ", ") + name;
  }
  findings.push_back(
      {true, "Recordings are decoded by " + program.string() + ", sandboxed with " + (in_force.empty() ? "resource limits only" : in_force),
       ""});
  for (const auto& [name, missing] : layers) add_layer(name, missing, findings);
}

Finding examine_authority(const DataFolder& data, const Server& server, const Clock& clock) {
  const auto pem = read_file(data.root_certificate());
  if (!pem)
    return {false, "There is no local CA yet",
            "It is created when the server first starts: " + server.command + " --data " + data.root.string()};
  const auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain || chain->empty())
    return {false, "The local CA's certificate " + data.root_certificate().string() + " can't be read",
            "Restore it from a backup: carillon restore BACKUP --data NEW-FOLDER"};
  const auto left = std::chrono::floor<std::chrono::days>(chain->front().not_after() - clock.now());
  if (chain->front().not_before() > clock.now())
    return {false,
            "The local CA isn't valid until " + moment_text(chain->front().not_before()) +
                ": this machine's clock is wrong, or was wrong when the CA was created",
            "Check the clock: timedatectl status. If it's right, stop the server, move " + data.authority().string() +
                " away and start it again."};
  const auto text = "The local CA is valid for " + std::to_string(left.count()) + " more days";
  if (left < kRootWarning)
    return {false, text,
            "Plan its replacement: every device that trusts this CA needs the new certificate. To see the current one: carillon ca show"};
  return {true, text, ""};
}

/// Whether an origin's host is a name or an address that every machine has for itself.
bool leads_to_this_machine(const std::string& origin) {
  const auto host = lower_ascii(host_of(origin));
  const auto address = IpAddress::parse(host);
  return address ? is_loopback(*address) : host == "localhost" || host.ends_with(".localhost");
}

/// Certificates, who is in charge of them, and whether anybody could be told. Answers the steward in force, as the server has it; "": there
/// is none, or nobody answers.
std::string examine_certificates(const DataFolder& data, const Configuration& configuration, const Server& server,
                                 std::vector<Finding>& findings) {
  const auto answer = Control{data}.call(http::Method::get, "/certificates");
  if (!answer) {
    findings.push_back({false, "Certificates can't be read: " + answer.error().message, start(data, server)});
    return {};
  }
  // Asked of the server: the configuration may name nobody, and the first person somebody.
  const auto& in_charge = answer->at("in_charge").as_object();
  const auto steward = text_of(in_charge, "steward");
  std::string unassigned, unwell, unseen, unspared, without, exported;
  bool stuck = false;
  std::set<std::string> names;
  std::size_t all = 0, foreign = 0;
  const auto add = [](std::string& list, const std::string& name) { list += (list.empty() ? "" : ", ") + name; };
  for (const auto& item : answer->at("items").as_array()) {
    const auto& one = item.as_object();
    const auto name = text_of(one, "name"), state = text_of(one, "state"), issuer = text_of(one, "issuer");
    ++all;
    names.insert(name);
    // The local CA's own names need nobody: what they need is made here.
    const bool local = issuer == "local";
    foreign += local ? 0 : 1;
    // A show's domain is its network's matter.
    if (!local && text_of(one, "source") != "domain" && text_of(one, "steward").empty()) add(unassigned, name);
    if (state == "late" || state == "expired") add(unwell, fmt::format("{} ({})", name, state));
    if (const auto problem = text_of(one, "problem"); !problem.empty()) {
      // Another server's certificate is for that server's operator to replace.
      if (one.contains("watched")) {
        findings.push_back({false, name + ": " + without_stop(problem), "carillon cert show " + name});
        stuck = true;
        continue;
      }
      findings.push_back({false, without_stop(problem),
                          "Add a CA under [[certificates.issuers]] in the configuration and restart the server, or get a certificate "
                          "manually: carillon cert csr " +
                              name});
      stuck = true;
      continue;
    }
    if (text_of(one, "not_after").empty()) {
      if (state != "late") add(without, name);
      continue;
    }
    if (one.at("last_seen").as_array().empty()) add(unseen, name);
    if (const auto* known = one.if_contains("revocation"); known && known->is_object()) {
      const auto since = parse_rfc3339(text_of(known->as_object(), "unanswered_since"));
      if (since && SystemClock{}.now() - *since >= certs::kSilenceWorthSaying)
        findings.push_back({false,
                            "Revocation checks of the certificate for " + name + " have failed since " +
                                text_of(known->as_object(), "unanswered_since") + ": " +
                                without_stop(text_of(known->as_object(), "problem")),
                            "Check that this machine can reach " + text_of(known->as_object(), "source") + ".", false});
    }
    for (const auto& seen : one.at("last_seen").as_array()) {
      const auto remark = text_of(seen.as_object(), "remark");
      if (remark.contains("evocation checks have failed"))
        findings.push_back(
            {false, fmt::format("{}: {}", name, remark), "Check that this machine can reach the CRL or OCSP responder of the CA.", false});
    }
    if (const auto* exports = one.if_contains("exports")) {
      for (const auto& entry : exports->as_array()) {
        const auto& to = entry.as_object();
        const auto where = name + " to " + text_of(to, "folder");
        if (text_of(to, "state") == "failed")
          findings.push_back({false, "The export of " + where + " fails: " + without_stop(text_of(to, "problem")),
                              "Fix the problem; the export is retried every minute. To see its state: carillon cert show " + name});
        else
          add(exported, where + (text_of(to, "state") == "ok" ? "" : " (no certificate yet)"));
      }
    }
    const bool issued = std::ranges::any_of(configuration.issuers, [&](const IssuerSection& section) { return section.name == issuer; });
    if (issued && one.at("spare").is_null() && !one.contains("watched")) add(unspared, name);
  }
  if (!without.empty())
    findings.push_back({false, "No certificate yet: " + without, "See its progress: carillon cert history NAME", false});
  if (unwell.empty() && without.empty() && !stuck)
    findings.push_back({true, all == 1 ? "The certificate is fine" : "All " + counted(all, "certificate") + " are fine", ""});
  else if (!unwell.empty())
    findings.push_back(
        {false, "Certificates that need attention: " + unwell, "See what is wrong and how to fix it: carillon incident list"});
  if (!exported.empty()) findings.push_back({true, "Exported: " + exported, ""});
  if (!unseen.empty())
    findings.push_back({false, "Not verified from outside yet: " + unseen,
                        "Check that the names resolve and that their port is open. For details: carillon cert show NAME", false});
  if (!unassigned.empty())
    findings.push_back(
        {false, "No one is responsible for " + unassigned,
         "Set `steward` under [certificates] in the configuration, or name one for each: carillon cert add NAME --steward EMAIL"});
  else if (steward.empty())
    findings.push_back(
        {false, "No steward is set",
         "Set a steward and a deputy under [certificates] in the configuration, then apply the change: systemctl reload " + server.unit,
         false});
  else if (text_of(in_charge, "deputy").empty())
    findings.push_back({false, "No deputy is set for " + steward,
                        "Set `deputy` under [certificates]; the deputy is notified if the steward doesn't respond. Then apply the change: "
                        "systemctl reload " +
                            server.unit,
                        false});

  // What the server has found itself: lost files, a wrong clock, a channel that fails, stewards who left. Those of certificates are above.
  if (const auto incidents = Control{data}.call(http::Method::get, "/incidents?solved=false")) {
    for (const auto& item : incidents->at("items").as_array()) {
      const auto& incident = item.as_object();
      if (names.contains(text_of(incident, "subject"))) continue;
      findings.push_back(
          {false, without_stop(text_of(incident, "what")),
           without_stop(text_of(incident, "remedy")) + " (details: carillon incident show " + text_of(incident, "id") + ")"});
    }
  }

  if (configuration.issuers.size() == 1)
    findings.push_back(
        {false, "There is only one issuer, “" + configuration.issuers.front().name + "”, so no name has a spare certificate",
         "Add a second [[certificates.issuers]] entry for another CA. The second CA issues the spare certificates and is used "
         "if the first fails. Then restart: systemctl restart " +
             server.unit,
         false});
  else if (!unspared.empty())
    findings.push_back({false, "There is no spare certificate for " + unspared,
                        "Spare certificates are ordered automatically within minutes of the first certificate. If that doesn't happen, "
                        "check: carillon cert history NAME",
                        false});

  const auto channels = Control{data}.call(http::Method::get, "/channels");
  if (channels && channels->at("items").as_array().empty())
    findings.push_back({false, "No one can be notified: no channel is configured",
                        "Configure [notify.smtp] or [notify.webhook], then test it: carillon channel test smtp", foreign > 0});
  if (channels && !channels->at("items").as_array().empty() && leads_to_this_machine(configuration.effective_origin(kHttps)))
    findings.push_back({false,
                        (configuration.origin.empty() ? "server.origin isn't set" : "server.origin is " + configuration.origin) +
                            ", so links in emails, e.g. to acknowledge an incident, work only on this machine",
                        "Set `origin` under [server] to the HTTPS URL at which people can reach this server, e.g. " +
                            std::string(server.unit == "carillon" ? "https://pod.example.org" : "https://www.example.org") +
                            ", then restart: systemctl restart " + server.unit,
                        false});
  std::error_code none;
  // A server that has it as a credential leaves none there.
  if (configuration.master_key_file.empty() && fs::exists(data.master_key(), none))
    findings.push_back({false, "The master key is in the data folder, so anyone with a copy of that folder can decrypt the secrets in it",
                        "Move the key out of the folder, then set `master_key_file` or pass the key as a systemd credential: mv " +
                            data.master_key().string() + " NEW-PLACE",
                        false});
  if (foreign > 0 && configuration.peers.empty())
    findings.push_back({false, "Certificates are only checked from this machine, not from outside",
                        "On a second machine, run the guard with a [[peers]] entry for this one: carillon guard", false});
  return steward;
}

}  // namespace

Result<> examine(const Context& context, const ServeOptions& options) {
  const SystemClock clock;
  std::vector<Finding> findings;
  const auto configuration =
      read_configuration(options.configuration, [](const char* name) -> const char* { return std::getenv(name); }, options.overrides);
  if (!configuration)
    findings.push_back({false, configuration.error().message,
                        "The server won't start with this configuration. Fix it, then check it again: carillon doctor --config FILE"});
  else
    findings.push_back({true, "The configuration is valid", ""});
  std::string steward;
  std::error_code none;
  const bool is_guard = fs::exists(context.data.guard_database(), none) && !fs::exists(context.data.database(), none);
  const auto server = server_of(is_guard);
  if (!fs::exists(context.data.root, none)) {
    findings.push_back({false, "The data folder " + context.data.root.string() + " doesn't exist",
                        "Set its path with --data, or create it: carillon serve --data " + context.data.root.string()});
  } else {
    findings.push_back(examine_space(context.data));
    findings.push_back(examine_modes(context.data));
    for (const auto& file : {context.data.database(), context.data.guard_database()}) {
      if (fs::exists(file, none)) findings.push_back(examine_database(file));
    }
    if (!is_guard) {
      findings.push_back(examine_server(context.data));
      examine_jobs(context.data, findings);
      examine_lists(context.data, clock, findings);
    }
    if (configuration) steward = examine_certificates(context.data, *configuration, server, findings);
    findings.push_back(examine_authority(context.data, server, clock));
  }
  if (!is_guard) examine_decoding(context.data, options.media_program, findings);

  std::size_t wrong = 0;
  json::array document;
  for (const auto& finding : findings) {
    wrong += finding.good || !finding.pressing ? 0 : 1;
    document.push_back(json::object{
        {"good", finding.good}, {"pressing", !finding.good && finding.pressing}, {"what", finding.what}, {"advice", finding.advice}});
    if (context.json) continue;
    std::cout << (finding.good       ? "ok    "
                  : finding.pressing ? "wrong "
                                     : "note  ")
              << finding.what << (finding.what.ends_with('.') ? "\n" : ".\n");
    if (!finding.good) std::cout << "      → " << finding.advice << "\n";
  }
  if (context.json) {
    print_json(document);
  } else if (configuration) {
    std::cout << "\nActive configuration:\n";
    std::vector<std::vector<std::string>> rows{{"KEY", "VALUE", "FROM"}};
    // The running server may have been started with other ports than this command knows of.
    const auto health = is_guard ? Result<json::object>{json::object{}} : Control{context.data}.call(http::Method::get, "/health");
    const auto* listening = health ? health->if_contains("listening") : nullptr;
    for (const auto& [key, value] : configuration->shown()) {
      const auto source = configuration->source.find(key);
      if (listening && (key == "server.http" || key == "server.https")) {
        const auto in_use = text_of(listening->as_object(), key == "server.http" ? "http" : "https");
        if (in_use != value) {
          rows.push_back({key, in_use, "the running server; " + value + " is configured"});
          continue;
        }
      }
      const bool is_named_elsewhere = key == "certificates.steward" && configuration->steward.empty() && !steward.empty();
      rows.push_back(is_named_elsewhere
                         ? std::vector<std::string>{key, steward, "set during setup"}
                         : std::vector<std::string>{key, value, source == configuration->source.end() ? "default" : source->second});
    }
    print_table(rows);
  }
  if (wrong > 0)
    return fail(ErrorKind::refused, std::to_string(wrong) + " of " + std::to_string(findings.size()) +
                                        " checks found problems; each finding says how to fix it.");
  return {};
}

}  // namespace carillon::app
