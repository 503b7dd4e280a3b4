// See command_line.hpp. The only file that knows CLI11.

#include "app/command_line.hpp"

#include "app/commands/commands.hpp"
#include "app/commands/safe_output.hpp"
#include "app/guard.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

namespace carillon::app {
namespace {

/// Commands report through this; the exit status is decided in one place.
using Command = std::function<Result<>()>;

std::filesystem::path beside_this_program(const char* name) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path() / name;
}

void add_show_fields(CLI::App& command, ShowFields& fields) {
  command.add_option("--title", fields.title, "What it is called");
  command.add_option("--description", fields.description, "What it is about, in Markdown");
  command.add_option("--language", fields.language, "Language, as in “en” or “de-CH” (default: en)");
  command.add_option("--category", fields.category, "Apple's category, sub-category after “>”: “Society & Culture > Documentary”");
  command.add_option("--author", fields.author, "Who makes it");
  command.add_option("--email", fields.email, "Where directories reach the owner");
  command.add_option("--copyright", fields.copyright, "Copyright line");
  command.add_option("--link", fields.link, "The show's own web site");
  command.add_option("--type", fields.type, "episodic (newest first) or serial (in order)")->check(CLI::IsMember({"episodic", "serial"}));
  command.add_option("--medium", fields.medium, "podcast, music, audiobook, … (default: podcast)");
  command.add_option("--image", fields.image, "Cover: a square JPEG or PNG of 1400 to 3000 pixels")->check(CLI::ExistingFile);
  command.add_flag("--explicit,!--no-explicit", fields.is_explicit, "Not for children");
  command.add_flag("--locked,!--no-locked", fields.locked, "Other hosts may not import it (default: locked)");
}

void add_episode_fields(CLI::App& command, EpisodeFields& fields) {
  command.add_option("--notes", fields.notes, "Show notes: a Markdown file")->check(CLI::ExistingFile);
  command.add_option("--season", fields.season, "Number of the season")->check(CLI::PositiveNumber);
  command.add_option("--number", fields.number, "Number of the episode")->check(CLI::PositiveNumber);
  command.add_option("--image", fields.image, "A cover of its own: a square JPEG or PNG of 1400 to 3000 pixels (default: the show's)")
      ->check(CLI::ExistingFile);
  command.add_option("--type", fields.type, "full, trailer or bonus (default: full)")->check(CLI::IsMember({"full", "trailer", "bonus"}));
}

/// The commands and where their options land; lives until the chosen one has run.
struct Arguments {
  Context context;
  ServeOptions serve;
  std::string data = "./var";
  std::optional<std::string> configuration;
  std::string slug, id, folder;
  std::vector<std::string> ids;
  ShowFields show;
  EpisodeFields episode;
  PublishWish wish;
  std::optional<std::string> at;
  bool with_episodes = false;
  CertificateWish certificate;
  WatchWish watch;
  ScanWish scan;
  UserWish user;
  TokenWish token;
  std::optional<std::string> network, name, server;
  http::RemoteServer remote;
  std::string file;
  std::optional<std::string> out, key, quiet, to;
  bool with_solved = false;
  bool csv = false;
  Command command;
};

void add_takedowns(CLI::App& show, Arguments& given);
void add_domains(CLI::App& show, Arguments& given);

void add_shows(CLI::App& app, Arguments& given) {
  auto* show = app.add_subcommand("show", "Shows: create, list, show, edit, check, delete, restore")->require_subcommand(1);
  auto* create = show->add_subcommand("create", "Creates a show")
                     ->footer("Example: carillon show create harbour --title \"Harbour talk\" --author \"Ada\" --email ada@example.org");
  create->add_option("SLUG", given.slug, "Its name in every address; small letters, digits and hyphens; stays for ever")->required();
  add_show_fields(*create, given.show);
  create->get_option("--title")->required();
  create->add_flag("--mono", given.show.mono, "One channel at 96 kbit/s instead of stereo at 128 kbit/s; stays for ever");
  create->callback([&] { given.command = [&] { return create_show(given.context, given.slug, given.show); }; });

  auto* edit = show->add_subcommand("edit", "Changes what is given, leaves the rest")
                   ->footer("Example: carillon show edit harbour --image cover.jpg");
  edit->add_option("SLUG", given.slug, "The show")->required();
  add_show_fields(*edit, given.show);
  edit->callback([&] { given.command = [&] { return edit_show(given.context, given.slug, given.show); }; });

  show->add_subcommand("list", "Lists the shows")->footer("Example: carillon show list --json")->callback([&] {
    given.command = [&] { return list_shows(given.context); };
  });
  auto* one = show->add_subcommand("show", "Prints one show")->footer("Example: carillon show show harbour");
  one->add_option("SLUG", given.slug, "The show")->required();
  one->callback([&] { given.command = [&] { return print_show(given.context, given.slug); }; });

  auto* check = show->add_subcommand("check", "Says what Apple Podcasts, Spotify and the PSP-1 profile would refuse, before they see it")
                    ->footer("Example: carillon show check harbour");
  check->add_option("SLUG", given.slug, "The show")->required();
  check->callback([&] { given.command = [&] { return check_show(given.context, given.slug); }; });

  auto* restore_command =
      show->add_subcommand("restore", "Brings a deleted show back as it was")->footer("Example: carillon show restore harbour");
  restore_command->add_option("SLUG", given.slug, "The show")->required();
  restore_command->callback([&] { given.command = [&] { return restore_show(given.context, given.slug); }; });

  auto* remove = show->add_subcommand("delete", "Deletes a show; for 30 days it can be restored")
                     ->footer("Example: carillon show delete harbour --with-episodes");
  remove->add_option("SLUG", given.slug, "The show")->required();
  remove->add_flag("--with-episodes", given.with_episodes, "Its published episodes too: listeners lose them");
  remove->callback([&] { given.command = [&] { return delete_show(given.context, given.slug, given.with_episodes); }; });
  add_takedowns(*show, given);
  add_domains(*show, given);
}

void add_domains(CLI::App& show, Arguments& given) {
  auto* domain = show.add_subcommand("domain", "A show's own domains: add, list, remove")->require_subcommand(1);
  const auto with = [&](CLI::App* command, bool named, auto&& run) {
    command->add_option("SHOW", given.slug, "The show's slug")->required();
    if (named) command->add_option("NAME", given.name, "As in podcast.example.org")->required();
    command->callback([&given, run] { given.command = [&given, run] { return run(given); }; });
  };
  with(domain->add_subcommand("add", "Gives a show a domain, and prints the DNS record to set")
           ->footer("Example: carillon show domain add harbour podcast.example.org"),
       true, [](Arguments& all) { return add_domain(all.context, all.slug, *all.name); });
  with(domain->add_subcommand("list", "Looks each domain up, and says how far it is and what to do next")
           ->footer("Example: carillon show domain list harbour"),
       false, [](Arguments& all) { return list_domains(all.context, all.slug); });
  with(domain->add_subcommand("remove", "Takes a domain away from a show")
           ->footer("Example: carillon show domain remove harbour podcast.example.org"),
       true, [](Arguments& all) { return remove_domain(all.context, all.slug, *all.name); });
}

void add_takedowns(CLI::App& show, Arguments& given) {
  auto* suspend = show.add_subcommand("suspend", "Takes a show off the air, with a reason")
                      ->footer("Example: carillon show suspend harbour --reason \"Court order of 2026-11-24\"");
  suspend->add_option("SLUG", given.slug, "The show")->required();
  suspend->add_option("--reason", given.name, "Shown where the show was")->required();
  suspend->callback([&] { given.command = [&] { return suspend_show(given.context, given.slug, given.name); }; });
  auto* resume = show.add_subcommand("resume", "Serves a suspended show again")->footer("Example: carillon show resume harbour");
  resume->add_option("SLUG", given.slug, "The show")->required();
  resume->callback([&] { given.command = [&] { return suspend_show(given.context, given.slug, {}); }; });
}

void add_publish(CLI::App& app, Arguments& given) {
  auto* publish = app.add_subcommand("publish", "Turns a recording into a published episode")
                      ->footer("Example: carillon publish talk.wav --show harbour --title \"The lighthouse\" --notes talk.md");
  publish->add_option("FILE", given.wish.file, "The recording: WAV or MP3")->required();
  publish->add_option("--show", given.wish.show, "The show's slug")->required();
  publish->add_option("--title", given.episode.title, "The episode's title")->required();
  add_episode_fields(*publish, given.episode);
  publish->add_option("--at", given.wish.at, "Publish then, as in 2026-12-24T18:00:00+01:00");
  publish->add_flag("--draft", given.wish.draft, "Keep it as a draft");
  publish->callback([&] {
    given.command = [&] {
      given.wish.fields = given.episode;
      return publish_recording(given.context, given.wish);
    };
  });
}

void add_episodes(CLI::App& app, Arguments& given) {
  auto* episode = app.add_subcommand("episode", "Episodes: list, show, edit, publish, unpublish, delete, restore")->require_subcommand(1);
  auto* list = episode->add_subcommand("list", "Lists the episodes of a show, newest first")
                   ->footer("Example: carillon episode list --show harbour");
  list->add_option("--show", given.slug, "The show's slug")->required();
  list->callback([&] { given.command = [&] { return list_episodes(given.context, given.slug); }; });

  const auto with_id = [&](const char* name, const char* what, const char* example) {
    auto* command = episode->add_subcommand(name, what)->footer(example);
    command->add_option("ID", given.id, "The episode")->required();
    return command;
  };
  with_id("show", "Prints one episode", "Example: carillon episode show 01jd…")->callback([&] {
    given.command = [&] { return print_episode(given.context, given.id); };
  });
  auto* edit = with_id("edit", "Changes what is given, leaves the rest; the audio and its address stay as they are",
                       "Example: carillon episode edit 01jd… --title \"A better title\"");
  edit->add_option("--title", given.episode.title, "The episode's title");
  add_episode_fields(*edit, given.episode);
  edit->add_flag("--no-image", given.episode.no_image, "Shows the show's cover again")->excludes("--image");
  edit->callback([&] { given.command = [&] { return edit_episode(given.context, given.id, given.episode); }; });
  auto* publish =
      with_id("publish", "Publishes now, or at a time", "Example: carillon episode publish 01jd… --at 2026-12-24T18:00:00+01:00");
  publish->add_option("--at", given.at, "Publish then");
  publish->callback([&] { given.command = [&] { return publish_episode(given.context, given.id, given.at); }; });
  with_id("unpublish", "Takes it out of the feed; it stays here", "Example: carillon episode unpublish 01jd…")->callback([&] {
    given.command = [&] { return unpublish_episode(given.context, given.id); };
  });
  with_id("restore", "Brings a deleted episode back as it was", "Example: carillon episode restore 01jd…")->callback([&] {
    given.command = [&] { return restore_episode(given.context, given.id); };
  });
  with_id("delete", "Deletes an episode; for 30 days it can be restored", "Example: carillon episode delete 01jd…")->callback([&] {
    given.command = [&] { return delete_episode(given.context, given.id); };
  });
}

void add_certificates(CLI::App& app, Arguments& given) {
  auto* cert = app.add_subcommand("cert", "Certificates: list, add, renew, import, watch, scan, …")->require_subcommand(1);
  cert->add_subcommand("list", "Every certificate that is kept or watched, with its next step")
      ->footer("Example: carillon cert list")
      ->callback([&] { given.command = [&] { return list_certificates(given.context); }; });
  cert->add_subcommand("export-list", "The same for spreadsheets")
      ->footer("Example: carillon cert export-list --csv > certificates.csv")
      ->callback([&] { given.command = [&] { return export_certificate_list(given.context); }; })
      ->add_flag("--csv", given.csv, "Comma-separated (the only form there is)");
  const auto with_name = [&](const char* name, const char* what, const char* example) {
    auto* command = cert->add_subcommand(name, what)->footer(example);
    command->add_option("NAME", given.certificate.name, "The name, as in www.example.org")->required();
    return command;
  };
  with_name("show", "Prints one certificate", "Example: carillon cert show www.example.org")->callback([&] {
    given.command = [&] { return print_certificate(given.context, given.certificate.name); };
  });
  auto* add = with_name("add", "Keeps a certificate for a name from now on",
                        "Example: carillon cert add www.example.org --steward ada@example.org");
  add->add_option("--issuer", given.certificate.issuer, "One of the configured issuers, “local” or “manual” (default: all in order)");
  add->add_option("--steward", given.certificate.steward, "Who is in charge of it");
  add->add_option("--deputy", given.certificate.deputy, "Who is told next");
  add->add_option("--port", given.certificate.port, "Where it is looked at from outside (default: our own public port)")
      ->check(CLI::Range(1, 65535));
  add->callback([&] { given.command = [&] { return add_certificate(given.context, given.certificate); }; });
  with_name("use-spare", "Puts the second certificate in force that another issuer gave, whatever the dates say",
            "For the day on which an issuer has to revoke, or its certificates are no longer trusted.\n"
            "Example: carillon cert use-spare www.example.org")
      ->callback([&] { given.command = [&] { return use_spare(given.context, given.certificate.name); }; });
  with_name("renew", "Renews now, whatever the dates say", "Example: carillon cert renew www.example.org")->callback([&] {
    given.command = [&] { return renew_certificate(given.context, given.certificate.name); };
  });
  with_name("remove", "Keeps it no longer", "Example: carillon cert remove www.example.org")->callback([&] {
    given.command = [&] { return remove_certificate(given.context, given.certificate.name); };
  });
  with_name("history", "Every step so far: due, ordered, validated, issued, stored, loaded, seen",
            "Example: carillon cert history www.example.org")
      ->callback([&] { given.command = [&] { return print_history(given.context, given.certificate.name); }; });
  auto* csr = with_name("csr", "Makes a key and a signing request, to get a certificate by hand",
                        "Example: carillon cert csr www.example.org --out request.pem");
  csr->add_option("--out", given.out, "Write the request into this file");
  csr->callback([&] { given.command = [&] { return make_signing_request(given.context, given.certificate.name, given.out); }; });
  auto* import = with_name("import", "Checks a certificate that was fetched by hand, and puts it to use",
                           "Example: carillon cert import www.example.org --cert chain.pem");
  import->add_option("--cert", given.file, "The certificate with its chain, PEM")->required()->check(CLI::ExistingFile);
  import->add_option("--key", given.key, "Its key, PEM (default: the one that “cert csr” made)")->check(CLI::ExistingFile);
  import->callback(
      [&] { given.command = [&] { return import_certificate(given.context, given.certificate.name, given.file, given.key); }; });

  auto* watch = cert->add_subcommand("watch", "Watches an endpoint that is not ours")
                    ->footer("Example: carillon cert watch mail.example.org:25 --starttls smtp --steward ada@example.org");
  watch->add_option("HOST:PORT", given.watch.target, "What to look at")->required();
  watch->add_option("--starttls", given.watch.starttls, "Speak this first")->check(CLI::IsMember({"smtp", "imap"}));
  watch->add_option("--steward", given.watch.steward, "Who is in charge of it");
  watch->add_option("--deputy", given.watch.deputy, "Who is told next");
  watch->callback([&] { given.command = [&] { return watch_endpoint(given.context, given.watch); }; });
  auto* unwatch = cert->add_subcommand("unwatch", "Watches it no longer")->footer("Example: carillon cert unwatch mail.example.org:25");
  unwatch->add_option("HOST:PORT", given.watch.target, "What was looked at")->required();
  unwatch->callback([&] { given.command = [&] { return unwatch_endpoint(given.context, given.watch.target); }; });

  cert->add_subcommand("calendar", "Where a calendar program subscribes to every renewal and expiry")
      ->footer("Example: carillon cert calendar")
      ->callback([&] { given.command = [&] { return print_calendar_address(given.context); }; });
  auto* drill =
      cert->add_subcommand("drill",
                           "Rehearses a failure on a scratch name with the production keeper, and tells who would have been told when")
          ->footer("Example: carillon cert drill expired");
  drill->add_option("SCENARIO", given.id, "expired, revoked, issuer-down, wrong-key, clock-skew or nobody-reads-mail")->required();
  drill->callback([&] { given.command = [&] { return run_drill(given.context, given.id); }; });

  auto* scan =
      cert->add_subcommand(
              "scan", "Looks for certificates: endpoints, address ranges, folders, configurations of nginx, Apache, HAProxy and Postfix")
          ->footer("Example: carillon cert scan 192.0.2.0/24 www.example.org:443 /etc/nginx/nginx.conf --ports 443,8443");
  scan->add_option("TARGET", given.scan.targets,
                   "host, host:port, a range as 192.0.2.0/24, a folder of PEM files, or a server's configuration");
  scan->add_option("--from", given.scan.lists, "A file with one target a line")->check(CLI::ExistingFile);
  scan->add_option("--ports", given.scan.ports, "For targets without one (default: 443)");
  scan->add_flag("--add", given.scan.add, "Put the endpoints that were found under watch");
  scan->add_option("--steward", given.scan.steward, "Who is in charge of them");
  scan->callback([&] { given.command = [&] { return scan_certificates(given.context, given.scan); }; });
}

void add_incidents(CLI::App& app, Arguments& given) {
  auto* incident = app.add_subcommand("incident", "What is wrong: list, show, ack")->require_subcommand(1);
  auto* list = incident->add_subcommand("list", "What is wrong now, the newest first")->footer("Example: carillon incident list --all");
  list->add_flag("--all", given.with_solved, "What was solved, too");
  list->callback([&] { given.command = [&] { return list_incidents(given.context, given.with_solved); }; });
  auto* show = incident->add_subcommand("show", "One incident with its messages")->footer("Example: carillon incident show 01jd…");
  show->add_option("ID", given.id, "The incident")->required();
  show->callback([&] { given.command = [&] { return print_incident(given.context, given.id); }; });
  auto* ack = incident->add_subcommand("ack", "Says “mine”: quiet for a time, then from the beginning if it is not solved")
                  ->footer("Example: carillon incident ack 01jd… --for 8h");
  ack->add_option("ID", given.id, "The incident")->required();
  ack->add_option("--for", given.quiet, "How long, as in 30m, 8h, 3d (default: 8h)");
  ack->callback([&] { given.command = [&] { return acknowledge_incident(given.context, given.id, given.quiet); }; });

  auto* channel = app.add_subcommand("channel", "How people are told: list, test, order")->require_subcommand(1);
  channel->add_subcommand("list", "The configured channels")->footer("Example: carillon channel list")->callback([&] {
    given.command = [&] { return list_channels(given.context); };
  });
  auto* test =
      channel->add_subcommand("test", "Sends a test on one of them")->footer("Example: carillon channel test smtp --to ada@example.org");
  test->add_option("ID", given.id, "smtp or webhook")->required();
  test->add_option("--to", given.to, "To whom (default: the steward)");
  test->callback([&] { given.command = [&] { return test_channel(given.context, given.id, given.to); }; });
  auto* order = channel->add_subcommand("order", "Chooses through which of them somebody is told, the first one first; none: as configured")
                    ->footer("Example: carillon channel order webhook smtp --person ada@example.org");
  order->add_option("ID", given.ids, "The channels");
  order->add_option("--person", given.to, "Whose messages (default: those of whoever the token is)");
  order->callback([&] { given.command = [&] { return order_channels(given.context, given.ids, given.to); }; });
}

void add_people(CLI::App& app, Arguments& given) {
  app.add_subcommand("welcome", "Prints the link with which the first person begins, or where to sign in")
      ->footer("Example: carillon welcome")
      ->callback([&] { given.command = [&] { return show_welcome(given.context); }; });
  auto* user = app.add_subcommand("user", "People: create, list, link, disable, enable, delete, role, sign-out, reset-second-factor")
                   ->require_subcommand(1);
  auto* create = user->add_subcommand("create", "Makes a person and prints a one-time link to set the password")
                     ->footer("Example: carillon user create ada@example.org --role owner --network harbour");
  create->add_option("EMAIL", given.user.email, "Who")->required();
  create->add_option("--name", given.user.name, "What they are called");
  create->add_option("--role", given.user.role, "operator (of this server), or owner, manager, producer, ads, analyst in a network")
      ->check(CLI::IsMember({"operator", "owner", "manager", "producer", "ads", "analyst"}));
  create->add_option("--network", given.user.network, "The network's slug (default: default)");
  create->callback([&] { given.command = [&] { return create_user(given.context, given.user); }; });
  auto* list = user->add_subcommand("list", "Lists people and their roles")->footer("Example: carillon user list --network harbour");
  list->add_option("--network", given.network, "Of this network alone");
  list->callback([&] { given.command = [&] { return list_users(given.context, given.network); }; });

  auto* user_link = user->add_subcommand("link", "Makes a one-time link with which somebody who has an account sets a new password")
                        ->footer("Example: carillon user link ada@example.org");
  user_link->add_option("EMAIL", given.user.email, "Who")->required();
  user_link->callback([&] { given.command = [&] { return make_user_link(given.context, given.user.email); }; });

  auto* invitation = app.add_subcommand("invitation", "Open invitations: list, link")->require_subcommand(1);
  auto* invitations = invitation->add_subcommand("list", "Lists the open invitations")->footer("Example: carillon invitation list");
  invitations->add_option("--network", given.network, "To this network alone");
  invitations->callback([&] { given.command = [&] { return list_invitations(given.context, given.network); }; });
  auto* invitation_link =
      invitation->add_subcommand("link", "Makes a new link for an invitation, to hand over where this server can't send mail")
          ->footer("Example: carillon invitation link 01jd…");
  invitation_link->add_option("ID", given.id, "The invitation")->required();
  invitation_link->callback([&] { given.command = [&] { return make_invitation_link(given.context, given.id); }; });

  const auto add_for = [&](const char* name, const char* what, std::function<Result<>()> command) {
    auto* one = user->add_subcommand(name, what)->footer(std::string("Example: carillon user ") + name + " ada@example.org");
    one->add_option("EMAIL", given.user.email, "Who")->required();
    one->callback([&given, command = std::move(command)] { given.command = command; });
  };
  add_for("disable", "Locks somebody out at once: sessions, tokens and open links end",
          [&] { return disable_user(given.context, given.user.email, true); });
  add_for("enable", "Lets somebody in again who was disabled; they sign in as before, tokens have to be made again",
          [&] { return disable_user(given.context, given.user.email, false); });
  add_for("delete", "Deletes an account; what the person made and the audit trail stay",
          [&] { return delete_user(given.context, given.user.email); });
  add_for("sign-out", "Ends all sessions of somebody", [&] { return end_user_sessions(given.context, given.user.email); });
  add_for("reset-second-factor", "Turns off two-factor authentication for somebody who lost it, and ends their sessions",
          [&] { return reset_user_second_factor(given.context, given.user.email); });
  auto* role = user->add_subcommand("role", "Changes what somebody may do")
                   ->footer("Example: carillon user role ada@example.org producer --network harbour");
  role->add_option("EMAIL", given.user.email, "Who")->required();
  role->add_option("ROLE,--role", given.id,
                   "operator (of this server), no-operator, a role in a network (owner, manager, producer, ads, analyst), or none to take "
                   "the role in the network away")
      ->required()
      ->check(CLI::IsMember({"operator", "no-operator", "owner", "manager", "producer", "ads", "analyst", "none"}));
  role->add_option("--network", given.network, "The network's slug (default: default)");
  role->callback([&] { given.command = [&] { return set_user_role(given.context, given.user.email, given.id, given.network); }; });

  auto* token = app.add_subcommand("token", "Tokens for programs: create, list, remove")->require_subcommand(1);
  auto* tokens = token->add_subcommand("list", "Lists tokens, with whom they belong to")
                     ->footer("Example: carillon token list --user ada@example.org");
  tokens->add_option("--user", given.token.user, "Whose (default: everybody's)");
  tokens->callback([&] { given.command = [&] { return list_tokens(given.context, given.token.user); }; });
  auto* drop = token->add_subcommand("remove", "Removes a token: whoever uses it is turned away at once")
                   ->footer("Example: carillon token remove 01jd… --user ada@example.org");
  drop->add_option("ID", given.id, "The token's id, as `token list` shows it")->required();
  drop->add_option("--user", given.token.user, "Whose (default: found by the id)");
  drop->callback([&] { given.command = [&] { return remove_token(given.context, given.token.user, given.id); }; });
  auto* make = token->add_subcommand("create", "Makes a token and prints it once")
                   ->footer("Example: carillon token create --user ada@example.org --name uploader --scope publish --scope view");
  make->add_option("--user", given.token.user, "Whose token: it may at most what they may")->required();
  make->add_option("--name", given.token.name, "What it is for")->required();
  make->add_option("--scope", given.token.scopes,
                   "view, publish, advertise, analyse, manage, own, operate, metrics (default: all of these)");
  make->add_option("--ends", given.token.ends, "When it ends, as in 2026-12-24T18:00:00+01:00 (default: never)");
  make->callback([&] { given.command = [&] { return create_token(given.context, given.token); }; });

  auto* network = app.add_subcommand("network", "Networks: create, list, suspend, resume")->require_subcommand(1);
  auto* add = network->add_subcommand("create", "Makes a network: a publisher's account")
                  ->footer("Example: carillon network create harbour --name \"Harbour Media\"");
  add->add_option("SLUG", given.slug, "Small letters, digits and hyphens; stays for ever")->required();
  add->add_option("--name", given.name, "What it is called")->required();
  add->callback([&] { given.command = [&] { return create_network(given.context, given.slug, *given.name); }; });
  network->add_subcommand("list", "Lists the networks")->footer("Example: carillon network list")->callback([&] {
    given.command = [&] { return list_networks(given.context); };
  });
  auto* suspend = network->add_subcommand("suspend", "Takes a network's shows off the air, with a reason")
                      ->footer("Example: carillon network suspend harbour --reason \"Court order of 2026-11-24\"");
  suspend->add_option("SLUG", given.slug, "The network")->required();
  suspend->add_option("--reason", given.name, "Shown where the shows were")->required();
  suspend->callback([&] { given.command = [&] { return suspend_network(given.context, given.slug, given.name); }; });
  auto* resume = network->add_subcommand("resume", "Serves a suspended network again")->footer("Example: carillon network resume harbour");
  resume->add_option("SLUG", given.slug, "The network")->required();
  resume->callback([&] { given.command = [&] { return suspend_network(given.context, given.slug, {}); }; });

  auto* audit = app.add_subcommand("audit", "Who did what, the newest first")->footer("Example: carillon audit --network harbour");
  audit->add_option("--network", given.network, "Of this network alone");
  audit->callback([&] { given.command = [&] { return print_audit(given.context, given.network); }; });
}

void add_operating(CLI::App& app, Arguments& given) {
  auto* serve_command = app.add_subcommand("serve", "Serves until it is told to stop (SIGTERM drains, SIGHUP re-reads the configuration)")
                            ->footer("Example: carillon serve --data /var/lib/carillon --http :80 --https :443");
  serve_command->add_option("--http", given.serve.overrides.http, "Address and port for plain HTTP (default: :8080)");
  serve_command->add_option("--https", given.serve.overrides.https, "Address and port for HTTPS (default: :8443)");
  serve_command->callback([&] {
    given.command = [&]() -> Result<> {
      const auto status = serve(given.serve);
      if (!status) return std::unexpected(status.error());
      return {};
    };
  });

  auto* guard_command =
      app.add_subcommand("guard", "Keeps certificates alone, for any site: no podcast in sight")
          ->footer("Example: carillon guard --data /var/lib/carillon-guard --config guard.toml --http :8080 --https :8443");
  guard_command->add_option("--http", given.serve.overrides.http,
                            "Address and port for plain HTTP, where CAs ask for proofs (default: :8080)");
  guard_command->add_option("--https", given.serve.overrides.https, "Address and port for HTTPS (default: :8443)");
  guard_command->callback([&] {
    given.command = [&]() -> Result<> {
      const auto status = guard(given.serve);
      if (!status) return std::unexpected(status.error());
      return {};
    };
  });

  auto* authority = app.add_subcommand("ca", "The local CA: show, install")->require_subcommand(1);
  authority->add_subcommand("show", "Prints the local CA's certificate and where it lies")
      ->footer("Example: carillon ca show")
      ->callback([&] { given.command = [&] { return print_authority(given.context); }; });
  authority->add_subcommand("install", "Makes this machine trust the local CA (needs root)")
      ->footer("Example: sudo carillon ca install")
      ->callback([&] { given.command = [&] { return install_authority(given.context); }; });

  auto* backup = app.add_subcommand("backup", "Copies everything, consistently, while serving")
                     ->footer("Example: carillon backup /mnt/backup/2026-11-24");
  backup->add_option("DIR", given.folder, "An empty or new folder")->required();
  backup->callback([&] { given.command = [&] { return back_up(given.context, given.folder); }; });
  auto* restore_command = app.add_subcommand("restore", "Fills an empty data folder from a backup")
                              ->footer("Example: carillon restore /mnt/backup/2026-11-24 --data /var/lib/carillon");
  restore_command->add_option("DIR", given.folder, "The backup")->required();
  restore_command->callback([&] { given.command = [&] { return restore(given.context, given.folder); }; });

  app.add_subcommand("doctor", "Checks everything that can be checked and says what to do about each finding")
      ->footer("Example: carillon doctor")
      ->callback([&] { given.command = [&] { return examine(given.context, given.serve); }; });
}

/// A sentence about the first word where a command has to stand and none of that name is; none when every command is known.
std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* command = &app;
  std::string path = "carillon";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word.starts_with('-')) {
      // Its value is no command.
      const auto* option = command->get_option_no_throw(word);
      if (!option) option = app.get_option_no_throw(word);
      if (option && option->get_items_expected_max() > 0) ++i;
      continue;
    }
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const auto* one : command->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(one->get_name());
      if (names.back() == word) next = one;
    }
    if (names.empty()) return {};  // what follows is no command's name
    if (!next) {
      const std::vector<std::string_view> known(names.begin(), names.end());
      const auto near = nearest(word, known);
      return "“" + word + "” is no command of “" + path + "”" +
             (near ? "; did you mean “" + std::string(*near) + "”?" : "; `" + path + " --help` lists them.");
    }
    command = next;
    path += " " + word;
  }
  return {};
}

}  // namespace

