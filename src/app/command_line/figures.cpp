// Commands about downloads.

#include "app/command_line/arguments.hpp"

namespace carillon::app {
namespace {

void add_period(CLI::App& command, FiguresWish& wish) {
  command.add_option("--from", wish.from, "The first day, e.g. 2026-11-01 (default: 30 days ago)");
  command.add_option("--to", wish.to, "The last day (default: today)");
  command.add_option("--by", wish.by, "Break down by app, device, country, region, show or episode")
      ->check(CLI::IsMember({"app", "device", "country", "region", "show", "episode"}));
  command.add_option("--granularity", wish.granularity, "hour, day, month or period (default: day)")
      ->check(CLI::IsMember({"hour", "day", "month", "period"}));
  command.add_option("--tz", wish.zone, "The time zone of days, e.g. Europe/Berlin (default: UTC)");
}

}  // namespace

void add_figures(CLI::App& app, Arguments& given) {
  auto* stats =
      app.add_subcommand("stats", "Downloads: show, episode, network, since-release, rows, mail, recount, explain")->require_subcommand(1);
  auto* show =
      stats->add_subcommand("show", "Prints a show's downloads and listeners")->footer("Example: carillon stats show harbour --by app");
  show->add_option("SLUG", given.figures.show, "The show's slug")->required();
  add_period(*show, given.figures);
  show->callback([&] { given.command = [&] { return print_figures(given.context, given.figures); }; });
  auto* episode = stats->add_subcommand("episode", "Prints an episode's downloads and listeners")
                      ->footer("Example: carillon stats episode 01k0a2b3c4d5e6f7g8h9j0kmnp --from 2026-11-01");
  episode->add_option("ID", given.figures.episode, "The episode's ID")->required();
  add_period(*episode, given.figures);
  episode->callback([&] { given.command = [&] { return print_figures(given.context, given.figures); }; });
  auto* network = stats->add_subcommand("network", "Prints the downloads and listeners of all shows of a network")
                      ->footer("Example: carillon stats network default --by show --granularity period");
  network->add_option("SLUG", given.figures.network, "The network's slug")->required();
  add_period(*network, given.figures);
  network->callback([&] { given.command = [&] { return print_figures(given.context, given.figures); }; });
  auto* since = stats->add_subcommand("since-release", "Compares a show's last episodes when they were equally old")
                    ->footer("Example: carillon stats since-release harbour");
  since->add_option("SLUG", given.figures.show, "The show's slug")->required();
  since->callback([&] { given.command = [&] { return print_since_release(given.context, given.figures); }; });
  auto* rows = stats->add_subcommand("rows", "Prints each download as one line of JSON: when, which episode, listener (hashed), app, place")
                   ->footer("Example: carillon stats rows --show harbour --from 2026-11-01 --to 2026-11-30 >november.jsonl");
  auto* of_show = rows->add_option("--show", given.figures.show, "Of a show: its slug");
  auto* of_episode = rows->add_option("--episode", given.figures.episode, "Of an episode: its ID")->excludes(of_show);
  rows->add_option("--network", given.figures.network, "Of all shows of a network: its slug")->excludes(of_show)->excludes(of_episode);
  rows->add_option("--from", given.figures.from, "The first day (UTC; default: 30 days ago)");
  rows->add_option("--to", given.figures.to, "The last day (UTC; default: today)");
  rows->callback([&] { given.command = [&] { return export_downloads(given.context, given.figures); }; });
  auto* mail = stats->add_subcommand("mail", "Sends a person the week's figures by email every Monday, or stops it")
                   ->footer("Example: carillon stats mail --network default --person ada@example.org --on");
  mail->add_option("--network", given.figures.network, "The network's slug")->required();
  mail->add_option("--person", given.to, "The person's email address (default: the token's owner)");
  auto* on = mail->add_flag("--on", given.figures.mail_on, "Subscribe them");
  mail->add_flag("--off", given.figures.mail_off, "Unsubscribe them; without --on and --off, the command says whether they get it")
      ->excludes(on);
  mail->callback([&] { given.command = [&] { return weekly_mail(given.context, given.figures, given.to.value_or("")); }; });
  auto* recount = stats->add_subcommand("recount", "Counts a day again from the request log and says whether the figures are the same")
                      ->footer("Example: carillon stats recount 2026-11-24");
  recount->add_option("DAY", given.day, "The day (UTC)")->required();
  recount->add_flag("--current-lists", given.current_lists, "Use today's lists of apps and robots instead of those of the day");
  recount->callback([&] { given.command = [&] { return recount_day(given.context, given.day, given.current_lists); }; });
  auto* explain =
      stats->add_subcommand("explain", "Lists the requests for an episode on a day: which became downloads, and why others didn't")
          ->footer("Example: carillon stats explain 01k0a2b3c4d5e6f7g8h9j0kmnp 2026-11-24");
  explain->add_option("EPISODE", given.figures.episode, "The episode's ID")->required();
  explain->add_option("DAY", given.day, "The day (UTC)")->required();
  explain->callback([&] { given.command = [&] { return explain_requests(given.context, given.figures.episode, given.day); }; });
}

}  // namespace carillon::app
