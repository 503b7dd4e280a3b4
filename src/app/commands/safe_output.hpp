#pragma once
// Standard output and error of the command line, through which no text of people, peers or files can fool the terminal.

#include <memory>

namespace carillon::app {

/// While it lives, whatever is written to std::cout and std::cerr goes out as printable_lines() has it. One at a time, in main's thread.
class SafeOutput {
 public:
  SafeOutput();
  ~SafeOutput();
  SafeOutput(const SafeOutput&) = delete;
  SafeOutput& operator=(const SafeOutput&) = delete;

 private:
  class Filter;
  std::unique_ptr<Filter> out_, error_;
};

}  // namespace carillon::app
