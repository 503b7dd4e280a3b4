#pragma once
// How a name is proved to be ours.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// One way to give proof to a CA (RFC 8555 §8). Any thread; blocks.
class Solver {
 public:
  Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  virtual ~Solver() = default;

  /// Whether it answers challenges of this type ("http-01").
  [[nodiscard]] virtual bool solves(std::string_view type) const = 0;
  /// Whether the name can be proved this way at all, as far as that can be seen from here before an order is placed. The error says why
  /// not.
  [[nodiscard]] virtual Result<> check(const std::string& name) = 0;
  /// Lays the proof out; once more does no harm.
  [[nodiscard]] virtual Result<> present(const std::string& name, const std::string& token, const std::string& key_authorization) = 0;
  /// Whether the CA can see it; it is told to look after that.
  [[nodiscard]] virtual Result<bool> ready(const std::string& name) = 0;
  /// Takes every proof for the name back.
  virtual void clean_up(const std::string& name) = 0;
};

}  // namespace carillon::certs
