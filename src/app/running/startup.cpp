// See startup.hpp.

#include "app/running/startup.hpp"

#include "app/running/process.hpp"
#include "base/log.hpp"

#include <cstdlib>

namespace carillon::app {

Result<Startup> Startup::begin(ServeOptions& options) {
  const auto signals = block_signals();
  const auto read_from = [options](const std::optional<std::filesystem::path>& file) {
    return read_configuration(file, [](const char* name) -> const char* { return std::getenv(name); }, options.overrides);
  };
  // A file that was written since the start counts, too.
  const auto read = [options, read_from]() -> Result<Configuration> {
    auto file = options.configuration;
    std::error_code none;
    if (!file && std::filesystem::exists(options.data.configuration(), none)) file = options.data.configuration();
    if (!file)
      return fail(ErrorKind::not_found,
                  "There is no configuration file: --config isn't set, and " + options.data.configuration().string() + " doesn't exist.");
    return read_from(file);
  };
  auto configuration = read_from(options.configuration);
  if (!configuration) return forward_error(configuration);
  if (configuration->data_folder == "shared") options.data.node = configuration->node;
  prepare_process();
  std::optional<Result<Ports>> ports;
  if (!configuration->user.empty()) {
    ports = Ports::bind(*configuration);
    if (!*ports) return forward_error(*ports);
    if (auto given_up = give_up_root(*configuration, options.data); !given_up) return forward_error(given_up);
  }
  auto lock = take(options.data);
  if (!lock) return forward_error(lock);
  if (!ports) ports = Ports::bind(*configuration);
  if (!*ports) return forward_error(*ports);
  auto starting = begin_start(options.data);
  if (!starting) return forward_error(starting);
  for (const auto& path : open_to_others(options.data))
    log::warning("other users of this machine can read a file with secrets; `carillon doctor` says what to do", {{"path", path.string()}});
  return Startup{.signals = signals,
                 .read = read,
                 .configuration = std::move(*configuration),
                 .ports = std::move(**ports),
                 .lock = std::move(*lock),
                 .starting = std::move(*starting)};
}

}  // namespace carillon::app
