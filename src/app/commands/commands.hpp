#pragma once
// The commands: each function is one command, prints its result to stdout and returns an Error for stderr.

#include "app/data_folder.hpp"
#include "app/serve.hpp"
#include "http/client/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// Context of every command.
struct Context {
  DataFolder data;
  std::optional<http::RemoteServer> remote{};          ///< a server on another machine
  std::optional<std::filesystem::path> configuration;  ///< the file, if there is one
  bool json = false;                                   ///< output for programs
};

/// The specified fields of `show create` and `show edit`.
struct ShowFields {
  std::optional<std::string> slug, title, description, language, category, author, email, copyright, link, type, medium, image;
  std::optional<bool> is_explicit, locked, as_uploaded;
  std::optional<int> channels;
  std::optional<std::string> loudness, keep_originals, fit;
};
Result<> create_show(const Context& context, const std::string& slug, const ShowFields& fields);
Result<> edit_show(const Context& context, const std::string& slug, const ShowFields& fields);
Result<> list_shows(const Context& context);
Result<> print_show(const Context& context, const std::string& slug);
Result<> delete_show(const Context& context, const std::string& slug, bool with_episodes);
Result<> restore_show(const Context& context, const std::string& slug);
/// Fails if a directory would reject it.
Result<> check_show(const Context& context, const std::string& slug);

/// Prints the DNS record to set.
Result<> add_domain(const Context& context, const std::string& show, const std::string& name);
Result<> list_domains(const Context& context, const std::string& show);
Result<> remove_domain(const Context& context, const std::string& show, const std::string& name);

/// `stats show`, `stats episode`.
struct FiguresWish {
  std::string show, episode, network;  ///< one of them
  std::optional<std::string> from, to, by, granularity, zone;
  bool mail_on = false, mail_off = false;  ///< of the weekly mail; neither: say whether it's on
};
Result<> print_figures(const Context& context, const FiguresWish& wish);
/// The last episodes of `wish.show`, or `wish.episode` and those of its show, when they were equally old.
Result<> print_since_release(const Context& context, const FiguresWish& wish);
/// Prints every download as a line of JSON.
Result<> export_downloads(const Context& context, const FiguresWish& wish);
/// Of `wish.network`.
Result<> weekly_mail(const Context& context, const FiguresWish& wish, const std::string& person);
/// Says whether the figures are the same as before.
Result<> recount_day(const Context& context, const std::string& day, bool current_lists);
/// Each request for the episode on that day, and what became of it.
Result<> explain_requests(const Context& context, const std::string& episode, const std::string& day);

/// The specified fields of `publish` and `episode edit`.
struct EpisodeFields {
  std::optional<std::string> title, type;
  std::optional<std::string> notes;  ///< a Markdown file
  std::optional<int> season, number;
  std::optional<std::string> image;  ///< a picture file
  std::optional<std::string> fit;    ///< "crop"
  bool no_image = false;             ///< use the show's cover again
  bool no_season = false, no_number = false;
  std::optional<std::string> at;  ///< another date
};
struct PublishWish {
  std::filesystem::path file;
  std::string show;
  EpisodeFields fields;
  std::optional<std::string> at;
  bool draft = false;
};
Result<> publish_recording(const Context& context, const PublishWish& name_options);
Result<> list_episodes(const Context& context, const std::string& show, const std::optional<std::string>& search);
/// A draft without a recording.
Result<> create_episode(const Context& context, const std::string& show, const EpisodeFields& fields);
/// Uploads a recording for an existing episode and waits until it is processed.
Result<> set_audio(const Context& context, const std::string& id, const std::filesystem::path& file);
/// Processes the stored original again and waits until that is done.
Result<> process_again(const Context& context, const std::string& id);
Result<> drop_original(const Context& context, const std::string& id);
/// With proposals for cue points.
Result<> print_silences(const Context& context, const std::string& id);
Result<> print_episode(const Context& context, const std::string& id);
Result<> edit_episode(const Context& context, const std::string& id, const EpisodeFields& fields);
Result<> publish_episode(const Context& context, const std::string& id, const std::optional<std::string>& at);
Result<> unpublish_episode(const Context& context, const std::string& id);
Result<> delete_episode(const Context& context, const std::string& id);
Result<> restore_episode(const Context& context, const std::string& id);

struct UserWish {
  std::string email;
  std::optional<std::string> name, role, network;
};
struct TokenWish {
  std::string user, name;
  std::vector<std::string> scopes;
  std::optional<std::string> ends;
};
/// Prints the setup link for the first person, or the sign-in URL.
Result<> show_welcome(const Context& context);
Result<> create_user(const Context& context, const UserWish& name_options);
Result<> list_users(const Context& context, const std::optional<std::string>& network);
Result<> disable_user(const Context& context, const std::string& email, bool disabled);
Result<> delete_user(const Context& context, const std::string& email);
/// `role`: operator, no-operator, a role in `network`, or none to remove the role there.
Result<> set_user_role(const Context& context, const std::string& email, const std::string& role,
                       const std::optional<std::string>& network);
