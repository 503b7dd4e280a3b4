#pragma once
// The table of commands, their options and where these are stored. Besides command_line.cpp, only this folder uses CLI11.

#include "app/commands/commands.hpp"

#include <CLI/CLI.hpp>

namespace carillon::app {

/// Commands report through this; the exit status is decided in one place.
using Command = std::function<Result<>()>;

/// A flag that stays unset if it isn't given: “--locked,!--no-locked”. CLI11's own flag would set it to false.
void add_optional_flag(CLI::App& command, const std::string& names, std::optional<bool>& flag, const std::string& description);
/// A number from 1. Other values are rejected with a message that doesn't repeat them, as they could be long.
[[nodiscard]] CLI::Validator positive_number();

/// The commands and the values of their options; must exist until the command has run.
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
  ImportWish import;
  WatchWish watch;
  ScanWish scan;
  QuietTimesOptions quiet_times;
  UserWish user;
  TokenWish token;
  std::optional<std::string> network, name, server;
  http::RemoteServer remote;
  std::string file;
  std::optional<std::string> out, key, quiet, to;
  bool with_solved = false;
  bool csv = false;
  FiguresWish figures;
  std::string day;
  bool current_lists = false;
  Command command;
};

void add_shows(CLI::App& app, Arguments& given);
void add_publish(CLI::App& app, Arguments& given);
void add_episodes(CLI::App& app, Arguments& given);
void add_certificates(CLI::App& app, Arguments& given);
void add_issuers(CLI::App& app, Arguments& given);
void add_incidents(CLI::App& app, Arguments& given);
void add_figures(CLI::App& app, Arguments& given);
void add_operating(CLI::App& app, Arguments& given);

}  // namespace carillon::app
