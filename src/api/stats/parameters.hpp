#pragma once
// What the routes of figures share: days as text, tables for spreadsheets. Pure.

#include "api/core/request.hpp"
#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::api {

/// "2026-11-24"; none if it isn't a day.
[[nodiscard]] std::optional<std::chrono::sys_days> day_from(std::string_view text);
/// Of the query string; none if it's missing or empty. `invalid`, with the field, if it isn't a day.
[[nodiscard]] Result<std::optional<std::chrono::sys_days>> day_parameter(const Request& request, const char* name);
[[nodiscard]] std::string text_of(std::chrono::local_days day);
[[nodiscard]] std::string text_of(std::chrono::sys_days day);

/// Whether the caller prefers a table (`Accept: text/csv`) to JSON.
[[nodiscard]] bool wants_table(const Request& request);
/// A field of a table that spreadsheets read (RFC 4180); what they would take for a formula stays text.
[[nodiscard]] std::string csv_field(std::string_view text);
/// Rows that end with CRLF, the first one with the names of the columns, as a file to download.
[[nodiscard]] http::Response table_answer(std::string rows, const char* file);

}  // namespace carillon::api
