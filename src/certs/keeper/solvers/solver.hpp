#pragma once
// Solving challenges to prove control of a name.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// One way to solve a CA's challenges (RFC 8555 §8). Any thread; blocks. A proof is one line of text. It's stored in the database before
/// it's published and until it's withdrawn, so any process can publish or withdraw it after a restart.
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
  /// The proof for `name` with this key authorization; changes nothing yet.
  [[nodiscard]] virtual Result<std::string> plan(const std::string& name, const std::string& key_authorization) = 0;
  /// Whether `proof` is from this solver and for this key authorization.
  [[nodiscard]] virtual bool covers(std::string_view proof, std::string_view key_authorization) const = 0;
  /// Publishes the proof; can be repeated. False: not possible now, try again in a moment.
  [[nodiscard]] virtual Result<bool> present(const std::string& name, const std::string& proof) = 0;
  /// Whether the CA can see it; only then is it asked to validate.
  [[nodiscard]] virtual Result<bool> ready(const std::string& name, const std::string& proof) = 0;
  /// Withdraws the proof if it's from this solver. The error says why it's still published.
  [[nodiscard]] virtual Result<> take_back(const std::string& name, const std::string& proof) = 0;
};

}  // namespace carillon::certs
