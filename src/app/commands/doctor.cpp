// carillon doctor: looks at everything that can be looked at, from outside where it can, and says what to do about each finding.

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "blob/store.hpp"
#include "crypto/certificate.hpp"

#include <boost/json/array.hpp>

#include <cstdlib>
#include <iostream>

namespace carillon::app {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::chrono::days kRootWarning{180};

struct Finding {
  bool good;
  std::string what;
  std::string advice;  ///< "" when good
};

Finding examine_space(const DataFolder& data) {
  const auto space = space_at(data.root);
  if (!space) return {false, space.error().message, "Check that the data folder's disk is mounted and readable."};
  const auto reserve = blob::reserve_of(space->total);
  const auto text = to_human(space->free) + " free of " + to_human(space->total) + " where " + data.root.string() + " lies";
  if (space->free < reserve) return {false, text, "Publishing is refused until " + to_human(reserve) + " are free: remove files or enlarge the disk. Downloads go on."};
  return {true, text, ""};
}

Finding examine_server(const DataFolder& data) {
  const auto shows = Control{data}.call(http::Method::get, "/shows");
  if (shows) return {true, "The server answers on " + data.control_socket().string() + " with " + std::to_string(shows->at("items").as_array().size()) + " shows", ""};
  return {false, "The server does not answer: " + shows.error().message, "Start it: carillon serve --data " + data.root.string()};
}

Finding examine_jobs(const DataFolder& data) {
  const auto answer = Control{data}.call(http::Method::get, "/jobs");
  if (!answer) return {false, "The jobs cannot be read: " + answer.error().message, "Start the server."};
  std::size_t failed = 0;
  std::string example;
  for (const auto& item : answer->at("items").as_array()) {
    if (text_of(item.as_object(), "state") != "failed") continue;
    ++failed;
    if (example.empty()) example = text_of(item.as_object(), "kind") + " of " + text_of(item.as_object(), "subject") + ": " + text_of(item.as_object(), "error");
  }
  if (failed == 0) return {true, "No job has failed", ""};
  return {false, std::to_string(failed) + " failed jobs; the newest: " + example, "Mend the cause, then upload the recording again or delete the episode."};
}

Finding examine_media_program(const fs::path& program) {
  std::error_code none;
  const auto permissions = fs::status(program, none).permissions();
  if (none || (permissions & fs::perms::owner_exec) == fs::perms::none)
    return {false, program.string() + " is missing or cannot be run", "Put carillon-media beside carillon: without it no recording can be taken."};
  return {true, "Recordings are read by " + program.string(), ""};
}

Finding examine_authority(const DataFolder& data, const Clock& clock) {
  const auto pem = read_file(data.root_certificate());
  if (!pem) return {false, "There is no local CA yet", "It is made at the server's first start."};
  const auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain || chain->empty()) return {false, "The local CA's certificate " + data.root_certificate().string() + " cannot be read", "Bring it back from a backup."};
  const auto left = std::chrono::floor<std::chrono::days>(chain->front().not_after() - clock.now());
  const auto text = "The local CA is valid for " + std::to_string(left.count()) + " more days";
  if (left < kRootWarning) return {false, text, "Plan for a new one: every device that trusts this one must be given the next."};
  return {true, text, ""};
}

}  // namespace

Result<> examine(const Context& context, const ServeOptions& options) {
  const SystemClock clock;
  std::vector<Finding> findings;
  const auto configuration = read_configuration(options.configuration, [](const char* name) -> const char* { return std::getenv(name); }, options.overrides);
  if (!configuration) findings.push_back({false, configuration.error().message, "Mend the configuration; the server does not start with it."});
  else findings.push_back({true, "The configuration is understood", ""});
  std::error_code none;
  if (!fs::exists(context.data.root, none)) {
    findings.push_back({false, "There is no data folder " + context.data.root.string(), "Say where it is with --data, or start the server once."});
  } else {
    findings.push_back(examine_space(context.data));
    findings.push_back(examine_server(context.data));
    findings.push_back(examine_jobs(context.data));
    findings.push_back(examine_authority(context.data, clock));
  }
  findings.push_back(examine_media_program(options.media_program));

  std::size_t wrong = 0;
  json::array document;
  for (const auto& finding : findings) {
    wrong += finding.good ? 0 : 1;
    document.push_back(json::object{{"good", finding.good}, {"what", finding.what}, {"advice", finding.advice}});
    if (context.json) continue;
    std::cout << (finding.good ? "ok    " : "wrong ") << finding.what << ".\n";
    if (!finding.good) std::cout << "      → " << finding.advice << "\n";
  }
  if (context.json) {
    print_json(document);
  } else if (configuration) {
    std::cout << "\nConfiguration in force:\n";
    std::vector<std::vector<std::string>> rows{{"KEY", "VALUE", "FROM"}};
    for (const auto& [key, value] : configuration->shown()) {
      const auto source = configuration->source.find(key);
      rows.push_back({key, value, source == configuration->source.end() ? "default" : source->second});
    }
    print_table(rows);
  }
  if (wrong > 0) return fail(ErrorKind::refused, std::to_string(wrong) + " of " + std::to_string(findings.size()) + " checks need something done; each says what.");
  return {};
}

}  // namespace carillon::app