int run(int count, char** arguments) {
  // What this program writes is its user's alone unless a file asks for more: SQLite and others pass no mode of their own.
  ::umask(077);
  const SafeOutput safe;
  CLI::App app{"Carillon publishes, hosts and delivers podcasts over HTTPS, and keeps its own certificates.", "carillon"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "carillon " CARILLON_VERSION);
  app.footer("`carillon COMMAND --help` explains one with an example.");
  Arguments given;
  app.add_option("--data", given.data, "The data folder")->capture_default_str();
  app.add_option("--config", given.configuration, "The configuration file (default: DATA/carillon.toml if it is there)")
      ->check(CLI::ExistingFile);
  app.add_flag("--json", given.context.json, "Answers for programs");
  auto* server = app.add_option("--server", given.server, "Another machine's server, as in https://pod.example.org (needs --token)");
  app.add_option("--token", given.remote.token, "A token of that server")->envname("CARILLON_TOKEN");
  app.add_option("--ca", given.remote.ca_file, "Trust for its certificate, if its CA is private")->needs(server)->check(CLI::ExistingFile);
  add_operating(app, given);
  add_certificates(app, given);
  add_incidents(app, given);
  add_shows(app, given);
  add_people(app, given);
  add_publish(app, given);
  add_episodes(app, given);

  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      if (const auto sentence = unknown_command(app, {arguments + 1, arguments + count})) {
        std::cerr << "carillon: " << printable(*sentence) << "\n";
        return 2;
      }
    }
    return app.exit(error) == 0 ? 0 : 2;
  }

  given.context.data.root = given.data;
  if (given.server) {
    for (const auto* local : {"serve", "guard", "ca", "backup", "restore", "doctor"}) {
      if (app.got_subcommand(local)) {
        std::cerr << "“" << local << "” works on the machine itself; leave --server out.\n";
        return 2;
      }
    }
    given.remote.origin = *given.server;
    given.context.remote = given.remote;
  }
  given.serve.data = given.context.data;
  given.serve.media_program = beside_this_program("carillon-media");
  if (given.configuration)
    given.serve.configuration = *given.configuration;
  else if (std::filesystem::exists(given.context.data.configuration()))
    given.serve.configuration = given.context.data.configuration();

  given.context.configuration = given.serve.configuration;

  try {
    const auto done = given.command();
    if (done) return 0;
    std::cerr << "carillon: " << printable(done.error().message) << "\n";
  } catch (const std::exception& error) { std::cerr << "carillon: " << printable(error.what()) << "\n"; }
  return 1;
}

}  // namespace carillon::app
