// See command_line.hpp.

#include "app/command_line.hpp"

#include "app/command_line/arguments.hpp"
#include "app/command_line/wrong_usage.hpp"
#include "app/commands/safe_output.hpp"
#include "base/printable.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

namespace carillon::app {
namespace {

std::filesystem::path beside_this_program(const char* name) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path() / name;
}

void add_people(CLI::App& app, Arguments& given) {
  app.add_subcommand("welcome", "Prints the setup link for the first account, or the sign-in URL")
      ->footer("Example: carillon welcome")
      ->callback([&] { given.command = [&] { return show_welcome(given.context); }; });
  auto* user = app.add_subcommand("user", "People: create, list, link, disable, enable, delete, role, sign-out, reset-second-factor")
                   ->require_subcommand(1);
  auto* create = user->add_subcommand("create", "Creates an account and prints a one-time link to set the password")
                     ->footer("Example: carillon user create ada@example.org --role owner --network harbour");
  create->add_option("EMAIL", given.user.email, "The person's email address")->required();
  create->add_option("--name", given.user.name, "The person's name");
  create
      ->add_option("--role", given.user.role,
                   "operator (of this server), or owner, manager, producer, ads (advertising only), analyst (view only) in a network")
      ->check(CLI::IsMember({"operator", "owner", "manager", "producer", "ads", "analyst"}));
  create->add_option("--network", given.user.network, "The network's slug (default: default)");
  create->callback([&] { given.command = [&] { return create_user(given.context, given.user); }; });
  auto* list = user->add_subcommand("list", "Lists people and their roles")->footer("Example: carillon user list --network harbour");
  list->add_option("--network", given.network, "Show only this network");
  list->callback([&] { given.command = [&] { return list_users(given.context, given.network); }; });

  auto* user_link = user->add_subcommand("link", "Creates a one-time link to reset an account's password")
                        ->footer("Example: carillon user link ada@example.org");
  user_link->add_option("EMAIL", given.user.email, "The person's email address")->required();
  user_link->callback([&] { given.command = [&] { return make_user_link(given.context, given.user.email); }; });

  auto* invitation = app.add_subcommand("invitation", "Pending invitations: list, link")->require_subcommand(1);
  auto* invitations = invitation->add_subcommand("list", "Lists the pending invitations")->footer("Example: carillon invitation list");
  invitations->add_option("--network", given.network, "Show only this network");
  invitations->callback([&] { given.command = [&] { return list_invitations(given.context, given.network); }; });
  auto* invitation_link = invitation->add_subcommand("link", "Creates a new link for an invitation, for servers that can't send email")
                              ->footer("Example: carillon invitation link 01jd…");
  invitation_link->add_option("ID", given.id, "The invitation's ID")->required();
  invitation_link->callback([&] { given.command = [&] { return make_invitation_link(given.context, given.id); }; });

  const auto add_for = [&](const char* name, const char* what, std::function<Result<>()> command) {
    auto* one = user->add_subcommand(name, what)->footer(std::string("Example: carillon user ") + name + " ada@example.org");
    one->add_option("EMAIL", given.user.email, "The person's email address")->required();
    one->callback([&given, command = std::move(command)] { given.command = command; });
  };
  add_for("disable", "Disables an account immediately: sessions, tokens and links stop working",
          [&] { return disable_user(given.context, given.user.email, true); });
  add_for("enable", "Enables a disabled account; the person can sign in as before but needs new tokens",
          [&] { return disable_user(given.context, given.user.email, false); });
  add_for("delete", "Deletes an account; the person's content and the audit trail are kept",
          [&] { return delete_user(given.context, given.user.email); });
  add_for("sign-out", "Signs a person out of all sessions", [&] { return end_user_sessions(given.context, given.user.email); });
  add_for("reset-second-factor", "Turns off an account's two-factor authentication and ends its sessions",
          [&] { return reset_user_second_factor(given.context, given.user.email); });
  auto* role = user->add_subcommand("role", "Changes an account's role")
                   ->footer("Example: carillon user role ada@example.org producer --network harbour");
  role->add_option("EMAIL", given.user.email, "The person's email address")->required();
  role->add_option("ROLE,--role", given.id,
                   "operator (of this server), no-operator, a network role (owner, manager, producer, ads, analyst), or “none” to remove "
                   "the network role")
      ->required()
      ->check(CLI::IsMember({"operator", "no-operator", "owner", "manager", "producer", "ads", "analyst", "none"}));
  role->add_option("--network", given.network, "The network's slug (default: default)");
  role->callback([&] { given.command = [&] { return set_user_role(given.context, given.user.email, given.id, given.network); }; });

  auto* token = app.add_subcommand("token", "API tokens: create, list, remove")->require_subcommand(1);
  auto* tokens =
      token->add_subcommand("list", "Lists tokens and their owners")->footer("Example: carillon token list --user ada@example.org");
  tokens->add_option("--user", given.token.user, "The owner (default: everyone)");
  tokens->callback([&] { given.command = [&] { return list_tokens(given.context, given.token.user); }; });
  auto* drop = token->add_subcommand("remove", "Revokes a token; programs that use it lose access immediately")
                   ->footer("Example: carillon token remove 01jd… --user ada@example.org");
  drop->add_option("ID", given.id, "The token's ID, as shown by `token list`")->required();
  drop->add_option("--user", given.token.user, "The owner (default: looked up by the token's ID)");
  drop->callback([&] { given.command = [&] { return remove_token(given.context, given.token.user, given.id); }; });
  auto* make = token->add_subcommand("create", "Creates a token and prints it once")
                   ->footer("Example: carillon token create --user ada@example.org --name uploader --scope publish --scope view");
  make->add_option("--user", given.token.user, "The owner; the token never has more permissions than its owner")->required();
  make->add_option("--name", given.token.name, "What the token is for")->required();
  make->add_option("--scope", given.token.scopes, "view, publish, manage, own, operate, metrics (default: everything the owner may do)");
  make->add_option("--ends", given.token.ends, "When it expires, e.g. 2026-12-24T18:00:00+01:00 (default: never)");
  make->callback([&] { given.command = [&] { return create_token(given.context, given.token); }; });

  auto* network = app.add_subcommand("network", "Networks: create, list, suspend, resume")->require_subcommand(1);
  auto* add = network->add_subcommand("create", "Creates a network (a publisher's account)")
                  ->footer("Example: carillon network create harbour --name \"Harbour Media\"");
  add->add_option("SLUG", given.slug, "Lowercase letters, digits and hyphens; can't be changed later")->required();
  add->add_option("--name", given.name, "The network's name")->required();
  add->callback([&] { given.command = [&] { return create_network(given.context, given.slug, *given.name); }; });
  network->add_subcommand("list", "Lists the networks")->footer("Example: carillon network list")->callback([&] {
    given.command = [&] { return list_networks(given.context); };
  });
  auto* suspend = network->add_subcommand("suspend", "Suspends all shows in a network")
                      ->footer("Example: carillon network suspend harbour --reason \"Court order of 2026-11-24\"");
  suspend->add_option("SLUG", given.slug, "The network's slug")->required();
  suspend->add_option("--reason", given.name, "The reason; visitors see it in place of the shows")->required();
  suspend->callback([&] { given.command = [&] { return suspend_network(given.context, given.slug, given.name); }; });
  auto* resume = network->add_subcommand("resume", "Lifts a network's suspension")->footer("Example: carillon network resume harbour");
  resume->add_option("SLUG", given.slug, "The network's slug")->required();
  resume->callback([&] { given.command = [&] { return suspend_network(given.context, given.slug, {}); }; });

  auto* audit = app.add_subcommand("audit", "Prints the audit trail, newest first")->footer("Example: carillon audit --network harbour");
  audit->add_option("--network", given.network, "Show only this network");
  audit->callback([&] { given.command = [&] { return print_audit(given.context, given.network); }; });
}

}  // namespace

