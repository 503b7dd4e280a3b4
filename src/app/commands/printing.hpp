#pragma once
// Output for terminals.

#include "base/bytes.hpp"

#include <boost/json/object.hpp>

#include <string>
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

}  // namespace carillon::app
