#pragma once
// The table of commands: what each takes and where that lands. The only folder that knows CLI11, beside command_line.cpp.

#include "app/commands/commands.hpp"

#include <CLI/CLI.hpp>

namespace carillon::app {

/// Commands report through this; the exit status is decided in one place.
using Command = std::function<Result<>()>;

/// A flag that says nothing when it is not given: “--locked,!--no-locked”. CLI11's own would make it false.
void add_optional_flag(CLI::App& command, const std::string& names, std::optional<bool>& flag, const std::string& description);
/// A number from 1; what is none is refused in a sentence that does not repeat it, however long it is.
[[nodiscard]] CLI::Validator positive_number();

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
  PublishWish name_options;
  std::optional<std::string> at, search;
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

void add_shows(CLI::App& app, Arguments& given);
void add_publish(CLI::App& app, Arguments& given);
void add_episodes(CLI::App& app, Arguments& given);
void add_certificates(CLI::App& app, Arguments& given);
void add_incidents(CLI::App& app, Arguments& given);
void add_operating(CLI::App& app, Arguments& given);

}  // namespace carillon::app
