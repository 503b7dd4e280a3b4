// carillon cert drill

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace carillon::app {
namespace json = boost::json;

namespace {

/// "12 d 04:30:07": how long after the beginning.
std::string stopwatch_text(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  constexpr long long kDay = 86400, kHour = 3600, kMinute = 60;
  const auto two = [](long long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const auto clock = two(whole % kDay / kHour) + ":" + two(whole % kHour / kMinute) + ":" + two(whole % kMinute);
  return whole >= kDay ? std::to_string(whole / kDay) + " d " + clock : clock;
}

}  // namespace

Result<> run_drill(const Context& context, const std::string& scenario) {
  const json::object document{{"scenario", scenario}};
  const auto report = Control{context.data, context.remote}.call(http::Method::post, "/drills", &document);
  if (!report) return std::unexpected(report.error());
  const bool passed = report->at("passed").as_bool();
  if (context.json) {
    print_json(*report);
  } else {
    std::vector<std::vector<std::string>> rows{{"AFTER", "TOOK", "WHAT", "DETAIL"}};
    double before = 0;
    for (const auto& item : report->at("events").as_array()) {
      const auto& event = item.as_object();
      const auto after = event.at("after_seconds").to_number<double>();
      rows.push_back({stopwatch_text(after), stopwatch_text(after - before), text_of(event, "what"), text_of(event, "detail")});
      before = after;
    }
    print_table(rows);
    std::cout << "\n"
              << (passed ? "Passed: " : "Failed: ") << text_of(*report, "verdict") << "\n"
              << "Rehearsed " << stopwatch_text(report->at("rehearsed_seconds").to_number<double>()) << " in "
              << report->at("took_seconds").to_number<double>() << " s; no messages were sent.\n"
              << "See its steps with: carillon cert history " << text_of(*report, "name") << "\n";
  }
  if (!passed) return fail(ErrorKind::refused, "The drill “" + scenario + "” didn't pass: " + text_of(*report, "verdict"));
  return {};
}

}  // namespace carillon::app
