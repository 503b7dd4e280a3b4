#pragma once
// Output for terminals.

#include "base/bytes.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon::app {

/// Columns as wide as their widest cell, two spaces between; the first row is the header.
void print_table(const std::vector<std::vector<std::string>>& rows);
/// One "name: value" a line, names aligned; empty values are left out.
void print_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);
void print_json(const boost::json::value& value);

/// "" for null and absent; numbers and flags as text. One line without terminal escapes (printable.hpp).
[[nodiscard]] std::string text_of(const boost::json::object& document, std::string_view name);

/// The same, unchanged, for multi-line text such as PEM.
[[nodiscard]] std::string lines_of(const boost::json::object& document, std::string_view name);

/// A progress bar on stderr; silent if stderr isn't a terminal.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  ///< ends the line
  void draw(double fraction, std::string_view label);

 private:
  bool terminal_;
  std::string last_;
};

/// How much longer something takes, by how fast it was so far.
class TimeLeft {
 public:
  /// `fraction` is done at `now`. None until enough is done to tell.
  std::optional<std::chrono::seconds> after(double fraction, std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

 private:
  std::optional<std::pair<double, std::chrono::steady_clock::time_point>> first_;
};

}  // namespace carillon::app
