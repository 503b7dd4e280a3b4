// See decoding.hpp.

#include "app/decoding.hpp"

#include "base/log.hpp"

namespace carillon::app {

Result<std::vector<audio::ConfinementLayer>> try_decoding(const std::filesystem::path& program) {
  auto layers = audio::MediaProgram{program}.probe();
  if (!layers) {
    log::error("recordings can't be decoded", {{"reason", layers.error().message}});
    return layers;
  }
  std::string in_force, missing;
  for (const auto& layer : *layers) {
    auto& list = layer.missing.empty() ? in_force : missing;
    list += (list.empty() ? "" : "; ") + layer.name + (layer.missing.empty() ? "" : " (" + layer.missing + ")");
  }
  if (missing.empty())
    log::info("the media program is sandboxed", {{"layers", in_force}});
  else
    log::warning("the media program's sandbox is incomplete", {{"layers", in_force}, {"missing", missing}});
  return layers;
}

}  // namespace carillon::app
