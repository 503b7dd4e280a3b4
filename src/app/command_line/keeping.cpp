// Commands about certificates, watches, incidents and channels.

#include "app/command_line/arguments.hpp"
#include "certs/scan/scan.hpp"

namespace carillon::app {

void add_certificates(CLI::App& app, Arguments& given) {
  auto* cert = app.add_subcommand("cert", "Certificates: list, add, renew, import, watch, scan, …")->require_subcommand(1);
  cert->add_subcommand("list", "Lists all managed and watched certificates and their next steps")
      ->footer("Example: carillon cert list")
      ->callback([&] { given.command = [&] { return list_certificates(given.context); }; });
  cert->add_subcommand("export-list", "Exports the certificate list for spreadsheets")
      ->footer("Example: carillon cert export-list --csv > certificates.csv")
      ->callback([&] { given.command = [&] { return export_certificate_list(given.context); }; })
      ->add_flag("--csv", given.csv, "Comma-separated values (the only format)");
  const auto with_name = [&](const char* name, const char* what, const char* example) {
    auto* command = cert->add_subcommand(name, what)->footer(example);
    command->add_option("NAME", given.certificate.name, "The name, e.g. www.example.org")->required();
    return command;
  };
  with_name("show", "Prints one certificate, or the last result for a watched HOST:PORT", "Example: carillon cert show www.example.org")
      ->callback([&] { given.command = [&] { return print_certificate(given.context, given.certificate.name); }; });
  auto* add = with_name("add", "Gets and renews a certificate for a name",
                        "With “+rsa” after the name: a second certificate with an RSA key, for clients that can't use the first one.\n"
                        "Example: carillon cert add www.example.org --steward ada@example.org");
  add->add_option("--issuer", given.certificate.issuer,
                  "A configured issuer, “local” or “manual” (default: all configured issuers in order)");
  add->add_option("--steward", given.certificate.steward, "Email address of the person responsible for the certificate");
  add->add_option("--deputy", given.certificate.deputy, "Email address of the person to notify if the steward doesn't respond");
  add->add_option("--port", given.certificate.port, "The port to check from outside (default: this server's public port)")
      ->check(CLI::Range(1, 65535));
  add->callback([&] { given.command = [&] { return add_certificate(given.context, given.certificate); }; });
  with_name("use-spare", "Switches to the spare certificate from another issuer, even if the current one is still valid",
            "Use this when an issuer has to revoke its certificates or is no longer trusted.\n"
            "Example: carillon cert use-spare www.example.org")
      ->callback([&] { given.command = [&] { return use_spare(given.context, given.certificate.name); }; });
  with_name("renew", "Renews a certificate now, even if it isn't due", "Example: carillon cert renew www.example.org")->callback([&] {
    given.command = [&] { return renew_certificate(given.context, given.certificate.name); };
  });
  with_name("remove", "Stops managing a certificate", "Example: carillon cert remove www.example.org")->callback([&] {
    given.command = [&] { return remove_certificate(given.context, given.certificate.name); };
  });
  with_name("history", "Lists every step so far: due, ordered, validated, issued, stored, loaded, seen",
            "Example: carillon cert history www.example.org")
      ->callback([&] { given.command = [&] { return print_history(given.context, given.certificate.name); }; });
  auto* csr = with_name("csr", "Creates a key and a signing request to get a certificate manually",
                        "Example: carillon cert csr www.example.org --out request.pem");
  csr->add_option("--out", given.out, "Write the request to this file");
  csr->callback([&] { given.command = [&] { return make_signing_request(given.context, given.certificate.name, given.out); }; });
  auto* import = with_name("import", "Checks and installs a certificate that you got manually",
                           "Example: carillon cert import www.example.org --cert www.example.org.pfx");
  import->add_option("--cert", given.import.certificate, "The certificate and its chain: PEM, DER, PKCS#7 (.p7b) or PKCS#12 (.pfx, .p12)")
      ->required()
      ->check(CLI::ExistingFile);
  import->add_option("--key", given.import.key, "A file with the key, if it's separate (default: the key created by “cert csr”)")
      ->check(CLI::ExistingFile);
  import->add_option("--passphrase-file", given.import.passphrase_file,
                     "A file whose first line is the passphrase, or - for standard input (default: ask on the terminal)");
  import->callback([&] {
    given.import.name = given.certificate.name;
    given.command = [&] { return import_certificate(given.context, given.import); };
  });

  auto* watch = cert->add_subcommand("watch", "Watches an endpoint on another server")
                    ->footer("Example: carillon cert watch mail.example.org:25 --steward ada@example.org");
  watch->add_option("HOST:PORT", given.watch.target, "The endpoint")->required();
  watch->add_option("--starttls", given.watch.starttls, "Use STARTTLS with this protocol (default: the usual one for the port)")
      ->check(CLI::IsMember(certs::starttls_words()));
  watch->add_option("--name", given.watch.name, "Send this name to the server instead of HOST (SNI)");
  watch->add_option("--accept", given.watch.accept, "Findings to ignore, e.g. self_signed,wrong_name; expiry is always reported")
      ->delimiter(',');
  watch->add_option("--steward", given.watch.steward, "Email address of the person responsible for the endpoint");
  watch->add_option("--deputy", given.watch.deputy, "Email address of the person to notify if the steward doesn't respond");
  watch->callback([&] { given.command = [&] { return watch_endpoint(given.context, given.watch); }; });
  auto* unwatch =
      cert->add_subcommand("unwatch", "Stops watching an endpoint")->footer("Example: carillon cert unwatch mail.example.org:25");
  unwatch->add_option("HOST:PORT", given.watch.target, "The endpoint")->required();
  unwatch->add_option("--starttls", given.watch.starttls, "The watch's STARTTLS protocol, if the endpoint has several watches")
      ->check(CLI::IsMember(certs::starttls_words()));
  unwatch->add_option("--name", given.watch.name, "The watch's server name (SNI), if the endpoint has several watches");
  unwatch->callback([&] { given.command = [&] { return unwatch_endpoint(given.context, given.watch); }; });

  cert->add_subcommand("calendar", "Prints the URL of a calendar with every renewal and expiry")
      ->footer("Example: carillon cert calendar")
      ->callback([&] { given.command = [&] { return print_calendar_address(given.context); }; });
  auto* drill = cert->add_subcommand(
                        "drill", "Rehearses a failure: runs the production code on a test name and prints who would be notified and when")
                    ->footer("Example: carillon cert drill expired");
  drill->add_option("SCENARIO", given.id, "expired, revoked, issuer-down, wrong-key, clock-skew or nobody-reads-mail")->required();
  drill->callback([&] { given.command = [&] { return run_drill(given.context, given.id); }; });

  auto* scan =
      cert->add_subcommand(
              "scan",
              "Finds certificates on hosts and address ranges, in folders, and in nginx, Apache, HAProxy and Postfix configurations")
          ->footer("Example: carillon cert scan 192.0.2.0/24 www.example.org:443 /etc/nginx/nginx.conf --ports 443,8443");
  scan->add_option("TARGET", given.scan.targets,
                   "A host, host:port, range such as 192.0.2.0/24, folder, certificate file, or server configuration file");
  scan->add_option("--from", given.scan.lists, "A file with one target per line")->check(CLI::ExistingFile);
  scan->add_option("--ports", given.scan.ports, "Ports for targets that don't specify one (default: 443)");
  scan->add_option("--starttls", given.scan.starttls,
                   "Use STARTTLS with this protocol for all hosts and ranges (default: the usual one for each port)")
      ->check(CLI::IsMember(certs::starttls_words()));
  scan->add_option("--deadline", given.scan.deadline,
                   "Timeout for each endpoint, in seconds (default: 5; 20 with STARTTLS and on mail ports)")
      ->check(CLI::Range(0.1, static_cast<double>(certs::kLongestScanDeadline.count())));
  scan->add_flag("--add", given.scan.add, "Watch the endpoints that the scan finds");
  scan->add_option("--steward", given.scan.steward, "Email address of the person responsible for the endpoints");
  scan->callback([&] { given.command = [&] { return scan_certificates(given.context, given.scan); }; });
}

void add_issuers(CLI::App& app, Arguments& given) {
  auto* issuer = app.add_subcommand("issuer", "CAs that issue certificates: rollover")->require_subcommand(1);
  auto* rollover = issuer->add_subcommand("rollover", "Replaces the key of this server's account with a CA")
                       ->footer(
                           "Use this if the key may have been exposed, e.g. with a backup and its master key.\n"
                           "Example: carillon issuer rollover letsencrypt");
  rollover->add_option("NAME", given.id, "The issuer's name in the configuration")->required();
  rollover->callback([&] { given.command = [&] { return roll_over_account(given.context, given.id); }; });
}

void add_incidents(CLI::App& app, Arguments& given) {
  auto* incident = app.add_subcommand("incident", "Incidents: list, show, ack")->require_subcommand(1);
  auto* list = incident->add_subcommand("list", "Lists open incidents, newest first")->footer("Example: carillon incident list --all");
  list->add_flag("--all", given.with_solved, "Include resolved incidents");
  list->callback([&] { given.command = [&] { return list_incidents(given.context, given.with_solved); }; });
  auto* show = incident->add_subcommand("show", "Prints an incident and its messages")->footer("Example: carillon incident show 01jd…");
  show->add_option("ID", given.id, "The incident's ID")->required();
  show->callback([&] { given.command = [&] { return print_incident(given.context, given.id); }; });
  auto* ack =
      incident
          ->add_subcommand("ack", "Acknowledges an incident and pauses its reminders; they resume if the incident isn't resolved in time")
          ->footer("Example: carillon incident ack 01jd… --for 8h");
  ack->add_option("ID", given.id, "The incident's ID")->required();
  ack->add_option("--for", given.quiet, "How long to pause reminders, e.g. 30m, 8h, 3d (default: 8h)");
  ack->callback([&] { given.command = [&] { return acknowledge_incident(given.context, given.id, given.quiet); }; });

  auto* channel = app.add_subcommand("channel", "Notification channels: list, test, order, quiet")->require_subcommand(1);
  channel->add_subcommand("list", "Lists the configured channels")->footer("Example: carillon channel list")->callback([&] {
    given.command = [&] { return list_channels(given.context); };
  });
  auto* test = channel->add_subcommand("test", "Sends a test message through a channel")
                   ->footer("Example: carillon channel test smtp --to ada@example.org");
  test->add_option("ID", given.id, "smtp, webhook, or the name of another webhook")->required();
  test->add_option("--to", given.to, "The recipient's address (default: the steward's)");
  test->callback([&] { given.command = [&] { return test_channel(given.context, given.id, given.to); }; });
  auto* order = channel->add_subcommand("order", "Sets the order of a person's channels; without IDs, resets it to the configured order")
                    ->footer("Example: carillon channel order webhook smtp --person ada@example.org");
  order->add_option("ID", given.ids, "The channels, in the order to try them");
  order->add_option("--person", given.to, "The user (default: the token's owner)");
  order->callback([&] { given.command = [&] { return order_channels(given.context, given.ids, given.to); }; });
  auto* quiet =
      channel
          ->add_subcommand(
              "quiet",
              "Shows or sets when a person doesn't want to be notified, except about problems that users will notice within 24 "
              "hours")
          ->footer("Example: carillon channel quiet --zone Europe/Berlin --hours 'mon-fri 22:00-07:00' --hours 'sat,sun 00:00-24:00'");
  quiet->add_option("--zone", given.quiet_times.zone, "The person's time zone, e.g. Europe/Berlin (default: UTC)");
  quiet->add_option("--hours", given.quiet_times.hours,
                    "Quiet hours, e.g. 'mon-fri 22:00-07:00'; repeat for several; replaces the previous ones");
  quiet->add_option("--absent", given.quiet_times.absences,
                    "A holiday or absence, e.g. 2026-12-24..2027-01-06; repeat for several; replaces the previous ones");
  quiet->add_flag("--clear", given.quiet_times.clear, "Remove all quiet hours and absences first");
  quiet->add_option("--person", given.to, "The user (default: the token's owner)");
  quiet->callback([&] { given.command = [&] { return quiet_times(given.context, given.quiet_times, given.to); }; });
}

}  // namespace carillon::app
