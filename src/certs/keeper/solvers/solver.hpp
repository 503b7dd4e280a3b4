#pragma once
// Solving challenges to prove control of a name.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// One way to solve a CA's challenges (RFC 8555 §8). Any thread; blocks.
class Solver {
 public:
  Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  virtual ~Solver() = default;

  /// Whether it solves challenges of this type ("http-01").
  [[nodiscard]] virtual bool solves(std::string_view type) const = 0;
  /// Whether this can work for the name, as far as that can be checked locally before placing an order. The error says why not.
  [[nodiscard]] virtual Result<> check(const std::string& name) = 0;
  /// Publishes the challenge response; can be repeated.
  [[nodiscard]] virtual Result<> present(const std::string& name, const std::string& token, const std::string& key_authorization) = 0;
  /// Whether the CA can reach it; only then is it asked to validate.
  [[nodiscard]] virtual Result<bool> ready(const std::string& name) = 0;
  /// Withdraws all challenge responses for the name.
  virtual void clean_up(const std::string& name) = 0;
};

}  // namespace carillon::certs
