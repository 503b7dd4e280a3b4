#pragma once
// /api/v1/health: what the machine says of how it is, for its operators (space, jobs, streams); and the description of the API.

#include "api/core/gate.hpp"
#include "audio/media_program.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace carillon::api {

/// What GET /health is about.
struct Machine {
  std::string version;
  Time started;
  std::filesystem::path data;                             ///< whose disk it is
  std::filesystem::path database;                         ///< SQLite's file; what it has not taken over yet lies beside it
  std::string http, https;                                ///< where it listens: what is in use, whatever a configuration says by now
  std::function<std::size_t()> streams;                   ///< of events that are open
  Result<std::vector<audio::ConfinementLayer>> decoding;  ///< what confined a trial at the start, or why none was possible
};

/// Any event loop. The constructor's arguments must outlive it.
class MachineApi {
 public:
  MachineApi(Gate& gate, db::Database& database, Machine machine) : gate_{gate}, database_{database}, machine_{std::move(machine)} {}

  [[nodiscard]] static std::span<const Route<MachineApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> health(Request& request);
  asio::awaitable<http::Response> get_document(Request& request);

  Gate& gate_;
  db::Database& database_;
  Machine machine_;
};

}  // namespace carillon::api
