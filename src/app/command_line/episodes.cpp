// Commands about episodes, and the one that publishes.

#include "app/command_line/arguments.hpp"

namespace carillon::app {
namespace {

void add_episode_fields(CLI::App& command, EpisodeFields& fields) {
  command.add_option("--notes", fields.notes, "Show notes: a Markdown file")->check(CLI::ExistingFile);
  command.add_option("--season", fields.season, "Season number")->check(positive_number());
  command.add_option("--number", fields.number, "Episode number")->check(positive_number());
  command.add_option("--image", fields.image, "Episode cover: a square JPEG or PNG of 1400 to 3000 pixels (default: the show's)")
      ->check(CLI::ExistingFile);
  command.add_option("--fit", fields.fit, "What to do with a cover that isn't square or has another size: crop (and scale)")
      ->check(CLI::IsMember({"crop"}))
      ->needs("--image");
  command.add_option("--type", fields.type, "full, trailer or bonus (default: full)")->check(CLI::IsMember({"full", "trailer", "bonus"}));
}

}  // namespace

void add_publish(CLI::App& app, Arguments& given) {
  auto* publish = app.add_subcommand("publish", "Publishes a recording as a new episode")
                      ->footer("Example: carillon publish talk.wav --show harbour --title \"The lighthouse\" --notes talk.md");
  publish->add_option("FILE", given.name_options.file, "The recording: WAV, MP3, M4A, FLAC and others")->required();
  publish->add_option("--show", given.name_options.show, "The show's slug")->required();
  publish->add_option("--title", given.episode.title, "The episode's title")->required();
  add_episode_fields(*publish, given.episode);
  publish->add_option("--at", given.name_options.at, "Publish at this time, e.g. 2026-12-24T18:00:00+01:00");
  publish->add_flag("--draft", given.name_options.draft, "Save as a draft instead of publishing");
  publish->callback([&] {
    given.command = [&] {
      given.name_options.fields = given.episode;
      return publish_recording(given.context, given.name_options);
    };
  });
}

void add_episodes(CLI::App& app, Arguments& given) {
  auto* episode =
      app.add_subcommand("episode", "Episodes: list, create, show, edit, audio, process, silences, publish, unpublish, delete, restore")
          ->require_subcommand(1);
  auto* list =
      episode->add_subcommand("list", "Lists a show's episodes, newest first")->footer("Example: carillon episode list --show harbour");
  list->add_option("--show", given.slug, "The show's slug")->required();
  list->add_option("--search", given.search, "List only episodes whose title, notes or guests contain these words, in any order");
  list->callback([&] { given.command = [&] { return list_episodes(given.context, given.slug, given.search); }; });

  auto* create = episode->add_subcommand("create", "Creates a draft without a recording; `episode audio` adds one later")
                     ->footer("Example: carillon episode create --show harbour --title \"The lighthouse\" --notes talk.md");
  create->add_option("--show", given.slug, "The show's slug")->required();
  create->add_option("--title", given.episode.title, "The episode's title")->required();
  add_episode_fields(*create, given.episode);
  create->callback([&] { given.command = [&] { return create_episode(given.context, given.slug, given.episode); }; });

  const auto with_id = [&](const char* name, const char* what, const char* example) {
    auto* command = episode->add_subcommand(name, what)->footer(example);
    command->add_option("ID", given.id, "The episode's ID")->required();
    return command;
  };
  with_id("show", "Prints one episode", "Example: carillon episode show 01jd…")->callback([&] {
    given.command = [&] { return print_episode(given.context, given.id); };
  });
  auto* audio = with_id("audio", "Adds or replaces an episode's recording and waits until it's processed",
                        "Example: carillon episode audio 01jd… talk.wav");
  audio->add_option("FILE", given.file, "The recording: WAV, MP3, M4A, FLAC and others")->required();
  audio->callback([&] { given.command = [&] { return set_audio(given.context, given.id, given.file); }; });
  with_id("process", "Processes the recording again with the show's settings, and waits until that's done",
          "Example: carillon episode process 01jd…")
      ->callback([&] { given.command = [&] { return process_again(given.context, given.id); }; });
  with_id("drop-original", "Deletes the uploaded recording to save space; the episode's audio stays",
          "Example: carillon episode drop-original 01jd…")
      ->callback([&] { given.command = [&] { return drop_original(given.context, given.id); }; });
  with_id("silences", "Proposes cue points where the audio is silent", "Example: carillon episode silences 01jd…")->callback([&] {
    given.command = [&] { return print_silences(given.context, given.id); };
  });
  auto* edit = with_id("edit", "Changes only the fields you specify; the audio and its URL stay the same",
                       "Example: carillon episode edit 01jd… --title \"A better title\"");
  edit->add_option("--title", given.episode.title, "The episode's title");
  add_episode_fields(*edit, given.episode);
  edit->add_flag("--no-season", given.episode.no_season, "Remove the season number")->excludes("--season");
  edit->add_flag("--no-number", given.episode.no_number, "Remove the episode number")->excludes("--number");
  edit->add_option("--at", given.episode.at, "The new date of a scheduled or published episode, e.g. 2026-12-24T18:00:00+01:00");
  edit->add_flag("--no-image", given.episode.no_image, "Use the show's cover again")->excludes("--image");
  edit->callback([&] { given.command = [&] { return edit_episode(given.context, given.id, given.episode); }; });
  auto* publish = with_id("publish", "Publishes an episode now or at a specified time",
                          "Example: carillon episode publish 01jd… --at 2026-12-24T18:00:00+01:00");
  publish->add_option("--at", given.at, "When to publish, e.g. 2026-12-24T18:00:00+01:00");
  publish->callback([&] { given.command = [&] { return publish_episode(given.context, given.id, given.at); }; });
  with_id("unpublish", "Removes an episode from the feed and the site without deleting it", "Example: carillon episode unpublish 01jd…")
      ->callback([&] { given.command = [&] { return unpublish_episode(given.context, given.id); }; });
  with_id("restore", "Restores a deleted episode", "Example: carillon episode restore 01jd…")->callback([&] {
    given.command = [&] { return restore_episode(given.context, given.id); };
  });
  with_id("delete", "Deletes an episode; it can be restored for 30 days", "Example: carillon episode delete 01jd…")->callback([&] {
    given.command = [&] { return delete_episode(given.context, given.id); };
  });
}

}  // namespace carillon::app
