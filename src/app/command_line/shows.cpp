// Commands about shows, their domains and takedowns.

#include "app/command_line/arguments.hpp"

namespace carillon::app {
namespace {

void add_show_fields(CLI::App& command, ShowFields& fields) {
  command.add_option("--title", fields.title, "The show's title");
  command.add_option("--description", fields.description, "The description, in Markdown");
  command.add_option("--language", fields.language, "Language, e.g. “en” or “de-CH” (default: en)");
  command.add_option("--category", fields.category,
                     "Apple Podcasts category, with a subcategory after “>”, e.g. “Society & Culture > Documentary”");
  command.add_option("--author", fields.author, "The author");
  command.add_option("--email", fields.email, "The owner's email address, for directories");
  command.add_option("--copyright", fields.copyright, "Copyright notice");
  command.add_option("--link", fields.link, "The show's website");
  command.add_option("--type", fields.type, "episodic (newest first) or serial (in order)")->check(CLI::IsMember({"episodic", "serial"}));
  command.add_option("--medium", fields.medium, "podcast, music, audiobook, … (default: podcast)");
  command.add_option("--image", fields.image, "Cover: a square JPEG or PNG of 1400 to 3000 pixels")->check(CLI::ExistingFile);
  command.add_option("--fit", fields.fit, "What to do with a cover that isn't square or has another size: crop (and scale)")
      ->check(CLI::IsMember({"crop"}))
      ->needs("--image");
  command
      .add_option("--loudness", fields.loudness,
                  "Loudness of new recordings: standard (−16 LUFS), by_channels (−19 in mono, −16 in stereo) or off (default: standard)")
      ->check(CLI::IsMember({"standard", "by_channels", "off"}));
  add_optional_flag(command, "--as-uploaded,!--no-as-uploaded", fields.as_uploaded,
                    "Serve uploaded MP3s without encoding them again; ads can't be inserted into them (default: no)");
  command.add_option(
      "--keep-originals", fields.keep_originals,
      "How long uploaded recordings are kept after processing: a number of days, “always” or “default” (the server's setting)");
  add_optional_flag(command, "--explicit,!--no-explicit", fields.is_explicit, "Contains explicit content (default: no)");
  add_optional_flag(command, "--locked,!--no-locked", fields.locked, "Don't let other hosts import the show (default: locked)");
}

void add_domains(CLI::App& show, Arguments& given) {
  auto* domain = show.add_subcommand("domain", "A show's custom domains: add, list, remove")->require_subcommand(1);
  const auto with = [&](CLI::App* command, bool named, auto&& run) {
    command->add_option("SHOW", given.slug, "The show's slug")->required();
    if (named) command->add_option("NAME", given.name, "The domain, e.g. podcast.example.org")->required();
    command->callback([&given, run] { given.command = [&given, run] { return run(given); }; });
  };
  with(domain->add_subcommand("add", "Adds a custom domain to a show and prints the DNS record to set")
           ->footer("Example: carillon show domain add harbour podcast.example.org"),
       true, [](Arguments& all) { return add_domain(all.context, all.slug, *all.name); });
  with(domain->add_subcommand("list", "Checks each domain's DNS and certificate and says what to do next")
           ->footer("Example: carillon show domain list harbour"),
       false, [](Arguments& all) { return list_domains(all.context, all.slug); });
  with(domain->add_subcommand("remove", "Removes a domain from a show")
           ->footer("Example: carillon show domain remove harbour podcast.example.org"),
       true, [](Arguments& all) { return remove_domain(all.context, all.slug, *all.name); });
}

void add_takedowns(CLI::App& show, Arguments& given) {
  auto* suspend = show.add_subcommand("suspend", "Suspends a show")
                      ->footer("Example: carillon show suspend harbour --reason \"Court order of 2026-11-24\"");
  suspend->add_option("SLUG", given.slug, "The show's slug")->required();
  suspend->add_option("--reason", given.name, "The reason; visitors see it in place of the show")->required();
  suspend->callback([&] { given.command = [&] { return suspend_show(given.context, given.slug, given.name); }; });
  auto* resume = show.add_subcommand("resume", "Lifts a show's suspension")->footer("Example: carillon show resume harbour");
  resume->add_option("SLUG", given.slug, "The show's slug")->required();
  resume->callback([&] { given.command = [&] { return suspend_show(given.context, given.slug, {}); }; });
}

}  // namespace

void add_shows(CLI::App& app, Arguments& given) {
  auto* show = app.add_subcommand("show", "Shows: create, list, show, edit, check, delete, restore")->require_subcommand(1);
  auto* create = show->add_subcommand("create", "Creates a show")
                     ->footer("Example: carillon show create harbour --title \"Harbour talk\" --author \"Ada\" --email ada@example.org");
  create->add_option("SLUG", given.slug, "The show's name in URLs: lowercase letters, digits and hyphens")->required();
  add_show_fields(*create, given.show);
  create->get_option("--title")->required();
  create->add_flag_function("--mono", [&](std::int64_t) { given.show.channels = 1; }, "Mono at 96 kbit/s instead of stereo at 128 kbit/s");
  create->callback([&] { given.command = [&] { return create_show(given.context, given.slug, given.show); }; });

  auto* edit =
      show->add_subcommand("edit", "Changes only the fields you specify")->footer("Example: carillon show edit harbour --image cover.jpg");
  edit->add_option("SLUG", given.slug, "The show's slug")->required();
  add_show_fields(*edit, given.show);
  edit->add_option("--slug", given.show.slug, "A new slug; the old URLs redirect to the new ones");
  auto* mono = edit->add_flag_function(
      "--mono", [&](std::int64_t) { given.show.channels = 1; }, "Encode new recordings as mono at 96 kbit/s; published ones don't change");
  edit->add_flag_function(
          "--stereo", [&](std::int64_t) { given.show.channels = 2; },
          "Encode new recordings as stereo at 128 kbit/s; published ones don't change")
      ->excludes(mono);
  edit->callback([&] { given.command = [&] { return edit_show(given.context, given.slug, given.show); }; });

  show->add_subcommand("list", "Lists the shows")->footer("Example: carillon show list --json")->callback([&] {
    given.command = [&] { return list_shows(given.context); };
  });
  auto* one = show->add_subcommand("show", "Prints one show")->footer("Example: carillon show show harbour");
  one->add_option("SLUG", given.slug, "The show's slug")->required();
  one->callback([&] { given.command = [&] { return print_show(given.context, given.slug); }; });

  auto* check = show->add_subcommand("check", "Checks a show against the rules of Apple Podcasts, Spotify and the PSP-1 profile")
                    ->footer("Example: carillon show check harbour");
  check->add_option("SLUG", given.slug, "The show's slug")->required();
  check->callback([&] { given.command = [&] { return check_show(given.context, given.slug); }; });

  auto* restore_command = show->add_subcommand("restore", "Restores a deleted show")->footer("Example: carillon show restore harbour");
  restore_command->add_option("SLUG", given.slug, "The show's slug")->required();
  restore_command->callback([&] { given.command = [&] { return restore_show(given.context, given.slug); }; });

  auto* remove = show->add_subcommand("delete", "Deletes a show; it can be restored for 30 days")
                     ->footer("Example: carillon show delete harbour --with-episodes");
  remove->add_option("SLUG", given.slug, "The show's slug")->required();
  remove->add_flag("--with-episodes", given.with_episodes, "Also delete the show's published episodes; listeners lose access to them");
  remove->callback([&] { given.command = [&] { return delete_show(given.context, given.slug, given.with_episodes); }; });
  add_takedowns(*show, given);
  add_domains(*show, given);
}

}  // namespace carillon::app