int run(int count, char** arguments) {
  // What this program writes is its user's alone unless a file asks for more: SQLite and others pass no mode of their own.
  ::umask(077);
  const SafeOutput safe;
  CLI::App app{"Carillon publishes, hosts and delivers podcasts over HTTPS and manages its own certificates.", "carillon"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "carillon " CARILLON_VERSION);
  app.footer("`carillon help COMMAND` (or `carillon COMMAND --help`) explains a command and gives an example.");
  Arguments given;
  app.add_option("--data", given.data, "The data folder")->capture_default_str();
  app.add_option("--config", given.configuration, "The configuration file (default: DATA/carillon.toml if it exists)")
      ->check(CLI::ExistingFile);
  app.add_flag("--json", given.context.json, "Print output as JSON");
  auto* server = app.add_option("--server", given.server, "A server on another machine, e.g. https://pod.example.org (needs --token)");
  app.add_option("--token", given.remote.token, "A token for that server")->envname("CARILLON_TOKEN");
  app.add_option("--ca", given.remote.ca_file, "A PEM file with the server's CA certificate, if its CA is private")
      ->needs(server)
      ->check(CLI::ExistingFile);
  add_operating(app, given);
  add_certificates(app, given);
  add_issuers(app, given);
  add_incidents(app, given);
  add_shows(app, given);
  add_people(app, given);
  add_publish(app, given);
  add_episodes(app, given);
  add_figures(app, given);

  const auto words = without_help_command({arguments + 1, arguments + count});
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>{words.rbegin(), words.rend()});
  } catch (const CLI::ParseError& error) {
    // Whoever asks for the help of a command that there is not is told so, too.
    auto sentence = unknown_command(app, words);
    if (!sentence && error.get_exit_code() != 0) sentence = unknown_option(app, words);
    if (sentence) {
      std::cerr << "carillon: " << printable(*sentence) << "\n";
      return 2;
    }
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto sentence = empty_argument(app)) {
    std::cerr << "carillon: " << printable(*sentence) << "\n";
    return 2;
  }

  given.context.data.root = given.data;
  if (given.server) {
    for (const auto* local : {"serve", "guard", "ca", "backup", "restore", "doctor"}) {
      if (app.got_subcommand(local)) {
        std::cerr << "“" << local << "” only works on the server itself, without --server.\n";
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
