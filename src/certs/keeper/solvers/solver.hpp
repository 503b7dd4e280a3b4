#pragma once
// Solving challenges to prove control of a name.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// One way to give proof to a CA (RFC 8555 §8). Any thread; blocks. A proof is one line of text that the database keeps from before it is
/// laid out until it was taken back, so that any process can lay it out again or take it back, after any restart.
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
  /// The proof of `name` with this key authorization; nothing changes yet.
  [[nodiscard]] virtual Result<std::string> plan(const std::string& name, const std::string& key_authorization) = 0;
  /// Whether `proof` is one of ours, for this key authorization.
  [[nodiscard]] virtual bool covers(std::string_view proof, std::string_view key_authorization) const = 0;
  /// Lays the proof out; once more does no harm. False: not now, try again in a moment.
  [[nodiscard]] virtual Result<bool> present(const std::string& name, const std::string& proof) = 0;
  /// Whether the CA can see it; it is told to look after that.
  [[nodiscard]] virtual Result<bool> ready(const std::string& name, const std::string& proof) = 0;
  /// Takes the proof back, if it is one of ours. The error says why it is still out.
  [[nodiscard]] virtual Result<> take_back(const std::string& name, const std::string& proof) = 0;
};

}  // namespace carillon::certs
