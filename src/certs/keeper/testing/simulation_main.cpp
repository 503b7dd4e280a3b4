// carillon-simulate: a year in a minute. Exits with 1 when the judge found a violation.

#include "base/file.hpp"
#include "base/log.hpp"
#include "certs/keeper/testing/simulation.hpp"

#include <CLI/CLI.hpp>

#include <cmath>
#include <iostream>

namespace {

using namespace carillon;
using namespace carillon::certs::testing;

int complain(const std::string& sentence) {
  std::cerr << "carillon-simulate: " << sentence << std::endl;
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{
      "Simulates two certificate keepers with one database, two CAs with realistic rate limits, a fast clock and injected failures."};
  SimulationSettings settings{.names = 5000};
  double years = 1;
  int kills = 50, look_minutes = 720;
  std::string script;
  std::vector<int> mix{10, 30, 40, 20};
  bool progress = false, verbose = false;
  app.add_option("--seed", settings.seed, "Random seed; the same seed repeats the same run");
  app.add_option("--names", settings.names, "Number of names")->check(CLI::Range(1, 100'000));
  app.add_option("--years", years, "Simulated years, e.g. 0.25")->check(CLI::Range(0.001, 200.0));
  app.add_option("--script", script,
                 "File with one event per line (default: a rate limit, the CA down, both nodes off, kills and broken names)")
      ->check(CLI::ExistingFile);
  app.add_option("--kills", kills, "Number of kills in the default script")->check(CLI::Range(0, 10'000));
  app.add_option("--look", look_minutes, "Minutes between checks from outside")->check(CLI::Range(1, 10'080));
  app.add_option("--mix", mix, "Percentages of names whose certificates are valid for 6, 45, 90 and 200 days")->expected(4);
  app.add_flag("--progress", progress, "Print a line to stderr every ten simulated days");
  app.add_flag("--verbose", verbose, "Print the keepers' log to stderr");
  CLI11_PARSE(app, count, arguments);

  log::set_level(verbose ? log::Level::info : log::Level::error);
  settings.length = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::chrono::years::period>{years});
  settings.look_every = std::chrono::minutes{look_minutes};
  std::ranges::copy(mix, settings.mix.begin());
  if (script.empty()) {
    settings.script = usual_script(settings.seed, settings.length, kills);
  } else {
    const auto text = read_file(script);
    if (!text) return complain(text.error().message);
    auto read = read_script(*text);
    if (!read) return complain(read.error().message);
    settings.script = std::move(*read);
  }
  if (progress) settings.progress = [](const std::string& line) { std::cerr << line << std::endl; };
  try {
    const auto report = simulate(settings);
    std::cout << report.text() << std::flush;
    return report.violations.empty() ? 0 : 1;
  } catch (const std::exception& error) { return complain(error.what()); }
}
