#pragma once
// How answers look on a terminal.

#include "base/bytes.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace carillon::app {

/// Columns as wide as their widest cell, two spaces between; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);
/// One "name: value" a line, names aligned; empty values are left out.
void print_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);
void print_json(const boost::json::value& value);

/// "" for null and absent; numbers and flags as text. One line that cannot fool a terminal (printable.hpp).
[[nodiscard]] std::string text_of(const boost::json::object& document, std::string_view name);

/// The same as it came, for what has lines: PEM.
[[nodiscard]] std::string lines_of(const boost::json::object& document, std::string_view name);

/// A bar on stderr that redraws itself; silent when stderr is no terminal.
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
