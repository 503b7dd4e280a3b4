#pragma once
// What a route asks for, and what a caller may do.

namespace carillon::accounts {

enum class Permission {
  everyone,  ///< public pages, feeds, media
  publish,   ///< shows, episodes, uploads
  operate,   ///< the machine itself
};

/// What one caller holds.
class Granted {
 public:
  [[nodiscard]] static Granted nobody() { return Granted{false}; }
  /// Whoever may open the control socket acts as operator.
  [[nodiscard]] static Granted operator_over_all() { return Granted{true}; }
  [[nodiscard]] bool holds(Permission permission) const noexcept;

 private:
  explicit Granted(bool all) : all_{all} {}
  bool all_;
};

}  // namespace carillon::accounts
