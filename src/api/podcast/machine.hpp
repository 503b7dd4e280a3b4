#pragma once
// /api/v1/health: the machine's state for operators (disk space, jobs, streams); what each network uses; and the OpenAPI document.

#include "api/core/gate.hpp"
#include "api/podcast/quotas.hpp"
#include "audio/media_program.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace carillon::api {

/// What GET /health reports on.
struct Machine {
  std::string version;
  Time started;
  std::filesystem::path data;                             ///< whose disk is reported
  std::filesystem::path database;                         ///< SQLite's file; its write-ahead log is next to it
  std::string http, https;                                ///< the actual addresses, even if the configuration has changed since
  std::function<std::size_t()> streams;                   ///< open event streams
  Result<std::vector<audio::ConfinementLayer>> decoding;  ///< the sandbox layers of a test at startup, or why there are none
};

/// Any event loop. The constructor's arguments must outlive it.
class MachineApi {
 public:
  MachineApi(Gate& gate, Quotas& quotas, db::Database& database, Machine machine)
      : gate_{gate}, quotas_{quotas}, database_{database}, machine_{std::move(machine)} {}

  [[nodiscard]] static std::span<const Route<MachineApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> health(Request& request);
  asio::awaitable<http::Response> get_usage(Request& request);
  asio::awaitable<http::Response> get_document(Request& request);

  Gate& gate_;
  Quotas& quotas_;
  db::Database& database_;
  Machine machine_;
};

}  // namespace carillon::api
