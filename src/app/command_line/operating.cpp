// Commands that run and look after a server.

#include "app/command_line/arguments.hpp"
#include "app/guard.hpp"

namespace carillon::app {

void add_operating(CLI::App& app, Arguments& given) {
  auto* serve_command = app.add_subcommand("serve", "Runs the server (SIGTERM stops it gracefully, SIGHUP reloads the configuration)")
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
      app.add_subcommand("guard", "Manages certificates for any website, without the podcast features")
          ->footer("Example: carillon guard --data /var/lib/carillon-guard --config guard.toml --http :8080 --https :8443");
  guard_command->add_option("--http", given.serve.overrides.http,
                            "Address and port for plain HTTP, used for the CAs' challenges (default: :8080)");
  guard_command->add_option("--https", given.serve.overrides.https, "Address and port for HTTPS (default: :8443)");
  guard_command->callback([&] {
    given.command = [&]() -> Result<> {
      const auto status = guard(given.serve);
      if (!status) return std::unexpected(status.error());
      return {};
    };
  });

  auto* authority = app.add_subcommand("ca", "The local CA: show, install")->require_subcommand(1);
  authority->add_subcommand("show", "Prints the local CA's certificate and its path")->footer("Example: carillon ca show")->callback([&] {
    given.command = [&] { return print_authority(given.context); };
  });
  authority->add_subcommand("install", "Makes this machine trust the local CA (needs root)")
      ->footer("Example: sudo carillon ca install")
      ->callback([&] { given.command = [&] { return install_authority(given.context); }; });

  auto* backup = app.add_subcommand("backup", "Backs up everything except listener keys; the server can keep running")
                     ->footer("Example: carillon backup /mnt/backup/2026-11-24");
  backup->add_option("DIR", given.folder, "An empty or new folder")->required();
  backup->callback([&] { given.command = [&] { return back_up(given.context, given.folder); }; });
  auto* restore_command = app.add_subcommand("restore", "Restores a backup into an empty data folder")
                              ->footer("Example: carillon restore /mnt/backup/2026-11-24 --data /var/lib/carillon");
  restore_command->add_option("DIR", given.folder, "The backup")->required();
  restore_command->callback([&] { given.command = [&] { return restore(given.context, given.folder); }; });

  app.add_subcommand("doctor", "Checks the installation and says how to fix each problem it finds")
      ->footer("Example: carillon doctor")
      ->callback([&] { given.command = [&] { return examine(given.context, given.serve); }; });
}

}  // namespace carillon::app
