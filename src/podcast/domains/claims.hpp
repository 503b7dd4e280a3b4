#pragma once
// Claims of custom domains: adding, removing, reading.

#include "podcast/domains/notices.hpp"

namespace carillon::podcast {

/// Doesn't reveal the owner.
[[nodiscard]] std::unexpected<Error> taken(const std::string& name);
[[nodiscard]] std::unexpected<Error> no_such_domain(const std::string& name);

/// Any thread; blocks on the database.
class Claims {
 public:
  /// All must outlive it.
  Claims(db::Database& database, const Clock& clock, Random& random, const Notices& notices)
      : database_{database}, clock_{clock}, random_{random}, notices_{notices} {}

  /// Secret, hexadecimal.
  [[nodiscard]] std::string new_token() const;
  /// Creates tokens for claims from before there were tokens.
  Result<> give_tokens();

  /// Call it in a write that changes claims, because other nodes cache the table of domains.
  void note_change();

  Result<> add(const accounts::Actor& by, const std::string& show_slug, const std::string& name);
  Result<> remove(const accounts::Actor& by, const std::string& show_slug, const std::string& name);
  /// The claims of a show; with `name`, only that one.
  [[nodiscard]] Result<std::vector<Domain>> of(const std::string& show_slug, const std::optional<std::string>& name);
  /// Of all shows.
  [[nodiscard]] Result<std::vector<Domain>> all();
  /// Whether one of the claims of a name is verified and points here.
  [[nodiscard]] Result<bool> leads_here(const std::string& name);

 private:
  db::Database& database_;
  const Clock& clock_;
  Random& random_;
  const Notices& notices_;
};

}  // namespace carillon::podcast
