#pragma once
// Standard output and error of the command line, filtered so that text from people, peers or files can't send terminal escapes.

#include <memory>

namespace carillon::app {

/// While it exists, everything written to std::cout and std::cerr is filtered by printable_lines(). Only one at a time, in the main thread.
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