Result<> end_user_sessions(const Context& context, const std::string& email);
Result<> reset_user_second_factor(const Context& context, const std::string& email);
/// A link that sets the password of an existing account.
Result<> make_user_link(const Context& context, const std::string& email);
Result<> list_invitations(const Context& context, const std::optional<std::string>& network);
Result<> make_invitation_link(const Context& context, const std::string& id);
Result<> create_token(const Context& context, const TokenWish& name_options);
Result<> list_tokens(const Context& context, const std::string& email);
Result<> remove_token(const Context& context, const std::string& email, const std::string& id);
Result<> create_network(const Context& context, const std::string& slug, const std::string& name);
Result<> list_networks(const Context& context);
/// Without a reason, resumes it.
Result<> suspend_network(const Context& context, const std::string& slug, const std::optional<std::string>& reason);
Result<> suspend_show(const Context& context, const std::string& slug, const std::optional<std::string>& reason);
Result<> print_audit(const Context& context, const std::optional<std::string>& network);

struct CertificateWish {
  std::string name;
  std::optional<std::string> issuer, steward, deputy;
  std::optional<int> port;
};
struct WatchWish {
  std::string target;
  std::optional<std::string> starttls, name, steward, deputy;
  std::vector<std::string> accept;
};
Result<> list_certificates(const Context& context);
Result<> export_certificate_list(const Context& context);  ///< CSV (RFC 4180)
Result<> print_calendar_address(const Context& context);
Result<> print_certificate(const Context& context, const std::string& name);
Result<> add_certificate(const Context& context, const CertificateWish& name_options);
Result<> renew_certificate(const Context& context, const std::string& name);
Result<> use_spare(const Context& context, const std::string& name);
Result<> remove_certificate(const Context& context, const std::string& name);
Result<> print_history(const Context& context, const std::string& name);
/// Writes the request to stdout or `out`, and the next steps to stderr.
Result<> make_signing_request(const Context& context, const std::string& name, const std::optional<std::string>& out);
struct ImportWish {
  std::string name, certificate;
  std::optional<std::string> key;
  std::optional<std::string> passphrase_file;  ///< "-": standard input
};
/// Asks for a passphrase on the terminal if the files need one and none was given.
Result<> import_certificate(const Context& context, const ImportWish& wish);
Result<> watch_endpoint(const Context& context, const WatchWish& name_options);
Result<> unwatch_endpoint(const Context& context, const WatchWish& name_options);

/// Rehearses a failure and prints its steps with their times. Fails if the drill didn't pass.
Result<> run_drill(const Context& context, const std::string& scenario);

struct ScanWish {
  std::vector<std::string> targets;
  std::vector<std::string> lists;
  std::optional<std::string> ports;
  std::optional<std::string> starttls;
  std::optional<double> deadline;  ///< seconds
  bool add = false;
  std::optional<std::string> steward;
};
/// Scans for certificates; needs a server only for `add`. Fails, after printing the result, if something could not be checked.
Result<> roll_over_account(const Context& context, const std::string& issuer);
Result<> scan_certificates(const Context& context, const ScanWish& name_options);

Result<> list_incidents(const Context& context, bool with_solved);
Result<> print_incident(const Context& context, const std::string& id);
Result<> acknowledge_incident(const Context& context, const std::string& id, const std::optional<std::string>& quiet);
Result<> list_channels(const Context& context);

struct QuietTimesOptions {
  std::optional<std::string> zone;
  std::vector<std::string> hours, absences;
  bool clear = false;
};
/// Shows a person's quiet times, or changes what is given. `person`: none for the token's owner.
Result<> quiet_times(const Context& context, const QuietTimesOptions& options, const std::optional<std::string>& person);
/// Without channels: the configured order.
Result<> order_channels(const Context& context, const std::vector<std::string>& ids, const std::optional<std::string>& person);
Result<> test_channel(const Context& context, const std::string& id, const std::optional<std::string>& to);

Result<> print_authority(const Context& context);
/// Puts the local CA into the system's trust store (Debian's update-ca-certificates); needs root.
Result<> install_authority(const Context& context);

/// A consistent backup of everything, while serving. `target` must not exist or must be empty.
Result<> back_up(const Context& context, const std::filesystem::path& target);
/// Restores into an empty data folder; checks every file against the digest in its name.
Result<> restore(const Context& context, const std::filesystem::path& source);

/// Checks everything that can be checked. Fails if there are problems.
Result<> examine(const Context& context, const ServeOptions& options);

}  // namespace carillon::app
